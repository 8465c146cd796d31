/* csr.h - certificate signing requests, PKCS#10 (RFC 2986). */
#ifndef PKI_CSR_H
#define PKI_CSR_H

#include "base/str.h"
#include "pki/key.h"
#include "pki/san.h"

struct csr;

/* Make a request: SHA-256, the names as an extensionRequest. subject: see dn.h. */
bool csr_make(const char *subject, const struct san *san, const struct key *key, struct csr **out,
	      struct err *e) MUST_USE;

/* Whether the bytes are one, in PEM (perhaps damaged) or in DER. */
bool csr_is(const char *bytes, size_t n);

/* Read one in PEM or DER, and check that whoever made it holds the key. name is for errors.
 * fails  FAIL_INPUT */
bool csr_parse(const char *bytes, size_t n, const char *name, struct csr **out,
	       struct err *e) MUST_USE;

/* Append the PEM text. */
bool csr_format(const struct csr *r, struct str *out_pem, struct err *e) MUST_USE;

/* The names it asks for; kinds that we do not know are an error, not left out silently. */
bool csr_san(const struct csr *r, struct san *out, struct err *e) MUST_USE;

bool csr_subject(const struct csr *r, struct str *out, struct err *e) MUST_USE; /* RFC 2253 */
bool csr_has_subject(const struct csr *r, const char *dn);                      /* RFC 4514 text */
bool csr_same(const struct csr *a, const struct csr *b);                        /* byte for byte */
bool csr_fits_key(const struct csr *r, const struct key *k);
struct cert;
bool csr_fits_cert(const struct csr *r, const struct cert *c); /* the same public key */

/* fails  FAIL_INPUT: a key too weak to be signed, or of a kind that Elasticsearch does not read */
bool csr_check_key(const struct csr *r, struct err *e) MUST_USE;
void csr_free(struct csr *r);
void csr_freep(struct csr **r);
#define auto_csr CLEANUP(csr_freep) struct csr *

#endif
