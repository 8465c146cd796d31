/* seal_record.h - seal.json: which cluster a store belongs to, and at which level it was sealed. */
#ifndef FLOW_SEAL_RECORD_H
#define FLOW_SEAL_RECORD_H

#include "cluster/cluster.h"
#include "stack/stack.h"
#include "store/store.h"

struct seal_record {
	bool found;         /* else the store is not sealed, and the rest is empty */
	char cluster[80];   /* its name */
	char uuid[40];      /* its identity for ever */
	char sealed_at[32]; /* UTC, ISO 8601 */
	enum level level;
};

bool seal_record_load(const struct store *s, struct seal_record *out, struct err *e) MUST_USE;

/* Write it down: the first who seals, self or NULL for `init seal`, is named. Another one that was
 * quicker is fine. */
bool seal_record_make(struct store *store, const struct stack *s, const struct cluster_state *state,
		      const struct instance *self, struct err *e) MUST_USE;

/* The same after the stack has come to another level; what else it says stays as it is. */
bool seal_record_raise(struct store *store, const struct stack *s, struct err *e) MUST_USE;

/* The store belongs to one cluster for ever. fails  FAIL_CONFLICT */
bool seal_record_check_cluster(const struct store *store, const struct seal_record *r,
			       const struct cluster_state *state, struct err *e) MUST_USE;

/* A store belongs to one stack, or the nodes of both would trust each other; and that is raised,
 * never lowered: what speaks TLS would be asked in plain text, with passwords.
 * fails  FAIL_CONFLICT (another stack's), FAIL_CONFIG (a lower level) */
bool seal_record_check_stack(const struct store *store, const struct seal_record *r,
			     const struct stack *s, struct err *e) MUST_USE;

#endif
