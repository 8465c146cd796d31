#include "check.h"
#include "given.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "pki/ca.h"
#include "pki/credentials.h"
#include "pki/openssl.h"
#include "pki/p12.h"

static struct err e;

/* A certificate, its key and its authority. */
struct pair {
	struct ca ca;
	struct cert *cert;
	struct key *key;
};

static void pair_clear(struct pair *p)
{
	ca_clear(&p->ca);
	cert_free(p->cert);
	key_free(p->key);
}
#define auto_pair CLEANUP(pair_clear) struct pair

static void make_pair(struct pair *p, enum key_kind kind)
{
	struct cert_request rq = { .subject = "CN=node", .purpose = CERT_NODE, .valid_days = 5 };

	CHECK(ca_make("CN=ca", KEY_P256, 10, &p->ca, &e));
	CHECK(ca_issue(&p->ca, &rq, kind, &p->cert, &p->key, &e));
}

static bool parse(const struct str *in, const char *pass, struct credentials *out)
{
	auto_secret s = secret_of(pass);

	return credentials_parse(str_text(in), in->len, "f", s, out, &e);
}

static void refuse(const struct str *in, const char *pass, enum fail code, const char *msg)
{
	auto_credentials found = { 0 };

	CHECK(!parse(in, pass, &found));
	CHECK_TEXT(e.msg, msg);
	CHECK_INT(e.code, code);
	CHECK(found.items == NULL);
}

static void refuse_text(const char *text, const char *msg)
{
	auto_str in = STR_INIT(65536);

	str_add(&in, text);
	refuse(&in, NULL, FAIL_INPUT, msg);
}

static bool same_key(const struct key *a, const struct key *b)
{
	return EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

static void take_bio(BIO *bio, struct str *out)
{
	char *bytes;
	long n = BIO_get_mem_data(bio, &bytes);

	CHECK(n > 0);
	str_addn(out, bytes, (size_t)n);
	CHECK(BIO_reset(bio) == 1);
}

/* The bytes of the first block of a PEM text. */
static void undo_pem(const struct str *pem, struct str *out)
{
	auto_bio bio = BIO_new_mem_buf(str_text(pem), (int)pem->len);
	char *label, *header;
	unsigned char *bytes;
	long n;

	CHECK(PEM_read_bio(bio, &label, &header, &bytes, &n) == 1);
	str_addn(out, bytes, (size_t)n);
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(bytes);
}

static void check_lone_key(const struct str *in, const char *pass, const struct key *want)
{
	auto_credentials got = { 0 };

	CHECK(parse(in, pass, &got));
	CHECK_INT(got.count, 1);
	CHECK(!got.items[0].cert && same_key(got.items[0].key, want));
	CHECK(!credentials_pair(&got));
}

TEST(credentials_of_a_pem_file_stand_in_its_order_and_keys_with_their_certificates)
{
	auto_pair p = { 0 };
	auto_credentials got = { 0 };
	auto_str in = STR_INIT(65536);

	make_pair(&p, KEY_P256);
	str_add(&in, "\xef\xbb\xbf"
		     "Bag Attributes: none\n");
	CHECK(key_format(p.key, &in, &e));
	str_add(&in, "subject=CN=ca\n");
	CHECK(cert_format(p.ca.cert, &in, &e) && cert_format(p.cert, &in, &e));
	CHECK(key_format(p.ca.key, &in, &e));
	str_add(&in, "the end");
	CHECK(parse(&in, NULL, &got));
	CHECK_INT(got.count, 2);
	CHECK(cert_same(got.items[0].cert, p.ca.cert) && same_key(got.items[0].key, p.ca.key));
	CHECK(cert_same(got.items[1].cert, p.cert) && same_key(got.items[1].key, p.key));
	CHECK(!got.items[0].alias && !got.items[0].trusted);
	CHECK(credentials_pair(&got) == &got.items[0]);
}

TEST(credentials_take_a_byte_order_mark_line_ends_of_windows_and_one_long_line)
{
	auto_pair p = { 0 };
	auto_credentials got = { 0 };
	auto_str pem = STR_INIT(65536), in = STR_INIT(65536);
	const char *at;

	make_pair(&p, KEY_P256);
	CHECK(cert_format(p.cert, &pem, &e));
	str_add(&in, "\xef\xbb\xbf");
	for (at = str_text(&pem); *at; at++)
		str_addf(&in, *at == '\n' ? " \r%c" : "%c", *at);
	str_add(&in, "-----BEGIN CERTIFICATE-----\n");
	for (at = strchr(str_text(&pem), '\n'); *at && strncmp(at, "\n---", 4) != 0; at++)
		if (*at != '\n')
			str_addn(&in, at, 1);
	str_add(&in, "\n-----END CERTIFICATE-----");
	CHECK(parse(&in, NULL, &got));
	CHECK_INT(got.count, 2);
	CHECK(cert_same(got.items[0].cert, p.cert) && cert_same(got.items[1].cert, p.cert));
}

TEST(credentials_skip_blocks_that_are_neither_certificate_nor_key)
{
	auto_pair p = { 0 };
	auto_bio bio = BIO_new(BIO_s_mem());
	auto_credentials got = { 0 };
	auto_str in = STR_INIT(65536);

	make_pair(&p, KEY_P256);
	str_add(&in, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
		     "-----END EC PARAMETERS-----\n"
		     "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"
		     "-----END CERTIFICATE REQUEST-----\n");
	refuse(&in, NULL, FAIL_INPUT,
	       "'f' holds no certificate and no private key, but CERTIFICATE REQUEST");
	CHECK(PEM_write_bio_X509_AUX(bio, p.cert->leaf) == 1);
	take_bio(bio, &in);
	CHECK(parse(&in, NULL, &got));
	CHECK_INT(got.count, 1);
	CHECK(cert_same(got.items[0].cert, p.cert));
}

TEST(credentials_read_the_other_labels_of_certificates)
{
	auto_pair p = { 0 };
	auto_credentials got = { 0 };
	auto_str pem = STR_INIT(65536), in = STR_INIT(65536);
	const char *body;

	make_pair(&p, KEY_P256);
	CHECK(cert_format(p.cert, &pem, &e));
	body = str_text(&pem) + strlen("-----BEGIN CERTIFICATE-----");
	for (int i = 0; i < 2; i++) {
		const char *label = i ? "TRUSTED" : "X509";

		str_addf(&in, "-----BEGIN %s CERTIFICATE-----%.*s-----END %s CERTIFICATE-----\n",
			 label, (int)(strstr(body, "-----") - body), body, label);
	}
	CHECK(parse(&in, NULL, &got));
	CHECK_INT(got.count, 2);
	CHECK(cert_same(got.items[0].cert, p.cert) && cert_same(got.items[1].cert, p.cert));
}

TEST(credentials_read_every_form_of_a_private_key)
{
	static const enum key_kind kinds[] = { KEY_P256, KEY_RSA_2048 };

	for (size_t i = 0; i < 2; i++) {
		auto_key key = NULL;
		auto_bio bio = BIO_new(BIO_s_mem());
		auto_str pkcs8 = STR_INIT(8192), own = STR_INIT(8192), der = STR_INIT(8192);

		CHECK(key_generate(kinds[i], &key, &e));
		CHECK(key_format(key, &pkcs8, &e));
		check_lone_key(&pkcs8, NULL, key);
		undo_pem(&pkcs8, &der);
		check_lone_key(&der, NULL, key);
		str_clear(&der);
		CHECK(PEM_write_bio_PrivateKey_traditional(bio, key->pkey, NULL, NULL, 0, NULL,
							   NULL) == 1);
		take_bio(bio, &own);
		CHECK(strstr(str_text(&own), i ? "BEGIN RSA PRIVATE" : "BEGIN EC PRIVATE"));
		check_lone_key(&own, "unused", key);
		undo_pem(&own, &der);
		check_lone_key(&der, NULL, key);
	}
}

TEST(credentials_with_a_locked_key_need_its_passphrase)
{
	static const EVP_CIPHER *(*const ciphers[])(void) = { EVP_aes_128_cbc, EVP_des_ede3_cbc };
	auto_key key = NULL;
	auto_bio bio = BIO_new(BIO_s_mem());
	char pass[] = "right";

	CHECK(key_generate(KEY_RSA_2048, &key, &e));
	for (int i = 0; i < 5; i++) {
		auto_str in = STR_INIT(8192), der = STR_INIT(8192);

		if (i < 2)
			CHECK(PEM_write_bio_PrivateKey_traditional(bio, key->pkey, ciphers[i](),
								   NULL, 0, NULL, pass) == 1);
		else if (i < 4)
			CHECK(PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, ciphers[i - 2](), NULL,
							    0, NULL, pass) == 1);
		else
			CHECK(PEM_write_bio_PKCS8PrivateKey_nid(
				  bio, key->pkey, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, pass, 5,
				  NULL, NULL) == 1);
		take_bio(bio, &in);
		check_lone_key(&in, "right", key);
		refuse(&in, "wrong", FAIL_AUTH, "cannot decrypt 'f'");
		CHECK_TEXT(e.hint, "check its password");
		refuse(&in, NULL, FAIL_AUTH, "cannot decrypt 'f'");
		CHECK_TEXT(e.hint, "give its password");
		refuse(&in, "", FAIL_AUTH, "cannot decrypt 'f'");
		if (i < 2)
			continue;
		undo_pem(&in, &der);
		check_lone_key(&der, "right", key);
		refuse(&der, "wrong", FAIL_AUTH, "cannot decrypt 'f'");
	}
}

/* openssl pkcs8 -topk8 -v1 PBE-MD5-DES: from before there was anything better */
static const char md5_des[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
			      "MIGwMBsGCSqGSIb3DQEFAzAOBAggxivvazZWAgICCAAEgZAYq7aDbNAY3Zm7Vrch\n"
			      "hl2CRq+JasXIuJ5M3A/c/hlzdBYYFrwgL24xHaCc4CzaxhYGdRPq71cVltUhtIyI\n"
			      "9nA34QsotWPR4EA1mx3q5cDuTQU0lUTabyPdCgp071/anEU+/UrMHA7VqeUdSNQv\n"
			      "331fnmytMTPRSdxAD53NkXcvjJPO+YH2cHmwPffBpLXTnFM=\n"
			      "-----END ENCRYPTED PRIVATE KEY-----\n";

TEST(credentials_read_a_key_under_ciphers_of_old_and_leave_these_to_nobody_else)
{
	auto_credentials got = { 0 };
	auto_str in = STR_INIT(8192);
	EVP_CIPHER *des;

	str_add(&in, md5_des);
	refuse(&in, "wrong", FAIL_AUTH, "cannot decrypt 'f'");
	CHECK(parse(&in, "right", &got));
	CHECK(got.count == 1 && got.items[0].key);
	des = EVP_CIPHER_fetch(NULL, "DES-CBC", NULL);
	CHECK(!des);
	credentials_clear(&got);
	CHECK(parse(&in, "right", &got));
}

TEST(credentials_of_a_der_certificate_and_of_pkcs12_are_told_from_their_bytes)
{
	auto_pair p = { 0 };
	auto_credentials got = { 0 };
	auto_str pem = STR_INIT(65536), in = STR_INIT(65536);
	struct p12_entry entry;

	make_pair(&p, KEY_P256);
	CHECK(cert_format(p.cert, &pem, &e));
	undo_pem(&pem, &in);
	CHECK(parse(&in, NULL, &got));
	CHECK(got.count == 1 && cert_same(got.items[0].cert, p.cert) && !got.items[0].key);
	credentials_clear(&got);
	str_clear(&in);
	entry = (struct p12_entry){ "a", p.cert, p.key };
	CHECK(p12_format(&entry, 1, NULL, P12_MODERN, &in, &e));
	CHECK(parse(&in, NULL, &got));
	CHECK(got.count == 1 && same_key(got.items[0].key, p.key));
	CHECK_TEXT(got.items[0].alias, "a");
}

TEST(credentials_name_what_they_do_not_read)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *what, *hint;
	} rows[] = {
		{ "\xfe\xed\xfe\xed\0\0\0\2", 8, "'f' is a JKS keystore", "keytool" },
		{ "\xce\xce\xce\xce\0\0\0\2", 8, "'f' is a JCEKS keystore", "keytool" },
		{ "\x30\x0a\x30\x08\x30\x02\x06\x00\x04\x00\x04\x00", 12, "'f' is a BCFKS keystore",
		  "keytool" },
		{ "\xff\xfe-\0-\0", 6, "'f' is text in UTF-16", "PEM" },
		{ "PK\x03\x04", 4, "'f' is a zip archive", "PEM" },
		{ "", 0, "'f' is neither PEM nor DER nor PKCS#12", "-----BEGIN" },
		{ "hello", 5, "'f' is neither PEM nor DER nor PKCS#12", "-----BEGIN" },
		{ "  -----BEGIN CERTIFICATE-----", 29, "'f' is neither PEM nor DER nor PKCS#12",
		  "-----BEGIN at the start of a line" },
		{ "\x30\x00", 2, "'f' is DER, but no certificate and no private key", "" },
		{ "\x30\x82\x01\x00\x02", 5, "'f' is cut off: 5 of 260 bytes", "" },
		{ "0", 1, "'f' is DER, but no certificate and no private key", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str in = STR_INIT(64);

		str_addn(&in, rows[i].bytes, rows[i].n);
		refuse(&in, NULL, FAIL_INPUT, rows[i].what);
		CHECK(strstr(e.hint, rows[i].hint));
	}
}

TEST(credentials_say_which_block_is_damaged)
{
	refuse_text("text\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
		    "block 1 of 'f' (line 2, CERTIFICATE) is damaged");
	refuse_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
		    "block 1 of 'f' (line 1, CERTIFICATE) is damaged");
	refuse_text("-----BEGIN X-----\n-----END X-----\n-----BEGIN PRIVATE KEY-----\n"
		    "M*A=\n-----END PRIVATE KEY-----",
		    "block 2 of 'f' (line 3, PRIVATE KEY) is damaged");
	refuse_text("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----",
		    "block 1 of 'f' (line 1, PRIVATE KEY) is damaged");
	refuse_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
		    "-----END ENCRYPTED PRIVATE KEY-----",
		    "block 1 of 'f' (line 1, ENCRYPTED PRIVATE KEY) is damaged");
	refuse_text("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: X,00\n\n"
		    "MAA=\n-----END RSA PRIVATE KEY-----",
		    "block 1 of 'f' (line 1, RSA PRIVATE KEY) is damaged");
	refuse_text("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
		    "DEK-Info: DES-CBC,0011223344556677\n\nMAA=\n-----END RSA PRIVATE KEY-----",
		    "a key in 'f' is encrypted with DES-CBC: not supported");
	refuse_text("-----BEGIN CERTIFICATE-----\nMAA=\n-----BEGIN CERTIFICATE-----\n",
		    "block 1 of 'f' (line 1, CERTIFICATE) has no END line: cut off");
	refuse_text("-----BEGIN CERTIFICATE-----\nMAA=\n-----END PRIVATE KEY-----\n",
		    "block 1 of 'f' (line 1, CERTIFICATE) has no END line: cut off");
	refuse_text("-----BEGIN CERT", "block 1 of 'f' has a damaged BEGIN in line 1");
	refuse_text("-----BEGIN \x1b[1m-----\n", "block 1 of 'f' has a damaged BEGIN in line 1");
}

TEST(credentials_cut_off_anywhere_are_refused_but_for_whole_blocks)
{
	auto_pair p = { 0 };
	auto_str in = STR_INIT(65536), der = STR_INIT(65536);
	size_t whole, read = 0;

	make_pair(&p, KEY_P256);
	CHECK(cert_format(p.cert, &in, &e));
	undo_pem(&in, &der);
	whole = in.len - 1; /* the last newline may go */
	CHECK(key_format(p.key, &in, &e));
	for (size_t n = 0; n < in.len; n++) {
		auto_credentials got = { 0 };

		if (credentials_parse(in.data, n, "f", NULL, &got, &e))
			read++;
		else
			CHECK_INT(e.code, FAIL_INPUT);
		CHECK_INT(got.count, n == in.len - 1 || (n >= whole && n < whole + 13));
	}
	CHECK_INT(read, 14);
	for (size_t n = 0; n < der.len; n++) {
		auto_credentials got = { 0 };

		CHECK(!credentials_parse(der.data, n, "f", NULL, &got, &e));
		CHECK_INT(e.code, FAIL_INPUT);
	}
}

TEST(credentials_are_not_without_number_and_not_without_end)
{
	auto_credentials c = { 0 };
	auto_str in = STR_INIT(CREDENTIALS_MAX_BYTES + 1);

	for (int i = 0; i < CREDENTIALS_MAX; i++)
		CHECK(credentials_add(&c, (struct credential){ 0 }, "f", &e));
	CHECK(!credentials_add(&c, (struct credential){ .alias = strdup("x") }, "f", &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_TEXT(e.msg, "'f' holds more than 4096 certificates and keys");
	for (int i = 0; i < CREDENTIALS_MAX_BYTES / 4; i++)
		str_add(&in, "long");
	refuse(&in, NULL, FAIL_INPUT, "'f' is neither PEM nor DER nor PKCS#12");
	str_add(&in, "x");
	refuse(&in, NULL, FAIL_INPUT, "'f' is longer than 4194304 bytes");
}

TEST(credentials_keep_a_key_that_fits_nothing_and_a_second_one_that_fits)
{
	auto_pair p = { 0 };
	auto_credentials got = { 0 };
	auto_str in = STR_INIT(65536);

	make_pair(&p, KEY_P256);
	CHECK(key_format(p.ca.key, &in, &e) && key_format(p.key, &in, &e));
	CHECK(cert_format(p.cert, &in, &e) && key_format(p.key, &in, &e));
	CHECK(parse(&in, NULL, &got));
	CHECK_INT(got.count, 3);
	CHECK(!got.items[0].cert && same_key(got.items[0].key, p.ca.key));
	CHECK(got.items[1].cert && same_key(got.items[1].key, p.key));
	CHECK(!got.items[2].cert && same_key(got.items[2].key, p.key));
}

/* What takes long when each is really held against each. */
TEST(credentials_of_hundreds_that_do_not_belong_together_are_read_at_once)
{
	enum { EACH = 500 };
	struct cert_request rq = { .subject = "CN=x", .purpose = CERT_NODE, .valid_days = 5 };
	auto_str in = STR_INIT(CREDENTIALS_MAX_BYTES);
	auto_credentials got = { 0 };

	secret_setup(SECRET_MANY);
	for (int i = 0; i < EACH; i++) {
		auto_cert cert = NULL;
		auto_key own = NULL;
		auto_key other = NULL;

		CHECK(ca_issue(NULL, &rq, KEY_P256, &cert, &own, &e));
		CHECK(key_generate(KEY_P256, &other, &e));
		CHECK(cert_format(cert, &in, &e));
		CHECK(key_format(i == EACH - 1 ? own : other, &in, &e));
	}
	CHECK(parse(&in, NULL, &got));
	CHECK_INT(got.count, 2 * EACH - 1);
	CHECK(got.items[2 * EACH - 2].key && got.items[2 * EACH - 2].cert); /* the only pair */
}

TEST(credentials_find_the_key_of_every_kind_however_its_point_is_written)
{
	static const char *const kinds[] = { "ED25519", "ED448" };
	struct cert_request rq = { .subject = "CN=x", .purpose = CERT_NODE, .valid_days = 5 };

	for (size_t i = 0; i < 4; i++) {
		auto_str in = STR_INIT(CREDENTIALS_MAX_BYTES);
		auto_credentials got = { 0 };
		auto_key key = NULL;
		auto_cert cert = NULL;
		EVP_PKEY *pkey;

		if (i < 2) {
			pkey = EVP_PKEY_Q_keygen(NULL, NULL, kinds[i]);
			CHECK(pkey && key_wrap(pkey, &key, &e));
		} else {
			CHECK(key_generate(i == 2 ? KEY_P384 : KEY_RSA_2048, &key, &e));
		}
		if (i == 2) /* the certificate's point is compressed, the key's is not */
			CHECK(EVP_PKEY_set_utf8_string_param(key->pkey, "point-format",
							     "compressed"));
		rq.key = key;
		CHECK(ca_sign(NULL, &rq, &cert, &e));
		if (i == 2)
			CHECK(EVP_PKEY_set_utf8_string_param(key->pkey, "point-format",
							     "uncompressed"));
		CHECK(key_format(key, &in, &e) && cert_format(cert, &in, &e));
		CHECK(parse(&in, NULL, &got));
		CHECK_INT(got.count, 1);
		CHECK(got.items[0].key && got.items[0].cert);
	}
}

TEST(credentials_of_more_keys_than_the_protected_memory_holds_are_no_input_error)
{
	auto_key key = NULL;
	auto_str in = STR_INIT(CREDENTIALS_MAX_BYTES);
	auto_credentials got = { 0 };

	secret_setup(SECRET_FEW);
	CHECK(key_generate(KEY_RSA_2048, &key, &e));
	for (int i = 0; i < 1000; i++)
		CHECK(key_format(key, &in, &e));
	CHECK(!parse(&in, NULL, &got));
	CHECK_INT(e.code, FAIL_MEMORY);
	CHECK_TEXT(e.msg, "out of protected memory for the keys in 'f'");
}

static bool same(const struct str *a, const struct str *b, const char *pass)
{
	auto_secret s = secret_of(pass);

	return credentials_same(str_text(a), a->len, str_text(b), b->len, s);
}

static void lock(const struct key *key, const char *pass, enum key_lock how, struct str *out)
{
	auto_secret s = secret_of(pass);

	CHECK(key_format_locked(key, s, how, out, &e));
}

TEST(credentials_are_the_same_when_keys_are_locked_alike)
{
	auto_pair one = { 0 }, two = { 0 };
	auto_str a = STR_INIT(8192), b = STR_INIT(8192), old = STR_INIT(8192);
	auto_str open = STR_INIT(8192), other = STR_INIT(8192), both = STR_INIT(8192);

	make_pair(&one, KEY_P256);
	make_pair(&two, KEY_P256);
	lock(one.key, "pass", KEY_PBES2, &a);
	lock(one.key, "pass", KEY_PBES2, &b);
	lock(one.key, "pass", KEY_PBES1, &old);
	lock(two.key, "pass", KEY_PBES2, &other);
	CHECK(key_format(one.key, &open, &e));
	CHECK(strcmp(str_text(&a), str_text(&b)) != 0);
	CHECK(same(&a, &b, "pass") && same(&old, &old, "pass"));
	CHECK(!same(&a, &b, "other") && !same(&a, &b, NULL));
	CHECK(!same(&a, &old, "pass") && !same(&a, &open, "pass") && !same(&a, &other, "pass"));
	CHECK(cert_format(one.cert, &both, &e) && cert_format(two.cert, &both, &e));
	CHECK(same(&both, &both, NULL));
	a.len = b.len = 0;
	CHECK(cert_format(two.cert, &a, &e) && cert_format(one.cert, &a, &e));
	CHECK(!same(&both, &a, NULL));
}

static void keystore(const struct p12_entry *entries, size_t count, enum p12_form form,
		     struct str *out)
{
	auto_secret s = secret_of("pass");

	out->len = 0;
	CHECK(p12_format(entries, count, s, form, out, &e));
}

TEST(credentials_of_pkcs12_are_the_same_in_any_order_but_not_by_another_name)
{
	auto_pair one = { 0 }, two = { 0 };
	auto_str a = STR_INIT(16384), b = STR_INIT(16384);

	make_pair(&one, KEY_P256);
	make_pair(&two, KEY_P384);
	const struct p12_entry ab[] = { { "a", one.cert, one.key }, { "b", two.cert, two.key } };
	const struct p12_entry ba[] = { ab[1], ab[0] };
	const struct p12_entry named[] = { { "c", one.cert, one.key }, ab[1] };
	const struct p12_entry trusted[] = { ab[0], { "b", two.cert, NULL } };

	keystore(ab, 2, P12_MODERN, &a);
	keystore(ba, 2, P12_MODERN, &b);
	CHECK(same(&a, &b, "pass") && !same(&a, &b, "other"));
	keystore(ab, 2, P12_LEGACY, &b);
	CHECK(!same(&a, &b, "pass") && same(&b, &b, "pass"));
	keystore(ab, 1, P12_MODERN, &b);
	CHECK(!same(&a, &b, "pass") && !same(&b, &a, "pass"));
	keystore(named, 2, P12_MODERN, &b);
	CHECK(!same(&a, &b, "pass"));
	keystore(trusted, 2, P12_MODERN, &b);
	CHECK(!same(&a, &b, "pass"));
	b.len = 0;
	CHECK(cert_format(one.cert, &b, &e));
	CHECK(!same(&a, &b, "pass"));
}

TEST(credentials_without_memory_fail)
{
	auto_pair p = { 0 };
	auto_str in = STR_INIT(65536);

	make_pair(&p, KEY_P256);
	CHECK(key_format(p.key, &in, &e) && cert_format(p.cert, &in, &e));
	/* In steps that grow: linked statically, OpenSSL's thousands count too. */
	for (unsigned n = 1, done = 0; !done; n += 1 + n / 16) {
		auto_credentials got = { 0 };
		bool ok;

		fault_alloc_at(n);
		ok = credentials_parse(in.data, in.len, "f", NULL, &got, &e);
		fault_alloc_at(0);
		done = !fault_hit();
		CHECK(ok || fault_hit());
		CHECK(ok || !got.items);
	}
}
