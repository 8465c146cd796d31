/* p12.h - PKCS#12 files (RFC 7292) as Java reads and writes them. */
#ifndef PKI_P12_H
#define PKI_P12_H

#include "pki/credentials.h"

enum p12_form {
	P12_MODERN, /* PBES2: PBKDF2-HMAC-SHA256, AES-256-CBC; MAC SHA-256: what JDK 17 writes; Java
		     * 8u301, 11.0.12 and later read it */
	P12_LEGACY, /* PBE-SHA1-3DES, MAC SHA-1: for older ones */
};

/* Oracle's trusted-key attribute: without it Java takes no certificate for a trusted one. */
#define P12_TRUSTED_OID "2.16.840.1.113894.746875.1.1"

/* One entry to write. With a key: a key entry whose chain is cert and what stands behind it.
 * Without: a trusted certificate, cert's leaf alone. Java lowers the case of aliases. */
struct p12_entry {
	const char *alias;
	const struct cert *cert;
	const struct key *key;
};

/* Append the DER bytes. Store and key have the same password; pass NULL or empty: the empty one.
 * fails  FAIL_INPUT: a password that is not printable ASCII, which is all that Java takes; two
 *        aliases that differ only in case; a key that does not fit its certificate */
bool p12_format(const struct p12_entry *entries, size_t count, const struct secret *pass,
		enum p12_form form, struct str *out, struct err *e) MUST_USE;

/* Whether bytes look like PKCS#12: a SEQUENCE that starts with the integer 3; BER does as well. */
bool p12_is(const char *bytes, size_t n);

/* Which of the two forms they have, by their MAC. */
enum p12_form p12_form_of(const char *bytes, size_t n);

/* Read entries of both forms, and of the older RC2 one; certificates and keys come in the order of
 * the file, each with its alias, keys with the certificate of the same localKeyID or else the first
 * that fits. Secret keys and revocation lists are left out, and counted; there may be nothing else.
 *
 * name   for errors
 * pass   NULL or empty: the empty one, in either of its encodings
 * fails  FAIL_INPUT (damaged, too many entries, iteration count above 5 million: a trap),
 *        FAIL_AUTH (no or the wrong password: the MAC says so, or without MAC the padding) */
bool p12_parse(const char *bytes, size_t n, const char *name, const struct secret *pass,
	       struct credentials *out, struct err *e) MUST_USE;

#endif
