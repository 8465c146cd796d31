/* schema.h - the keys of a stack file, one row each; the reader, the variables and the reference
 * in docs/ all come from this table. */
#ifndef STACK_SCHEMA_H
#define STACK_SCHEMA_H

#include "stack/stack.h"

enum schema_scope {
	SCOPE_STACK,    /* top of the file; target is a struct stack */
	SCOPE_INSTANCE, /* an item of instances; target is a struct instance */
	/* The rest describe structs of access.h. */
	SCOPE_USER,        /* an item of users */
	SCOPE_ROLE,        /* an item of roles */
	SCOPE_INDICES,     /* an item of a role's indices */
	SCOPE_FIELDS,      /* its field_security; target is the struct access_indices as well */
	SCOPE_APPLICATION, /* an item of a role's applications */
	SCOPE_MAPPING,     /* an item of role_mappings */
	SCOPE_KEY,         /* an item of api_keys */
};

enum schema_kind {
	KEY_CLUSTER_NAME,
	KEY_INSTANCE_NAME,
	KEY_FILE_NAME,
	KEY_VERSION,
	KEY_LEVEL,
	KEY_DISTRIBUTION,
	KEY_ACCOUNTS,
	KEY_ROLE,
	KEY_PORT,
	KEY_WORDS,
	KEY_DNS,
	KEY_IP,
	KEY_TEXTS,
	KEY_TEXT,
	KEY_SECURITY_NAME, /* of a user, role, mapping or key */
	KEY_SECURITY_NAMES,
	KEY_DURATION, /* as Elasticsearch writes it: 30d */
	KEY_SWITCH,
	KEY_SWITCH_OFF, /* true is the default: the member says the opposite */
	/* These have keys of their own, or rules: conf/stack_file reads what stands in them. */
	KEY_ITEMS, /* a list of mappings; member is a struct rows */
	KEY_GROUP, /* one mapping, of the same struct */
	KEY_RULE,  /* of a role mapping; member is a struct access_rule */
};

/* What a key of kind KEY_ITEMS or KEY_GROUP holds. */
struct schema_inner {
	enum schema_scope scope, inner; /* where the key stands, and of what stands in it */
	const char *key;
	size_t size;      /* bytes of one item; 0: a group */
	const char *what; /* one of them, for messages */
};

struct schema_key {
	const char *name;
	const char *env; /* variable that sets it; for an instance only without a stack file */
	enum schema_scope scope;
	enum schema_kind kind;
	size_t offset; /* of the member in the target */
	const char *help;
};

/* The i-th key, NULL past the end. */
const struct schema_key *schema_row(size_t i);

/* Find a key; on FAIL_INPUT the message names the nearest. */
bool schema_find(enum schema_scope scope, const char *name, const struct schema_key **out,
		 struct err *e) MUST_USE;

/* fails never for a key of these kinds: NULL for any other. */
const struct schema_inner *schema_inner(const struct schema_key *key);

/* Set one key from its values; a key that takes one value refuses several.
 * fails  FAIL_INPUT: out of range, not a name, not an address ... */
bool schema_set(const struct schema_key *key, void *target, const struct list *values,
		struct err *e) MUST_USE;

/* Set the keys of this scope that have their variable set; lists are split at commas. */
bool schema_set_from_environment(enum schema_scope scope, void *target,
				 const char *(*lookup)(const char *name), struct err *e) MUST_USE;

#endif
