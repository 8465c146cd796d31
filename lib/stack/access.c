#include "stack/access.h"

#include <stdlib.h>
#include <string.h>

#include "stack/account.h"
#include "stack/ready_role.h"

bool rows_add(struct rows *r, size_t size, void **out, struct err *e)
{
	char *grown;

	if (r->count == ACCESS_MAX_ROWS)
		return err_set(e, FAIL_CONFIG, "there are more than %d of these", ACCESS_MAX_ROWS);
	grown = realloc(r->items, (r->count + 1) * size);
	if (!grown)
		return err_set(e, FAIL_MEMORY, "out of memory for a stack file");
	r->items = grown;
	*out = memset(grown + r->count++ * size, 0, size);
	return true;
}

static const void *row_at(const struct rows *r, size_t size, size_t i)
{
	return i < r->count ? (const char *)r->items + i * size : NULL;
}

const struct access_role *access_role_at(const struct access *a, size_t i)
{
	return row_at(&a->roles, sizeof(struct access_role), i);
}

const struct access_user *access_user_at(const struct access *a, size_t i)
{
	return row_at(&a->users, sizeof(struct access_user), i);
}

const struct access_mapping *access_mapping_at(const struct access *a, size_t i)
{
	return row_at(&a->mappings, sizeof(struct access_mapping), i);
}

const struct access_key *access_key_at(const struct access *a, size_t i)
{
	return row_at(&a->keys, sizeof(struct access_key), i);
}

const struct access_indices *access_indices_at(const struct access_role *r, size_t i)
{
	return row_at(&r->indices, sizeof(struct access_indices), i);
}

const struct access_application *access_application_at(const struct access_role *r, size_t i)
{
	return row_at(&r->applications, sizeof(struct access_application), i);
}

const struct access_rule *access_rule_at(const struct access_rule *r, size_t i)
{
	return row_at(&r->rules, sizeof(struct access_rule), i);
}

bool access_is_empty(const struct access *a)
{
	return a->roles.count + a->users.count + a->mappings.count + a->keys.count == 0;
}

const struct access_role *access_find_role(const struct access *a, const char *name)
{
	const struct access_role *r;

	for (size_t i = 0; (r = access_role_at(a, i)) != NULL; i++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

/* Ready-made roles that are named here become declared ones. */
static bool add_ready(struct access *a, const struct list *roles, struct version v, struct err *e)
{
	for (size_t i = 0; i < roles->count; i++) {
		void *role = NULL;

		if (access_find_role(a, roles->items[i]) || !ready_role_exists(roles->items[i], v))
			continue;
		if (!rows_add(&a->roles, sizeof(struct access_role), &role, e) ||
		    !ready_role_make(roles->items[i], v, role, e))
			return false;
	}
	return true;
}

static bool is_built_in(const char *name, struct version v)
{
	const struct account *account;

	for (size_t i = 0; (account = account_at(DIST_ELASTICSEARCH, v, i)) != NULL; i++)
		if (strcmp(account->name, name) == 0)
			return true;
	return strcmp(name, "kibana") == 0;
}

static bool needs_roles(const char *what, const char *name, const struct list *roles,
			const char *source, struct err *e)
{
	return roles->count > 0 ||
	       err_set(e, FAIL_CONFIG, "%s '%s' in '%s' has no roles", what, name, source) ||
	       err_hint(e, "list them under roles:");
}

static bool check_user(const struct access_user *u, struct version v, const char *source,
		       struct err *e)
{
	if (is_built_in(u->name, v))
		return err_set(e, FAIL_CONFIG, "'%s' in '%s' is a built-in user", u->name,
			       source) ||
		       err_hint(e, "choose another name: it gets its password all the same");
	return needs_roles("user", u->name, &u->roles, source, e);
}

static bool check_mapping(const struct access_mapping *m, const char *source, struct err *e)
{
	if (m->rule.kind == RULE_NONE)
		return err_set(e, FAIL_CONFIG, "role mapping '%s' in '%s' has no rules", m->name,
			       source) ||
		       err_hint(e, "as: rules: {field: {dn: 'CN=admin*'}}");
	return needs_roles("role mapping", m->name, &m->roles, source, e);
}

/* A key carries the privileges themselves. */
static bool check_key(const struct access *a, const struct access_key *k, const char *source,
		      struct err *e)
{
	for (size_t i = 0; i < k->roles.count; i++)
		if (!access_find_role(a, k->roles.items[i]))
			return err_set(e, FAIL_CONFIG,
				       "API key '%s' in '%s' has role '%s', which is not declared",
				       k->name, source, k->roles.items[i]) ||
			       err_hint(e, "declare it under roles:, or use a ready-made one");
	return needs_roles("API key", k->name, &k->roles, source, e);
}

bool access_finish(struct access *a, struct version v, const char *source, struct err *e)
{
	const struct access_user *u;
	const struct access_mapping *m;
	const struct access_key *k;

	for (size_t i = 0; (u = access_user_at(a, i)) != NULL; i++)
		if (!check_user(u, v, source, e) || !add_ready(a, &u->roles, v, e))
			return false;
	for (size_t i = 0; (m = access_mapping_at(a, i)) != NULL; i++)
		if (!check_mapping(m, source, e) || !add_ready(a, &m->roles, v, e))
			return false;
	for (size_t i = 0; (k = access_key_at(a, i)) != NULL; i++)
		if (!add_ready(a, &k->roles, v, e) || !check_key(a, k, source, e))
			return false;
	return true;
}

bool access_imply_user(struct access *a, const char *name, const char *roles, struct err *e)
{
	const struct access_user *u;
	struct access_user *user;
	void *added;

	for (size_t i = 0; (u = access_user_at(a, i)) != NULL; i++)
		if (strcmp(u->name, name) == 0)
			return true;
	if (!rows_add(&a->users, sizeof(*user), &added, e))
		return false;
	user = added;
	user->name = strdup(name);
	if (!user->name)
		return err_set(e, FAIL_MEMORY, "out of memory for a user");
	return list_split(&user->roles, roles, ',', e);
}

static void clear_indices(struct access_indices *i)
{
	list_clear(&i->names);
	list_clear(&i->privileges);
	list_clear(&i->grant);
	list_clear(&i->except);
	free(i->query);
}

static void clear_application(struct access_application *a)
{
	free(a->application);
	list_clear(&a->privileges);
	list_clear(&a->resources);
}

void access_role_clear(struct access_role *r)
{
	struct access_indices *indices = r->indices.items;
	struct access_application *applications = r->applications.items;

	for (size_t i = 0; i < r->indices.count; i++)
		clear_indices(&indices[i]);
	for (size_t i = 0; i < r->applications.count; i++)
		clear_application(&applications[i]);
	free(indices);
	free(applications);
	free(r->name);
	list_clear(&r->cluster);
	list_clear(&r->run_as);
	*r = (struct access_role){ 0 };
}

static void clear_user(struct access_user *u)
{
	free(u->name);
	free(u->full_name);
	free(u->email);
	list_clear(&u->roles);
}

/* As deep as the reader lets a file nest. */
static void clear_rule(struct access_rule *r)
{
	struct access_rule *rules = r->rules.items;

	for (size_t i = 0; i < r->rules.count; i++)
		clear_rule(&rules[i]);
	free(rules);
	free(r->field);
	list_clear(&r->values);
}

static void clear_mapping(struct access_mapping *m)
{
	free(m->name);
	list_clear(&m->roles);
	clear_rule(&m->rule);
}

static void clear_key(struct access_key *k)
{
	free(k->name);
	free(k->expiration);
	list_clear(&k->roles);
}

void access_clear(struct access *a)
{
	struct access_role *roles = a->roles.items;
	struct access_user *users = a->users.items;
	struct access_mapping *mappings = a->mappings.items;
	struct access_key *keys = a->keys.items;

	for (size_t i = 0; i < a->roles.count; i++)
		access_role_clear(&roles[i]);
	for (size_t i = 0; i < a->users.count; i++)
		clear_user(&users[i]);
	for (size_t i = 0; i < a->mappings.count; i++)
		clear_mapping(&mappings[i]);
	for (size_t i = 0; i < a->keys.count; i++)
		clear_key(&keys[i]);
	free(roles);
	free(users);
	free(mappings);
	free(keys);
	*a = (struct access){ 0 };
}
