#include "flow/prepare.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/opensearch_users.h"
#include "conf/yaml.h"
#include "flow/config.h"
#include "flow/file_realm.h"
#include "flow/instance_keystore.h"
#include "flow/material.h"
#include "flow/passwords.h"
#include "flow/place.h"
#include "flow/seal_record.h"
#include "pki/rand.h"
#include "stack/account.h"
#include "stack/raise.h"

const char *prepare_config_dir(const struct options *o, const struct instance *i)
{
	return o->config_dir ? o->config_dir : role_row(i->role)->folder;
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
	       place_config(place, file, &after, 0, e);
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

/* What a node finds beside its configuration; admin receives whom its cluster obeys. */
static bool prepare_node(struct material *m, struct place *place, struct pair *admin, struct err *e)
{
	const struct distribution_row *d = stack_distribution(m->stack);
	struct passwords where = { m->store, m->check };

	return make_passwords(m, e) &&
	       (d->sealer != SEALER_CERTIFICATE || material_admin_pair(m, admin, e)) &&
	       (!d->file_realm || file_realm_place(&where, m->stack, place, e)) &&
	       /* Also when sealed: a node that lost its data must not begin with the demo's users.
		*/
	       (!d->users_file || write_users(m, d->users_file, place, e));
}

/* The file after the keystore: it may name entries of it. */
static bool prepare_config(struct material *m, const struct options *o, const struct instance *i,
			   const struct config_subjects *subjects, struct place *place,
			   struct err *e)
{
	auto_config config = CONFIG_INIT;

	return config_make(m, i, subjects, o->timeout_s, place, &config, e) &&
	       instance_keystore_update(m, i, config.entries, o->secure_settings, place, e) &&
	       config_place(&config, place, e);
}

/* A level may have risen since the stack was sealed: then say which restarts that needs. */
static bool check_level(const struct material *m, struct err *e)
{
	auto_str order = STR_INIT(256 * 1024);
	struct seal_record record;

	if (!seal_record_load(m->store, &record, e) ||
	    !seal_record_check_stack(m->store, &record, m->stack, e))
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
	auto_pair transport = PAIR_INIT, http = PAIR_INIT, admin = PAIR_INIT;
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
	if (instance_is_node(i) && !prepare_node(&m, &place, &admin, e))
		return false;
	if (!prepare_config(
		&m, o, i,
		&(struct config_subjects){ str_text(&transport.subject), str_text(&admin.subject) },
		&place, e))
		return false;
	if (!role_row(i->role)->config_file)
		log_event(LOG_WARN,
			  "wrote certificates only: this role is configured by its environment",
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
		if (!prepare_pairs(&m, &s->instances[k], e) ||
		    !config_make_secrets(&m, &s->instances[k], e))
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
