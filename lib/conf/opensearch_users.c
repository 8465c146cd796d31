#include "conf/opensearch_users.h"

#include <stdio.h>
#include <string.h>

#include "conf/yaml.h"

/* Every hash in the security plugin's own internal_users.yml, unchanged since its first release,
 * and the one that an older release had for "admin"; their passwords are the users' names. */
static const char *const demo_hashes[] = {
	"$2a$12$VcCDgh2NDk07JGN0rjGbM.Ad41qVR/YFJcgHp0UGns5JDymv..TOG", /* admin */
	"$2y$12$88IFVl6IfIwCFh5aQYfOmuXVL9j2hz/GusQb35o.4sdTDAEMTOD.K", /* admin, before */
	"$2y$12$TRwAAJgnNo67w3rVUz4FIeLx9Dy/llB79zf9I15CKJ9vkM4ZzAd3.", /* anomalyadmin */
	"$2a$12$4AcgAt3xwOWadA5s5blL6ev39OXDNhmOesEoo33eZtrq2N0YrU3H.", /* kibanaserver */
	"$2a$12$JJSXNfTowz7Uu5ttXfeYpeYE0arACvcwlPBStB1F.MI7f0U9Z4DGC", /* kibanaro */
	"$2a$12$u1ShR4l4uBS3Uv59Pa2y5.1uQuZBrZtmNfqB3iM/.jL0XoV9sghS2", /* logstash */
	"$2a$12$ae4ycwzwvLtZxwZ82RmiEunBbIPiAmGZduBAjKN0TXdwQFtCwARz2", /* readall */
	"$2y$12$DpwmetHKwgYnorbgdvORCenv4NAK8cPUg8AI6pxLCuWf/ALc0.v7W", /* snapshotrestore */
};

static bool is_demo_hash(const char *hash)
{
	for (size_t i = 0; i < ARRAY_LEN(demo_hashes); i++)
		if (strcmp(hash, demo_hashes[i]) == 0)
			return true;
	return false;
}

struct users_found {
	size_t demo, own;
	char known[80]; /* the first user with a known password */
	size_t line;
};

static bool count_user(const struct yaml_leaf *leaf, void *ctx, struct err *e)
{
	struct users_found *found = ctx;
	const char *key = leaf->key;
	size_t n = strlen(key);

	(void)e;
	if (n < 5 || strcmp(key + n - 5, ".hash") != 0)
		return true;
	if (!is_demo_hash(yaml_text(leaf->value))) {
		found->own++;
		return true;
	}
	if (found->demo++ == 0) {
		(void)snprintf(found->known, sizeof(found->known), "%.*s", (int)(n - 5), key);
		found->line = yaml_line(leaf->value);
	}
	return true;
}

bool opensearch_users_replaceable(const struct str *text, const char *name, bool *out,
				  struct err *e)
{
	struct users_found found = { 0 };
	auto_yaml y = NULL;

	if (!yaml_parse(text, name, &y, e) || !yaml_flatten(y, count_user, &found, e))
		return false;
	if (found.demo > 0 && found.own > 0)
		return err_set(e, FAIL_CONFIG,
			       "'%.300s' gives '%s' the demo's password in line %zu", name,
			       found.known, found.line) ||
		       err_hint(e, "remove that user, or set another hash");
	*out = found.own == 0;
	return true;
}

bool opensearch_users_format(enum distribution d, struct version v, const char *salt_and_hash,
			     struct str *out, struct err *e)
{
	const struct account *a;

	str_add(out, "# Written by stackseal. Only the first start of a cluster reads this file.\n"
		     "_meta:\n  type: 'internalusers'\n  config_version: 2\n");
	for (size_t i = 0; (a = account_at(d, v, i)) != NULL; i++) {
		str_addf(out, "%s:\n  hash: '$2y$12$%s'\n  reserved: true\n", a->name,
			 salt_and_hash);
		if (a->roles)
			str_addf(out, "  backend_roles: [ '%s' ]\n", a->roles);
		str_addf(out,
			 "  attributes:\n    " ACCOUNT_LOCK ": 'locked'\n"
			 "  description: '%s'\n",
			 a->description);
	}
	return str_ok(out, e);
}
