/* account_api.h - set a built-in user's password, once, or see whether a user has the wanted one.
 */
#ifndef CLUSTER_ACCOUNT_API_H
#define CLUSTER_ACCOUNT_API_H

#include "cluster/cluster.h"
#include "stack/account.h"

enum account_outcome {
	ACCOUNT_WAS_SET, /* the wanted password opened it: nothing to do */
	ACCOUNT_SET,     /* set just now, and proved by logging in */
	ACCOUNT_FOREIGN, /* refused; somebody has set another one if this lasts; nothing was changed
			  */
	ACCOUNT_ABSENT,  /* OpenSearch: the cluster began with users of its own, and not this one */
	ACCOUNT_NOT_YET, /* the cluster is not ready to say; reason says why */
};

/* Bring one account to its wanted password, by the decisions of DESIGN section 6. To be repeated
 * while it answers ACCOUNT_NOT_YET.
 *
 * sealer  Elasticsearch: the superuser with the bootstrap password. OpenSearch: no user, since
 *         the connection's client certificate is the administrator's
 * reason  filled with ACCOUNT_NOT_YET and ACCOUNT_FOREIGN */
bool account_seal(struct cluster *c, const char *user, const struct secret *wanted,
		  const struct login *sealer, enum account_outcome *out, char reason[REASON_BYTES],
		  struct err *e) MUST_USE;

/* The same for a cluster that is sealed already: look, and set nothing. */
bool account_check(struct cluster *c, const char *user, const struct secret *wanted,
		   const struct login *sealer, enum account_outcome *out, char reason[REASON_BYTES],
		   struct err *e) MUST_USE;

/* Set the passwords of several accounts at the same time, and log in with each: two round trips for
 * all of them. For accounts of a cluster that just let the sealer in, and so never had one. It is
 * only quicker: who is not proved, whatever the reason, is left to account_seal(). Where the
 * product cannot do it, nobody is.
 *
 * proved  n of them, false before */
bool account_set_together(struct cluster *c, const char *const *users, struct secret *const *wanted,
			  size_t n, const struct login *sealer, bool *proved,
			  struct err *e) MUST_USE;

#endif
