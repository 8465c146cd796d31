#include "flow/material.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "pki/chain.h"

enum { PATH_BYTES = 320, NAME_BYTES = 1024, LOCK_WAIT_MS = 3000 };

static const char *const network_names[] = {
	[NETWORK_TRANSPORT] = "transport", [NETWORK_HTTP] = "http"
};

/* What a key pair is to be, whoever owns it. */
struct wanted_pair {
	char unit[PATH_BYTES]; /* folder in the store */
	char subject[256];
	enum network network; /* whose CA signs */
	enum cert_purpose purpose;
	struct san names; /* that it must cover when it is loaded */
	struct san extra; /* that it gets besides when it is made */
};

static void wanted_clear(struct wanted_pair *w)
{
	san_clear(&w->names);
	san_clear(&w->extra);
}
#define auto_wanted CLEANUP(wanted_clear) struct wanted_pair

const char *network_name(enum network network)
{
	return network_names[network];
}

bool material_is_sealed(const struct material *m)
{
	return store_has(m->store, "seal.json");
}

bool material_wants_pair(const struct stack *s, const struct instance *i, enum network network)
{
	const struct role_row *role = role_row(i->role);

	if (network == NETWORK_TRANSPORT)
		return role->is_node && s->level >= LEVEL_BASIC;
	return role->serves_http && s->level >= LEVEL_HTTPS;
}

static bool load_ca(const struct material *m, const char *cert_path, const char *key_path,
		    struct ca *out, struct err *e)
{
	auto_str cert = STR_INIT(STORE_FILE_MAX_BYTES);
	auto_str_wiped key = STR_INIT(STORE_FILE_MAX_BYTES);
	bool has_key = key_path && store_has(m->store, key_path);
	char cert_name[NAME_BYTES], key_name[NAME_BYTES];

	(void)snprintf(cert_name, sizeof(cert_name), "%s/%s", store_where(m->store), cert_path);
	(void)snprintf(key_name, sizeof(key_name), "%s/%s", store_where(m->store),
		       has_key ? key_path : "");
	return store_read(m->store, cert_path, false, &cert, e) &&
	       (!has_key || store_read(m->store, key_path, true, &key, e)) &&
	       ca_parse(&cert, cert_name, has_key ? &key : NULL, key_name, NULL, out, e);
}

static bool make_ca(const struct material *m, enum network network, const char *unit, struct err *e)
{
	auto_ca ca = { 0 };
	auto_str cert = STR_INIT(STORE_FILE_MAX_BYTES);
	auto_str_wiped key = STR_INIT(STORE_FILE_MAX_BYTES);
	struct store_file files[] = { { "ca.crt", &cert, false }, { "ca.key", &key, true } };
	char subject[256];

	(void)snprintf(subject, sizeof(subject), "CN=%s CA,OU=stackseal,O=%s",
		       network_names[network], m->stack->name);
	if (!ca_make(subject, KEY_P256, SIGN_CA_DAYS, &ca, e) || !cert_format(ca.cert, &cert, e) ||
	    !key_format(ca.key, &key, e))
		return false;
	if (store_make_folder(m->store, unit, files, ARRAY_LEN(files), e)) {
		log_event(LOG_INFO, "made CA", "network", network_names[network], "path", unit,
			  NULL);
		return true;
	}
	return e->code == FAIL_EXISTS;
}

/* To save work only one makes a CA while the other containers wait for it, but not for ever: one
 * that was stopped while it held the lock must not hold up the rest. */
static bool make_ca_once(const struct material *m, enum network network, const char *unit,
			 const char *cert_path, struct err *e)
{
	bool made;

	if (!store_lock(m->store, LOCK_CA, LOCK_EXCLUSIVE, LOCK_WAIT_MS, e))
		log_event(LOG_DEBUG, "not waiting for the lock any longer", "reason", e->msg, NULL);
	made = store_has(m->store, cert_path) || make_ca(m, network, unit, e);
	store_unlock(m->store, LOCK_CA);
	return made;
}

static bool publish_trust(const struct material *m, const char *path, const struct ca *ca,
			  struct err *e)
{
	auto_str pem = STR_INIT(STORE_FILE_MAX_BYTES);
	struct store_file file = { NULL, &pem, false };

	if (store_has(m->store, path))
		return true;
	if (!cert_format(ca->cert, &pem, e))
		return false;
	return store_make_file(m->store, path, &file, e) || e->code == FAIL_EXISTS;
}

static bool load_or_make_ca(const struct material *m, enum network network, struct ca *out,
			    struct err *e)
{
	char unit[PATH_BYTES], cert[PATH_BYTES], key[PATH_BYTES], trust[PATH_BYTES];

	(void)snprintf(unit, sizeof(unit), "ca/%s", network_names[network]);
	(void)snprintf(cert, sizeof(cert), "ca/%s/ca.crt", network_names[network]);
	(void)snprintf(key, sizeof(key), "ca/%s/ca.key", network_names[network]);
	(void)snprintf(trust, sizeof(trust), "trust/%s.crt", network_names[network]);
	if (!store_has(m->store, cert)) {
		/* The folder ca/ is not mounted into a container that shall not sign. */
		if (store_has(m->store, trust))
			return load_ca(m, trust, NULL, out, e);
		if (m->check) {
			store_note_missing(m->store, unit);
			return true;
		}
		if (!make_ca_once(m, network, unit, cert, e))
			return false;
	}
	if (!load_ca(m, cert, key, out, e))
		return false;
	return m->check || publish_trust(m, trust, out, e);
}

/* The CA of a network: with its key where that is in the store, else only its certificate. Its
 * certificate is NULL with check, when it would be made. */
static bool obtain_ca(struct material *m, enum network network, const struct ca **out,
		      struct err *e)
{
	struct ca *ca = &m->authorities[network];

	if (!ca->cert && !load_or_make_ca(m, network, ca, e))
		return false;
	*out = ca;
	return true;
}

bool material_trust(struct material *m, enum network network, struct str *out, struct err *e)
{
	const struct ca *ca;
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "trust/%s.crt", network_names[network]);
	/* Who only trusts does not touch the CA's key. */
	if (!store_has(m->store, path)) {
		if (!obtain_ca(m, network, &ca, e))
			return false;
		if (m->check)
			return true;
	}
	return store_read(m->store, path, false, out, e);
}

/* Check a loaded pair against the CAs that its network trusts, as every peer will. */
static bool check_pair(struct material *m, const struct wanted_pair *w, const char *cert_path,
		       const char *key_path, struct pair *p, struct err *e)
{
	auto_cert cert = NULL;
	auto_cert trust = NULL;
	auto_key key = NULL;
	auto_str trust_pem = STR_INIT(STORE_FILE_MAX_BYTES);
	const char *where = store_where(m->store);
	char cert_name[NAME_BYTES], key_name[NAME_BYTES], trust_name[NAME_BYTES];

	(void)snprintf(cert_name, sizeof(cert_name), "%s/%s", where, cert_path);
	(void)snprintf(key_name, sizeof(key_name), "%s/%s", where, key_path);
	(void)snprintf(trust_name, sizeof(trust_name), "%s/trust/%s.crt", where,
		       network_names[w->network]);
	if (!cert_parse(str_text(&p->cert_pem), p->cert_pem.len, cert_name, &cert, e) ||
	    !key_parse(str_text(&p->key_pem), p->key_pem.len, key_name, NULL, &key, e))
		return false;
	if (!cert_fits_key(cert, key))
		return err_set(e, FAIL_CONFIG, "key '%s' does not belong to certificate '%s'",
			       key_name, cert_name) ||
		       err_hint(e, "replace both, or remove both to have new ones made");
	return material_trust(m, w->network, &trust_pem, e) &&
	       cert_parse(str_text(&trust_pem), trust_pem.len, trust_name, &trust, e) &&
	       chain_check(cert, cert_name, trust, trust_name, w->purpose, e) &&
	       chain_check_names(cert, cert_name, &w->names, e) &&
	       cert_subject(cert, &p->subject, e);
}

static bool make_pair(struct material *m, const struct wanted_pair *w, struct err *e)
{
	const struct ca *ca;
	auto_cert cert = NULL;
	auto_key key = NULL;
	auto_str cert_pem = STR_INIT(STORE_FILE_MAX_BYTES);
	auto_str_wiped key_pem = STR_INIT(STORE_FILE_MAX_BYTES);
	struct store_file files[] = { { "tls.crt", &cert_pem, false },
				      { "tls.key", &key_pem, true } };
	auto_san all = { 0 };
	struct cert_request rq = { .subject = w->subject,
				   .san = &all,
				   .purpose = w->purpose,
				   .valid_days = SIGN_LEAF_DAYS };

	for (unsigned kind = 0; kind < SAN_KINDS; kind++)
		if (!san_add_list(&all, (enum san_kind)kind, &w->names.of[kind], e) ||
		    !san_add_list(&all, (enum san_kind)kind, &w->extra.of[kind], e))
			return false;
	if (!obtain_ca(m, w->network, &ca, e))
		return false;
	if (!ca_issue(ca, &rq, KEY_P256, &cert, &key, e))
		return e->code == FAIL_DENIED &&
		       err_hint(e, "run init prepare --all where the CA's key is");
	if (!cert_format(cert, &cert_pem, e) || !key_format(key, &key_pem, e))
		return false;
	if (store_make_folder(m->store, w->unit, files, ARRAY_LEN(files), e)) {
		log_event(LOG_INFO, "made certificate", "path", w->unit, NULL);
		return true;
	}
	return e->code == FAIL_EXISTS;
}

static bool obtain_pair(struct material *m, const struct wanted_pair *w, struct pair *out,
			struct err *e)
{
	char cert_path[PATH_BYTES + 16], key_path[PATH_BYTES + 16];

	(void)snprintf(cert_path, sizeof(cert_path), "%s/tls.crt", w->unit);
	(void)snprintf(key_path, sizeof(key_path), "%s/tls.key", w->unit);
	if (!store_has(m->store, cert_path)) {
		if (m->check) {
			store_note_missing(m->store, w->unit);
			return true;
		}
		if (!make_pair(m, w, e))
			return false;
	}
	return store_read(m->store, cert_path, false, &out->cert_pem, e) &&
	       store_read(m->store, key_path, true, &out->key_pem, e) &&
	       check_pair(m, w, cert_path, key_path, out, e);
}

/* What every HTTP server is asked under from inside its own container, besides its names. */
static bool add_own_names(struct san *s, struct err *e)
{
	return san_add(s, SAN_DNS, "localhost", e) && san_add(s, SAN_IP, "127.0.0.1", e) &&
	       san_add(s, SAN_IP, "::1", e);
}

/* An instance may be called by its address. */
static bool add_name(struct san *s, const char *name, struct err *e)
{
	unsigned char bytes[4];

	return san_add(s, inet_pton(AF_INET, name, bytes) == 1 ? SAN_IP : SAN_DNS, name, e);
}

static bool describe(struct material *m, const struct instance *i, enum network network,
		     struct wanted_pair *w, struct err *e)
{
	w->network = network;
	w->purpose = network == NETWORK_TRANSPORT ? CERT_NODE : CERT_SERVER;
	(void)snprintf(w->unit, sizeof(w->unit), "instances/%s/%s", instance_folder(i),
		       network_names[network]);
	(void)snprintf(w->subject, sizeof(w->subject), "CN=%s,OU=%s,O=%s", i->name,
		       network == NETWORK_TRANSPORT ? "node" : "http", m->stack->name);
	return san_add_list(&w->names, SAN_DNS, &i->dns, e) &&
	       san_add_list(&w->names, SAN_IP, &i->ip, e) && add_name(&w->extra, i->name, e) &&
	       (network != NETWORK_HTTP || add_own_names(&w->extra, e));
}

bool material_instance_pair(struct material *m, const struct instance *i, enum network network,
			    struct pair *out, struct err *e)
{
	auto_wanted w = { 0 };

	return describe(m, i, network, &w, e) && obtain_pair(m, &w, out, e);
}

bool material_admin_pair(struct material *m, struct pair *out, struct err *e)
{
	auto_wanted w = { .unit = "admin", .network = NETWORK_HTTP, .purpose = CERT_CLIENT };

	(void)snprintf(w.subject, sizeof(w.subject), "CN=admin,OU=stackseal,O=%s", m->stack->name);
	return obtain_pair(m, &w, out, e);
}

void material_clear(struct material *m)
{
	for (size_t i = 0; i < NETWORKS; i++)
		ca_clear(&m->authorities[i]);
}

void pair_clear(struct pair *p)
{
	str_clear(&p->cert_pem);
	str_wipe(&p->key_pem);
	str_clear(&p->subject);
}
