#include "stack/role.h"

#include <string.h>

#define ES DIST_ELASTICSEARCH
#define OS DIST_OPENSEARCH

/* Default ports are the products' own (their settings references, "http.port", "server.port" ...),
 * the folders their images'. Users: Elastic's documentation names a user NAME_internal with the
 * role NAME_writer for what writes. Enterprise Search needs a superuser (its operator gives it
 * one), and ended with 9.0. A Beat refuses a file that its group or others may write (libbeat's
 * common/config.go); it sets up its own templates and policies when it connects. */
/* clang-format off */
#define NONE { 0, 0, 0 }
static const struct role_row rows[ROLE_COUNT] = {
	/*                               name                     dist node   http   port  transp config file, snippet, folder, user, its roles, refused modes, gone */
	[ROLE_ELASTICSEARCH]           = { "elasticsearch",         ES, true,  true,  9200, 9300, "elasticsearch.yml",
		NULL, "/usr/share/elasticsearch/config", NULL, NULL, 0, NONE },
	[ROLE_KIBANA]                  = { "kibana",                ES, false, true,  5601, 0,    "kibana.yml",
		NULL, "/usr/share/kibana/config", "kibana_system", NULL, 0, NONE },
	[ROLE_LOGSTASH]                = { "logstash",              ES, false, true,  9600, 0,    "logstash.yml",
		"stackseal-output.conf", "/usr/share/logstash/config", "logstash_internal", "logstash_writer", 0, NONE },
	[ROLE_FILEBEAT]                = { "filebeat",              ES, false, false, 0,    0,    "filebeat.yml",
		NULL, "/usr/share/filebeat", "filebeat_internal", "filebeat_writer,filebeat_setup", 022, NONE },
	[ROLE_METRICBEAT]              = { "metricbeat",            ES, false, false, 0,    0,    "metricbeat.yml",
		NULL, "/usr/share/metricbeat", "metricbeat_internal", "metricbeat_writer,metricbeat_setup", 022, NONE },
	[ROLE_HEARTBEAT]               = { "heartbeat",             ES, false, false, 0,    0,    "heartbeat.yml",
		NULL, "/usr/share/heartbeat", "heartbeat_internal", "heartbeat_writer,heartbeat_setup", 022, NONE },
	[ROLE_AUDITBEAT]               = { "auditbeat",             ES, false, false, 0,    0,    "auditbeat.yml",
		NULL, "/usr/share/auditbeat", "auditbeat_internal", "auditbeat_writer,auditbeat_setup", 022, NONE },
	[ROLE_PACKETBEAT]              = { "packetbeat",            ES, false, false, 0,    0,    "packetbeat.yml",
		NULL, "/usr/share/packetbeat", "packetbeat_internal", "packetbeat_writer,packetbeat_setup", 022, NONE },
	[ROLE_APM_SERVER]              = { "apm-server",            ES, false, true,  8200, 0,    "apm-server.yml",
		NULL, "/usr/share/apm-server", "apm_server_internal", "apm_writer", 022, NONE },
	[ROLE_FLEET_SERVER]            = { "fleet-server",          ES, false, true,  8220, 0,    NULL,
		NULL, NULL, NULL, NULL, 0, NONE },
	[ROLE_ELASTIC_AGENT]           = { "elastic-agent",         ES, false, false, 0,    0,    NULL,
		NULL, NULL, NULL, NULL, 0, NONE },
	[ROLE_ENTERPRISE_SEARCH]       = { "enterprise-search",     ES, false, true,  3002, 0,    "enterprise-search.yml",
		NULL, "/usr/share/enterprise-search/config", "enterprise_search_internal", "superuser", 0, { 9, 0, 0 } },
	[ROLE_OPENSEARCH]              = { "opensearch",            OS, true,  true,  9200, 9300, "opensearch.yml",
		NULL, "/usr/share/opensearch/config", NULL, NULL, 0, NONE },
	[ROLE_OPENSEARCH_DASHBOARDS]   = { "opensearch-dashboards", OS, false, true,  5601, 0,    "opensearch_dashboards.yml",
		NULL, "/usr/share/opensearch-dashboards/config", "kibanaserver", NULL, 0, NONE },
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
