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
	size_t behind; /* how many others stand before it in its file; of a pair, the certificate */
	size_t key_behind; /* the same of its key */
};

struct credentials {
	struct credential *items; /* in the order of the file */
	size_t count;
	bool keystore;   /* PKCS#12: it is opened by names, and the order means nothing */
	size_t left_out; /* PKCS#12: entries that are neither, Java's secret keys say */
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

/* Whether two files mean the same, and are locked in the same way with the same passphrase. PEM:
 * the same certificates and keys in the same order. PKCS#12: the same key and trusted entries, by
 * the same names, and the same certificates behind them. False also when one cannot be read. */
bool credentials_same(const char *a, size_t a_bytes, const char *b, size_t b_bytes,
		      const struct secret *pass);

/* The first with a key and a certificate, borrowed; NULL: there is none. */
const struct credential *credentials_pair(const struct credentials *c);

/* Append one; takes over alias, cert and key, also when it fails (for p12.c and the like).
 *
 * name   for errors
 * fails  FAIL_INPUT: there are CREDENTIALS_MAX already */
bool credentials_add(struct credentials *c, struct credential item, const char *name,
		     struct err *e) MUST_USE;

/* Move the key of item key to item cert, if it fits the certificate there and that has none yet;
 * its own item is gone then, and the key's alias goes before the certificate's. */
bool credentials_join(struct credentials *c, size_t cert, size_t key);

/* Join every key that stands alone with the first certificate that it fits. */
void credentials_match(struct credentials *c);

void credentials_clear(struct credentials *c);
#define auto_credentials CLEANUP(credentials_clear) struct credentials

#endif
