/* credentials.h - the certificates and keys of one file, whatever its form. */
#ifndef PKI_CREDENTIALS_H
#define PKI_CREDENTIALS_H

#include "pki/cert.h"

/* A certificate, with the key that fits it where the file holds that too; or a key alone. */
struct credential {
	char *alias;       /* PKCS#12's friendly name, UTF-8; NULL: none */
	struct cert *cert; /* one certificate, without chain; NULL: a key without its certificate */
	struct key *key;   /* NULL: a certificate without key */
	size_t key_origin; /* 0; who joins several files notes here where the key came from */
	bool trusted;      /* PKCS#12: marked as a trusted certificate, as Java wants it */
};

struct credentials {
	struct credential *items; /* in the order of the file */
	size_t count;
};

enum { CREDENTIALS_MAX = 4096, CREDENTIALS_MAX_BYTES = 4 * 1024 * 1024 };

/* Read PEM (any number of certificates and keys, text between them is skipped), DER (one
 * certificate or one key) or PKCS#12; found out from the bytes, not from the name. Each key stands
 * with the certificate that it fits, at that certificate's place.
 *
 * name   for errors
 * pass   of PKCS#12 or of encrypted keys; NULL: none
 * fails  FAIL_INPUT: none of these, truncated, nothing in it, too much in it; a JKS, JCEKS or BCFKS
 *        keystore is named as such, with a hint (keytool -importkeystore ... PKCS12)
 *        FAIL_AUTH: the passphrase is missing or wrong */
bool credentials_parse(const char *bytes, size_t n, const char *name, const struct secret *pass,
		       struct credentials *out, struct err *e) MUST_USE;

/* The first with a key and a certificate, borrowed; NULL: there is none. */
const struct credential *credentials_pair(const struct credentials *c);

/* Append one; takes over alias, cert and key, also when it fails (for p12.c and the like).
 *
 * name   for errors
 * fails  FAIL_INPUT: there are CREDENTIALS_MAX already */
bool credentials_add(struct credentials *c, struct credential item, const char *name,
		     struct err *e) MUST_USE;

/* Whether more than the fit speaks for this certificate and this key, two items by their numbers.
 */
typedef bool credentials_prefer_fn(const void *ctx, size_t cert, size_t key);

/* Join every key that stands alone with a certificate that it fits and that has none: the first
 * that is preferred, else the first. The key stands at the certificate's place then, and its alias
 * goes before the certificate's. prefer NULL: none is. fails  FAIL_MEMORY */
bool credentials_match(struct credentials *c, credentials_prefer_fn *prefer, const void *ctx,
		       struct err *e) MUST_USE;

void credentials_clear(struct credentials *c);
#define auto_credentials CLEANUP(credentials_clear) struct credentials

#endif
