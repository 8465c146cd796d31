/* access_api.h - roles, users, role mappings, API keys and service tokens in a cluster: made when
 * they are not there, compared when they are, and never changed. */
#ifndef CLUSTER_ACCESS_API_H
#define CLUSTER_ACCESS_API_H

#include "cluster/cluster.h"
#include "net/json.h"

enum access_kind { ACCESS_ROLE, ACCESS_USER, ACCESS_MAPPING };

const char *access_kind_name(enum access_kind kind); /* in words: "role" */

enum access_outcome {
	ACCESS_AGREES,  /* it is there, and says the same */
	ACCESS_MADE,    /* made just now */
	ACCESS_DIFFERS, /* it is there, and says something else: reason says in what */
	ACCESS_GONE,    /* a key or token: it is not valid any more; reason says why */
	ACCESS_NOT_YET, /* the cluster is not ready to say; reason says why */
};

/* Bring what a stack file declares into the cluster; to be repeated while it is ACCESS_NOT_YET.
 *
 * wanted    as access_json.h makes it
 * password  of a user; NULL else
 * fails     FAIL_INPUT: the cluster refuses what is declared, and says why */
bool access_bring(struct cluster *c, enum access_kind kind, const char *name,
		  const struct json *wanted, const struct secret *password, const struct login *as,
		  enum access_outcome *out, char reason[REASON_BYTES], struct err *e) MUST_USE;

/* Make an API key: one more, whatever others there are.
 * value  receives "id:key" with ACCESS_MADE; it is shown only once */
bool access_make_key(struct cluster *c, const char *name, const struct json *wanted,
		     const struct login *as, struct secret **value, enum access_outcome *out,
		     char reason[REASON_BYTES], struct err *e) MUST_USE;

/* Compare the key that value begins with the id of; what it may do only where the version tells. */
bool access_check_key(struct cluster *c, const struct secret *value, const struct json *wanted,
		      const struct login *as, enum access_outcome *out, char reason[REASON_BYTES],
		      struct err *e) MUST_USE;

/* End the life of a key that nobody needs. A failure is told in reason. */
bool access_drop_key(struct cluster *c, const struct secret *value, const struct login *as,
		     enum access_outcome *out, char reason[REASON_BYTES], struct err *e) MUST_USE;

/* Make a token of a service account, such as "elastic/kibana". With a name that is taken it is
 * ACCESS_NOT_YET for ever: the answer to an earlier request may have been lost, so each request
 * has a name of its own.
 * value  receives the bearer token with ACCESS_MADE; it is shown only once */
bool access_make_token(struct cluster *c, const char *service, const char *name,
		       const struct login *as, struct secret **value, enum access_outcome *out,
		       char reason[REASON_BYTES], struct err *e) MUST_USE;

/* End the life of a token that nobody needs, as access_drop_key(). */
bool access_drop_token(struct cluster *c, const char *service, const char *name,
		       const struct login *as, enum access_outcome *out, char reason[REASON_BYTES],
		       struct err *e) MUST_USE;

/* Whether the cluster knows a token of that name: its value it does not show again. */
bool access_check_token(struct cluster *c, const char *service, const char *name,
			const struct login *as, enum access_outcome *out, char reason[REASON_BYTES],
			struct err *e) MUST_USE;

#endif
