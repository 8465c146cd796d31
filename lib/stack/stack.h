/* stack.h - one cluster and what talks to it, as the user described it; pure data. */
#ifndef STACK_STACK_H
#define STACK_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "stack/access.h"
#include "stack/account.h"
#include "stack/role.h"

/* One process. */
struct instance {
	char *name;
	char *filename; /* certutil's key; only certgen uses it */
	enum role role;
	bool has_role; /* given, not defaulted */
	struct list node_roles;
	bool has_node_roles; /* given, perhaps as an empty list */
	struct list dns;
	struct list ip;
	struct list cn; /* certutil's key: CN names for trust restrictions; only certgen uses it */
	unsigned http_port;                     /* 0 until stack_finish() puts the role's default */
	unsigned transport_port;                /* likewise */
	bool has_http_port, has_transport_port; /* given, not defaulted */
};

enum { STACK_MAX_INSTANCES = 1024 };

struct stack {
	char *name; /* cluster.name */
	struct version version;
	bool has_version;
	enum distribution distribution;
	enum level level;
	enum accounts accounts;
	struct access access;
	bool kibana_token; /* Kibana logs in with a service token, not with a password */
	struct instance *instances;
	size_t instance_count;
};

/* clang-format off */
#define STACK_INIT { .level = LEVEL_HTTPS }
/* clang-format on */

/* Append an empty instance; borrowed, valid until the next call. */
bool stack_add_instance(struct stack *s, struct instance **out, struct err *e) MUST_USE;

/* Check that the last instance shares its name and its folder with none before it: two would fight
 * over one folder of certificates. fails  FAIL_CONFIG */
bool stack_check_last(const struct stack *s, struct err *e) MUST_USE;

/* Put the defaults in and check the whole for contradictions; call it once, after the last key.
 * source  the file's name, for messages
 * fails   FAIL_CONFIG: a name that is not one word, minimal with several nodes, no node that may be
 * master, a token where Elasticsearch takes none, contradictions in what it declares (access.h), a
 * role of another distribution, a version, level or kind of accounts that the distribution does not
 * have, no instance at all */
bool stack_finish(struct stack *s, const char *source, struct err *e) MUST_USE;

/* fails  FAIL_CONFIG, naming the nearest name or all of them */
bool stack_find(const struct stack *s, const char *name, const struct instance **out,
		struct err *e) MUST_USE;

size_t stack_node_count(const struct stack *s);
const struct distribution_row *stack_distribution(const struct stack *s);

/* Somebody who logs in with a password of the store: a built-in user, or one that is declared. */
struct person {
	const char *name;
	const char *built_in_roles;     /* separated by commas; NULL: declared */
	const struct access_user *user; /* NULL: built-in */
};

/* The i-th, the built-in users first; false past the end. */
bool stack_person_at(const struct stack *s, size_t i, struct person *out);

/* Who sets the first passwords, and what it shows there: a file in the store that prepare makes;
 * NULL when nobody has to. */
enum sealer stack_sealer(const struct stack *s);
const char *stack_sealer_file(const struct stack *s);

/* The service account that Kibana may log in as, and whether this instance gets a token of it. */
#define STACK_KIBANA_SERVICE "elastic/kibana"
bool stack_gives_token(const struct stack *s, const struct instance *i);

/* How long a login must stay refused before it counts, as settle_s of distribution.h. */
unsigned stack_settle_s(const struct stack *s);

bool instance_is_node(const struct instance *i);
bool instance_may_be_master(const struct instance *i); /* "cluster_manager" is OpenSearch's word */

/* The name of its token: its own, with '_' for what Elasticsearch does not take there. There is
 * room for some more characters behind it. */
enum { STACK_TOKEN_NAME_BYTES = 80 };
void instance_token_name(const struct instance *i, char out[STACK_TOKEN_NAME_BYTES]);

/* Its folder below instances/ in the store, and below certgen's --out. */
const char *instance_folder(const struct instance *i);

/* Where others reach it: its first DNS name without a wildcard, else its first address, else its
 * name. */
const char *instance_host(const struct instance *i);

void stack_clear(struct stack *s);
#define auto_stack CLEANUP(stack_clear) struct stack

#endif
