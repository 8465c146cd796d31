/* chain.h - is this certificate good for what it is meant for? */
#ifndef PKI_CHAIN_H
#define PKI_CHAIN_H

#include "pki/cert.h"

/* Check that cert is valid now, leads to one of the certificates in trust (leaf or chain of it)
 * and may serve purpose, as a peer will check in a handshake.
 *
 * name, trust_name  for errors
 * fails             FAIL_CONFIG, saying which of these it was */
bool chain_check(const struct cert *cert, const char *name, const struct cert *trust,
		 const char *trust_name, enum cert_purpose purpose, struct err *e) MUST_USE;

/* Check that the certificate covers every name and address of san.
 * fails  FAIL_CONFIG, naming the first that is not covered */
bool chain_check_names(const struct cert *cert, const char *name, const struct san *san,
		       struct err *e) MUST_USE;

/* Put behind c those of pool that lead from it to a root, in that order; the root itself only
 * with_root. Where pool does not reach a root the chain ends early. */
bool chain_complete(struct cert *c, const struct cert *const *pool, size_t count, bool with_root,
		    struct err *e) MUST_USE;

#endif
