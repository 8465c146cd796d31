#include "stack/schema.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

enum { NAME_MAX_BYTES = 64, WORD_MAX_BYTES = 253, LABEL_MAX_BYTES = 63, FILE_NAME_MAX_BYTES = 251 };

#define S(member) offsetof(struct stack, member)
#define I(member) offsetof(struct instance, member)

/* clang-format off */
static const struct schema_key rows[] = {
	{ "name",           "STACKSEAL_CLUSTER_NAME",   SCOPE_STACK,    KEY_CLUSTER_NAME,  S(name),           "the cluster's name; default: the distribution's name" },
	{ "distribution",   "STACKSEAL_DISTRIBUTION",   SCOPE_STACK,    KEY_DISTRIBUTION,  S(distribution),   "elasticsearch or opensearch; default elasticsearch" },
	{ "version",        "STACKSEAL_STACK_VERSION",  SCOPE_STACK,    KEY_VERSION,       S(version),        "the product's version, such as 8.15.3; decides setting names and formats" },
	{ "level",          "STACKSEAL_LEVEL",          SCOPE_STACK,    KEY_LEVEL,         S(level),          "minimal, basic or https; default https" },
	{ "name",           "STACKSEAL_NAME",           SCOPE_INSTANCE, KEY_INSTANCE_NAME, I(name),           "the instance's name: node.name, and CN of its certificates" },
	{ "filename",       NULL,                       SCOPE_INSTANCE, KEY_FILE_NAME,     I(filename),       "folder of its certificates; default: its name" },
	{ "role",           "STACKSEAL_ROLE",           SCOPE_INSTANCE, KEY_ROLE,          I(role),           "what it is; default: a node of the distribution" },
	{ "node_roles",     "STACKSEAL_NODE_ROLES",     SCOPE_INSTANCE, KEY_WORDS,         I(node_roles),     "node.roles; default: the product's own" },
	{ "dns",            "STACKSEAL_DNS",            SCOPE_INSTANCE, KEY_DNS,           I(dns),            "host names it is reached by; the first is used by the others" },
	{ "ip",             "STACKSEAL_IP",             SCOPE_INSTANCE, KEY_IP,            I(ip),             "addresses it is reached by" },
	{ "cn",             NULL,                       SCOPE_INSTANCE, KEY_TEXTS,         I(cn),             "certutil's CN names for trust restrictions; read, not used by init" },
	{ "http_port",      "STACKSEAL_HTTP_PORT",      SCOPE_INSTANCE, KEY_PORT,          I(http_port),      "its HTTP port; default: the product's own" },
	{ "transport_port", "STACKSEAL_TRANSPORT_PORT", SCOPE_INSTANCE, KEY_PORT,          I(transport_port), "its transport port; default 9300" },
};
/* clang-format on */

#undef S
#undef I

const struct schema_key *schema_row(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
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
	case KEY_ROLE:
		return set_role(target, key, text, e);
	case KEY_PORT:
		return num_parse(text, 1, 65535, member) ||
		       bad_value(key, text, "a port is a number from 1 to 65535", e);
	case KEY_WORDS:
	case KEY_DNS:
	case KEY_IP:
	case KEY_TEXTS:
		break;
	}
	return err_set(e, FAIL_BUG, "key %s is a list", key->name);
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

static bool check_item(const struct schema_key *key, const char *text, struct err *e)
{
	if (key->kind == KEY_WORDS && !is_word(text, NAME_MAX_BYTES))
		return bad_value(key, text, "use letters, digits, '.', '_' and '-'", e);
	if (key->kind == KEY_DNS && (!is_host_name(text) || is_address(text)))
		return bad_value(key, text, "a host name is wanted; addresses go under ip", e);
	if (key->kind == KEY_IP && !is_address(text))
		return bad_value(key, text, "an address is wanted; host names go under dns", e);
	return true;
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
	       key->kind == KEY_TEXTS;
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
