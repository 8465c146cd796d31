#include "flow/prepare.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/opensearch_users.h"
#include "conf/render.h"
#include "conf/yaml.h"
#include "flow/file_realm.h"
#include "flow/instance_keystore.h"
#include "flow/material.h"
#include "flow/passwords.h"
#include "flow/place.h"
#include "flow/seal_record.h"
#include "pki/rand.h"
#include "stack/account.h"
#include "stack/raise.h"
#include "stack/setting.h"

const char *prepare_config_dir(const struct options *o, const struct instance *i)
{
	static const char *const dirs[ROLE_COUNT] = {
		[ROLE_ELASTICSEARCH] = "/usr/share/elasticsearch/config",
		[ROLE_KIBANA] = "/usr/share/kibana/config",
		[ROLE_LOGSTASH] = "/usr/share/logstash/config",
		[ROLE_OPENSEARCH] = "/usr/share/opensearch/config",
		[ROLE_OPENSEARCH_DASHBOARDS] = "/usr/share/opensearch-dashboards/config",
	};

	return o->config_dir ? o->config_dir : dirs[i->role];
}

/* One key pair and the CAs of its network, under certs/. */
static bool place_network(struct material *m, const struct instance *i, enum network network,
			  struct place *place, struct pair *pair, struct err *e)
{
	auto_str trust = STR_INIT(STORE_FILE_MAX_BYTES);
	const char *name = network_name(network);
	char path[64];

	if (!material_instance_pair(m, i, network, pair, e) ||
	    !material_trust(m, network, &trust, e))
		return false;
	if (pair->cert_pem.len == 0)
		return true; /* with --check, they would be made */
	(void)snprintf(path, sizeof(path), "certs/%s.key", name);
	if (!place_file(place, path, &pair->key_pem, PLACE_SECRET_MODE, e))
		return false;
	(void)snprintf(path, sizeof(path), "certs/%s.crt", name);
	if (!place_file(place, path, &pair->cert_pem, PLACE_PUBLIC_MODE, e))
		return false;
	(void)snprintf(path, sizeof(path), "certs/%s-ca.crt", name);
	return place_file(place, path, &trust, PLACE_PUBLIC_MODE, e);
}

/* An instance that only calls others needs the CA that it trusts, and no key. */
static bool place_http_trust(struct material *m, struct place *place, struct err *e)
{
	auto_str trust = STR_INIT(STORE_FILE_MAX_BYTES);

	return material_trust(m, NETWORK_HTTP, &trust, e) &&
	       (trust.len == 0 ||
		place_file(place, "certs/http-ca.crt", &trust, PLACE_PUBLIC_MODE, e));
}

/* Where the others are found, and who founds the cluster. */
static bool list_nodes(const struct stack *s, struct list *seed_hosts, struct list *masters,
		       struct err *e)
{
	for (size_t k = 0; k < s->instance_count; k++) {
		const struct instance *i = &s->instances[k];
		const char *host = instance_host(i);
		char address[320];
		bool v6 = strchr(host, ':') != NULL;

		if (!instance_may_be_master(i))
			continue;
		(void)snprintf(address, sizeof(address), "%s%s%s:%u", v6 ? "[" : "", host,
			       v6 ? "]" : "", i->transport_port);
		if (!list_add(seed_hosts, address, e) || !list_add(masters, i->name, e))
			return false;
	}
	return true;
}

/* Nodes are recognised by the subject of their certificate with any CN in it. */
static bool node_pattern(const char *subject, struct str *out, struct err *e)
{
	size_t cn = strncmp(subject, "CN=", 3) == 0 ? 3 : 0;
	size_t end = cn;

	if (!*subject)
		return true; /* level minimal has no transport certificates */
	if (cn == 0)
		return err_set(e, FAIL_CONFIG, "the subject '%s' of the node certificate has no CN",
			       subject) ||
		       err_hint(e, "use certificates whose subject begins with CN=");
	while (subject[end] && subject[end] != ',')
		end += subject[end] == '\\' && subject[end + 1] ? 2 : 1;
	str_addf(out, "CN=*%s", subject + end);
	return str_ok(out, e);
}

/* A port that was not given is left to the product. */
static void port_text(bool given, unsigned port, char out[8])
{
	out[0] = '\0';
	if (given)
		(void)snprintf(out, 8, "%u", port);
}

/* The subjects are those of the certificates in use; with --check they may be empty. */
static bool write_config(struct material *m, const struct instance *i,
			 const char *transport_subject, const char *admin_subject,
			 struct place *place, struct err *e)
{
	const struct stack *s = m->stack;
	struct setting_scope scope = {
		i->role,    s->level, s->version, stack_node_count(s) > 1, !material_is_sealed(m),
		s->accounts
	};
	auto_list seed_hosts = { 0 }, masters = { 0 }, nodes_dn = { 0 }, admin_dn = { 0 },
		  rest_roles = { 0 }, gave_way = { 0 };
	auto_str pattern = STR_INIT(1024);
	auto_str before = STR_INIT(YAML_MAX_BYTES), after = STR_INIT(2 * YAML_MAX_BYTES);
	char http_port[8], transport_port[8], assumed_http[8], assumed_transport[8], path[512];
	const char *file = role_row(i->role)->config_file;
	bool found;

	port_text(i->has_http_port, i->http_port, http_port);
	port_text(i->has_transport_port, i->transport_port, transport_port);
	port_text(true, i->http_port, assumed_http);
	port_text(true, i->transport_port, assumed_transport);
	if (!list_nodes(s, &seed_hosts, &masters, e) ||
	    !node_pattern(transport_subject, &pattern, e) ||
	    (pattern.len > 0 && !list_add(&nodes_dn, str_text(&pattern), e)) ||
	    (*admin_subject && !list_add(&admin_dn, admin_subject, e)) ||
	    !list_split(&rest_roles, "all_access,security_rest_api_access", ',', e))
		return false;
	/* clang-format off */
	const struct render_value values[] = {
		{ "cluster",        s->name,        NULL,           false, NULL },
		{ "name",           i->name,        NULL,           false, NULL },
		{ "certs",          "certs",        NULL,           false, NULL },
		{ "node_roles",     NULL,           &i->node_roles, i->has_node_roles, "master,cluster_manager" },
		{ "http_port",      http_port,      NULL,           false, assumed_http },
		{ "transport_port", transport_port, NULL,           false, assumed_transport },
		{ "seed_hosts",     NULL,           &seed_hosts,    false, NULL },
		{ "masters",        NULL,           &masters,       false, NULL },
		{ "nodes_dn",       NULL,           &nodes_dn,      false, NULL },
		{ "admin_dn",       NULL,           &admin_dn,      false, NULL },
		{ "rest_roles",     NULL,           &rest_roles,    false, NULL },
		{ NULL,             NULL,           NULL,           false, NULL },
	};
	/* clang-format on */
	(void)snprintf(path, sizeof(path), "%s/%s", place->dir, file);
	if (!place_read(place, file, &before, &found, e))
		return false;
	if (strlen(str_text(&before)) != before.len)
		return err_set(e, FAIL_INPUT, "'%s' holds a NUL character", path) ||
		       err_hint(e, "restore it: what stands behind it would be lost");
	if (!render_config(&scope, values, str_text(&before), path,
			   place->override ? &gave_way : NULL, &after, e))
		return false;
	for (size_t k = 0; k < gave_way.count; k++)
		log_event(LOG_WARN, place->check ? "would override" : "overrode", "what",
			  gave_way.items[k], NULL);
	return place_config(place, file, &after, e);
}

/* internal_users.yml: ours where there is none or only the demo's, with its known passwords. */
static bool write_users(const struct material *m, const char *file, struct place *place,
			struct err *e)
{
	auto_str before = STR_INIT(YAML_MAX_BYTES), after = STR_INIT(YAML_MAX_BYTES);
	char folder[128], path[512], locked[OPENSEARCH_HASH_CHARS + 1];
	bool found, replace = true;

	(void)snprintf(folder, sizeof(folder), "%.*s", (int)strcspn(file, "/"), file);
	(void)snprintf(path, sizeof(path), "%s/%s", place->dir, file);
	if (!place_folder(place, folder, e) || !place_read(place, file, &before, &found, e) ||
	    (found && !opensearch_users_replaceable(&before, path, &replace, e)))
		return false;
	if (!replace)
		return true;
	return rand_text(locked, OPENSEARCH_HASH_CHARS, e) &&
	       opensearch_users_format(m->stack->distribution, m->stack->version, locked, &after,
				       e) &&
	       place_config(place, file, &after, e);
}

static bool make_tokens(const struct passwords *where, const struct stack *s, struct err *e)
{
	for (size_t k = 0; k < s->instance_count; k++) {
		auto_secret token = NULL;

		if (stack_gives_token(s, &s->instances[k]) &&
		    !password_token(where, &s->instances[k], &token, e))
			return false;
	}
	return true;
}

/* The passwords exist from the first prepare on, so that whoever seals finds them. Tokens too, when
 * it is not the cluster that makes them. */
static bool make_passwords(const struct material *m, struct err *e)
{
	struct passwords where = { m->store, m->check };
	struct person person;

	for (size_t k = 0; stack_person_at(m->stack, k, &person); k++) {
		auto_secret password = NULL;

		if (!password_of_user(&where, person.name, &password, e))
			return false;
	}
	return m->stack->accounts == ACCOUNTS_API || make_tokens(&where, m->stack, e);
}

static bool prepare_node(struct material *m, const struct instance *i, struct place *place,
			 const char *transport_subject, struct err *e)
{
	const struct distribution_row *d = stack_distribution(m->stack);
	struct passwords where = { m->store, m->check };
	auto_pair admin = PAIR_INIT;

	if (!make_passwords(m, e))
		return false;
	if (d->sealer == SEALER_CERTIFICATE && !material_admin_pair(m, &admin, e))
		return false;
	if (d->file_realm && !file_realm_place(&where, m->stack, place, e))
		return false;
	/* Also when sealed: a node that lost its data must not begin with the demo's users. */
	if (d->users_file && !write_users(m, d->users_file, place, e))
		return false;
	return write_config(m, i, transport_subject, str_text(&admin.subject), place, e);
}

/* A level may have risen since the stack was sealed: then say which restarts that needs. */
static bool check_level(const struct material *m, struct err *e)
{
	auto_str order = STR_INIT(256 * 1024);
	struct seal_record record;

	if (!seal_record_load(m->store, &record, e) ||
	    !seal_record_check_level(m->store, &record, m->stack, e))
		return false;
	if (!record.found || record.level == m->stack->level)
		return true;
	if (!raise_format(m->stack, record.level, &order, e))
		return false;
	log_event(LOG_INFO, "raising the level", "from", level_name(record.level), "to",
		  level_name(m->stack->level), "next", str_text(&order), NULL);
	return true;
}

static bool takes_secure_settings(const struct instance *i, struct err *e)
{
	return instance_has_keystore(i) ||
	       err_set(e, FAIL_CONFIG, "--secure-settings: no keystore is written for role %s",
		       role_row(i->role)->name) ||
	       err_hint(e, "give it to instances that have one only");
}

bool prepare_instance(const struct options *o, const struct stack *s, const struct instance *i,
		      struct prepared *out, struct err *e)
{
	auto_store store = NULL;
	auto_pair transport = PAIR_INIT, http = PAIR_INIT;
	auto_material m = { .stack = s, .check = o->check };
	const char *dir = prepare_config_dir(o, i);
	struct place place;
	char changed[16];

	if (!dir)
		return err_set(e, FAIL_USAGE, "role %s has no usual configuration folder",
			       role_row(i->role)->name) ||
		       err_hint(e, "name it with --config-dir");
	if (o->secure_settings && !takes_secure_settings(i, e))
		return false;
	if (!store_open(o->store, o->check ? STORE_READ : STORE_WRITE, &store, e))
		return false;
	m.store = store;
	if (!check_level(&m, e) || !place_open(dir, o->check, &place, e))
		return false;
	place.override = o->override;
	place.view = out ? out->view : NULL;
	if (place.view)
		place.view->file = role_row(i->role)->config_file;
	place_sweep(&place);
	if (!place_folder(&place, "certs", e))
		return false;
	if (material_wants_pair(s, i, NETWORK_TRANSPORT) &&
	    !place_network(&m, i, NETWORK_TRANSPORT, &place, &transport, e))
		return false;
	if (material_wants_pair(s, i, NETWORK_HTTP)
		? !place_network(&m, i, NETWORK_HTTP, &place, &http, e)
		: s->level >= LEVEL_HTTPS && !place_http_trust(&m, &place, e))
		return false;
	if (!instance_keystore_update(&m, i, o->secure_settings, &place, e))
		return false;
	if (instance_is_node(i) && !prepare_node(&m, i, &place, str_text(&transport.subject), e))
		return false;
	if (!role_row(i->role)->config_file)
		log_event(LOG_WARN, "wrote certificates only, no configuration for this role yet",
			  "role", role_row(i->role)->name, NULL);
	(void)snprintf(changed, sizeof(changed), "%u", place.changed);
	log_event(LOG_INFO, o->check ? "checked" : "prepared", "instance", i->name, "changed",
		  changed, NULL);
	if (out)
		out->changes = place.changed > 0 || store_missing(store) > 0;
	return true;
}

static bool prepare_pairs(struct material *m, const struct instance *i, struct err *e)
{
	for (enum network n = NETWORK_TRANSPORT; n <= NETWORK_HTTP; n++) {
		auto_pair pair = PAIR_INIT;

		if (material_wants_pair(m->stack, i, n) &&
		    !material_instance_pair(m, i, n, &pair, e))
			return false;
	}
	return true;
}

bool prepare_all(const struct options *o, const struct stack *s, struct prepared *out,
		 struct err *e)
{
	auto_store store = NULL;
	auto_pair admin = PAIR_INIT;
	auto_material m = { .stack = s, .check = o->check };

	if (!store_open(o->store, o->check ? STORE_READ : STORE_WRITE, &store, e))
		return false;
	m.store = store;
	if (!check_level(&m, e))
		return false;
	for (size_t k = 0; k < s->instance_count; k++)
		if (!prepare_pairs(&m, &s->instances[k], e))
			return false;
	if (stack_distribution(s)->sealer == SEALER_CERTIFICATE &&
	    !material_admin_pair(&m, &admin, e))
		return false;
	if (!make_passwords(&m, e))
		return false;
	if (out)
		out->changes = store_missing(store) > 0;
	return true;
}
