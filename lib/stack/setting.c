#include "stack/setting.h"

#define BIT(role)  (1u << ROLE_##role)
#define ES         BIT(ELASTICSEARCH)
#define OS         BIT(OPENSEARCH)
#define KB         BIT(KIBANA)
#define OD         BIT(OPENSEARCH_DASHBOARDS)
#define LS         BIT(LOGSTASH)
#define APM        BIT(APM_SERVER)
#define ENT        BIT(ENTERPRISE_SEARCH)
#define BEATS      (BIT(FILEBEAT) | BIT(METRICBEAT) | BIT(HEARTBEAT) | BIT(AUDITBEAT) | BIT(PACKETBEAT))
#define SHIPPERS   (BEATS | APM)
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
	{ ES, ANY,   ALL,         WHEN_ALWAYS,  SETTING_BARE, "xpack.security.enabled",                              "true" },
	{ ES, ANY,   SINCE(8, 0), WHEN_ALWAYS,  SETTING_BARE, "xpack.security.autoconfiguration.enabled",            "false" },
	{ ES, ANY,   ALL,         WHEN_FILE,    SETTING_BARE, "xpack.security.authc.reserved_realm.enabled",         "false" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_BARE, "xpack.security.transport.ssl.enabled",                "true" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.security.transport.ssl.verification_mode",      "certificate" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.security.transport.ssl.key",                    "{certs}/transport.key" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.security.transport.ssl.certificate",            "{certs}/transport.crt" },
	{ ES, TLS,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "xpack.security.transport.ssl.certificate_authorities", "{certs}/transport-ca.crt" },
	{ ES, PLAIN_HTTP, ALL,    WHEN_ALWAYS,  SETTING_BARE, "xpack.security.http.ssl.enabled",                     "false" },
	{ ES, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_BARE, "xpack.security.http.ssl.enabled",                     "true" },
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
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_BARE, "plugins.security.disabled",                           "false" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.transport.pemkey_filepath",      "{certs}/transport.key" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.transport.pemcert_filepath",     "{certs}/transport.crt" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.transport.pemtrustedcas_filepath", "{certs}/transport-ca.crt" },
	{ OS, ANY,   BEFORE(3, 4), WHEN_ALWAYS, SETTING_BARE, "plugins.security.ssl.transport.enforce_hostname_verification", "false" },
	{ OS, ANY,   BEFORE(3, 4), WHEN_ALWAYS, SETTING_BARE, "plugins.security.ssl.transport.resolve_hostname",     "false" },
	{ OS, ANY,   SINCE(3, 4), WHEN_ALWAYS,  SETTING_BARE, "transport.ssl.enforce_hostname_verification",         "false" },
	{ OS, ANY,   SINCE(3, 4), WHEN_ALWAYS,  SETTING_BARE, "transport.ssl.resolve_hostname",                      "false" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "plugins.security.nodes_dn",                           "{nodes_dn}" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_BARE, "plugins.security.ssl.http.enabled",                   "true" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.http.pemkey_filepath",           "{certs}/http.key" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.http.pemcert_filepath",          "{certs}/http.crt" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "plugins.security.ssl.http.pemtrustedcas_filepath",    "{certs}/http-ca.crt" },
	{ OS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_LIST, "plugins.security.authcz.admin_dn",                    "{admin_dn}" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_BARE, "plugins.security.allow_default_init_securityindex",   "true" },
	{ OS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "plugins.security.restapi.roles_enabled",              "{rest_roles}" },
	{ OS, ANY,  ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "plugins.security.ssl.transport.keystore_filepath", "" },
	{ OS, ANY,  ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "plugins.security.ssl.transport.truststore_filepath", "" },
	{ OS, HTTP, ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "plugins.security.ssl.http.keystore_filepath", "" },
	{ OS, HTTP, ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "plugins.security.ssl.http.truststore_filepath", "" },
	{ OS, ANY,  ALL,         WHEN_SINGLE,  SETTING_ABSENT, "cluster.initial_cluster_manager_nodes", "" },
	{ OS, ANY,  ALL,         WHEN_SINGLE,  SETTING_ABSENT, "cluster.initial_master_nodes", "" },
	{ OS, ANY,  ALL,         WHEN_SEVERAL, SETTING_ABSENT, "discovery.type", "" },

	/* Kibana: settings reference; the three keys are made once and are the same in all Kibanas, so
	 * that they read each other's sessions, saved objects and reports. A service token is refused
	 * beside a user; a PKCS#12 keystore beside a certificate (Kibana's ssl_config). */
	{ KB, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "server.host",                                         "0.0.0.0" },
	{ KB, ANY,   ALL,         WHEN_ALWAYS,  SETTING_BARE, "server.port",                                         "{http_port}" },
	{ KB, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "server.name",                                         "{name}" },
	{ KB, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_BARE, "server.ssl.enabled",                                  "true" },
	{ KB, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "server.ssl.certificate",                              "{certs}/http.crt" },
	{ KB, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "server.ssl.key",                                      "{certs}/http.key" },
	{ KB, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "elasticsearch.hosts",                                 "{hosts}" },
	{ KB, ANY,   ALL,         WHEN_PASSWORD, SETTING_TEXT, "elasticsearch.username",                             "{user}" },
	{ KB, ANY,   ALL,         WHEN_PASSWORD, SETTING_SECRET, "elasticsearch.password",                           "{password}" },
	{ KB, ANY,   SINCE(8, 0), WHEN_TOKEN,   SETTING_SECRET, "elasticsearch.serviceAccountToken",                 "{token}" },
	{ KB, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_LIST, "elasticsearch.ssl.certificateAuthorities",            "{certs}/http-ca.crt" },
	{ KB, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "elasticsearch.ssl.verificationMode",                  "full" },
	{ KB, ANY,   ALL,         WHEN_ALWAYS,  SETTING_SECRET, "xpack.security.encryptionKey",                      "{secret:kibana.security}" },
	{ KB, ANY,   ALL,         WHEN_ALWAYS,  SETTING_SECRET, "xpack.encryptedSavedObjects.encryptionKey",         "{secret:kibana.objects}" },
	{ KB, ANY,   ALL,         WHEN_ALWAYS,  SETTING_SECRET, "xpack.reporting.encryptionKey",                     "{secret:kibana.reporting}" },
	{ KB, ANY,  SINCE(8, 0),  WHEN_TOKEN,   SETTING_ABSENT, "elasticsearch.username", "" },
	{ KB, ANY,  SINCE(8, 0),  WHEN_TOKEN,   SETTING_ABSENT, "elasticsearch.password", "" },
	{ KB, HTTP, ALL,          WHEN_ALWAYS,  SETTING_ABSENT, "server.ssl.keystore.path", "" },

	/* Beats and APM Server: references of 7.17 and 9.x, "Configure the Elasticsearch output",
	 * "SSL", "Secrets keystore" (an entry is not a setting: the file refers to it). APM Server's
	 * secret_token moved below auth with 7.14, and the old name is understood up to 8.0. */
	{ APM, ANY,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "apm-server.host",                                     "0.0.0.0:{port}" },
	{ APM, HTTP, ALL,         WHEN_ALWAYS,  SETTING_BARE, "apm-server.ssl.enabled",                              "true" },
	{ APM, HTTP, ALL,         WHEN_ALWAYS,  SETTING_TEXT, "apm-server.ssl.certificate",                          "{certs}/http.crt" },
	{ APM, HTTP, ALL,         WHEN_ALWAYS,  SETTING_TEXT, "apm-server.ssl.key",                                  "{certs}/http.key" },
	{ APM, ANY,  BEFORE(8, 0), WHEN_ALWAYS, SETTING_ENTRY, "apm-server.secret_token",                            "STACKSEAL_TOKEN" },
	{ APM, ANY,  SINCE(8, 0), WHEN_ALWAYS,  SETTING_ENTRY, "apm-server.auth.secret_token",                       "STACKSEAL_TOKEN" },
	{ APM, ANY,  ALL,         WHEN_ALWAYS,  SETTING_SECRET, "STACKSEAL_TOKEN",                                   "{secret:apm.token}" },
	{ SHIPPERS, ANY, ALL,     WHEN_ALWAYS,  SETTING_TEXT, "keystore.path",                                       "{keystore}" },
	{ SHIPPERS, ANY, ALL,     WHEN_OUTPUT,  SETTING_LIST, "output.elasticsearch.hosts",                          "{hosts}" },
	{ SHIPPERS, ANY, ALL,     WHEN_LOGIN,   SETTING_TEXT, "output.elasticsearch.username",                       "{user}" },
	{ SHIPPERS, ANY, ALL,     WHEN_LOGIN,   SETTING_ENTRY, "output.elasticsearch.password",                      "STACKSEAL_PASSWORD" },
	{ SHIPPERS, ANY, ALL,     WHEN_LOGIN,   SETTING_SECRET, "STACKSEAL_PASSWORD",                                "{password}" },
	{ SHIPPERS, HTTP, ALL,    WHEN_OUTPUT,  SETTING_LIST, "output.elasticsearch.ssl.certificate_authorities",    "{certs}/http-ca.crt" },
	{ SHIPPERS, HTTP, ALL,    WHEN_OUTPUT,  SETTING_TEXT, "output.elasticsearch.ssl.verification_mode",          "full" },
	{ BEATS, ANY, ALL,        WHEN_KIBANA,  SETTING_TEXT, "setup.kibana.host",                                   "{kibana}" },
	{ BEATS, HTTP, ALL,       WHEN_KIBANA,  SETTING_LIST, "setup.kibana.ssl.certificate_authorities",            "{certs}/http-ca.crt" },
	{ BEATS, HTTP, ALL,       WHEN_KIBANA,  SETTING_TEXT, "setup.kibana.ssl.verification_mode",                  "full" },

	/* Logstash's logstash.yml: environment.rb and monitoring.rb of each release. The API's settings
	 * were http.* before 7.16; verification_mode knows full since 8.9; 9.0 monitors the old way
	 * only where that is allowed. What its pipelines need is in
	 * conf/logstash_output. */
	{ LS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "node.name",                                           "{name}" },
	{ LS, ANY,   BEFORE(7, 16), WHEN_ALWAYS, SETTING_TEXT, "http.host",                                          "0.0.0.0" },
	{ LS, ANY,   SINCE(7, 16), WHEN_ALWAYS, SETTING_TEXT, "api.http.host",                                       "0.0.0.0" },
	{ LS, ANY,   BEFORE(7, 16), WHEN_ALWAYS, SETTING_BARE, "http.port",                                          "{http_port}" },
	{ LS, ANY,   SINCE(7, 16), WHEN_ALWAYS, SETTING_BARE, "api.http.port",                                       "{http_port}" },
	{ LS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_BARE, "xpack.monitoring.enabled",                            "true" },
	{ LS, ANY,   SINCE(9, 0), WHEN_ALWAYS,  SETTING_BARE, "xpack.monitoring.allow_legacy_collection",            "true" },
	{ LS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "xpack.monitoring.elasticsearch.hosts",                "{hosts}" },
	{ LS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.monitoring.elasticsearch.username",             "logstash_system" },
	{ LS, ANY,   ALL,         WHEN_ALWAYS,  SETTING_SECRET, "xpack.monitoring.elasticsearch.password",           "{password:logstash_system}" },
	{ LS, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "xpack.monitoring.elasticsearch.ssl.certificate_authority", "{certs}/http-ca.crt" },
	{ LS, HTTP,  BEFORE(8, 9), WHEN_ALWAYS, SETTING_TEXT, "xpack.monitoring.elasticsearch.ssl.verification_mode", "certificate" },
	{ LS, HTTP,  SINCE(8, 9), WHEN_ALWAYS,  SETTING_TEXT, "xpack.monitoring.elasticsearch.ssl.verification_mode", "full" },

	/* Enterprise Search: the names that Elastic's operator (ECK, pkg/controller/enterprisesearch)
	 * writes. The first encryption key stays for ever. */
	{ ENT, ANY,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "ent_search.external_url",                             "{own_url}" },
	{ ENT, ANY,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "ent_search.listen_host",                              "0.0.0.0" },
	{ ENT, ANY,  ALL,         WHEN_ALWAYS,  SETTING_BARE, "ent_search.listen_port",                              "{http_port}" },
	{ ENT, HTTP, ALL,         WHEN_ALWAYS,  SETTING_BARE, "ent_search.ssl.enabled",                              "true" },
	{ ENT, HTTP, ALL,         WHEN_ALWAYS,  SETTING_TEXT, "ent_search.ssl.certificate",                          "{certs}/http.crt" },
	{ ENT, HTTP, ALL,         WHEN_ALWAYS,  SETTING_TEXT, "ent_search.ssl.key",                                  "{certs}/http.key" },
	{ ENT, ANY,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "elasticsearch.host",                                  "{host}" },
	{ ENT, ANY,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "elasticsearch.username",                              "{user}" },
	{ ENT, ANY,  ALL,         WHEN_ALWAYS,  SETTING_SECRET, "elasticsearch.password",                            "{password}" },
	{ ENT, HTTP, ALL,         WHEN_ALWAYS,  SETTING_BARE, "elasticsearch.ssl.enabled",                           "true" },
	{ ENT, HTTP, ALL,         WHEN_ALWAYS,  SETTING_TEXT, "elasticsearch.ssl.certificate_authority",             "{certs}/http-ca.crt" },
	{ ENT, ANY,  ALL,         WHEN_ALWAYS,  SETTING_BARE, "allow_es_settings_modification",                      "true" },
	{ ENT, ANY,  ALL,         WHEN_ALWAYS,  SETTING_SECRETS, "secret_management.encryption_keys",                "{secret:enterprise-search.encryption}" },
	{ ENT, ANY,  ALL,         WHEN_ALWAYS,  SETTING_SECRET, "secret_session_key",                                "{secret:enterprise-search.session}" },
	{ ENT, ANY,  SINCE(7, 15), WHEN_KIBANA, SETTING_TEXT, "kibana.host",                                         "{kibana}" },

	/* OpenSearch Dashboards: documentation "Configuring TLS for OpenSearch Dashboards" and the
	 * plugin's configuration schema; securitytenant must come through for its tenants. */
	{ OD, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "server.host",                                         "0.0.0.0" },
	{ OD, ANY,   ALL,         WHEN_ALWAYS,  SETTING_BARE, "server.port",                                         "{http_port}" },
	{ OD, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "server.name",                                         "{name}" },
	{ OD, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_BARE, "server.ssl.enabled",                                  "true" },
	{ OD, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "server.ssl.certificate",                              "{certs}/http.crt" },
	{ OD, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "server.ssl.key",                                      "{certs}/http.key" },
	{ OD, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "opensearch.hosts",                                    "{hosts}" },
	{ OD, ANY,   ALL,         WHEN_ALWAYS,  SETTING_TEXT, "opensearch.username",                                 "{user}" },
	{ OD, ANY,   ALL,         WHEN_ALWAYS,  SETTING_SECRET, "opensearch.password",                               "{password}" },
	{ OD, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_LIST, "opensearch.ssl.certificateAuthorities",               "{certs}/http-ca.crt" },
	{ OD, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_TEXT, "opensearch.ssl.verificationMode",                     "full" },
	{ OD, ANY,   ALL,         WHEN_ALWAYS,  SETTING_LIST, "opensearch.requestHeadersAllowlist",                  "{tenant_headers}" },
	{ OD, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_BARE, "opensearch_security.cookie.secure",                   "true" },
	{ OD, ANY,   ALL,         WHEN_ALWAYS,  SETTING_SECRET, "opensearch_security.cookie.password",               "{secret:dashboards.cookie}" },
	{ OD, HTTP,  ALL,         WHEN_ALWAYS,  SETTING_ABSENT, "server.ssl.keystore.path", "" },
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
	case WHEN_KIBANA:
		if (!scope->kibana)
			return false;
		break;
	case WHEN_PASSWORD:
		if (scope->token)
			return false;
		break;
	case WHEN_TOKEN:
		if (!scope->token)
			return false;
		break;
	case WHEN_OUTPUT:
		if (scope->other_output)
			return false;
		break;
	case WHEN_LOGIN:
		if (scope->other_output || scope->own_login)
			return false;
		break;
	}
	return (s->roles & (1u << scope->role)) && scope->level >= s->from_level &&
	       scope->level <= s->to_level && version_within(scope->version, s->range);
}

bool setting_is_secret(const struct setting *s)
{
	return s->kind == SETTING_SECRET || s->kind == SETTING_SECRETS;
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
