#include "conf/opensearch_users.h"

#include <string.h>

#include "conf/yaml.h"

/* The hash of "admin" for user admin in the security plugin's own internal_users.yml, and the one
 * before it; both from the plugin's repository and unchanged since its first release. */
static const char *const demo_hashes[] = {
	"$2a$12$VcCDgh2NDk07JGN0rjGbM.Ad41qVR/YFJcgHp0UGns5JDymv..TOG",
	"$2y$12$88IFVl6IfIwCFh5aQYfOmuXVL9j2hz/GusQb35o.4sdTDAEMTOD.K",
};

bool opensearch_users_are_demo(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(demo_hashes); i++)
		if (strstr(text, demo_hashes[i]))
			return true;
	return false;
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
		if (a->backend_role)
			str_addf(out, "  backend_roles: [ '%s' ]\n", a->backend_role);
		str_addf(out,
			 "  attributes:\n    " ACCOUNT_LOCK ": 'locked'\n"
			 "  description: '%s'\n",
			 a->description);
	}
	return str_ok(out, e);
}
