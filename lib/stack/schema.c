#include "stack/schema.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/utf8.h"

enum {
	NAME_MAX_BYTES = 64,
	WORD_MAX_BYTES = 253,
	LABEL_MAX_BYTES = 63,
	FILE_NAME_MAX_BYTES = 251,
	SECURITY_NAME_MAX_BYTES = 64
};

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

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_word(const char *text, size_t most)
{
	size_t n = strlen(text);

	return n > 0 && n <= most && text[0] != '.' && text[0] != '-' &&
	       strspn(text, LETTERS_AND_DIGITS "._-") == n;
}

bool schema_is_word(const char *text)
{
	return is_word(text, NAME_MAX_BYTES) && text[strlen(text) - 1] != '-';
}

bool schema_is_file_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= FILE_NAME_MAX_BYTES && text[0] != '.' &&
	       strspn(text, LETTERS_AND_DIGITS "!@#$%^&{}[]()_+-=,.~'` ") == n;
}

/* The CA's files and its alias lie beside those of the instances, and case is not kept everywhere.
 */
static bool is_the_ca(const char *text)
{
	return strcasecmp(text, "ca") == 0;
}

/* Of an instance: a plain name, or a distinguished name. A name of certutil's, that is. */
static bool is_instance_name(const char *text)
{
	size_t n = strlen(text);

	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return n > 0 && n <= FILE_NAME_MAX_BYTES && !is_the_ca(text);
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

/* Between dots: 1 to 63 bytes, no '-' at the end. */
static bool has_good_labels(const char *text)
{
	for (;;) {
		size_t n = strcspn(text, ".");

		if (n == 0 || n > LABEL_MAX_BYTES || text[0] == '-' || text[n - 1] == '-')
			return false;
		if (!text[n])
			return true;
		text += n + 1;
	}
}

/* An international one is looked at closer when a certificate is made (pki/idn.h). */
static bool is_host_name(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c >= 0x80)
			return strpbrk(text, " \t/\\,;'\"") == NULL;
	if (strncmp(text, "*.", 2) == 0)
		text += 2;
	return is_word(text, WORD_MAX_BYTES) && has_good_labels(text);
}

static bool is_address(const char *text)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* Of users, roles, mappings and keys: as it stands in a URL, in a line "name:value" and in a list
 * with commas; Elasticsearch takes more, and none of these reads a name in two ways. */
static bool is_security_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= SECURITY_NAME_MAX_BYTES && strchr("_-.", text[0]) == NULL &&
	       strspn(text, LETTERS_AND_DIGITS "._-@") == n;
}

/* Elasticsearch's TimeValue, without its fractions of a second. */
static bool is_duration(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n < 10 && text[0] != '0' && text[n] && strchr("dhms", text[n]) &&
	       text[n + 1] == '\0';
}

static bool is_plain_text(const char *text)
{
	uint32_t c = 1;

	while (*text)
		if (!utf8_next(&text, &c) || utf8_is_control(c))
			return false;
	return true;
}

static bool check_item(const struct schema_key *key, const char *text, struct err *e)
{
	if (key->kind == KEY_WORDS && !is_word(text, NAME_MAX_BYTES))
		return bad_value(key, text, "use letters, digits, '.', '_' and '-'", e);
	if (key->kind == KEY_DNS && (!is_host_name(text) || is_address(text)))
		return bad_value(key, text, "a host name is wanted; addresses go under ip", e);
	if (key->kind == KEY_IP && !is_address(text))
		return bad_value(key, text, "an address is wanted; host names go under dns", e);
	if ((key->kind == KEY_SECURITY_NAME || key->kind == KEY_SECURITY_NAMES) &&
	    !is_security_name(text))
		return bad_value(key, text,
				 "use letters, digits, '.', '_', '-' and '@', at most 64, and "
				 "a letter or digit first",
				 e);
	if (key->kind == KEY_DURATION && !is_duration(text))
		return bad_value(key, text, "write it as 365d, 12h, 30m or 90s", e);
	if (key->kind == KEY_TEXT && !is_plain_text(text))
		return bad_value(key, text, "use one line without control characters", e);
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
	case KEY_INSTANCE_NAME:
		if (!is_instance_name(text))
			return bad_value(
			    key, text, "use at most 251 characters, and not the name of the CA", e);
		return replace_text(member, text, e);
	case KEY_FILE_NAME:
		if (!schema_is_file_name(text) || is_the_ca(text))
			return bad_value(key, text,
					 "a file name without '/', '\\', ':' and dot in front is "
					 "wanted, and not ca",
					 e);
		return replace_text(member, text, e);
	case KEY_CLUSTER_NAME:
		if (!is_word(text, NAME_MAX_BYTES))
			return bad_value(key, text,
					 "use letters, digits, '.', '_' and '-', at most 64", e);
		return replace_text(member, text, e);
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
