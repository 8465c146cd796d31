#include "stack/retired.h"

#include <string.h>

#define ES ROLE_ELASTICSEARCH
#define KB ROLE_KIBANA
#define OS ROLE_OPENSEARCH
/* clang-format off */
#define SINCE(major, minor)  { { major, minor, 0 }, { 0, 0, 0 } }
#define BEFORE(major, minor) { { 0, 0, 0 }, { major, minor, 0 } }
#define NEVER                { { 0, 0, 0 }, { 1, 0, 0 } }

/* Sources. Elasticsearch: its migration guides to 8.0 ("Cluster and node setting changes", "Security
 * changes", "Transport changes") and 9.0 ("Breaking changes"); first appearances as in its settings
 * reference. Kibana: the variables that the official image of 7.17.28 takes for settings and that of
 * 8.0.0 does not. OpenSearch: the security plugin's release notes and SSLConfigConstants. */
static const struct retired rows[] = {
	{ ES, "node.master",                       NULL,  BEFORE(8, 0), "node.roles has it now" },
	{ ES, "node.data",                         NULL,  BEFORE(8, 0), "node.roles has it now" },
	{ ES, "node.ingest",                       NULL,  BEFORE(8, 0), "node.roles has it now" },
	{ ES, "node.ml",                           NULL,  BEFORE(8, 0), "node.roles has it now" },
	{ ES, "node.transform",                    NULL,  BEFORE(8, 0), "node.roles has it now" },
	{ ES, "node.voting_only",                  NULL,  BEFORE(8, 0), "node.roles has it now" },
	{ ES, "node.remote_cluster_client",        NULL,  BEFORE(8, 0), "node.roles has it now" },
	{ ES, "discovery.zen.",                    NULL,  BEFORE(8, 0), "use discovery.seed_hosts, or remove it" },
	{ ES, "transport.tcp.",                    NULL,  BEFORE(8, 0), "the same name without 'tcp.'" },
	{ ES, "xpack.security.authc.accept_default_password", NULL, BEFORE(8, 0), "remove it" },
	{ ES, "xpack.security.authz.store.roles.index.cache.", NULL, BEFORE(8, 0), "remove it" },
	{ ES, "discovery.type",                    "zen", BEFORE(9, 0), "multi-node, which is the default" },
	{ ES, "client.type",                       NULL,  BEFORE(9, 0), "remove it" },
	{ ES, "tracing.apm.",                      NULL,  BEFORE(9, 0), "telemetry.tracing has it now" },
	{ ES, "cluster.routing.allocation.disk.watermark.enable_for_single_data_node", NULL, BEFORE(9, 0), "remove it" },
	{ ES, "xpack.security.autoconfiguration.", NULL,  SINCE(8, 0),  "remove it" },
	{ ES, "xpack.security.enrollment.",        NULL,  SINCE(8, 0),  "remove it" },
	{ ES, "remote_cluster_server.",            NULL,  SINCE(8, 10), "remove it" },
	{ ES, "remote_cluster.",                   NULL,  SINCE(8, 10), "remove it" },
	{ ES, "xpack.security.remote_cluster_server.", NULL, SINCE(8, 10), "remove it" },
	{ ES, "xpack.security.remote_cluster_client.", NULL, SINCE(8, 10), "remove it" },
	{ ES, "plugins.security.",                 NULL,  NEVER,        "that is OpenSearch's; remove it" },
	{ KB, "xpack.security.enabled",            NULL,  BEFORE(8, 0), "remove it: Kibana asks Elasticsearch" },
	{ KB, "xpack.security.public.",            NULL,  BEFORE(8, 0), "remove it" },
	{ KB, "xpack.security.authProviders",      NULL,  BEFORE(8, 0), "xpack.security.authc.providers" },
	{ KB, "xpack.fleet.enabled",               NULL,  BEFORE(8, 0), "remove it" },
	{ KB, "monitoring.enabled",                NULL,  BEFORE(8, 0), "remove it" },
	{ KB, "server.xsrf.whitelist",             NULL,  BEFORE(8, 0), "server.xsrf.allowlist" },
	{ OS, "xpack.",                            NULL,  NEVER,        "that is Elasticsearch's; remove it" },
	{ OS, "transport.ssl.enforce_hostname_verification", NULL, SINCE(3, 4), "plugins.security.ssl.transport.enforce_hostname_verification" },
	{ OS, "transport.ssl.resolve_hostname",    NULL,  SINCE(3, 4),  "plugins.security.ssl.transport.resolve_hostname" },
	{ OS, "plugins.security.ssl.certificates_hot_reload.", NULL, SINCE(2, 19), "remove it" },
};
/* clang-format on */

static bool is_about(const struct retired *r, const char *key, const char *value)
{
	size_t n = strlen(r->key);
	bool family = r->key[n - 1] == '.';

	if (family ? strncmp(key, r->key, n) != 0 : strcmp(key, r->key) != 0)
		return false;
	return !r->value || (value && strcmp(value, r->value) == 0);
}

const struct retired *retired_find(enum role role, struct version v, const char *key,
				   const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].role == role && is_about(&rows[i], key, value) &&
		    !version_within(v, rows[i].known))
			return &rows[i];
	return NULL;
}

const struct retired *retired_row(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}
