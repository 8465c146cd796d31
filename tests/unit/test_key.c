#include "check.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include "pki/ca.h"
#include "pki/credentials.h"
#include "pki/key.h"
#include "pki/openssl.h"

static struct err e;

static struct secret *passphrase(const char *text, size_t n)
{
	struct secret *s = NULL;

	CHECK(secret_new(&s, text, n, &e));
	return s;
}

static void check_locked(enum key_kind kind, enum key_lock lock, const char *pass_text)
{
	auto_key key = NULL;
	auto_key again = NULL;
	auto_str_wiped plain = STR_INIT(8192);
	auto_str_wiped plain_again = STR_INIT(8192);
	auto_str_wiped pem = STR_INIT(8192);
	auto_secret pass = passphrase(pass_text, strlen(pass_text));
	auto_secret wrong = passphrase("wrong", 5);

	CHECK(key_generate(kind, &key, &e) && key_format(key, &plain, &e));
	str_add(&pem, "before\n");
	CHECK(key_format_locked(key, pass, lock, &pem, &e));
	CHECK(strncmp(str_text(&pem), "before\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 45) == 0);
	CHECK(!key_parse(str_text(&pem), pem.len, "k", NULL, &again, &e));
	CHECK_INT(e.code, FAIL_AUTH);
	CHECK(strstr(e.hint, "give its passphrase"));
	CHECK(!key_parse(str_text(&pem), pem.len, "k", wrong, &again, &e));
	CHECK_INT(e.code, FAIL_AUTH);
	CHECK(key_parse(str_text(&pem), pem.len, "k", pass, &again, &e));
	CHECK(key_format(again, &plain_again, &e));
	CHECK_TEXT(str_text(&plain_again), str_text(&plain));
}

TEST(key_that_we_encrypt_opens_with_its_passphrase_alone)
{
	static const enum key_kind kinds[] = { KEY_P256, KEY_P384, KEY_RSA_2048 };
	char longest[1025] = "";

	memset(longest, 'x', sizeof(longest) - 1);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		check_locked(kinds[i], KEY_PBES2, "a long pass phrase ~!\"$");
		check_locked(kinds[i], KEY_PBES1, "a long pass phrase ~!\"$");
	}
	check_locked(KEY_P256, KEY_PBES2, longest);
	check_locked(KEY_P256, KEY_PBES1, longest);
}

TEST(key_encrypted_with_the_empty_passphrase_opens_with_it)
{
	check_locked(KEY_P256, KEY_PBES2, "");
	check_locked(KEY_P256, KEY_PBES1, "");
}

TEST(key_refuses_a_passphrase_that_java_or_openssl_cannot_use)
{
	static const char *const bad[] = { "caf\xc3\xa9", "a\tb", "line\n", "\x7f" };
	char longer[1025];
	auto_key key = NULL;
	auto_str_wiped pem = STR_INIT(8192);

	memset(longer, 'x', sizeof(longer));
	CHECK(key_generate(KEY_P256, &key, &e));
	for (size_t i = 0; i <= ARRAY_LEN(bad); i++) {
		auto_secret pass = i < ARRAY_LEN(bad) ? passphrase(bad[i], strlen(bad[i]))
						      : passphrase(longer, sizeof(longer));

		CHECK(!key_format_locked(key, pass, KEY_PBES2, &pem, &e));
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK_INT(pem.len, 0);
	}
}

TEST(key_encrypted_twice_never_gives_the_same_bytes)
{
	auto_key key = NULL;
	auto_secret pass = passphrase("x", 1);
	auto_str_wiped first = STR_INIT(8192);
	auto_str_wiped second = STR_INIT(8192);

	CHECK(key_generate(KEY_P256, &key, &e));
	CHECK(key_format_locked(key, pass, KEY_PBES2, &first, &e));
	CHECK(key_format_locked(key, pass, KEY_PBES2, &second, &e));
	CHECK(strcmp(str_text(&first), str_text(&second)) != 0);
}

TEST(key_knows_its_kind)
{
	static const enum key_kind kinds[] = { KEY_P256, KEY_P384, KEY_RSA_2048, KEY_RSA_3072 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		enum key_kind kind = KEY_RSA_4096, named = KEY_RSA_4096;
		auto_key key = NULL;

		CHECK(key_generate(kinds[i], &key, &e));
		CHECK(key_kind(key, &kind));
		CHECK_INT(kind, kinds[i]);
		CHECK(key_kind_parse(key_kind_name(kind), &named, &e));
		CHECK_INT(named, kind);
	}
}

static struct key *generated_elsewhere(EVP_PKEY *pkey)
{
	struct key *key = NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	size_t n;

	CHECK(pkey && PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1);
	n = (size_t)BIO_get_mem_data(bio, &text);
	CHECK(key_parse(text, n, "k", NULL, &key, &e));
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return key;
}

TEST(key_of_a_kind_that_we_do_not_make_is_read_and_has_none)
{
	struct key *keys[] = {
		generated_elsewhere(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")),
		generated_elsewhere(EVP_EC_gen("secp256k1")), /* 256 bits too */
		generated_elsewhere(EVP_RSA_gen(1024)),
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		enum key_kind kind = KEY_P384;

		CHECK(!key_kind(keys[i], &kind));
		CHECK_INT(kind, KEY_P384);
		key_free(keys[i]);
	}
}

/* What OpenSSL's own encoder makes of it. */
static void check_pem_of_openssl(enum key_kind kind)
{
	auto_str ours = STR_INIT(8192);
	auto_bio bio = BIO_new(BIO_s_mem());
	auto_key k = NULL;
	char *bytes;
	long n;

	CHECK(key_generate(kind, &k, &e));
	CHECK(key_format(k, &ours, &e));
	CHECK(PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) == 1);
	n = BIO_get_mem_data(bio, &bytes);
	CHECK_INT(n, (long)ours.len);
	CHECK(memcmp(bytes, str_text(&ours), ours.len) == 0);
}

TEST(key_format_writes_what_the_library_would_write)
{
	for (int i = 0; i < 32; i++) { /* also numbers that begin with a zero */
		check_pem_of_openssl(KEY_P256);
		check_pem_of_openssl(KEY_P384);
	}
	check_pem_of_openssl(KEY_RSA_2048);
}

TEST(a_certificate_made_for_a_file_is_the_same_when_it_is_read)
{
	static const enum key_kind kinds[] = { KEY_P256, KEY_P384, KEY_RSA_2048 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		auto_str pem = STR_INIT(8192);
		auto_cert made = NULL;
		auto_cert back = NULL;
		auto_ca ca = { 0 };
		auto_key k = NULL;
		struct cert_request rq = {
			.subject = "CN=x", .purpose = CERT_NODE, .valid_days = 9, .for_file = true
		};

		CHECK(ca_make("CN=ca", KEY_P256, 99, &ca, &e));
		CHECK(key_generate(kinds[i], &k, &e));
		rq.key = k;
		CHECK(ca_sign(&ca, &rq, &made, &e));
		CHECK(cert_format(made, &pem, &e));
		CHECK(cert_parse(str_text(&pem), pem.len, "x", &back, &e));
		CHECK(cert_fits_key(back, k));
		CHECK(cert_is_signed_by(back, ca.cert));
	}
}

/* A locked key as a stranger may make it: nothing in it, but the work that it asks for. */
static void hostile_key(X509_ALGOR *how, struct str *out)
{
	auto_bio bio = BIO_new(BIO_s_mem());
	X509_SIG *locked = X509_SIG_new();
	ASN1_OCTET_STRING *bytes;
	X509_ALGOR *alg;
	char *text;
	size_t n;

	CHECK(bio && locked && how);
	X509_SIG_getm(locked, &alg, &bytes);
	CHECK(X509_ALGOR_copy(alg, how) == 1);
	CHECK(ASN1_OCTET_STRING_set(bytes, (const unsigned char *)"0123456789abcdef", 16) == 1);
	CHECK(PEM_write_bio_PKCS8(bio, locked) == 1);
	n = (size_t)BIO_get_mem_data(bio, &text);
	str_addn(out, text, n);
	X509_ALGOR_free(how);
	X509_SIG_free(locked);
}

/* Both readers of PEM keys say the same. */
static void check_refused(const struct str *pem, const char *message)
{
	auto_secret pass = passphrase("x", 1);
	auto_credentials found = { 0 };
	auto_key key = NULL;

	CHECK(!key_parse(str_text(pem), pem->len, "k", pass, &key, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_TEXT(e.msg, message);
	CHECK(!credentials_parse(str_text(pem), pem->len, "k", pass, &found, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_TEXT(e.msg, message);
}

TEST(key_that_asks_for_minutes_of_hashing_is_refused_at_once)
{
	static unsigned char salt[8];
	X509_ALGOR *ways[] = {
		PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), 1 << 30, salt, sizeof(salt), NULL,
				  NID_hmacWithSHA512),
		PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 1 << 30, salt, sizeof(salt)),
	};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		auto_str pem = STR_INIT(8192);

		hostile_key(ways[i], &pem);
		check_refused(&pem, "'k' wants a password hashed more than 5000000 times");
	}
}

/* The library that we ship has none of it. */
#ifndef OPENSSL_NO_SCRYPT
TEST(key_locked_with_scrypt_is_refused_before_it_takes_memory_or_time)
{
	auto_str pem = STR_INIT(8192);

	hostile_key(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, 1 << 14, 8, 1), &pem);
	check_refused(&pem, "'k' derives keys in a way that is not supported");
}
#endif

TEST(key_parse_takes_the_first_key_and_passes_over_all_else)
{
	auto_key first = NULL;
	auto_key second = NULL;
	auto_key got = NULL;
	auto_str_wiped pem = STR_INIT(16384);
	auto_ca ca = { 0 };

	CHECK(ca_make("CN=ca", KEY_P256, 9, &ca, &e));
	CHECK(key_generate(KEY_P256, &first, &e) && key_generate(KEY_P256, &second, &e));
	str_add(&pem, "Bag Attributes\n");
	CHECK(cert_format(ca.cert, &pem, &e));
	str_add(&pem, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
		      "-----END EC PARAMETERS-----\n");
	CHECK(key_format(first, &pem, &e) && key_format(second, &pem, &e));
	CHECK(key_parse(str_text(&pem), pem.len, "k", NULL, &got, &e));
	CHECK(EVP_PKEY_eq(got->pkey, first->pkey) == 1);
}
