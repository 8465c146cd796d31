/* pem.c - certificates and keys that the user or the store brings: pki/cert, pki/key. */
#include "fuzz.h"

#include "pki/cert.h"

enum { PEM_MAX_BYTES = 1024 * 1024 };

static void ask_cert(const struct cert *c)
{
	auto_str subject = STR_INIT(PEM_MAX_BYTES);
	struct err e = { 0 };

	if (!cert_subject(c, &subject, &e))
		fuzz_failed(&e);
	(void)cert_is_ca(c);
	(void)cert_days_left(c);
	(void)cert_has_begun(c);
	(void)cert_covers(c, "es01.example.internal");
	(void)cert_covers(c, "*.example.internal");
	(void)cert_covers(c, "192.0.2.1");
}

static void try_cert(const char *pem, size_t n)
{
	struct cert *untouched = (struct cert *)&untouched, *c = untouched;
	auto_str first = STR_INIT(PEM_MAX_BYTES), second = STR_INIT(PEM_MAX_BYTES);
	auto_cert again = NULL;
	struct err e = { 0 };

	if (!cert_parse(pem, n, "fuzz.crt", &c, &e)) {
		HOLDS(c == untouched);
		fuzz_failed(&e);
		return;
	}
	ask_cert(c);
	fuzz_done(cert_format(c, &first, &e), &e);
	fuzz_done(cert_parse(first.data, first.len, "again", &again, &e), &e);
	HOLDS(cert_same(c, again));
	fuzz_done(cert_format(again, &second, &e), &e);
	HOLDS(strcmp(str_text(&first), str_text(&second)) == 0);
	cert_free(c);
}

static void check_key(const struct key *k)
{
	auto_str_wiped first = STR_INIT(PEM_MAX_BYTES), second = STR_INIT(PEM_MAX_BYTES);
	auto_key again = NULL;
	struct err e = { 0 };

	/* A key of a kind that PKCS#8 cannot hold, or with half its numbers, may be refused. */
	if (!key_format(k, &first, &e)) {
		fuzz_failed(&e);
		return;
	}
	fuzz_done(key_parse(first.data, first.len, "again", NULL, &again, &e), &e);
	fuzz_done(key_format(again, &second, &e), &e);
	HOLDS(strcmp(str_text(&first), str_text(&second)) == 0);
}

/* What the key says without a passphrase tells whether it is worth a second try with one. */
static enum fail try_key(const char *pem, size_t n, const struct secret *pass)
{
	struct key *untouched = (struct key *)&untouched, *k = untouched;
	struct err e = { 0 };

	if (!key_parse(pem, n, "fuzz.key", pass, &k, &e)) {
		HOLDS(k == untouched);
		fuzz_failed(&e);
		return e.code;
	}
	check_key(k);
	key_free(k);
	return FAIL_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	auto_secret pass = fuzz_pass();
	const char *pem = (const char *)data;

	try_cert(pem, n);
	/* OpenSSL takes milliseconds to find out that something is no key. */
	if (n % 16 != 0 && !memmem(data, n, "PRIVATE KEY", strlen("PRIVATE KEY")))
		return 0;
	if (try_key(pem, n, NULL) == FAIL_AUTH)
		(void)try_key(pem, n, pass);
	return 0;
}
