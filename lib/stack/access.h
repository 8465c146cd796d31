/* access.h - who may do what beside the built-in users, as a stack file declares it; pure data.
 *
 * The words are Elasticsearch's: a role here is a bundle of privileges. What an instance is, stands
 * in role.h. */
#ifndef STACK_ACCESS_H
#define STACK_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "stack/version.h"

/* Things of one kind, count of them in one piece of memory. */
struct rows {
	void *items;
	size_t count;
};

enum { ACCESS_MAX_ROWS = 1024 };

/* Append one of size bytes, all zero; borrowed, valid until the next. fails  FAIL_CONFIG (too
 * many), FAIL_MEMORY */
bool rows_add(struct rows *r, size_t size, void **out, struct err *e) MUST_USE;

/* Privileges on indices: an item of a role's indices. */
struct access_indices {
	struct list names;
	struct list privileges;
	struct list grant, except; /* fields; both empty: all */
	char *query;               /* documents, as JSON; NULL: all */
	bool restricted;           /* also system indices */
};

struct access_application {
	char *application;
	struct list privileges;
	struct list resources;
};

struct access_role {
	char *name;
	struct list cluster;
	struct list run_as;
	struct rows indices;      /* struct access_indices */
	struct rows applications; /* struct access_application */
};

struct access_user {
	char *name;
	char *full_name; /* NULL: none */
	char *email;     /* NULL: none */
	struct list roles;
};

enum access_rule_kind {
	RULE_NONE,
	RULE_ANY,    /* one of its rules holds */
	RULE_ALL,    /* each of its rules holds */
	RULE_EXCEPT, /* its one rule does not hold */
	RULE_FIELD,  /* the field has one of the values */
};

struct access_rule {
	enum access_rule_kind kind;
	struct rows rules; /* struct access_rule */
	char *field;
	struct list values;
};

struct access_mapping {
	char *name;
	struct list roles;
	bool disabled;
	struct access_rule rule;
};

struct access_key {
	char *name;
	char *expiration; /* as 30d; NULL: never */
	struct list roles;
};

struct access {
	struct rows roles;    /* struct access_role */
	struct rows users;    /* struct access_user */
	struct rows mappings; /* struct access_mapping */
	struct rows keys;     /* struct access_key */
};

/* The i-th of each; NULL past the end. */
const struct access_role *access_role_at(const struct access *a, size_t i);
const struct access_user *access_user_at(const struct access *a, size_t i);
const struct access_mapping *access_mapping_at(const struct access *a, size_t i);
const struct access_key *access_key_at(const struct access *a, size_t i);
const struct access_indices *access_indices_at(const struct access_role *r, size_t i);
const struct access_application *access_application_at(const struct access_role *r, size_t i);
const struct access_rule *access_rule_at(const struct access_rule *r, size_t i);

bool access_is_empty(const struct access *a);

/* The declared role of that name, or NULL. */
const struct access_role *access_find_role(const struct access *a, const char *name);

/* Declare a user with roles, separated by commas, unless one of that name is declared already. */
bool access_imply_user(struct access *a, const char *name, const char *roles,
		       struct err *e) MUST_USE;

/* Check the whole, and add the ready-made roles (ready_role.h) that are named somewhere and not
 * declared. source is the file's name, for messages.
 * fails  FAIL_CONFIG: a user or key without a role, a mapping without a rule, a key with a role
 *        whose privileges we do not know, a name of a built-in user */
bool access_finish(struct access *a, struct version v, const char *source, struct err *e) MUST_USE;

void access_role_clear(struct access_role *r);
void access_clear(struct access *a);

#endif
