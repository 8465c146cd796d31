/* pbe.h - undoing password-based encryption (PKCS#5, PKCS#12) in files that anybody may have made:
 * what it costs is looked at before it is paid. Seen only by the modules of pki. */
#ifndef PKI_PBE_H
#define PKI_PBE_H

#include <openssl/provider.h>

#include "base/secret.h"
#include "pki/openssl.h"

enum {
	PBE_MAX_ROUNDS = 5 * 1000 * 1000, /* of one derivation; Java's limit, and seconds of work */
	PBE_FILE_ROUNDS = 50 * 1000 * 1000, /* of all in one file */
};

/* One file and the password it is tried with. */
struct pbe {
	const char *name;            /* for errors */
	const struct secret *pass;   /* NULL: none */
	long spent;                  /* rounds so far */
	bool met_pbes2;              /* something was locked that way */
	OSSL_LIB_CTX *old;           /* made when RC2 or DES is first met */
	OSSL_PROVIDER *providers[2]; /* in old */
};

/* Account for one derivation. rounds: NULL means 1.
 * fails  FAIL_INPUT: too many, or not a count */
bool pbe_spend(struct pbe *p, const ASN1_INTEGER *rounds, struct err *e) MUST_USE;

/* The same for the PBKDF2 in the parameters of PBES2 or PBMAC1.
 * fails  FAIL_INPUT: also another derivation, as scrypt */
bool pbe_spend_pbkdf2(struct pbe *p, const X509_ALGOR *alg, struct err *e) MUST_USE;

/* The password for OpenSSL and its length. PKCS#12 has two empty ones: "", which Java and OpenSSL
 * write, and with absent the one of no character at all, not even the NUL at the end. */
const char *pbe_pass(const struct pbe *p, bool absent, int *n);
bool pbe_pass_is_empty(const struct pbe *p);

/* Decrypt and decode. The result is freed with ASN1_item_free(out, as).
 * fails  FAIL_AUTH, FAIL_INPUT (unknown algorithm, too many rounds) */
bool pbe_open(struct pbe *p, const X509_ALGOR *alg, const ASN1_ITEM *as,
	      const ASN1_OCTET_STRING *bytes, void **out, struct err *e) MUST_USE;

/* The same for a PKCS#8 EncryptedPrivateKeyInfo, and the key knows its form; also FAIL_INPUT: a
 * kind of key that is unknown. */
bool pbe_open_key(struct pbe *p, const X509_SIG *sealed, struct key **out, struct err *e) MUST_USE;

/* Report that the password is missing or wrong. Returns false. */
bool pbe_refused(const struct pbe *p, struct err *e);

void pbe_clear(struct pbe *p);
#define auto_pbe CLEANUP(pbe_clear) struct pbe

#endif
