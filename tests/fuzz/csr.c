/* csr.c - a certificate signing request that somebody else made: pki/csr, pki/san.
 *
 * A request is signed by the key in it, and no mutation survives that; so each input is read a
 * second time with every signature believed: the linker puts the function at the end in place of
 * OpenSSL's. */
#include <openssl/x509.h>

#include "fuzz.h"

#include "pki/csr.h"

enum { TEXT_MAX_BYTES = 4 * 1024 * 1024 };

static bool believe;

/* What a request asks for are names that we would take from a user as well. */
static void check_names(const struct csr *r, const struct csr *again)
{
	auto_san asked = { 0 }, asked_again = { 0 }, added = { 0 };
	auto_str text = STR_INIT(TEXT_MAX_BYTES);
	struct err e = { 0 };

	if (!csr_san(r, &asked, &e)) {
		fuzz_failed(&e);
		HOLDS(san_is_empty(&asked));
		return;
	}
	fuzz_done(csr_san(again, &asked_again, &e), &e);
	HOLDS(san_equal(&asked, &asked_again));
	for (int kind = 0; kind < SAN_KINDS; kind++)
		fuzz_done(san_add_list(&added, (enum san_kind)kind, &asked.of[kind], &e), &e);
	HOLDS(san_equal(&asked, &added));
	san_format(&asked, &text);
}

static void check(const struct csr *r)
{
	auto_str first = STR_INIT(TEXT_MAX_BYTES), second = STR_INIT(TEXT_MAX_BYTES);
	auto_str subject = STR_INIT(TEXT_MAX_BYTES), subject_again = STR_INIT(TEXT_MAX_BYTES);
	auto_csr again = NULL;
	struct err e = { 0 };

	fuzz_done(csr_format(r, &first, &e), &e);
	fuzz_done(csr_parse(first.data, first.len, "again", &again, &e), &e);
	fuzz_done(csr_format(again, &second, &e), &e);
	HOLDS(strcmp(str_text(&first), str_text(&second)) == 0);
	if (csr_subject(r, &subject, &e)) {
		fuzz_done(csr_subject(again, &subject_again, &e), &e);
		HOLDS(strcmp(str_text(&subject), str_text(&subject_again)) == 0);
	} else {
		fuzz_failed(&e);
	}
	check_names(r, again);
}

static void try(const char *bytes, size_t n)
{
	struct csr *untouched = (struct csr *)&untouched, *r = untouched;
	struct err e = { 0 };

	if (!csr_parse(bytes, n, "fuzz.csr", &r, &e)) {
		HOLDS(r == untouched);
		fuzz_failed(&e);
		return;
	}
	check(r);
	csr_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	try((const char *)data, n);
	believe = true;
	try((const char *)data, n);
	believe = false;
	return 0;
}

int __real_X509_REQ_verify(X509_REQ *r, EVP_PKEY *pkey);
int __wrap_X509_REQ_verify(X509_REQ *r, EVP_PKEY *pkey);

int __wrap_X509_REQ_verify(X509_REQ *r, EVP_PKEY *pkey)
{
	return believe ? 1 : __real_X509_REQ_verify(r, pkey);
}
