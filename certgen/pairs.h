/* pairs.h - certificates, or requests for them, with their keys: what there is of them, and what
 * has to be made. */
#ifndef CERTGEN_PAIRS_H
#define CERTGEN_PAIRS_H

#include "certgen/orders.h"
#include "certgen/output.h"
#include "pki/ca.h"
#include "pki/p12.h"

/* How pairs are made and written. */
struct pair_style {
	bool pem;                  /* a certificate and a key file; else one PKCS#12 file */
	bool csr;                  /* a signing request in place of the certificate; with pem */
	bool legacy;               /* what is locked is locked the old way */
	const struct secret *pass; /* locks the key or the keystore; NULL: none */
	const char *keyless_hint;  /* what helps when the CA has no key; NULL: its key */
	const char *ca_alias;      /* the CA as a trusted entry in PKCS#12; NULL: no such entry */
	enum key_kind kind;
	bool kind_asked; /* the user named it: another one that is there is a conflict */
	struct cert_request request; /* days and what else holds for all of them */
};

enum { PAIR_PATH_BYTES = 560 };

/* Where one pair lies, and what is wanted in it. */
struct pair_place {
	const char *alias;     /* in PKCS#12 */
	const char *subject;   /* RFC 4514 text */
	bool any_subject;      /* of a CA that is there: the text is only for a new one */
	const struct san *san; /* NULL: none */
	enum cert_purpose purpose;
	char cert_path[PAIR_PATH_BYTES]; /* or of the PKCS#12 file */
	char key_path[PAIR_PATH_BYTES];
};

/* Its paths as elasticsearch-certutil has them: FOLDER/NAME.crt, .csr or .p12, and .key. Both names
 * are file names, of at most 251 bytes. */
void pair_place_at(struct pair_place *p, const char *folder, const char *name,
		   const struct pair_style *style);

/* Make what is missing, and sign anew, with the key that is there, what no longer fits: other
 * names, another usage, a third of its life left. A key that is there without the passphrase of the
 * style is locked with it. Puts the results into out; several at a time.
 *
 * ca       NULL: each signs itself
 * fails    FAIL_CONFLICT: what is there is signed by another CA, or has another kind of key than
 * was asked for; FAIL_AUTH: it is locked with another passphrase; FAIL_EXISTS: a certificate
 *          without its key */
bool pairs_make(struct output *out, const struct pair_place *places, size_t count,
		const struct pair_style *style, const struct ca *ca, struct err *e) MUST_USE;

#endif
