#include "stack/role.h"

#include <string.h>

#define ES DIST_ELASTICSEARCH
#define OS DIST_OPENSEARCH

/* Default ports are the products' own (their settings references, "http.port", "server.port" ...).
 */
/* clang-format off */
static const struct role_row rows[ROLE_COUNT] = {
	/*                               name                     dist node   http    port  transport config file */
	[ROLE_ELASTICSEARCH]         = { "elasticsearch",         ES, true,  true,  9200, 9300, "elasticsearch.yml" },
	[ROLE_KIBANA]                = { "kibana",                ES, false, true,  5601, 0,    NULL },
	[ROLE_LOGSTASH]              = { "logstash",              ES, false, true,  9600, 0,    NULL },
	[ROLE_FILEBEAT]              = { "filebeat",              ES, false, false, 0,    0,    NULL },
	[ROLE_METRICBEAT]            = { "metricbeat",            ES, false, false, 0,    0,    NULL },
	[ROLE_HEARTBEAT]             = { "heartbeat",             ES, false, false, 0,    0,    NULL },
	[ROLE_AUDITBEAT]             = { "auditbeat",             ES, false, false, 0,    0,    NULL },
	[ROLE_PACKETBEAT]            = { "packetbeat",            ES, false, false, 0,    0,    NULL },
	[ROLE_APM_SERVER]            = { "apm-server",            ES, false, true,  8200, 0,    NULL },
	[ROLE_FLEET_SERVER]          = { "fleet-server",          ES, false, true,  8220, 0,    NULL },
	[ROLE_ELASTIC_AGENT]         = { "elastic-agent",         ES, false, false, 0,    0,    NULL },
	[ROLE_ENTERPRISE_SEARCH]     = { "enterprise-search",     ES, false, true,  3002, 0,    NULL },
	[ROLE_OPENSEARCH]            = { "opensearch",            OS, true,  true,  9200, 9300, "opensearch.yml" },
	[ROLE_OPENSEARCH_DASHBOARDS] = { "opensearch-dashboards", OS, false, true,  5601, 0,    NULL },
};
/* clang-format on */

const struct role_row *role_row(enum role r)
{
	return &rows[r];
}

bool role_parse(const char *text, enum role *out)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (strcmp(text, rows[i].name) == 0) {
			*out = (enum role)i;
			return true;
		}
	return false;
}

const char *role_name_at(size_t i, const void *ctx)
{
	(void)ctx;
	return i < ROLE_COUNT ? rows[i].name : NULL;
}
