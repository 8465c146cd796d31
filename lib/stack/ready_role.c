#include "stack/ready_role.h"

#include <stdlib.h>
#include <string.h>

struct ready_role {
	const char *name;
	struct version_range range;
	/* Each a list, separated by commas. */
	const char *cluster, *indices, *privileges;
};

/* clang-format off */
#define ALL                  { { 0, 0, 0 }, { 0, 0, 0 } }
#define SINCE(major, minor)  { { major, minor, 0 }, { 0, 0, 0 } }
#define BEFORE(major, minor) { { 0, 0, 0 }, { major, minor, 0 } }
#define BEAT_7 "create_doc,view_index_metadata,create_index"
#define BEAT_8 "create_doc,view_index_metadata,auto_configure"

/* Sources. Beats: "Grant privileges and roles needed for publishing" and "API keys for publishing"
 * of 7.17 and of 8.x; data streams since 8.0. Setting up: "... needed for setup", without
 * what machine learning and dashboards need. Monitoring: "... needed for monitoring". APM Server:
 * Elastic's operator (ECK, user/roles.go). Logstash:
 * "Configuring Security in Logstash"; its output writes to the ECS names by default since 8.0, and
 * to a data stream where it is told to. */
/* Several rows of one name and version: each has indices of its own, the first the rest. */
static const struct ready_role rows[] = {
	{ "filebeat_writer",   BEFORE(8, 0), "monitor,read_ilm,read_pipeline", "filebeat-*",   BEAT_7 },
	{ "filebeat_writer",   SINCE(8, 0),  "monitor,read_ilm,read_pipeline", "filebeat-*",   BEAT_8 },
	{ "metricbeat_writer", BEFORE(8, 0), "monitor,read_ilm",               "metricbeat-*", BEAT_7 },
	{ "metricbeat_writer", SINCE(8, 0),  "monitor,read_ilm",               "metricbeat-*", BEAT_8 },
	{ "heartbeat_writer",  BEFORE(8, 0), "monitor,read_ilm",               "heartbeat-*",  BEAT_7 },
	{ "heartbeat_writer",  SINCE(8, 0),  "monitor,read_ilm",               "heartbeat-*",  BEAT_8 },
	{ "auditbeat_writer",  BEFORE(8, 0), "monitor,read_ilm",               "auditbeat-*",  BEAT_7 },
	{ "auditbeat_writer",  SINCE(8, 0),  "monitor,read_ilm",               "auditbeat-*",  BEAT_8 },
	{ "packetbeat_writer", BEFORE(8, 0), "monitor,read_ilm",               "packetbeat-*", BEAT_7 },
	{ "packetbeat_writer", SINCE(8, 0),  "monitor,read_ilm",               "packetbeat-*", BEAT_8 },
	{ "filebeat_setup",    ALL, "manage_ilm,manage_index_templates,manage_ingest_pipelines", "filebeat-*", "manage" },
	{ "metricbeat_setup",  ALL, "manage_ilm,manage_index_templates", "metricbeat-*", "manage" },
	{ "heartbeat_setup",   ALL, "manage_ilm,manage_index_templates", "heartbeat-*",  "manage" },
	{ "auditbeat_setup",   ALL, "manage_ilm,manage_index_templates", "auditbeat-*",  "manage" },
	{ "packetbeat_setup",  ALL, "manage_ilm,manage_index_templates", "packetbeat-*", "manage" },
	{ "apm_writer",        BEFORE(8, 0), "monitor,manage_ilm,manage_api_key,manage_index_templates,manage_ingest_pipelines", "apm-*", "manage,create_doc,create_index" },
	{ "apm_writer",        SINCE(8, 0),  "monitor,manage_index_templates", "traces-apm*,metrics-apm*,logs-apm*", "auto_configure,create_doc" },
	{ "apm_writer",        SINCE(8, 0),  "", "traces-apm.sampled-*", "maintenance,monitor,read" },
	{ "apm_writer",        SINCE(8, 7),  "", ".apm-agent-configuration,.apm-source-map", "read" },
	{ "beats_monitoring_writer", ALL,    "monitor", ".monitoring-beats-*", "create_index,create_doc" },
	{ "logstash_writer",   BEFORE(8, 0), "manage_index_templates,monitor,manage_ilm", "logstash-*", "write,create,delete,create_index,manage,manage_ilm" },
	{ "logstash_writer",   SINCE(8, 0),  "manage_index_templates,monitor,manage_ilm", "logstash-*,ecs-logstash-*,logs-generic-default", "write,create,create_index,manage,manage_ilm" },
	{ "logstash_reader",   ALL,          "",        "logstash-*",          "read,view_index_metadata" },
};
/* clang-format on */

static const struct ready_role *find(const char *name, struct version v)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0 && version_within(v, rows[i].range))
			return &rows[i];
	return NULL;
}

bool ready_role_exists(const char *name, struct version v)
{
	return find(name, v) != NULL;
}

const char *ready_role_name_at(size_t i)
{
	return i < ARRAY_LEN(rows) ? rows[i].name : NULL;
}

static bool add_indices(const struct ready_role *row, struct access_role *role, struct err *e)
{
	struct access_indices *indices;
	void *added;

	if (!rows_add(&role->indices, sizeof(*indices), &added, e))
		return false;
	indices = added;
	return list_split(&indices->names, row->indices, ',', e) &&
	       list_split(&indices->privileges, row->privileges, ',', e);
}

bool ready_role_make(const char *name, struct version v, struct access_role *out, struct err *e)
{
	const struct ready_role *row = find(name, v);

	if (!row)
		return err_set(e, FAIL_BUG, "there is no ready-made role '%s'", name);
	out->name = strdup(name);
	if (!out->name)
		return err_set(e, FAIL_MEMORY, "out of memory for a role");
	if (!list_split(&out->cluster, row->cluster, ',', e))
		return false;
	for (; row < rows + ARRAY_LEN(rows); row++)
		if (strcmp(row->name, name) == 0 && version_within(v, row->range) &&
		    !add_indices(row, out, e))
			return false;
	return true;
}
