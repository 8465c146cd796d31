#include "stack/schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "stack/word.h"

#define SECURITY_NAME_WANTED                                                                       \
	"use letters, digits, '.', '_', '-' and '@', at most 64, and a letter or digit first"

#define S(member) offsetof(struct stack, member)
#define I(member) offsetof(struct instance, member)
#define U(member) offsetof(struct access_user, member)
#define R(member) offsetof(struct access_role, member)
#define X(member) offsetof(struct access_indices, member)
#define A(member) offsetof(struct access_application, member)
#define M(member) offsetof(struct access_mapping, member)
#define K(member) offsetof(struct access_key, member)

/* clang-format off */
static const struct schema_key rows[] = {
	{ "name",           "STACKSEAL_CLUSTER_NAME",   SCOPE_STACK,    KEY_CLUSTER_NAME,  S(name),           "the cluster's name; default: the distribution's name" },
	{ "distribution",   "STACKSEAL_DISTRIBUTION",   SCOPE_STACK,    KEY_DISTRIBUTION,  S(distribution),   "elasticsearch or opensearch; default elasticsearch" },
	{ "version",        "STACKSEAL_STACK_VERSION",  SCOPE_STACK,    KEY_VERSION,       S(version),        "the product's version, such as 8.15.3; decides setting names and formats" },
	{ "level",          "STACKSEAL_LEVEL",          SCOPE_STACK,    KEY_LEVEL,         S(level),          "minimal, basic or https; default https" },
	{ "accounts",       "STACKSEAL_ACCOUNTS",       SCOPE_STACK,    KEY_ACCOUNTS,      S(accounts),       "where its users live: api, set when the cluster is up, or file; default api" },
	{ "kibana_token",   "STACKSEAL_KIBANA_TOKEN",   SCOPE_STACK,    KEY_SWITCH,        S(kibana_token),   "Kibana logs in with a service token; default false: with a password" },
	{ "name",           "STACKSEAL_NAME",           SCOPE_INSTANCE, KEY_INSTANCE_NAME, I(name),           "the instance's name: node.name, and CN of its certificates" },
	{ "filename",       NULL,                       SCOPE_INSTANCE, KEY_FILE_NAME,     I(filename),       "folder of its certificates; default: its name" },
	{ "role",           "STACKSEAL_ROLE",           SCOPE_INSTANCE, KEY_ROLE,          I(role),           "what it is; default: a node of the distribution" },
	{ "node_roles",     "STACKSEAL_NODE_ROLES",     SCOPE_INSTANCE, KEY_WORDS,         I(node_roles),     "node.roles; default: the product's own" },
	{ "dns",            "STACKSEAL_DNS",            SCOPE_INSTANCE, KEY_DNS,           I(dns),            "host names it is reached by; the first is used by the others" },
	{ "ip",             "STACKSEAL_IP",             SCOPE_INSTANCE, KEY_IP,            I(ip),             "addresses it is reached by" },
	{ "cn",             NULL,                       SCOPE_INSTANCE, KEY_TEXTS,         I(cn),             "certutil's CN names for trust restrictions; read, not used by init" },
	{ "http_port",      "STACKSEAL_HTTP_PORT",      SCOPE_INSTANCE, KEY_PORT,          I(http_port),      "its HTTP port; default: the product's own" },
	{ "transport_port", "STACKSEAL_TRANSPORT_PORT", SCOPE_INSTANCE, KEY_PORT,          I(transport_port), "its transport port; default 9300" },
	{ "users",          NULL,                       SCOPE_STACK,    KEY_ITEMS,         S(access.users),   "users beside the built-in ones" },
	{ "roles",          NULL,                       SCOPE_STACK,    KEY_ITEMS,         S(access.roles),   "bundles of privileges" },
	{ "role_mappings",  NULL,                       SCOPE_STACK,    KEY_ITEMS,         S(access.mappings), "roles for users of other realms" },
	{ "api_keys",       NULL,                       SCOPE_STACK,    KEY_ITEMS,         S(access.keys),    "API keys, kept in the store" },
	{ "name",           NULL,                       SCOPE_USER,     KEY_SECURITY_NAME, U(name),           "what it logs in as" },
	{ "roles",          NULL,                       SCOPE_USER,     KEY_SECURITY_NAMES, U(roles),         "declared, ready-made or built-in roles" },
	{ "full_name",      NULL,                       SCOPE_USER,     KEY_TEXT,          U(full_name),      "for people to read; not in the file realm" },
	{ "email",          NULL,                       SCOPE_USER,     KEY_TEXT,          U(email),          "likewise" },
	{ "name",           NULL,                       SCOPE_ROLE,     KEY_SECURITY_NAME, R(name),           "the role's name" },
	{ "cluster",        NULL,                       SCOPE_ROLE,     KEY_TEXTS,         R(cluster),        "cluster privileges" },
	{ "run_as",         NULL,                       SCOPE_ROLE,     KEY_TEXTS,         R(run_as),         "users it may act as" },
	{ "indices",        NULL,                       SCOPE_ROLE,     KEY_ITEMS,         R(indices),        "privileges on indices" },
	{ "applications",   NULL,                       SCOPE_ROLE,     KEY_ITEMS,         R(applications),   "privileges in applications, such as Kibana" },
	{ "names",          NULL,                       SCOPE_INDICES,  KEY_TEXTS,         X(names),          "indices, with * and ?" },
	{ "privileges",     NULL,                       SCOPE_INDICES,  KEY_TEXTS,         X(privileges),     "index privileges" },
	{ "query",          NULL,                       SCOPE_INDICES,  KEY_TEXT,          X(query),          "only documents that match; JSON" },
	{ "allow_restricted_indices", NULL,             SCOPE_INDICES,  KEY_SWITCH,        X(restricted),     "also system indices" },
	{ "field_security", NULL,                       SCOPE_INDICES,  KEY_GROUP,         0,                 "only some fields" },
	{ "grant",          NULL,                       SCOPE_FIELDS,   KEY_TEXTS,         X(grant),          "fields that are shown" },
	{ "except",         NULL,                       SCOPE_FIELDS,   KEY_TEXTS,         X(except),         "but not these" },
	{ "application",    NULL,                       SCOPE_APPLICATION, KEY_TEXT,       A(application),    "its name" },
	{ "privileges",     NULL,                       SCOPE_APPLICATION, KEY_TEXTS,      A(privileges),     "its privileges" },
	{ "resources",      NULL,                       SCOPE_APPLICATION, KEY_TEXTS,      A(resources),      "on what" },
	{ "name",           NULL,                       SCOPE_MAPPING,  KEY_SECURITY_NAME, M(name),           "the mapping's name" },
	{ "roles",          NULL,                       SCOPE_MAPPING,  KEY_SECURITY_NAMES, M(roles),         "what they get" },
	{ "enabled",        NULL,                       SCOPE_MAPPING,  KEY_SWITCH_OFF,    M(disabled),       "default true" },
	{ "rules",          NULL,                       SCOPE_MAPPING,  KEY_RULE,          M(rule),           "who: any, all, except, field" },
	{ "name",           NULL,                       SCOPE_KEY,      KEY_SECURITY_NAME, K(name),           "the key's name, and its file's in the store" },
	{ "roles",          NULL,                       SCOPE_KEY,      KEY_SECURITY_NAMES, K(roles),         "declared or ready-made roles" },
	{ "expiration",     NULL,                       SCOPE_KEY,      KEY_DURATION,      K(expiration),     "how long it lives, as 365d; default: for ever" },
};

static const struct schema_inner inners[] = {
	{ SCOPE_STACK,   SCOPE_USER,        "users",          sizeof(struct access_user),        "a user" },
	{ SCOPE_STACK,   SCOPE_ROLE,        "roles",          sizeof(struct access_role),        "a role" },
	{ SCOPE_STACK,   SCOPE_MAPPING,     "role_mappings",  sizeof(struct access_mapping),     "a role mapping" },
	{ SCOPE_STACK,   SCOPE_KEY,         "api_keys",       sizeof(struct access_key),         "an API key" },
	{ SCOPE_ROLE,    SCOPE_INDICES,     "indices",        sizeof(struct access_indices),     "privileges on indices" },
	{ SCOPE_ROLE,    SCOPE_APPLICATION, "applications",   sizeof(struct access_application), "privileges in an application" },
	{ SCOPE_INDICES, SCOPE_FIELDS,      "field_security", 0,                                 "grant and except" },
};
/* clang-format on */

#undef S
#undef I
#undef U
#undef R
#undef X
#undef A
#undef M
#undef K

const struct schema_key *schema_row(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}

const struct schema_inner *schema_inner(const struct schema_key *key)
{
	for (size_t i = 0; i < ARRAY_LEN(inners); i++)
		if (inners[i].scope == key->scope && strcmp(inners[i].key, key->name) == 0)
			return &inners[i];
	return NULL;
}

static const char *key_name_at(size_t i, const void *ctx)
{
	const enum schema_scope *scope = ctx;

	for (size_t k = 0; k < ARRAY_LEN(rows); k++)
		if (rows[k].scope == *scope && i-- == 0)
			return rows[k].name;
	return NULL;
}

bool schema_find(enum schema_scope scope, const char *name, const struct schema_key **out,
		 struct err *e)
{
	const char *nearest;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].scope == scope && strcmp(rows[i].name, name) == 0) {
			*out = &rows[i];
			return true;
		}
	nearest = num_nearest(name, key_name_at, &scope);
	(void)err_set(e, FAIL_INPUT, "unknown key '%s'", name);
	if (nearest)
		return err_hint(e, "did you mean '%s'?", nearest);
	return err_hint(e, "the keys are listed in docs/stack-file.md");
}

static bool bad_value(const struct schema_key *key, const char *text, const char *wanted,
		      struct err *e)
{
	return err_set(e, FAIL_INPUT, "%s cannot be '%.100s'", key->name, text) ||
	       err_hint(e, "%s", wanted);
}

static bool replace_text(char **member, const char *text, struct err *e)
{
	char *copy = strdup(text);

	if (!copy)
		return err_set(e, FAIL_MEMORY, "out of memory for a name");
	free(*member);
	*member = copy;
	return true;
}

static bool set_role(struct instance *i, const struct schema_key *key, const char *text,
		     struct err *e)
{
	const char *nearest;

	i->has_role = role_parse(text, &i->role);
	if (i->has_role)
		return true;
	nearest = num_nearest(text, role_name_at, NULL);
	(void)bad_value(key, text, "roles are listed in docs/stack-file.md", e);
	return nearest && err_hint(e, "did you mean '%s'?", nearest);
}

static bool set_version(struct stack *s, const struct schema_key *key, const char *text,
			struct err *e)
{
	s->has_version = version_parse(text, &s->version);
	return s->has_version || bad_value(key, text, "write it as 8.15.3", e);
}

static bool is_file_name(const char *text)
{
	return word_is_file_name(text) && !word_is_the_ca(text);
}

/* Which values a kind takes, and what to say of others. A kind that is not here has a type of its
 * own, or takes any text. */
/* clang-format off */
static const struct rule {
	enum schema_kind kind;
	bool (*is_good)(const char *text);
	const char *wanted;
} rules[] = {
	{ KEY_CLUSTER_NAME,   word_is_name,          "use letters, digits, '.', '_' and '-', at most 64" },
	{ KEY_INSTANCE_NAME,  word_is_instance,      "use at most 251 characters, and not the name of the CA" },
	{ KEY_FILE_NAME,      is_file_name,          "a file name without '/', '\\', ':' and dot in front is wanted, and not ca" },
	{ KEY_WORDS,          word_is_name,          "use letters, digits, '.', '_' and '-'" },
	{ KEY_DNS,            word_is_host,          "a host name is wanted; addresses go under ip" },
	{ KEY_IP,             word_is_address,       "an address is wanted; host names go under dns" },
	{ KEY_SECURITY_NAME,  word_is_security_name, SECURITY_NAME_WANTED },
	{ KEY_SECURITY_NAMES, word_is_security_name, SECURITY_NAME_WANTED },
	{ KEY_DURATION,       word_is_duration,      "write it as 365d, 12h, 30m or 90s" },
	{ KEY_TEXT,           word_is_line,          "use one line without control characters" },
};
/* clang-format on */

static bool check_item(const struct schema_key *key, const char *text, struct err *e)
{
	for (const struct rule *r = rules; r < rules + ARRAY_LEN(rules); r++)
		if (r->kind == key->kind && !r->is_good(text))
			return bad_value(key, text, r->wanted, e);
	return true;
}

static bool set_switch(const struct schema_key *key, bool *member, const char *text, struct err *e)
{
	bool value;

	if (!num_parse_bool(text, &value))
		return bad_value(key, text, "use true or false", e);
	*member = value != (key->kind == KEY_SWITCH_OFF);
	return true;
}

/* One value for the kinds that take one. target is the struct that the key's scope says. */
static bool set_one(const struct schema_key *key, void *target, const char *text, struct err *e)
{
	void *member = (char *)target + key->offset;

	switch (key->kind) {
	case KEY_VERSION:
		return set_version(target, key, text, e);
	case KEY_LEVEL:
		return level_parse(text, member) ||
		       bad_value(key, text, "use minimal, basic or https", e);
	case KEY_DISTRIBUTION:
		return distribution_parse(text, member) ||
		       bad_value(key, text, "use elasticsearch or opensearch", e);
	case KEY_ACCOUNTS:
		return accounts_parse(text, member) || bad_value(key, text, "use api or file", e);
	case KEY_ROLE:
		return set_role(target, key, text, e);
	case KEY_PORT:
		return num_parse(text, 1, 65535, member) ||
		       bad_value(key, text, "a port is a number from 1 to 65535", e);
	case KEY_CLUSTER_NAME:
	case KEY_INSTANCE_NAME:
	case KEY_FILE_NAME:
	case KEY_TEXT:
	case KEY_SECURITY_NAME:
	case KEY_DURATION:
		return check_item(key, text, e) && replace_text(member, text, e);
	case KEY_SWITCH:
	case KEY_SWITCH_OFF:
		return set_switch(key, member, text, e);
	case KEY_WORDS:
	case KEY_DNS:
	case KEY_IP:
	case KEY_TEXTS:
	case KEY_SECURITY_NAMES:
	case KEY_ITEMS:
	case KEY_GROUP:
	case KEY_RULE:
		break;
	}
	return err_set(e, FAIL_BUG, "key %s is more than one value", key->name);
}

static bool set_list(const struct schema_key *key, void *target, const struct list *values,
		     struct err *e)
{
	struct list *member = (void *)((char *)target + key->offset);

	list_clear(member);
	if (key->kind == KEY_WORDS)
		((struct instance *)target)->has_node_roles = true;
	for (size_t i = 0; i < values->count; i++)
		if (!check_item(key, values->items[i], e) || !list_add(member, values->items[i], e))
			return false;
	return true;
}

static bool is_list(const struct schema_key *key)
{
	return key->kind == KEY_WORDS || key->kind == KEY_DNS || key->kind == KEY_IP ||
	       key->kind == KEY_TEXTS || key->kind == KEY_SECURITY_NAMES;
}

bool schema_set(const struct schema_key *key, void *target, const struct list *values,
		struct err *e)
{
	if (is_list(key))
		return set_list(key, target, values, e);
	if (values->count != 1)
		return err_set(e, FAIL_INPUT, "%s takes one value, not %zu", key->name,
			       values->count);
	return set_one(key, target, values->items[0], e);
}

bool schema_set_from_environment(enum schema_scope scope, void *target,
				 const char *(*lookup)(const char *name), struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct schema_key *key = &rows[i];
		const char *text = key->scope == scope && key->env ? lookup(key->env) : NULL;
		auto_list values = { 0 };

		if (!text)
			continue;
		if (!list_split(&values, text, is_list(key) ? ',' : '\0', e))
			return false;
		if (!schema_set(key, target, &values, e)) {
			char why[sizeof(e->hint)];

			if (e->code == FAIL_MEMORY)
				return false;
			memcpy(why, e->hint, sizeof(why));
			(void)err_set(e, FAIL_CONFIG, "%s cannot be '%.100s'", key->env, text);
			return err_hint(e, "%s", why);
		}
	}
	return true;
}
