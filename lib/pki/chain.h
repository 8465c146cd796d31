/* chain.h - is this certificate good for what it is meant for? */
#ifndef PKI_CHAIN_H
#define PKI_CHAIN_H

#include "pki/cert.h"

/* Certificates that are trusted; prepared once, for any number of checks. */
struct trust;

enum { TRUST_MAX = 1000 };

/* Each of these, as it stands, without its chain; the caller keeps them, and may free them.
 * fails  FAIL_INPUT: more than TRUST_MAX */
bool trust_new(const struct cert *const *certs, size_t count, struct trust **out,
	       struct err *e) MUST_USE;

/* Check that cert is valid now, leads to one that is trusted and may serve purpose, as a peer will
 * check in a handshake.
 *
 * name, trust_name  for errors
 * fails             FAIL_CONFIG, saying which of these it was */
bool trust_check(const struct trust *t, const char *trust_name, const struct cert *cert,
		 const char *name, enum cert_purpose purpose, struct err *e) MUST_USE;

void trust_free(struct trust *t);
void trust_freep(struct trust **t);
#define auto_trust CLEANUP(trust_freep) struct trust *

/* trust_check() under the certificates of one file: leaf and chain of trust. */
bool chain_check(const struct cert *cert, const char *name, const struct cert *trust,
		 const char *trust_name, enum cert_purpose purpose, struct err *e) MUST_USE;

/* Check that the certificate covers every name and address of san.
 * fails  FAIL_CONFIG, naming the first that is not covered */
bool chain_check_names(const struct cert *cert, const char *name, const struct san *san,
		       struct err *e) MUST_USE;

/* Put behind c those of pool that lead from it to a root, in that order; the root itself only
 * with_root. Where pool does not reach a root, or holds ever more that look like an issuer and are
 * not, the chain ends early. */
bool chain_complete(struct cert *c, const struct cert *const *pool, size_t count, bool with_root,
		    struct err *e) MUST_USE;

#endif
