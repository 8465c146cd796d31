#include "check.h"
#include "given.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/pkcs12.h>

#include "pki/ca.h"
#include "pki/openssl.h"
#include "pki/p12.h"
#include "pki/swap.h"

static struct err e;

/* clang-format off */
/* keytool of JDK 17, password secretpw: a key "Node", a secret key "sec", a trusted "ca" (CN=ec). */
static const char jdk17[] =
	"MIIGrgIBAzCCBlgGCSqGSIb3DQEHAaCCBkkEggZFMIIGQTCCAigGCSqGSIb3DQEHAaCCAhkEggIVMIICETCCAQsG"
	"CyqGSIb3DQEMCgECoIG9MIG6MGYGCSqGSIb3DQEFDTBZMDgGCSqGSIb3DQEFDDArBBT5a1RSNXLogZuhX6N5yvd2"
	"q+FuegICJxACASAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBRi/8QpmQLguloMwsmalgcEULnbyJKNrdLr"
	"wi9eQ4FXDlOTBHKNaoq3m06r1bwv4n8LXMTSPOqH4gzgPli15CSQLx1DPTazmKjdH2Acy26m8kvBNxpHzmSo/6WV"
	"nPQnHXMPMTwwFwYJKoZIhvcNAQkUMQoeCABuAG8AZABlMCEGCSqGSIb3DQEJFTEUBBJUaW1lIDE3OTU2MTczMDY3"
	"Mzkwgf8GCyqGSIb3DQEMCgEFoIGzMIGwBgsqhkiG9w0BDAoBAqCBoASBnTCBmjBmBgkqhkiG9w0BBQ0wWTA4Bgkq"
	"hkiG9w0BBQwwKwQUuKHnclNH9jTDYSHp9AVegHeqyi4CAicQAgEgMAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEq"
	"BBArzjSOunMkjhG+2kVQJaP5BDDlkgn2WT/032I3Xc8eOzNvkyQ5bcBziO/bqDMECAgI2rRXg4C7LOY19/+0s8ul"
	"ixsxOjAVBgkqhkiG9w0BCRQxCB4GAHMAZQBjMCEGCSqGSIb3DQEJFTEUBBJUaW1lIDE3OTU2MTczMDg3NTMwggQR"
	"BgkqhkiG9w0BBwagggQCMIID/gIBADCCA/cGCSqGSIb3DQEHATBmBgkqhkiG9w0BBQ0wWTA4BgkqhkiG9w0BBQww"
	"KwQUwbx5CR5d+4QJwWr9FjO7UeOuQ0QCAicQAgEgMAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBD84FE/Ocib"
	"cC4MsbV3F/dogIIDgL1jfoVAzSVLWdIcnc/KKUZdrzQ670w2AJkE3rK4RIEjGYOYr+sIxKPu8fE8QFpwkoEXwr1V"
	"OQtivVnEZhF91IILj+e/R86Apc/UzXJ6PTSifs7nMXSqM3MXHW8l1KubTCywzESrcTt9wadIpbWtQ24lDY14xMLu"
	"FRs/QYU1XU/MLUGSLCYlRs4xJbvBsY/nF34Fs8EgMqeSmWAuAIIF3NNZ00fQ4x+vA965RGCNX7PDRfXDrrQ6OpE4"
	"AwdCYnSrg3e9JbZIt56PJjEbQjxcpUD6b+AkX3RhJ34fzQP9iDxaGmPhqam5OHwD2GXbYjUTdoKOSAjG+V1o6Myz"
	"AhUm6FNxkT0ZkbsCZ2/xPf6PiPKHiH8xx/qR06gzQy7liFqkjk7/LUcAP3hUvwFeAxddVEfbWzT91Lpiv/s+YFjB"
	"vP5tASEY8r9LDXOfPw+S7XAamolieAcuQ2deQpUNxOjZDKobGDD/Us1ANGEkl+NSog8tjt0T5VOvonxKjXkfvnuj"
	"CqLWs/g3sdpW3M6qkbwXHxRVqYl6OBm+MhWAHnqI45ofHtAHbtMLBt5gcNIq/6XvMD+IsJQns7GXW+oomUtuN3Fb"
	"8HRtesz7+uQWUz9SnhwES2hPxn8Hw1X8e9SKEVoiEWFAJ58+4GAJvh7LKExSLmLtAVjA7oUjlQaT/v+29R+6DSA8"
	"xK5iLCVwt9x+iF9G0u6Npeg3Z1/pFvIS/H46auHA0y5CysHWijoNTJ/ZeWxfQjAEj83MdKb0Y9MkUARu2Q3OcNLZ"
	"8ajww61kGOLoT26wHCsPUP8wyWgwrC9PI1daYTni0p4H4wryr6eA49qVU3VrgTnHdB6lPRuXbbtkMrcWxDm0M45E"
	"S5Qh9f8AK3z8J7oX0Jpl81UmISswFBSwaIJQcZyZxDGK0Yez4HL0l7o14XhfVBDi2+F1MLnnMfNvXLJQsHUT13+t"
	"ihVrlxeTjJ9omse07UkgMz2mWn71R6eDfY6xg7hhDRxn8JFD0wA4u29buOwxv8FNsGAd3rigEwU0luk2sJhaKdKk"
	"HZ3X5soiqo/DxhGZNTSI++AAAifcOGUi32UGiSLvK9ZTHLRxHAx0JNdw2OZ8GAP8NL+XYk0U1TaJPBadjup6lv1V"
	"5NdJ3DbUF+wPd5LlXxKwszikZM47Fs7wYXXXoNLu9m8KUTsMvoo+/Hlhc0hZBmYobodXME0wMTANBglghkgBZQME"
	"AgEFAAQgnYeEY5wQWTaoueczV5zisLBD2cV8f6gelsMaocHOLOoEFJS1y5WzERhH//ZZvL7pG7XWyR2kAgInEA==";
/* The same without the secret key, as JDK 8 wrote it: -J-Dkeystore.pkcs12.legacy, that is 3DES for
 * the key and 40-bit RC2 for the certificates. */
static const char jdk8[] =
	"MIIFFAIBAzCCBM0GCSqGSIb3DQEHAaCCBL4EggS6MIIEtjCB2wYJKoZIhvcNAQcBoIHNBIHKMIHHMIHEBgsqhkiG"
	"9w0BDAoBAqB3MHUwKQYKKoZIhvcNAQwBAzAbBBRk2qTZ6XEUfBhKTaTpIe1cmfyhLAIDAMNQBEi0jqS7Rs6c6aum"
	"XM0M0ZyuIYZvcuPA1Al2+KbYkp8deV0Fio06mz1QrAhtc13ihH4wPHYBxy4qxZRLCiUtERXI8bshgK/i61UxPDAX"
	"BgkqhkiG9w0BCRQxCh4IAG4AbwBkAGUwIQYJKoZIhvcNAQkVMRQEElRpbWUgMTc5NTYxNzMxMjU0MzCCA9QGCSqG"
	"SIb3DQEHBqCCA8UwggPBAgEAMIIDugYJKoZIhvcNAQcBMCkGCiqGSIb3DQEMAQYwGwQUER+EQN5ZDfJioCbLf688"
	"TPbdLjICAwDDUICCA4CR7mJZcoIsQzeYwv2Fgv3kiXatifG0rbQcAfn8iWmKW+i7RLXJFXmVMQHFYvnWOq4yXmxX"
	"sbh+D3H2muo6/Ebh1P3kWq9Upx10TAQIdd2Wk/jIGHRhhzv93h5ftRrpOpqLObCNa+AINdgZFzMRMx+8aUL/1IUa"
	"e+eATgEu2TQur+BQCn+v94JXUDmBsA6Am998K8w8Eeymomjy4y1s78Lr/5gmOSZkTVZh8p6sXT1/VFZeGShNBoyM"
	"0M67NfH9aXf+Mdz/RvuJC/hbpvONTCcNtiXZGplmFr0QPGuuCN0Ixx9JB8QxZnFC10DLM/jhG70kRqkAzuv6munj"
	"DJ6bjv2nyB8241UJ1sHaqztBtLuzIIxxAIiaSDdcaX26hxpVmxWdOIPJMI5OBZXDjUqGwBQTqcZTGbRrl0O+aAre"
	"/mWR95QHqk4Ep+DWDNTuZAw9KA+ieKuUNMHz24pxWQqTmbBjSiY+ASna2NcOrgJyLkU00WkdTw0q+K67ZAFi7+bk"
	"odXUDnoAKCo+WSQfD5yKTJt0TSemDAw6rmKjA9VC7/3IYOvx7j3XxVz9JGEVTyuAmig9+XMN88MBueUI+or6x048"
	"md2r45z1pN1nbyzFH2cK4gGbyuFcn9GjRCb76H3yzu0u2GoYfz6hdVJnP1VYpZkw1EjhlRj/HYihvpw+Mdj6Ilxh"
	"BNux9XdeZIjq1wtVxPKefaFqX6LbGWNFULLnwaEBJVKOHHkx1DjdurtGZcnqwS7z4pBKvXu7+vlj2qO2qme09bY5"
	"2/2iAu38sLTIkQjY3/ER4wi++unofZf0Rrw7O8lF7redKbjwO01nlOBiwxEnfP65gi6DzIbuQ8lpAyncizt+38Jz"
	"+CSlqZtL4hHvb/fBPcAc8u7tCTq0HuWsD42JkSeM7wh2UUMqZd7/xkexAjM9XVRzxVQp8vZBA/BId+DaheOhMrAN"
	"TEDxmOFcFngBsl2jwanfRSYqejIQCN5npplEECpH0E44o52OrK1yf2CV8LPFKNCqt7xAxdK1IW6GF6upVhQ7YCCS"
	"3Czqdi93y86ulx4yopjm5+d2itBslrb41v4JeFGMqsgTa6qgH2Ovyw3x0lqU4NgnE2WpD+E+2lCJqG/hgNgt5icW"
	"aDDTgEG/s1DJLg3VBEOutx5pxBntpp6Faqy5moa38qtmxHAFyenRX4H7W+e2ZP3QwLpSsjA+MCEwCQYFKw4DAhoF"
	"AAQUrsgQnpAN2ovx6DkjHJrlkpRpLswEFNd5TJic2eLZYUyXMe0Ci7tXciVnAgMBhqA=";
/* clang-format on */

static const enum p12_form both[] = { P12_MODERN, P12_LEGACY };

static void p12_freep(PKCS12 **p)
{
	PKCS12_free(*p);
}
#define auto_p12 CLEANUP(p12_freep) PKCS12 *

static void unbase64(const char *text, struct str *out)
{
	unsigned char bytes[4096];
	size_t n = strlen(text);
	int len = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)n);

	CHECK(len > 0);
	len -= (text[n - 1] == '=') + (text[n - 2] == '=');
	str_addn(out, bytes, (size_t)len);
}

/* Two authorities, and a pair under each; the first with its authority behind it. */
struct pairs {
	struct ca ca[2];
	struct cert *cert[2];
	struct key *key[2];
};

static void pairs_clear(struct pairs *p)
{
	for (size_t i = 0; i < 2; i++) {
		ca_clear(&p->ca[i]);
		cert_free(p->cert[i]);
		key_free(p->key[i]);
	}
}
#define auto_pairs CLEANUP(pairs_clear) struct pairs

static void make_pairs(struct pairs *p)
{
	for (size_t i = 0; i < 2; i++) {
		struct cert_request rq = { .subject = "CN=node",
					   .purpose = CERT_NODE,
					   .valid_days = 5 };

		CHECK(ca_make(i ? "CN=ca1" : "CN=ca0", KEY_P256, 10, &p->ca[i], &e));
		CHECK(ca_issue(&p->ca[i], &rq, i ? KEY_RSA_2048 : KEY_P256, &p->cert[i], &p->key[i],
			       &e));
	}
	CHECK(X509_up_ref(p->ca[0].cert->leaf) == 1);
	CHECK(sk_X509_push(p->cert[0]->chain, p->ca[0].cert->leaf) > 0);
}

static bool parse(const struct str *in, const char *pass, struct credentials *out)
{
	auto_secret s = secret_of(pass);

	return p12_parse(str_text(in), in->len, "x.p12", s, out, &e);
}

static void refuse(const struct str *in, const char *pass, enum fail code, const char *msg)
{
	auto_credentials found = { 0 };

	CHECK(!parse(in, pass, &found));
	CHECK_TEXT(e.msg, msg);
	CHECK_INT(e.code, code);
	CHECK(found.items == NULL);
}

static bool same_key(const struct key *a, const struct key *b)
{
	return EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

static void add_p12(PKCS12 *p12, struct str *out)
{
	unsigned char *der = NULL;
	int n = i2d_PKCS12(p12, &der);

	CHECK(n > 0);
	str_clear(out);
	str_addn(out, der, (size_t)n);
	OPENSSL_free(der);
}

/* As others make it: without name, hashed once. mac_rounds -1: no MAC. */
static void export(const struct pairs *p, const char *pass, int pbe, int mac_rounds,
		   struct str *out)
{
	auto_p12 p12 = PKCS12_create_ex(pass, NULL, p->key[0]->pkey, p->cert[0]->leaf,
					p->cert[0]->chain, pbe, pbe, 1, mac_rounds, 0, NULL, NULL);

	CHECK(p12);
	add_p12(p12, out);
}

/* One safe, without MAC. Takes over safe. */
static void wrap_safe(PKCS7 *safe, struct str *out)
{
	STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
	auto_p12 p12 = NULL;

	CHECK(safe && sk_PKCS7_push(safes, safe) > 0);
	p12 = PKCS12_add_safes(safes, 0);
	CHECK(p12);
	add_p12(p12, out);
	sk_PKCS7_pop_free(safes, PKCS7_free);
}

/* One bag in one safe, neither encrypted nor with a MAC. Takes over bag. */
static void wrap_bag(PKCS12_SAFEBAG *bag, struct str *out)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();

	CHECK(bag && sk_PKCS12_SAFEBAG_push(bags, bag) > 0);
	wrap_safe(PKCS12_pack_p7data(bags), out);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

TEST(p12_of_either_form_keeps_keys_certificates_aliases_and_trust)
{
	auto_pairs p = { 0 };
	struct p12_entry entries[] = { { NULL, NULL, NULL },
				       { "CA", NULL, NULL },
				       { "n\xc3\xb6"
					 "de \xf0\x9f\x98\x80",
					 NULL, NULL } };

	make_pairs(&p);
	entries[0] = (struct p12_entry){ "instance", p.cert[0], p.key[0] };
	entries[1].cert = p.ca[1].cert;
	entries[2].cert = p.cert[1];
	entries[2].key = p.key[1];
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		auto_credentials got = { 0 };
		auto_secret pass = secret_of("se cret~");
		auto_str out = STR_INIT(65536);

		CHECK(p12_format(entries, 3, pass, both[i], &out, &e));
		CHECK(p12_is(str_text(&out), out.len));
		CHECK(parse(&out, "se cret~", &got));
		CHECK_INT(got.count, 4);
		CHECK_TEXT(got.items[0].alias, "instance");
		CHECK(cert_same(got.items[0].cert, p.cert[0]));
		CHECK(same_key(got.items[0].key, p.key[0]));
		CHECK(!got.items[1].alias && !got.items[1].key && !got.items[1].trusted);
		CHECK(cert_same(got.items[1].cert, p.ca[0].cert));
		CHECK_TEXT(got.items[2].alias, "CA");
		CHECK(got.items[2].trusted && cert_same(got.items[2].cert, p.ca[1].cert));
		CHECK_TEXT(got.items[3].alias, entries[2].alias);
		CHECK(!got.items[3].trusted && same_key(got.items[3].key, p.key[1]));
		CHECK(credentials_pair(&got) == &got.items[0]);
	}
}

TEST(p12_holds_a_chain_that_is_common_to_two_keys_once)
{
	auto_pairs p = { 0 };
	auto_credentials got = { 0 };
	auto_str out = STR_INIT(65536);
	struct p12_entry entries[2];

	make_pairs(&p);
	entries[0] = (struct p12_entry){ "a", p.cert[0], p.key[0] };
	entries[1] = (struct p12_entry){ "b", p.cert[0], p.key[0] };
	CHECK(p12_format(entries, 2, NULL, P12_MODERN, &out, &e));
	CHECK(parse(&out, NULL, &got));
	CHECK_INT(got.count, 3);
	CHECK_TEXT(got.items[0].alias, "a");
	CHECK_TEXT(got.items[2].alias, "b");
	CHECK(got.items[0].key && got.items[2].key);
}

TEST(p12_format_refuses_what_java_would_lose)
{
	auto_pairs p = { 0 };
	auto_str out = STR_INIT(65536);
	static const char *const passwords[] = { "p\xc3\xa4ss", "a\tb", "\x7f" };
	struct p12_entry entries[2];

	make_pairs(&p);
	entries[0] = (struct p12_entry){ "ca", p.ca[0].cert, NULL };
	entries[1] = (struct p12_entry){ "CA", p.ca[1].cert, NULL };
	CHECK(!p12_format(entries, 2, NULL, P12_MODERN, &out, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_TEXT(e.msg, "two entries of a PKCS#12 file have the alias 'CA'");
	entries[1] = (struct p12_entry){ "x", p.cert[1], p.key[0] };
	CHECK(!p12_format(entries, 2, NULL, P12_MODERN, &out, &e));
	CHECK_TEXT(e.msg, "the key of 'x' does not fit its certificate");
	for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
		auto_secret pass = secret_of(passwords[i]);

		CHECK(!p12_format(entries, 1, pass, P12_MODERN, &out, &e));
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK_TEXT(e.msg, "a password of PKCS#12 must be plain ASCII");
	}
	CHECK_INT(out.len, 0);
}

TEST(p12_needs_its_password)
{
	auto_pairs p = { 0 };
	auto_secret pass = secret_of("right");
	struct p12_entry entry;

	make_pairs(&p);
	entry = (struct p12_entry){ "a", p.cert[0], p.key[0] };
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		auto_str out = STR_INIT(65536);

		CHECK(p12_format(&entry, 1, pass, both[i], &out, &e));
		refuse(&out, "wrong", FAIL_AUTH, "cannot decrypt 'x.p12'");
		CHECK_TEXT(e.hint, "check its password");
		refuse(&out, NULL, FAIL_AUTH, "cannot decrypt 'x.p12'");
		CHECK_TEXT(e.hint, "give its password");
		refuse(&out, "", FAIL_AUTH, "cannot decrypt 'x.p12'");
	}
}

TEST(p12_with_an_empty_password_is_read_in_both_encodings_of_it)
{
	static const int schemes[] = { NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_aes_256_cbc };
	static const char *const empties[] = { NULL, "" };
	auto_pairs p = { 0 };
	auto_str out = STR_INIT(65536);

	make_pairs(&p);
	for (size_t i = 0; i < 8; i++) {
		auto_credentials got = { 0 };

		export(&p, empties[i & 1], schemes[i >> 1 & 1], i & 4 ? -1 : 1, &out);
		CHECK(parse(&out, empties[i & 1], &got));
		CHECK_INT(got.count, 2);
		credentials_clear(&got);
		CHECK(parse(&out, empties[!(i & 1)], &got));
		refuse(&out, "x", FAIL_AUTH, "cannot decrypt 'x.p12'");
	}
}

TEST(p12_without_mac_is_judged_by_its_encryption)
{
	auto_pairs p = { 0 };
	auto_credentials got = { 0 };
	auto_str out = STR_INIT(65536);

	make_pairs(&p);
	export(&p, "pw", NID_aes_256_cbc, -1, &out);
	refuse(&out, "wp", FAIL_AUTH, "cannot decrypt 'x.p12'");
	CHECK(parse(&out, "pw", &got));
	credentials_clear(&got);
	export(&p, "pw", -1, -1, &out); /* nothing is encrypted */
	CHECK(parse(&out, "whatever", &got));
	CHECK(same_key(credentials_pair(&got)->key, p.key[0]));
}

TEST(p12_of_keytool_is_read_and_its_secret_key_is_left_out)
{
	static const char *const texts[] = { jdk17, jdk8 };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		auto_credentials got = { 0 };
		auto_str in = STR_INIT(4096), subject = STR_INIT(4096);

		unbase64(texts[i], &in);
		refuse(&in, "secretpW", FAIL_AUTH, "cannot decrypt 'x.p12'");
		CHECK(parse(&in, "secretpw", &got));
		CHECK_INT(got.count, 2);
		CHECK_TEXT(got.items[0].alias, "node");
		CHECK(got.items[0].key && !got.items[0].trusted);
		CHECK_TEXT(got.items[1].alias, "ca");
		CHECK(!got.items[1].key && got.items[1].trusted);
		CHECK(cert_subject(got.items[1].cert, &subject, &e));
		CHECK_TEXT(str_text(&subject), "CN=ec");
	}
}

TEST(p12_key_without_an_id_finds_its_certificate_and_one_with_a_false_id_too)
{
	static unsigned char id[] = { 'T', 'i', 'm', 'e' };
	auto_pairs p = { 0 };
	auto_str out = STR_INIT(65536);

	make_pairs(&p);
	for (int named = 0; named < 2; named++) {
		STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
		PKCS12_SAFEBAG *key = PKCS12_add_key(&bags, p.key[1]->pkey, 0, 1, -1, NULL);
		PKCS12_SAFEBAG *other = PKCS12_add_cert(&bags, p.cert[0]->leaf);
		auto_credentials got = { 0 };

		CHECK(key && other && PKCS12_add_cert(&bags, p.cert[1]->leaf));
		CHECK(PKCS12_add_friendlyname_utf8(key, "mine", -1) == 1);
		if (named)
			CHECK(PKCS12_add_localkeyid(key, id, sizeof(id)) == 1 &&
			      PKCS12_add_localkeyid(other, id, sizeof(id)) == 1);
		wrap_safe(PKCS12_pack_p7data(bags), &out);
		sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
		CHECK(parse(&out, NULL, &got));
		CHECK_INT(got.count, 2);
		CHECK(!got.items[0].key && !got.items[0].alias);
		CHECK(got.items[1].key && cert_same(got.items[1].cert, p.cert[1]));
		CHECK_TEXT(got.items[1].alias, "mine");
	}
}

static const char too_many[] = "'x.p12' wants a password hashed more than 5000000 times";

TEST(p12_that_would_hash_for_hours_is_refused_before)
{
	auto_pairs p = { 0 };
	auto_str out = STR_INIT(65536);
	auto_p12 p12 = NULL;
	const unsigned char *at;
	X509_SIG *sealed = X509_SIG_new();
	X509_ALGOR *alg, *trap = PKCS5_pbe2_set(EVP_aes_256_cbc(), 1000000000, NULL, 0);
	STACK_OF(PKCS12_SAFEBAG) *none = sk_PKCS12_SAFEBAG_new_null();
	PKCS7 *safe = PKCS12_pack_p7encdata(NID_aes_256_cbc, "pw", 2, NULL, 0, 1, none);

	make_pairs(&p);
	export(&p, "pw", NID_aes_256_cbc, 1, &out);
	at = (const unsigned char *)str_text(&out);
	p12 = d2i_PKCS12(NULL, &at, (long)out.len);
	CHECK(p12 && PKCS12_setup_mac(p12, 1000000000, NULL, 0, EVP_sha256()) == 1);
	add_p12(p12, &out);
	refuse(&out, "pw", FAIL_INPUT, too_many);

	X509_SIG_getm(sealed, &alg, NULL);
	CHECK(trap && X509_ALGOR_copy(alg, trap) == 1);
	wrap_bag(PKCS12_SAFEBAG_create0_pkcs8(sealed), &out);
	refuse(&out, "pw", FAIL_INPUT, too_many);

	CHECK(safe && X509_ALGOR_copy(safe->d.encrypted->enc_data->algorithm, trap) == 1);
	wrap_safe(safe, &out);
	refuse(&out, "pw", FAIL_INPUT, too_many);
	X509_ALGOR_free(trap);
	sk_PKCS12_SAFEBAG_free(none);
}

/* A bag, or what is in one, within `depth` bags. */
static PKCS7 *nested(int depth)
{
	static const unsigned char oid[] = { 6,  11, 0x2a, 0x86, 0x48, 0x86, 0xf7,
					     13, 1,  12,   10,   1,    6 };
	unsigned char der[256] = { 0x30, 0 };
	size_t n = 2;
	PKCS7 *safe = PKCS7_new();

	for (int i = 0; i < depth; i++) {
		size_t head = 2 + 2 + sizeof(oid) + 2;

		CHECK(n + head < 128);
		memmove(der + head, der, n);
		der[0] = der[2] = 0x30;
		der[1] = (unsigned char)(n + head - 2);
		der[3] = (unsigned char)(n + head - 4);
		memcpy(der + 4, oid, sizeof(oid));
		der[head - 2] = 0xa0;
		der[head - 1] = (unsigned char)n;
		n += head;
	}
	CHECK(safe && PKCS7_set_type(safe, NID_pkcs7_data) == 1);
	CHECK(ASN1_OCTET_STRING_set(safe->d.data, der, (int)n) == 1);
	return safe;
}

TEST(p12_nests_a_little_but_not_for_ever)
{
	auto_credentials got = { 0 };
	auto_str out = STR_INIT(65536);

	wrap_safe(nested(4), &out);
	CHECK(parse(&out, NULL, &got));
	CHECK_INT(got.count, 0);
	wrap_safe(nested(6), &out);
	refuse(&out, NULL, FAIL_INPUT, "the nesting of 'x.p12' is damaged or cut off");
}

TEST(p12_cut_off_anywhere_is_an_input_error)
{
	auto_pairs p = { 0 };
	auto_str out = STR_INIT(65536);
	auto_secret pass = secret_of("pw");

	make_pairs(&p);
	export(&p, "pw", NID_aes_256_cbc, 1, &out);
	for (size_t n = 0; n < out.len; n++) {
		auto_credentials got = { 0 };

		CHECK(!p12_parse(str_text(&out), n, "x.p12", pass, &got, &e));
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK_TEXT(e.msg, "keystore 'x.p12' is damaged or cut off");
	}
}

TEST(p12_with_a_damaged_byte_is_refused_or_read_and_nothing_else)
{
	auto_pairs p = { 0 };
	auto_secret pass = secret_of("pw");

	make_pairs(&p);
	for (size_t i = 0; i < 2; i++) {
		auto_str out = STR_INIT(65536);

		export(&p, "pw", i ? -1 : NID_pbe_WithSHA1And3_Key_TripleDES_CBC, i ? -1 : 1, &out);
		for (size_t at = 0; at < out.len; at++) {
			auto_credentials got = { 0 };

			out.data[at] ^= (char)(1 << at % 8);
			if (!p12_parse(out.data, out.len, "x.p12", pass, &got, &e))
				CHECK(e.code == FAIL_INPUT || e.code == FAIL_AUTH);
			out.data[at] ^= (char)(1 << at % 8);
		}
	}
}

static bool has_secret_key(const struct str *p12)
{
	static const char oid[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x05";

	return memmem(str_text(p12), p12->len, oid, sizeof(oid) - 1) != NULL;
}

/* The certificate of keytool's file again, under a CA of ours, with a new key when asked. */
static struct swap successor(const struct credential *of, struct ca *ca, bool new_key)
{
	struct cert_request rq = { .like = of->cert, .purpose = CERT_NODE, .valid_days = 5 };
	struct cert *cert = NULL;
	struct key *key = NULL;

	if (new_key)
		CHECK(key_generate(KEY_P256, &key, &e));
	rq.key = key ? key : of->key;
	CHECK(ca_sign(ca, &rq, &cert, &e));
	return (struct swap){ of->cert, cert, key };
}

static void swap_clear(struct swap *s)
{
	cert_free((struct cert *)(uintptr_t)s->cert);
	key_free((struct key *)(uintptr_t)s->key);
}

TEST(swap_in_a_keystore_of_java_leaves_aliases_trust_and_secret_keys)
{
	static const char *const texts[] = { jdk17, jdk8, jdk17, jdk8 };
	auto_secret pass = secret_of("secretpw");
	auto_ca ca = { 0 };

	CHECK(ca_make("CN=ca", KEY_P256, 10, &ca, &e));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		auto_str in = STR_INIT(4096), out = STR_INIT(65536);
		auto_credentials old = { 0 }, got = { 0 };
		struct swap s;

		unbase64(texts[i], &in);
		CHECK(parse(&in, "secretpw", &old));
		s = successor(&old.items[0], &ca, i >= 2);
		CHECK(swap_in_file(str_text(&in), in.len, "x.p12", pass, false, &s, 1, &out, &e));
		CHECK_INT(has_secret_key(&out), has_secret_key(&in));
		CHECK(has_secret_key(&in) == (i % 2 == 0));
		CHECK(parse(&out, "secretpw", &got));
		CHECK_INT(got.count, 2);
		CHECK_TEXT(got.items[0].alias, "node");
		CHECK(cert_same(got.items[0].cert, s.cert));
		CHECK(cert_fits_key(s.cert, got.items[0].key));
		CHECK(got.items[1].trusted && cert_same(got.items[1].cert, old.items[1].cert));
		swap_clear(&s);
	}
}

TEST(swap_without_memory_fails)
{
	auto_secret pass = secret_of("secretpw");
	auto_str in = STR_INIT(4096);
	auto_credentials old = { 0 };
	auto_ca ca = { 0 };
	struct swap s;

	unbase64(jdk17, &in);
	CHECK(ca_make("CN=ca", KEY_P256, 10, &ca, &e) && parse(&in, "secretpw", &old));
	s = successor(&old.items[0], &ca, true);
	for (unsigned n = 1, done = 0; !done; n += 1 + n / 16) {
		auto_str out = STR_INIT(65536);
		bool ok;

		fault_alloc_at(n);
		ok = swap_in_file(str_text(&in), in.len, "x.p12", pass, false, &s, 1, &out, &e);
		fault_alloc_at(0);
		done = !fault_hit();
		CHECK(ok || fault_hit());
	}
	swap_clear(&s);
}

TEST(p12_without_memory_fails)
{
	auto_pairs p = { 0 };
	struct p12_entry entry;
	auto_secret pass = secret_of("pw");

	make_pairs(&p);
	entry = (struct p12_entry){ "a", p.cert[0], p.key[0] };
	/* In steps that grow: linked statically, OpenSSL's thousands count too. */
	for (unsigned n = 1, done = 0; !done; n += 1 + n / 16) {
		auto_str out = STR_INIT(65536);
		auto_credentials got = { 0 };
		bool ok;

		fault_alloc_at(n);
		ok = p12_format(&entry, 1, pass, P12_MODERN, &out, &e) &&
		     p12_parse(str_text(&out), out.len, "x.p12", pass, &got, &e);
		fault_alloc_at(0);
		done = !fault_hit();
		CHECK(ok || fault_hit());
		CHECK(ok || !got.items);
	}
}
