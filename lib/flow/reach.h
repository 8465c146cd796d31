/* reach.h - the way from a stack and its store to the running cluster. */
#ifndef FLOW_REACH_H
#define FLOW_REACH_H

#include "base/clock.h"
#include "cluster/cluster.h"
#include "flow/material.h"
#include "flow/options.h"

/* Everything a conversation with the cluster needs; the texts outlive it. */
struct reach {
	const struct stack *stack;
	struct store *store; /* borrowed; NULL: none is at hand */
	struct list urls;
	struct str trust;
	struct pair admin;        /* OpenSearch: whom the sealer is */
	const char *user;         /* who asks in place of the superuser; NULL: nobody */
	struct secret *superuser; /* its password; NULL where it is not at hand */
	struct secret *bootstrap; /* Elasticsearch: until sealed */
	struct cluster *cluster;
};

/* clang-format off */
#define REACH_INIT { .trust = STR_INIT(STORE_FILE_MAX_BYTES), .admin = PAIR_INIT }
/* clang-format on */

/* first  the instance to ask first, or NULL
 * out    borrows store and stack
 * fails  FAIL_MISSING: the store does not hold the CA yet (init prepare makes it) */
bool reach_open(const struct options *o, const struct stack *s, struct store *store,
		const struct instance *first, struct reach *out, struct err *e) MUST_USE;

/* The addresses of --url, or those of the stack's nodes, the first instance's before the others',
 * or alone where others do not matter. fails  FAIL_USAGE (a bad --url), FAIL_CONFIG (there is none)
 */
enum reach_whom { REACH_ALL, REACH_FIRST };
bool reach_urls(const struct options *o, const struct stack *s, const struct instance *first,
		enum reach_whom whom, struct list *urls, struct err *e) MUST_USE;

/* Once urls and trust are there: load the logins that are not there yet, and make the cluster. */
bool reach_connect(struct reach *r, struct err *e) MUST_USE;

/* The administrator that every cluster of this distribution lets in: at the sealer's means, or as
 * the superuser with the stored password. */
struct login reach_sealer(const struct reach *r);
struct login reach_superuser(const struct reach *r);

/* Look once at the node that is asked, as whichever login is let in; see cluster_probe(). */
bool reach_probe(struct reach *r, enum ready_step wanted, struct cluster_state *out,
		 struct err *e) MUST_USE;

/* Wait until one of the nodes, asked in turn, says that the cluster has come to a step, asked as
 * this login (of the ones that are given, the first that is let in; both may be the same). A line
 * is logged when a node's reason changes.
 *
 * refused_s  give up when it has refused us, and said nothing else, for so many seconds; 0: never
 * fails      FAIL_TIMEOUT with the last reason; FAIL_AUTH (with refused_s; out says how);
 *            FAIL_CONFIG where waiting cannot help: security is off there, say */
bool reach_wait(struct reach *r, enum ready_step step, struct deadline until, unsigned refused_s,
		struct cluster_state *out, struct err *e) MUST_USE;

void reach_clear(struct reach *r);
#define auto_reach CLEANUP(reach_clear) struct reach

#endif
