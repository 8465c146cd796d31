#include "stack/account.h"

/* clang-format off */
#define ALWAYS { { 0, 0, 0 }, { 0, 0, 0 } }
/* clang-format on */

/* Reserved users: Elasticsearch's ReservedRealm and elasticsearch-setup-passwords; kibana_system
 * came with 7.8, before our oldest version. The deprecated "kibana" is left without a password. */
static const struct account elasticsearch[] = {
	{ "apm_system", ALWAYS, NULL, "APM Server's monitoring" },
	{ "kibana_system", ALWAYS, NULL, "Kibana's own connection" },
	{ "logstash_system", ALWAYS, NULL, "Logstash's monitoring" },
	{ "beats_system", ALWAYS, NULL, "Beats' monitoring" },
	{ "remote_monitoring_user", ALWAYS, NULL, "Metricbeat's monitoring" },
	{ "elastic", ALWAYS, NULL, "the superuser" },
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
