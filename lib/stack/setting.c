#include "stack/setting.h"

#define ES         ROLE_ELASTICSEARCH
#define OS         ROLE_OPENSEARCH
#define ANY        LEVEL_MINIMAL, LEVEL_HTTPS
#define TLS        LEVEL_BASIC, LEVEL_HTTPS
#define HTTP       LEVEL_HTTPS, LEVEL_HTTPS
#define PLAIN_HTTP LEVEL_MINIMAL, LEVEL_BASIC
/* clang-format off */
#define ALL                  { { 0, 0, 0 }, { 0, 0, 0 } }
#define SINCE(major, minor)  { { major, minor, 0 }, { 0, 0, 0 } }
#define BEFORE(major, minor) { { 0, 0, 0 }, { major, minor, 0 } }
/* clang-format on */

/* Sources. Elasticsearch: settings reference ("Security settings", "Important configuration"),
 * SSLConfigurationSettings and SecurityImplicitBehaviorBootstrapCheck of 7.12 to 9.0; ssl.enabled
 * must stand beside any other ssl key since 8.0; auto-configuration exists since 8.0 only.
 * OpenSearch: documentation "Configuring TLS certificates" and SSLConfigConstants of the security
 * plugin; the transport.ssl.* names of host name checks are known from 3.4 on, the older
 * plugins.security.ssl.transport.* before.
 * File accounts: the file realm refuses the reserved names while their own realm is on
 * (FileUserPasswdStore, allowReserved). Absent: SSLConfigurationLoader ("cannot specify both
 * [certificate] and [keystore.path]"), ClusterBootstrapService ("[cluster.initial_master_nodes] is
 * not allowed when [discovery.type] is set to [single-node]"). */
/* clang-format off */
static const struct setting rows[] = {
	{ ES, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "cluster.name",                                        "{cluster}" },
	{ ES, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "node.name",                                           "{name}" },
	{ ES, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "node.roles",                                          "{node_roles}" },
	{ ES, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "http.port",                                           "{http_port}" },
	{ ES, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "transport.port",                                      "{transport_port}" },
	{ ES, ANY,   ALL,         WHEN_SINGLE,  SETTING_TEXT, "discovery.type",                                      "single-node" },
	{ ES, ANY,   ALL,         WHEN_SEVERAL, SETTING_LIST, "discovery.seed_hosts",                                "{seed_hosts}" },
	{ ES, ANY,   ALL,         WHEN_FORMING, SETTING_LIST, "cluster.initial_master_nodes",                        "{masters}" },
	{ ES, ANY,   ALL,         WHEN_ALWAYS,  SETTING_BOOL, "xpack.security.enabled",                              "true" },
	{ ES, ANY,   SINCE(8, 0), WHEN_ALWAYS,  SETTING_BOOL, "xpack.security.autoconfiguration.enabled",            "false" },
	{ ES, ANY,   ALL,         WHEN_FILE,    SETTING_BOOL, "xpack.security.authc.reserved_realm.enabled",         "false" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_BOOL, "xpack.security.transport.ssl.enabled",                "true" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.security.transport.ssl.verification_mode",      "certificate" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.security.transport.ssl.key",                    "{certs}/transport.key" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.security.transport.ssl.certificate",            "{certs}/transport.crt" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "xpack.security.transport.ssl.certificate_authorities", "{certs}/transport-ca.crt" },
	{ ES, PLAIN_HTTP, ALL,    WHEN_ALWAYS,  SETTING_BOOL, "xpack.security.http.ssl.enabled",                     "false" },
	{ ES, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_BOOL, "xpack.security.http.ssl.enabled",                     "true" },
	{ ES, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.security.http.ssl.key",                         "{certs}/http.key" },
	{ ES, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.security.http.ssl.certificate",                 "{certs}/http.crt" },
	{ ES, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_LIST, "xpack.security.http.ssl.certificate_authorities",     "{certs}/http-ca.crt" },
	{ ES, TLS,  ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "xpack.security.transport.ssl.keystore.path", "" },
	{ ES, TLS,  ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "xpack.security.transport.ssl.truststore.path", "" },
	{ ES, HTTP, ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "xpack.security.http.ssl.keystore.path", "" },
	{ ES, HTTP, ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "xpack.security.http.ssl.truststore.path", "" },
	{ ES, ANY,  ALL,         WHEN_SINGLE,  SETTING_ABSENT, "cluster.initial_master_nodes", "" },
	{ ES, ANY,  ALL,         WHEN_SEVERAL, SETTING_ABSENT, "discovery.type", "" },

	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "cluster.name",                                        "{cluster}" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "node.name",                                           "{name}" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "node.roles",                                          "{node_roles}" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "http.port",                                           "{http_port}" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "transport.port",                                      "{transport_port}" },
	{ OS, ANY,   ALL,         WHEN_SINGLE,  SETTING_TEXT, "discovery.type",                                      "single-node" },
	{ OS, ANY,   ALL,         WHEN_SEVERAL, SETTING_LIST, "discovery.seed_hosts",                                "{seed_hosts}" },
	{ OS, ANY,   ALL,         WHEN_FORMING, SETTING_LIST, "cluster.initial_cluster_manager_nodes",               "{masters}" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_BOOL, "plugins.security.disabled",                           "false" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.transport.pemkey_filepath",      "{certs}/transport.key" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.transport.pemcert_filepath",     "{certs}/transport.crt" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.transport.pemtrustedcas_filepath", "{certs}/transport-ca.crt" },
	{ OS, ANY,   BEFORE(3, 4), WHEN_ALWAYS, SETTING_BOOL, "plugins.security.ssl.transport.enforce_hostname_verification", "false" },
	{ OS, ANY,   BEFORE(3, 4), WHEN_ALWAYS, SETTING_BOOL, "plugins.security.ssl.transport.resolve_hostname",     "false" },
	{ OS, ANY,   SINCE(3, 4), WHEN_ALWAYS,  SETTING_BOOL, "transport.ssl.enforce_hostname_verification",         "false" },
	{ OS, ANY,   SINCE(3, 4), WHEN_ALWAYS,  SETTING_BOOL, "transport.ssl.resolve_hostname",                      "false" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "plugins.security.nodes_dn",                           "{nodes_dn}" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_BOOL, "plugins.security.ssl.http.enabled",                   "true" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.http.pemkey_filepath",           "{certs}/http.key" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.http.pemcert_filepath",          "{certs}/http.crt" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.http.pemtrustedcas_filepath",    "{certs}/http-ca.crt" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_LIST, "plugins.security.authcz.admin_dn",                    "{admin_dn}" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_BOOL, "plugins.security.allow_default_init_securityindex",   "true" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "plugins.security.restapi.roles_enabled",              "{rest_roles}" },
	{ OS, ANY,  ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "plugins.security.ssl.transport.keystore_filepath", "" },
	{ OS, ANY,  ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "plugins.security.ssl.transport.truststore_filepath", "" },
	{ OS, HTTP, ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "plugins.security.ssl.http.keystore_filepath", "" },
	{ OS, HTTP, ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "plugins.security.ssl.http.truststore_filepath", "" },
	{ OS, ANY,  ALL,         WHEN_SINGLE,  SETTING_ABSENT, "cluster.initial_cluster_manager_nodes", "" },
	{ OS, ANY,  ALL,         WHEN_SINGLE,  SETTING_ABSENT, "cluster.initial_master_nodes", "" },
	{ OS, ANY,  ALL,         WHEN_SEVERAL, SETTING_ABSENT, "discovery.type", "" },
};
/* clang-format on */

static bool applies(const struct setting *s, const struct setting_scope *scope)
{
	switch (s->when) {
	case WHEN_ALWAYS:
		break;
	case WHEN_SINGLE:
		if (scope->several)
			return false;
		break;
	case WHEN_SEVERAL:
		if (!scope->several)
			return false;
		break;
	case WHEN_FORMING:
		if (!scope->several || !scope->forming)
			return false;
		break;
	case WHEN_FILE:
		if (scope->accounts != ACCOUNTS_FILE)
			return false;
		break;
	}
	return s->role == scope->role && scope->level >= s->from_level &&
	       scope->level <= s->to_level && version_within(scope->version, s->range);
}

const struct setting *setting_at(const struct setting_scope *scope, size_t i)
{
	for (size_t k = 0; k < ARRAY_LEN(rows); k++)
		if (applies(&rows[k], scope) && i-- == 0)
			return &rows[k];
	return NULL;
}

const struct setting *setting_row(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}
