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

#endif
