#include "check.h"

#include <string.h>

#include "base/list.h"
#include "pki/ca.h"
#include "pki/chain.h"
#include "pki/dn.h"
#include "pki/rand.h"

static struct err e;

static void make_ca(struct ca *out, const char *subject, unsigned days)
{
	CHECK(ca_make(subject, KEY_P256, days, out, &e));
}

static struct san names(const char *dns, const char *ip)
{
	struct san s = { 0 };

	CHECK(!dns || san_add(&s, SAN_DNS, dns, &e));
	CHECK(!ip || san_add(&s, SAN_IP, ip, &e));
	return s;
}

static void issue(const struct ca *ca, enum cert_purpose purpose, const struct san *san,
		  unsigned days, struct cert **cert, struct key **key)
{
	struct cert_request rq = {
		.subject = "CN=es01", .san = san, .purpose = purpose, .valid_days = days
	};

	CHECK(ca_issue(ca, &rq, KEY_P256, cert, key, &e));
}

static void check_subject(const char *dn, const char *want)
{
	auto_ca ca = { 0 };
	auto_str got = STR_INIT(4096);

	make_ca(&ca, dn, 1);
	CHECK(cert_subject(ca.cert, &got, &e));
	CHECK_TEXT(str_text(&got), want);
}

TEST(key_of_every_kind_survives_format_and_parse)
{
	static const enum key_kind kinds[] = { KEY_P256, KEY_P384, KEY_RSA_2048 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		auto_key key = NULL;
		auto_key again = NULL;
		auto_str_wiped pem = STR_INIT(8192);
		auto_str_wiped pem_again = STR_INIT(8192);

		CHECK(key_generate(kinds[i], &key, &e));
		CHECK(key_format(key, &pem, &e));
		CHECK(strncmp(str_text(&pem), "-----BEGIN PRIVATE KEY-----\n", 28) == 0);
		CHECK(key_parse(str_text(&pem), pem.len, "k", NULL, &again, &e));
		CHECK(key_format(again, &pem_again, &e));
		CHECK_TEXT(str_text(&pem_again), str_text(&pem));
	}
}

TEST(key_kind_is_read_by_name_and_a_wrong_name_lists_them)
{
	enum key_kind kind = KEY_P384;

	CHECK(key_kind_parse("rsa3072", &kind, &e));
	CHECK_INT(kind, KEY_RSA_3072);
	CHECK(!key_kind_parse("rsa1024", &kind, &e));
	CHECK_INT(e.code, FAIL_USAGE);
	CHECK(strstr(e.hint, "p256"));
}

/* openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:testpass */
static const char encrypted_key[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi1tCeyL6gSXwICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAnN0msad8T3oGWIQawlicAEgZDf\n"
    "1Bz68sPvvHBVcnUbKyBnvUlQf8oIKHLqQak+C9qUwqlMduDowMbWn+diV/UHkeTQ\n"
    "F1Q8dGRTUvl5lEsvb7wrqcsn3depK15S21Dp/MwAtSpWWbploMEe0LtZw4IQT4+T\n"
    "zRwcL7QI8OJPxMLXTrTwycmUHZ9/ZrLprF+vkmRQIjjRqFoTaY8u+rLeAMWEnuk=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

TEST(key_that_is_encrypted_needs_its_passphrase)
{
	auto_key key = NULL;
	auto_secret right = NULL;
	auto_secret wrong = NULL;

	CHECK(secret_new(&right, "testpass", 8, &e) && secret_new(&wrong, "testpasS", 8, &e));
	CHECK(!key_parse(encrypted_key, strlen(encrypted_key), "tls.key", NULL, &key, &e));
	CHECK_INT(e.code, FAIL_AUTH);
	CHECK_TEXT(e.msg, "cannot decrypt 'tls.key'");
	CHECK(!key_parse(encrypted_key, strlen(encrypted_key), "tls.key", wrong, &key, &e));
	CHECK_INT(e.code, FAIL_AUTH);
	CHECK(key == NULL);
	CHECK(key_parse(encrypted_key, strlen(encrypted_key), "tls.key", right, &key, &e));
}

TEST(key_parse_of_anything_else_is_an_input_error)
{
	static const char *const bad[] = {
		"", "x", "-----BEGIN PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	};
	auto_key key = NULL;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(!key_parse(bad[i], strlen(bad[i]), "k", NULL, &key, &e));
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK(key == NULL);
	}
}

TEST(ca_issues_a_good_certificate_for_each_purpose)
{
	static const enum cert_purpose purposes[] = { CERT_NODE, CERT_SERVER, CERT_CLIENT };
	auto_ca ca = { 0 };

	make_ca(&ca, "CN=test CA", 10);
	CHECK(cert_is_ca(ca.cert));
	for (size_t i = 0; i < ARRAY_LEN(purposes); i++) {
		auto_cert cert = NULL;
		auto_key key = NULL;

		issue(&ca, purposes[i], NULL, 5, &cert, &key);
		CHECK(chain_check(cert, "c", ca.cert, "ca", purposes[i], &e));
		CHECK(cert_fits_key(cert, key));
		CHECK(!cert_fits_key(cert, ca.key));
		CHECK(!cert_is_ca(cert));
		CHECK(cert_has_begun(cert));
		CHECK(cert_days_left(cert) == 4 || cert_days_left(cert) == 5);
	}
}

TEST(certificate_of_one_purpose_is_refused_for_another)
{
	auto_ca ca = { 0 };
	auto_cert server = NULL;
	auto_cert client = NULL;
	auto_key key = NULL;
	auto_key key2 = NULL;

	make_ca(&ca, "CN=test CA", 10);
	issue(&ca, CERT_SERVER, NULL, 5, &server, &key);
	issue(&ca, CERT_CLIENT, NULL, 5, &client, &key2);
	CHECK(!chain_check(server, "s", ca.cert, "ca", CERT_CLIENT, &e));
	CHECK(!chain_check(server, "s", ca.cert, "ca", CERT_NODE, &e));
	CHECK(!chain_check(client, "c", ca.cert, "ca", CERT_SERVER, &e));
	CHECK(!chain_check(client, "c", ca.cert, "ca", CERT_NODE, &e));
	CHECK_INT(e.code, FAIL_CONFIG);
}

TEST(certificate_of_another_ca_with_the_same_name_is_refused)
{
	auto_ca ours = { 0 };
	auto_ca theirs = { 0 };
	auto_cert cert = NULL;
	auto_key key = NULL;

	make_ca(&ours, "CN=test CA", 10);
	make_ca(&theirs, "CN=test CA", 10);
	issue(&theirs, CERT_NODE, NULL, 5, &cert, &key);
	CHECK(!chain_check(cert, "c.crt", ours.cert, "ca.crt", CERT_NODE, &e));
	CHECK(strncmp(e.msg, "certificate 'c.crt' is no good under CA 'ca.crt': ", 49) == 0);
}

TEST(ca_bundle_trusts_each_of_its_certificates)
{
	auto_ca old = { 0 };
	auto_ca new = { 0 };
	auto_cert cert = NULL;
	auto_cert bundle = NULL;
	auto_key key = NULL;
	auto_str pem = STR_INIT(16384);

	make_ca(&old, "CN=CA", 10);
	make_ca(&new, "CN=CA", 10);
	issue(&old, CERT_NODE, NULL, 5, &cert, &key);
	CHECK(cert_format(new.cert, &pem, &e) && cert_format(old.cert, &pem, &e));
	CHECK(cert_parse(str_text(&pem), pem.len, "bundle", &bundle, &e));
	CHECK(chain_check(cert, "c", bundle, "bundle", CERT_NODE, &e));
}

TEST(certificate_that_has_expired_is_refused)
{
	auto_ca ca = { 0 };
	auto_cert cert = NULL;
	auto_key key = NULL;

	make_ca(&ca, "CN=CA", 10);
	issue(&ca, CERT_NODE, NULL, 0, &cert, &key); /* ends the second it is made */
	CHECK(!chain_check(cert, "c", ca.cert, "ca", CERT_NODE, &e));
	CHECK_TEXT(e.msg, "certificate 'c' is no good under CA 'ca': certificate has expired");
}

TEST(certificate_never_outlives_its_ca_and_an_expired_ca_signs_nothing)
{
	auto_ca ca = { 0 };
	auto_ca dead = { 0 };
	auto_cert cert = NULL;
	auto_key key = NULL;
	struct cert_request rq = { .subject = "CN=x", .purpose = CERT_NODE, .valid_days = 5 };

	make_ca(&ca, "CN=CA", 3);
	issue(&ca, CERT_NODE, NULL, 500, &cert, &key);
	CHECK(cert_days_left(cert) <= 3);
	make_ca(&dead, "CN=CA", 0);
	cert_free(TAKE(cert));
	key_free(TAKE(key));
	CHECK(!ca_issue(&dead, &rq, KEY_P256, &cert, &key, &e));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK_TEXT(e.msg, "the signing CA has expired");
	CHECK(cert == NULL && key == NULL);
}

TEST(ca_without_its_key_trusts_but_does_not_sign)
{
	auto_ca full = { 0 };
	auto_ca trust = { 0 };
	auto_str pem = STR_INIT(8192);
	auto_cert cert = NULL;
	auto_key key = NULL;
	struct cert_request rq = { .subject = "CN=x", .purpose = CERT_NODE, .valid_days = 5 };

	make_ca(&full, "CN=CA", 3);
	CHECK(cert_format(full.cert, &pem, &e));
	CHECK(ca_parse(&pem, "ca.crt", NULL, NULL, NULL, &trust, &e));
	CHECK(cert_same(trust.cert, full.cert));
	CHECK(!ca_issue(&trust, &rq, KEY_P256, &cert, &key, &e));
	CHECK_INT(e.code, FAIL_DENIED);
}

TEST(ca_parse_refuses_a_leaf_and_the_key_of_another)
{
	auto_ca ca = { 0 };
	auto_ca other = { 0 };
	auto_ca out = { 0 };
	auto_cert leaf = NULL;
	auto_key leaf_key = NULL;
	auto_str leaf_pem = STR_INIT(8192);
	auto_str ca_pem = STR_INIT(8192);
	auto_str key_pem = STR_INIT(8192);

	make_ca(&ca, "CN=CA", 3);
	make_ca(&other, "CN=CA", 3);
	issue(&ca, CERT_NODE, NULL, 2, &leaf, &leaf_key);
	CHECK(cert_format(leaf, &leaf_pem, &e) && cert_format(ca.cert, &ca_pem, &e));
	CHECK(key_format(other.key, &key_pem, &e));
	CHECK(!ca_parse(&leaf_pem, "ca.crt", NULL, NULL, NULL, &out, &e));
	CHECK_TEXT(e.msg, "certificate 'ca.crt' is not a CA");
	CHECK(!ca_parse(&ca_pem, "ca.crt", &key_pem, "ca.key", NULL, &out, &e));
	CHECK_TEXT(e.msg, "key 'ca.key' does not belong to certificate 'ca.crt'");
	CHECK(out.cert == NULL && out.key == NULL);
}

TEST(certificate_covers_its_names_and_no_others)
{
	auto_ca ca = { 0 };
	auto_cert cert = NULL;
	auto_key key = NULL;
	auto_san san = names("es01.example.internal", "10.0.0.11");
	auto_san more = { 0 };

	CHECK(san_add(&san, SAN_DNS, "*.logs.svc", &e) && san_add(&san, SAN_IP, "fd00::1", &e));
	make_ca(&ca, "CN=CA", 3);
	issue(&ca, CERT_NODE, &san, 2, &cert, &key);
	CHECK(chain_check_names(cert, "c", &san, &e));
	CHECK(cert_covers(cert, "ES01.example.internal"));
	CHECK(cert_covers(cert, "a.logs.svc"));
	CHECK(cert_covers(cert, "fd00:0::1"));
	CHECK(!cert_covers(cert, "a.b.logs.svc"));
	CHECK(!cert_covers(cert, "logs.svc"));
	CHECK(!cert_covers(cert, "es02.example.internal"));
	CHECK(!cert_covers(cert, "10.0.0.12"));
	CHECK(!cert_covers(cert, "*.example.internal"));
	CHECK(san_add(&more, SAN_DNS, "es02", &e));
	CHECK(!chain_check_names(cert, "c", &more, &e));
	CHECK_TEXT(e.msg, "certificate 'c' does not cover 'es02'");
}

TEST(dn_is_written_back_as_it_was_given)
{
	check_subject("CN=es01", "CN=es01");
	check_subject("CN=es01,OU=node,O=logs", "CN=es01,OU=node,O=logs");
	check_subject("CN=es01, OU=node", "CN=es01,OU=node");
	check_subject("CN=x,DC=example,DC=internal,C=DE", "CN=x,DC=example,DC=internal,C=DE");
}

TEST(dn_escapes_what_would_begin_another_pair)
{
	check_subject("CN=a\\,OU=b", "CN=a\\,OU=b");
	check_subject("CN=a\\\\,OU=b", "CN=a\\\\,OU=b");
	check_subject("CN=a\\+b", "CN=a\\+b");
	check_subject("CN=\\#a", "CN=\\#a");
	check_subject("CN=Zürich", "CN=Zürich");
}

TEST(dn_takes_host_parts_and_hexadecimal_escapes)
{
	check_subject("CN=es01,DC=example,DC=org", "CN=es01,DC=example,DC=org");
	check_subject("CN=a\\2CO=b", "CN=a\\,O=b");
	check_subject("CN=L\\c3\\bc\\C3\\9f", "CN=Lüß");
	check_subject("CN = es01 , OU = node ", "CN=es01,OU=node");
	check_subject("CN=a b\\ ,OU=\\ c", "CN=a b\\ ,OU=\\ c");
	check_subject("CN=a\\2b\\\"\\;\\<\\>\\=", "CN=a\\+\\\"\\;\\<\\>=");
}

TEST(dn_says_which_part_of_the_syntax_it_does_not_take)
{
	static const char *const bad[][2] = {
		{ "CN=a+OU=b",
		  "'CN=a+OU=b' is not a distinguished name: a part of several values is "
		  "not supported" },
		{ "CN=#0c0161", "'CN=#0c0161' is not a distinguished name: a value in hexadecimal "
				"is not supported" },
		{ "CN=\"a,b\"",
		  "'CN=\"a,b\"' is not a distinguished name: a character that must be escaped" },
		{ "CN=a;OU=b",
		  "'CN=a;OU=b' is not a distinguished name: a character that must be escaped" },
		{ "CN=\\x",
		  "'CN=\\x' is not a distinguished name: a \\ before a character that needs none" },
		{ "CN=a\\",
		  "'CN=a\\' is not a distinguished name: a \\ before a character that needs "
		  "none" },
		{ "CN=a\\00b",
		  "'CN=a\\00b' is not a distinguished name: it holds a control character" },
		{ "CN=a\\0AO=b",
		  "'CN=a\\0AO=b' is not a distinguished name: it holds a control character" },
		{ "CN=\\c3", "'CN=\xc3' cannot stand in a certificate" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		X509_NAME *name = NULL;

		CHECK(!dn_parse(bad[i][0], &name, &e));
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK_TEXT(e.msg, bad[i][1]);
		CHECK(name == NULL);
	}
}

TEST(dn_refuses_what_is_no_distinguished_name)
{
	static const char *const bad[] = { "",
					   "es01",
					   "CN=",
					   "=x",
					   "CN=a,",
					   "CN=a,,OU=b",
					   "XX=a",
					   "CN=a,b",
					   "C=DEU",
					   "CN=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
					   "ffffffffffggggg" };
	char longer[3000];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		X509_NAME *name = NULL;

		CHECK(!dn_parse(bad[i], &name, &e));
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK(name == NULL);
	}
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "CN=", 3);
	X509_NAME *name = NULL;
	CHECK(!dn_parse(longer, &name, &e));
	CHECK_INT(e.code, FAIL_INPUT);
}

TEST(cert_keeps_its_chain_through_format_and_parse)
{
	auto_ca ca = { 0 };
	auto_cert leaf = NULL;
	auto_cert again = NULL;
	auto_key key = NULL;
	auto_str pem = STR_INIT(16384);
	auto_str pem_again = STR_INIT(16384);

	make_ca(&ca, "CN=CA", 3);
	issue(&ca, CERT_SERVER, NULL, 2, &leaf, &key);
	CHECK(cert_format(leaf, &pem, &e) && cert_format(ca.cert, &pem, &e));
	CHECK(cert_parse(str_text(&pem), pem.len, "chain", &again, &e));
	CHECK(cert_same(leaf, again));
	CHECK(cert_format(again, &pem_again, &e));
	CHECK_TEXT(str_text(&pem_again), str_text(&pem));
}

TEST(cert_parse_of_damage_is_an_input_error_wherever_it_stands)
{
	auto_ca ca = { 0 };
	auto_str pem = STR_INIT(16384);
	auto_str twice = STR_INIT(16384);
	auto_cert out = NULL;

	make_ca(&ca, "CN=CA", 3);
	CHECK(cert_format(ca.cert, &pem, &e));
	for (size_t n = 0; n + 1 < pem.len; n++) /* the last newline is no loss */
		CHECK(!cert_parse(str_text(&pem), n, "torn", &out, &e) && e.code == FAIL_INPUT);
	str_add(&twice, str_text(&pem));
	str_addn(&twice, pem.data, pem.len / 2);
	CHECK(!cert_parse(str_text(&twice), twice.len, "two", &out, &e));
	CHECK_TEXT(e.msg, "a later certificate in 'two' is damaged");
	CHECK(!cert_parse("", 0, "empty", &out, &e));
	CHECK(out == NULL);
}

TEST(cert_parse_refuses_a_chain_without_end)
{
	auto_ca ca = { 0 };
	auto_str pem = STR_INIT(65536);
	auto_cert out = NULL;

	make_ca(&ca, "CN=CA", 3);
	for (int i = 0; i < 18; i++)
		CHECK(cert_format(ca.cert, &pem, &e));
	CHECK(!cert_parse(str_text(&pem), pem.len, "long", &out, &e));
	CHECK_TEXT(e.msg, "'long' holds more than 16 certificates");
}

TEST(rand_passwords_meet_every_strength_rule_and_differ)
{
	auto_list seen = { 0 };

	for (int i = 0; i < 500; i++) {
		auto_secret s = NULL;
		const char *text;
		size_t n;

		CHECK(rand_password(&s, &e));
		text = secret_reveal(s, &n);
		CHECK_INT(n, RAND_PASSWORD_CHARS);
		CHECK_INT(strlen(text), n);
		CHECK(strpbrk(text, "0123456789") && strpbrk(text, "abcdefghijklmnopqrstuvwxyz"));
		CHECK(strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strchr(text, '-'));
		CHECK(!strchr("0123456789-", text[0]));
		CHECK(!list_has(&seen, text) && list_add(&seen, text, &e));
	}
}

static bool sign_under(const struct ca *ca, enum san_kind kind, const char *name,
		       const struct list *policy)
{
	struct cert_request rq = {
		.subject = "CN=n", .purpose = CERT_NODE, .valid_days = 9, .permitted = policy
	};
	auto_san san = { 0 };
	auto_cert cert = NULL;
	auto_key key = NULL;

	CHECK(san_add(&san, kind, name, &e));
	rq.san = &san;
	return ca_issue(ca, &rq, KEY_P256, &cert, &key, &e);
}

static bool sign_as(const struct ca *ca, const char *subject, const struct san *san,
		    const struct list *policy)
{
	struct cert_request rq = { .subject = subject,
				   .san = san,
				   .purpose = CERT_NODE,
				   .valid_days = 9,
				   .permitted = policy };
	auto_cert cert = NULL;
	auto_key key = NULL;

	return ca_issue(ca, &rq, KEY_P256, &cert, &key, &e);
}

TEST(a_cn_that_could_be_a_host_is_held_to_the_policy_whatever_the_names_are)
{
	static const char *const good[] = {
		"CN=es01",          "CN=a.example.org",  "CN=10.1.2.3",
		"CN=*.example.org", "CN=Example Inc. 1", "CN=a.example.org.",
		"O=a.example.com",  "CN=fd00::1",        "CN=es01,CN=b.example.org"
	};
	static const char *const bad[] = { "CN=a.example.com",
					   "CN=192.0.2.1",
					   "CN=*.example.com",
					   "CN=fe80::1",
					   "CN=A.EXAMPLE.COM.",
					   "CN=a-.example.com",
					   "CN=a.example.org,CN=a.example.com",
					   "CN=b\xc3\xbc.example" };
	auto_list ranges = { 0 };
	auto_san none = { 0 };
	auto_san dns = { 0 };
	auto_ca ca = { 0 };

	CHECK(list_split(&ranges, "example.org,10.0.0.0/8,fd00::/8", ',', &e));
	CHECK(san_add(&dns, SAN_DNS, "a.example.org", &e));
	CHECK(ca_make("CN=ca", KEY_P256, 99, &ca, &e));
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CHECK(sign_as(&ca, good[i], &none, &ranges) &&
		      sign_as(&ca, good[i], &dns, &ranges));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(sign_as(&ca, bad[i], &dns, NULL));
		CHECK(!sign_as(&ca, bad[i], &none, &ranges));
		CHECK_TEXT(e.msg, "its CN lies outside of what --permit allows");
		CHECK(!sign_as(&ca, bad[i], &dns, &ranges));
		CHECK_INT(e.code, FAIL_CONFIG);
	}
}

TEST(what_serves_a_node_is_more_than_a_server_or_client_needs)
{
	static const enum cert_purpose all[] = { CERT_NODE, CERT_SERVER, CERT_CLIENT };
	auto_ca ca = { 0 };

	CHECK(ca_make("CN=ca", KEY_P256, 99, &ca, &e));
	for (size_t is = 0; is < ARRAY_LEN(all); is++) {
		struct cert_request rq = { .subject = "CN=n", .purpose = all[is], .valid_days = 9 };
		auto_cert cert = NULL;
		auto_key key = NULL;

		CHECK(ca_issue(&ca, &rq, KEY_P256, &cert, &key, &e));
		for (size_t wanted = 0; wanted < ARRAY_LEN(all); wanted++)
			CHECK(cert_serves_only(cert, all[wanted]) == (is == wanted));
	}
}

TEST(a_constrained_ca_and_a_policy_let_only_their_ranges_pass)
{
	auto_list ranges = { 0 };
	auto_ca ca = { 0 };
	auto_ca open = { 0 };
	struct cert_request rq = {
		.subject = "CN=ca", .purpose = CERT_CA, .valid_days = 99, .permitted = &ranges
	};

	CHECK(list_split(&ranges, "example.org,10.0.0.0/8,@example.org,fd00::/8", ',', &e));
	CHECK(ca_issue(NULL, &rq, KEY_P256, &ca.cert, &ca.key, &e));
	CHECK(sign_under(&ca, SAN_DNS, "es01.example.org", NULL));
	CHECK(sign_under(&ca, SAN_DNS, "example.org", NULL));
	CHECK(sign_under(&ca, SAN_IP, "10.255.0.1", NULL));
	CHECK(sign_under(&ca, SAN_IP, "fd12::1", NULL));
	CHECK(sign_under(&ca, SAN_EMAIL, "ops@example.org", NULL));
	CHECK(!sign_under(&ca, SAN_DNS, "es01", NULL));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK(!sign_under(&ca, SAN_DNS, "notexample.org", NULL));
	CHECK(!sign_under(&ca, SAN_IP, "11.0.0.1", NULL));
	CHECK(!sign_under(&ca, SAN_IP, "fe80::1", NULL));

	CHECK(ca_make("CN=open", KEY_P256, 99, &open, &e));
	CHECK(sign_under(&open, SAN_DNS, "es01.example.org", &ranges));
	CHECK(!sign_under(&open, SAN_DNS, "es01", &ranges));
	CHECK_TEXT(e.msg, "one of its names lies outside of what --permit allows");
	CHECK(!sign_under(&open, SAN_URI, "https://example.org/", &ranges));
	CHECK_TEXT(e.msg, "https://example.org/ lies outside of what --permit allows");
}
