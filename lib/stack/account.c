#include "stack/account.h"

#include <string.h>

/* clang-format off */
#define ALWAYS { { 0, 0, 0 }, { 0, 0, 0 } }
/* clang-format on */

/* Reserved users: Elasticsearch's ReservedRealm and elasticsearch-setup-passwords; kibana_system
 * came with 7.8, before our oldest version. The deprecated "kibana" is left without a password.
 * The roles are those of the same user's class in x-pack-core. */
static const struct account elasticsearch[] = {
	{ "apm_system", ALWAYS, "apm_system", "APM Server's monitoring" },
	{ "kibana_system", ALWAYS, "kibana_system", "Kibana's own connection" },
	{ "logstash_system", ALWAYS, "logstash_system", "Logstash's monitoring" },
	{ "beats_system", ALWAYS, "beats_system", "Beats' monitoring" },
	{ "remote_monitoring_user", ALWAYS, "remote_monitoring_collector,remote_monitoring_agent",
	  "Metricbeat's monitoring" },
	{ "elastic", ALWAYS, "superuser", "the superuser" },
};

/* The users that the security plugin's roles_mapping.yml knows, without its demo users. */
static const struct account opensearch[] = {
	{ "kibanaserver", ALWAYS, NULL, "connection of Dashboards" },
	{ "logstash", ALWAYS, "logstash", "Logstash writes with it" },
	{ "admin", ALWAYS, "admin", "the superuser" },
};

static const struct {
	const struct account *rows;
	size_t count;
} by_distribution[] = {
	[DIST_ELASTICSEARCH] = { elasticsearch, ARRAY_LEN(elasticsearch) },
	[DIST_OPENSEARCH] = { opensearch, ARRAY_LEN(opensearch) },
};

const struct account *account_at(enum distribution d, struct version v, size_t i)
{
	for (size_t k = 0; k < by_distribution[d].count; k++) {
		const struct account *a = &by_distribution[d].rows[k];

		if (version_within(v, a->range) && i-- == 0)
			return a;
	}
	return NULL;
}

static const char *const accounts_names[] = { [ACCOUNTS_API] = "api", [ACCOUNTS_FILE] = "file" };

const char *accounts_name(enum accounts accounts)
{
	return accounts_names[accounts];
}

bool accounts_parse(const char *text, enum accounts *out)
{
	for (size_t i = 0; i < ARRAY_LEN(accounts_names); i++)
		if (strcmp(text, accounts_names[i]) == 0) {
			*out = (enum accounts)i;
			return true;
		}
	return false;
}
