#include "check.h"

#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "pki/ca.h"
#include "pki/chain.h"
#include "pki/csr.h"
#include "pki/openssl.h"

static struct err e;

static struct san all_kinds(void)
{
	struct san s = { 0 };

	CHECK(san_add(&s, SAN_DNS, "es01", &e) && san_add(&s, SAN_DNS, "*.bücher.example", &e));
	CHECK(san_add(&s, SAN_IP, "10.0.0.1", &e) && san_add(&s, SAN_IP, "fd00::1", &e));
	CHECK(san_add(&s, SAN_EMAIL, "root@es01", &e));
	CHECK(san_add(&s, SAN_URI, "urn:node:1", &e));
	CHECK(san_add(&s, SAN_CN, "Knoten 1, Zürich", &e));
	return s;
}

static struct key *new_key(void)
{
	struct key *key = NULL;

	CHECK(key_generate(KEY_P256, &key, &e));
	return key;
}

static struct csr *make(const char *subject, const struct san *san, const struct key *key)
{
	struct csr *r = NULL;

	CHECK(csr_make(subject, san, key, &r, &e));
	return r;
}

/* A subjectAltName of our own making: tag and bytes of each name as they shall stand there. */
struct raw {
	unsigned char tag;
	const char *bytes;
	size_t n;
};

static X509_EXTENSION *raw_extension(const struct raw *names, size_t count)
{
	unsigned char der[130] = { 0x30 };
	size_t used = 2;
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	for (size_t i = 0; i < count; i++) {
		CHECK(used + 2 + names[i].n < 128); /* so that each length is one byte */
		der[used++] = names[i].tag;
		der[used++] = (unsigned char)names[i].n;
		memcpy(der + used, names[i].bytes, names[i].n);
		used += names[i].n;
	}
	der[1] = (unsigned char)(used - 2);
	CHECK(value && ASN1_OCTET_STRING_set(value, der, (int)used) == 1);
	ext = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, value);
	ASN1_OCTET_STRING_free(value);
	CHECK(ext != NULL);
	return ext;
}

/* A request with that in it, signed as it must be. lists: how many times. */
static struct csr *raw_request(const struct raw *names, size_t count, int lists, int per_list)
{
	auto_key key = new_key();
	auto_csr plain = make("CN=x", NULL, key);
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	unsigned char *der = NULL, *list = NULL;
	struct csr *r = NULL;
	int n;

	for (int i = 0; i < per_list; i++)
		CHECK(sk_X509_EXTENSION_push(extensions, raw_extension(names, count)) > 0);
	n = i2d_X509_EXTENSIONS(extensions, &list);
	CHECK(n > 0);
	for (int i = 0; i < lists; i++) /* a request of Microsoft's kind has its own attribute */
		CHECK(X509_REQ_add1_attr_by_NID(plain->req, i == 0 ? NID_ext_req : NID_ms_ext_req,
						V_ASN1_SEQUENCE, list, n) == 1);
	CHECK(X509_REQ_sign(plain->req, key->pkey, EVP_sha256()) > 0);
	n = i2d_X509_REQ(plain->req, &der);
	CHECK(n > 0 && csr_parse((const char *)der, (size_t)n, "r", &r, &e));
	OPENSSL_free(der);
	OPENSSL_free(list);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return r;
}

static void check_raw_refused(struct raw name, const char *want)
{
	const struct raw names[] = { { 0x82, "good", 4 }, name };
	auto_csr r = raw_request(names, 2, 1, 1);
	X509_EXTENSION *ext = raw_extension(names, 2);
	auto_ca ca = { 0 };
	auto_san san = { 0 };

	CHECK(!csr_san(r, &san, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_TEXT(e.msg, want);
	CHECK(san_is_empty(&san));

	CHECK(ca_make("CN=CA", KEY_P256, 1, &ca, &e));
	CHECK(X509_add_ext(ca.cert->leaf, ext, -1) == 1);
	X509_EXTENSION_free(ext);
	CHECK(!cert_san(ca.cert, &san, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(san_is_empty(&san));
}

TEST(csr_of_each_form_is_read_back_with_all_its_names)
{
	auto_key key = new_key();
	auto_key other = new_key();
	auto_san san = all_kinds();
	auto_csr made = make("CN=es01,OU=node,DC=example,DC=org", &san, key);
	auto_str pem = STR_INIT(8192);
	auto_str subject = STR_INIT(256);
	unsigned char *der = NULL;
	int n = i2d_X509_REQ(made->req, &der);

	CHECK(csr_format(made, &pem, &e) && n > 0);
	CHECK(strncmp(str_text(&pem), "-----BEGIN CERTIFICATE REQUEST-----\n", 36) == 0);
	for (int i = 0; i < 2; i++) {
		auto_csr again = NULL;
		auto_san read = { 0 };

		CHECK(i == 0 ? csr_parse(str_text(&pem), pem.len, "r", &again, &e)
			     : csr_parse((const char *)der, (size_t)n, "r", &again, &e));
		CHECK(csr_san(again, &read, &e));
		CHECK(san_equal(&read, &san));
		CHECK(csr_same(again, made));
		CHECK(csr_fits_key(again, key) && !csr_fits_key(again, other));
	}
	CHECK(csr_subject(made, &subject, &e));
	CHECK_TEXT(str_text(&subject), "CN=es01,OU=node,DC=example,DC=org");
	OPENSSL_free(der);
}

TEST(csr_is_what_it_is_and_not_what_looks_much_like_it)
{
	auto_key key = new_key();
	auto_csr made = make("CN=es01", NULL, key);
	auto_csr other = make("CN=es02", NULL, key);
	auto_str pem = STR_INIT(8192);
	auto_str key_pem = STR_INIT(8192);
	unsigned char *der = NULL;
	int n = i2d_X509_REQ(made->req, &der);
	unsigned char *key_der = NULL;
	int key_n = i2d_PrivateKey(key->pkey, &key_der);

	CHECK(csr_format(made, &pem, &e) && n > 0 && key_n > 0);
	CHECK(csr_is(str_text(&pem), pem.len) && csr_is((const char *)der, (size_t)n));
	CHECK(csr_is(str_text(&pem), 40)); /* damaged, and to be told so */
	CHECK(!csr_is((const char *)der, (size_t)n - 1));
	CHECK(!csr_is((const char *)key_der, (size_t)key_n));
	CHECK(!csr_is("", 0) && !csr_is("0", 1) && !csr_is("-----BEGIN CERTIFICATE-----", 27));
	CHECK(csr_same(made, made) && !csr_same(made, other));
	OPENSSL_free(der);
	OPENSSL_free(key_der);
}

TEST(csr_without_names_has_none)
{
	auto_key key = new_key();
	auto_san empty = { 0 };
	auto_san read = { 0 };
	auto_csr a = make("CN=x", NULL, key);
	auto_csr b = make("CN=x", &empty, key);

	CHECK(csr_san(a, &read, &e) && csr_san(b, &read, &e));
	CHECK(san_is_empty(&read));
}

TEST(csr_of_the_old_label_and_with_text_around_it_is_read)
{
	auto_key key = new_key();
	auto_csr made = make("CN=x", NULL, key);
	auto_str pem = STR_INIT(8192);
	auto_str old = STR_INIT(8192);
	auto_csr again = NULL;
	const char *body, *end;

	CHECK(csr_format(made, &pem, &e));
	body = strchr(str_text(&pem), '\n');
	end = strstr(body, "-----END");
	str_add(&old, "Certificate Request:\n    Data:\n-----BEGIN NEW CERTIFICATE REQUEST-----");
	str_addn(&old, body, (size_t)(end - body));
	str_add(&old, "-----END NEW CERTIFICATE REQUEST-----\nbye\n");
	CHECK(csr_parse(str_text(&old), old.len, "r", &again, &e));
}

TEST(csr_parse_of_anything_else_is_an_input_error)
{
	static const char *const bad[] = {
		"",
		"0",
		"0\x82",
		"x",
		"-----BEGIN CERTIFICATE REQUEST-----\n",
		"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
		"-----BEGIN CERTIFICATE REQUEST-----\nProc-Type: 4,ENCRYPTED\n"
		"DEK-Info: AES-128-CBC,00000000000000000000000000000000\n\nAAAA\n"
		"-----END CERTIFICATE REQUEST-----\n",
	};
	auto_csr out = NULL;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(!csr_parse(bad[i], strlen(bad[i]), "r.csr", &out, &e));
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK_TEXT(e.msg, "cannot read a certificate request from 'r.csr'");
	}
	CHECK(out == NULL);
}

TEST(csr_parse_refuses_every_torn_or_changed_request)
{
	auto_key key = new_key();
	auto_san san = all_kinds();
	auto_csr made = make("CN=es01", &san, key);
	auto_str pem = STR_INIT(8192);
	auto_csr out = NULL;
	unsigned char *der = NULL;
	int n = i2d_X509_REQ(made->req, &der);

	CHECK(csr_format(made, &pem, &e) && n > 0);
	for (size_t i = 0; i + 1 < pem.len; i++)
		CHECK(!csr_parse(str_text(&pem), i, "torn", &out, &e) && e.code == FAIL_INPUT);
	for (int i = 0; i < n; i++) {
		CHECK(!csr_parse((const char *)der, (size_t)i, "torn", &out, &e));
		der[i] ^= 0x01;
		CHECK(!csr_parse((const char *)der, (size_t)n, "changed", &out, &e));
		CHECK_INT(e.code, FAIL_INPUT);
		der[i] ^= 0x01;
	}
	CHECK(out == NULL);
	OPENSSL_free(der);
}

TEST(csr_parse_refuses_what_follows_a_request)
{
	auto_key key = new_key();
	auto_csr made = make("CN=x", NULL, key);
	auto_str twice = STR_INIT(8192);
	auto_csr out = NULL;
	unsigned char *der = NULL;
	int n = i2d_X509_REQ(made->req, &der);
	char longer[2048];

	CHECK(csr_format(made, &twice, &e) && csr_format(made, &twice, &e));
	CHECK(!csr_parse(str_text(&twice), twice.len, "r", &out, &e));
	CHECK_TEXT(e.msg, "'r' holds more than one certificate request");
	CHECK(n > 0 && (size_t)n < sizeof(longer));
	memcpy(longer, der, (size_t)n);
	longer[n] = '\n';
	CHECK(!csr_parse(longer, (size_t)n + 1, "r", &out, &e));
	CHECK(csr_parse(longer, (size_t)n, "r", &out, &e));
	OPENSSL_free(der);
}

TEST(csr_signed_with_another_key_is_refused)
{
	auto_key key = new_key();
	auto_key other = new_key();
	auto_csr made = make("CN=x", NULL, key);
	auto_str pem = STR_INIT(8192);
	auto_csr out = NULL;

	CHECK(X509_REQ_sign(made->req, other->pkey, EVP_sha256()) > 0);
	CHECK(csr_format(made, &pem, &e));
	CHECK(!csr_parse(str_text(&pem), pem.len, "r.csr", &out, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_TEXT(e.msg, "request 'r.csr' is not signed with the key in it");
}

TEST(csr_with_a_bad_subject_is_not_made)
{
	auto_key key = new_key();
	struct csr *r = NULL;

	CHECK(!csr_make("es01", NULL, key, &r, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(r == NULL);
}

TEST(names_of_a_stranger_pass_no_check_that_a_users_would_not)
{
	static const char plain[] = "the request holds a name of kind dns that is not plain text";

	check_raw_refused((struct raw){ 0x82, "good.example\0.evil.example", 26 }, plain);
	check_raw_refused((struct raw){ 0x82, "a\0", 2 }, plain);
	check_raw_refused((struct raw){ 0x82, "\0", 1 }, plain);
	check_raw_refused((struct raw){ 0x82, "a\nb", 3 }, plain);
	check_raw_refused((struct raw){ 0x82,
					"b\xc3\xbc"
					"cher",
					7 },
			  plain);
	check_raw_refused((struct raw){ 0x82, "a,DNS:evil", 10 },
			  "'a,DNS:evil' is not a host name");
	check_raw_refused((struct raw){ 0x82, "", 0 }, "'' is not a host name");
	check_raw_refused((struct raw){ 0x82, "10.0.0.1", 8 }, "'10.0.0.1' is not a host name");
	check_raw_refused((struct raw){ 0x81, "a@b\0c", 5 },
			  "the request holds a name of kind email that is not plain text");
	check_raw_refused((struct raw){ 0x81, "a@b,c@d", 7 }, "'a@b,c@d' is not a mail address");
	check_raw_refused((struct raw){ 0x86, "a:b\n", 4 },
			  "the request holds a name of kind uri that is not plain text");
	check_raw_refused((struct raw){ 0x86, "a b:c", 5 }, "'a b:c' is not a URI");
	check_raw_refused((struct raw){ 0x87, "abc", 3 },
			  "the request holds an address of 3 bytes");
	check_raw_refused((struct raw){ 0x87, "12345678", 8 }, /* with a mask, as in constraints */
			  "the request holds an address of 8 bytes");
	/* otherName { 2.5.4.3, [0] UTF8String } */
	check_raw_refused((struct raw){ 0xa0,
					"\x06\x03\x55\x04\x03\xa0\x05\x0c\x03"
					"a\0b",
					12 },
			  "the request holds a name of kind cn that is not plain text");
	check_raw_refused((struct raw){ 0xa0,
					"\x06\x03\x55\x04\x03\xa0\x05\x0c\x03"
					"a\nb",
					12 },
			  "a cn is not a text of 1 to 255 bytes");
	check_raw_refused((struct raw){ 0xa0, "\x06\x03\x55\x04\x03\xa0\x03\x02\x01\x05", 10 },
			  "the request holds a name of kind cn that is not a text");
	check_raw_refused((struct raw){ 0xa0, "\x06\x03\x55", 3 },
			  "cannot read the names in the request: damaged");
}

TEST(csr_names_of_other_kinds_are_refused_and_a_certificates_left_out)
{
	static const struct {
		struct raw name;
		const char *want;
	} others[] = {
		{ { 0xa4, "\x30\x00", 2 },
		  "the request asks for a directory name, which is not supported" },
		{ { 0x88, "\x2a\x03", 2 },
		  "the request asks for a registered ID, an X.400 or an EDI "
		  "name, which is not supported" },
		{ { 0xa0,
		    "\x06\x02\x2a\x03\xa0\x03\x0c\x01"
		    "a",
		    9 },
		  "the request asks for an otherName, which is not supported" },
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		const struct raw names[] = { { 0x82, "es01", 4 }, others[i].name };
		auto_csr r = raw_request(names, 2, 1, 1);
		X509_EXTENSION *ext = raw_extension(names, 2);
		auto_ca ca = { 0 };
		auto_san san = { 0 };

		CHECK(!csr_san(r, &san, &e));
		CHECK_TEXT(e.msg, others[i].want);
		CHECK(ca_make("CN=CA", KEY_P256, 1, &ca, &e));
		CHECK(X509_add_ext(ca.cert->leaf, ext, -1) == 1);
		X509_EXTENSION_free(ext);
		CHECK(cert_san(ca.cert, &san, &e));
		CHECK_INT(san.of[SAN_DNS].count, 1);
		CHECK_TEXT(san.of[SAN_DNS].items[0], "es01");
	}
}

TEST(csr_that_gives_two_answers_is_refused)
{
	const struct raw name = { 0x82, "es01", 4 };
	auto_csr one = raw_request(&name, 1, 1, 1);
	auto_csr two_lists = raw_request(&name, 1, 2, 1);
	auto_csr two_names = raw_request(&name, 1, 1, 2);
	auto_san san = { 0 };

	CHECK(!csr_san(two_lists, &san, &e));
	CHECK_TEXT(e.msg, "the request holds more than one list of extensions");
	CHECK(!csr_san(two_names, &san, &e));
	CHECK_TEXT(e.msg, "cannot read the names in the request: subjectAltName is there twice");
	CHECK(san_is_empty(&san));
	CHECK(csr_san(one, &san, &e));
	CHECK_INT(san.of[SAN_DNS].count, 1);
}

TEST(cert_gives_back_the_names_of_every_kind_and_is_checked_for_them)
{
	auto_ca ca = { 0 };
	auto_cert cert = NULL;
	auto_cert bare = NULL;
	auto_key key = NULL;
	auto_key key2 = NULL;
	auto_san san = all_kinds();
	auto_san read = { 0 };
	struct cert_request rq = {
		.subject = "CN=es01", .san = &san, .purpose = CERT_NODE, .valid_days = 1
	};

	CHECK(ca_make("CN=CA", KEY_P256, 1, &ca, &e));
	CHECK(ca_issue(&ca, &rq, KEY_P256, &cert, &key, &e));
	CHECK(cert_san(cert, &read, &e));
	CHECK(san_equal(&read, &san));
	CHECK(chain_check_names(cert, "c", &san, &e));
	san_clear(&san);
	CHECK(san_add(&san, SAN_CN, "Knoten 1, Zürich", &e));
	CHECK(chain_check_names(cert, "c", &san, &e));
	CHECK(san_add(&san, SAN_CN, "Knoten 2", &e));
	CHECK(!chain_check_names(cert, "c", &san, &e));
	CHECK_TEXT(e.msg, "certificate 'c' does not cover 'Knoten 2'");
	rq.san = NULL;
	CHECK(ca_issue(&ca, &rq, KEY_P256, &bare, &key2, &e));
	CHECK(!chain_check_names(bare, "c", &san, &e));
	CHECK_TEXT(e.msg, "certificate 'c' does not cover 'Knoten 1, Zürich'");
	san_clear(&read);
	CHECK(cert_san(bare, &read, &e) && san_is_empty(&read));
}

/* Static, OpenSSL's own allocations fail too, and then its words for it differ. */
TEST(csr_survives_lack_of_memory_at_every_step)
{
	auto_key key = new_key();
	auto_san san = all_kinds();
	auto_csr made = make("CN=es01", &san, key);
	auto_str pem = STR_INIT(8192);
	unsigned faults = 0;

	CHECK(csr_format(made, &pem, &e));
	for (bool done = false; !done; faults++) {
		auto_csr first = NULL;
		auto_csr again = NULL;
		auto_san read = { 0 };
		auto_str subject = STR_INIT(256);
		bool ok;

		fault_alloc_at(faults + 1);
		ok = csr_make("CN=es01", &san, key, &first, &e) &&
		     csr_parse(str_text(&pem), pem.len, "r", &again, &e) &&
		     csr_san(again, &read, &e) && csr_subject(again, &subject, &e);
		fault_alloc_at(0);
		done = !fault_hit();
		CHECK(ok || !done);
		if (!ok)
			CHECK(e.msg[0] != '\0');
		else /* OpenSSL may do without, but never with less */
			CHECK(san_equal(&read, &san) && strcmp(str_text(&subject), "CN=es01") == 0);
		if (first) {
			auto_san made_names = { 0 };

			CHECK(csr_san(first, &made_names, &e) && san_equal(&made_names, &san));
		}
	}
	CHECK(faults > 10);
}
