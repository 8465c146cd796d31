#include "flow/config_check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "base/secret.h"
#include "conf/user_settings.h"
#include "conf/yaml.h"
#include "flow/instance_keystore.h"
#include "flow/prepare.h"
#include "flow/seal_record.h"
#include "keystore/keystore_product.h"
#include "os/dir.h"
#include "os/file.h"
#include "pki/cert.h"
#include "stack/retired.h"

struct check {
	const struct stack *stack;
	const struct instance *self;
	const char *dir;
	char path[PATH_MAX]; /* of the configuration file */
	struct user_settings set;
	unsigned uid, gid; /* who must be able to read */
	bool sealed;
	struct str *out;
	unsigned findings;
};

/* The contexts of TLS that a node has, by the names of their files' settings. */
static const struct context {
	enum role role;
	const char *prefix, *key, *certificate, *trust;
	bool http;
} contexts[] = {
	{ ROLE_ELASTICSEARCH, "xpack.security.transport.ssl.", "key", "certificate",
	  "certificate_authorities", false },
	{ ROLE_ELASTICSEARCH, "xpack.security.http.ssl.", "key", "certificate",
	  "certificate_authorities", true },
	{ ROLE_OPENSEARCH, "plugins.security.ssl.transport.", "pemkey_filepath", "pemcert_filepath",
	  "pemtrustedcas_filepath", false },
	{ ROLE_OPENSEARCH, "plugins.security.ssl.http.", "pemkey_filepath", "pemcert_filepath",
	  "pemtrustedcas_filepath", true },
};

static void found(struct check *c, const struct user_setting *at, const char *what, const char *why,
		  const char *remedy)
{
	c->findings++;
	str_addf(c->out, "%s:%zu: %s: %s; %s\n", c->path, at ? at->line : 1, what, why, remedy);
}

static const struct user_setting *get(const struct check *c, const struct context *x,
				      const char *name)
{
	char key[256];

	(void)snprintf(key, sizeof(key), "%s%s", x ? x->prefix : "", name);
	return user_settings_find(&c->set, key);
}

static bool is_set_to(const struct user_setting *s, const char *value)
{
	return s && strcmp(s->text, value) == 0;
}

static bool check_known(struct check *c, struct err *e)
{
	char version[32], why[96];

	(void)e;
	version_format(c->stack->version, version, sizeof(version));
	(void)snprintf(why, sizeof(why), "%s %s does not know it", role_row(c->self->role)->name,
		       version);
	for (size_t i = 0; i < c->set.count; i++) {
		const struct user_setting *s = &c->set.rows[i];
		const struct retired *r = retired_find(c->self->role, c->stack->version, s->key,
						       s->form == FORM_TEXT ? s->text : NULL);

		if (r)
			found(c, s, s->key, why, r->instead);
	}
	return true;
}

/* Settings.Builder: "null-valued setting found", and an alias is read as the anchor's name. */
static bool check_values(struct check *c, struct err *e)
{
	(void)e;
	for (size_t i = 0; instance_is_node(c->self) && i < c->set.count; i++) {
		const struct user_setting *s = &c->set.rows[i];

		if (s->form == FORM_NOTHING)
			found(c, s, s->key, "it has no value, and a node refuses that",
			      "give it one, or remove the line");
		if (s->form == FORM_ALIAS)
			found(c, s, s->key, "it is an alias, which a node does not follow",
			      "write the value itself");
	}
	return true;
}

static bool check_enabled(struct check *c, const struct context *x, struct err *e)
{
	const struct user_setting *first = NULL, *enabled = get(c, x, "enabled");

	(void)e;
	for (size_t i = 0; !first && i < c->set.count; i++)
		if (strncmp(c->set.rows[i].key, x->prefix, strlen(x->prefix)) == 0)
			first = &c->set.rows[i];
	if (x->role == ROLE_ELASTICSEARCH && first && !enabled)
		found(c, first, first->key, "a node refuses it without enabled beside it",
		      "set enabled to true or false there");
	if (is_set_to(enabled, "true") && !get(c, x, "keystore.path") &&
	    !get(c, x, "keystore_filepath") && (!get(c, x, x->key) || !get(c, x, x->certificate)))
		found(c, enabled, enabled->key, "there is no key and certificate for it",
		      "run init prepare, or set both");
	return true;
}

static bool may_read(const struct check *c, const struct stat *st)
{
	mode_t bit = st->st_uid == c->uid ? 0400 : st->st_gid == c->gid ? 040 : 04;

	return c->uid == 0 || (st->st_mode & bit);
}

/* Whether path, which is there, lies below the folder, links followed. */
static bool is_below(const char *dir, const char *path)
{
	char folder[PATH_MAX], file[PATH_MAX];
	size_t n;

	if (!realpath(dir, folder) || !realpath(path, file))
		return false;
	n = strlen(folder);
	return strncmp(file, folder, n) == 0 && file[n] == '/';
}

/* A file that a node has to read. Appends its content when it can be read here. */
static bool check_file(struct check *c, const struct user_setting *s, const char *value,
		       struct str *content, struct err *e)
{
	char path[PATH_MAX], why[128];
	struct stat st;
	int n = *value == '/' ? snprintf(path, sizeof(path), "%s", value)
			      : snprintf(path, sizeof(path), "%s/%s", c->dir, value);

	if (n < 0 || (size_t)n >= sizeof(path) || stat(path, &st) < 0) {
		found(c, s, s->key, "that file is not there", "run init prepare, or mount it");
		return true;
	}
	if (!is_below(c->dir, path))
		found(c, s, s->key, "that file is outside of the configuration folder",
		      "a node reads key material only below it: put it there");
	if (!may_read(c, &st)) {
		(void)snprintf(why, sizeof(why), "user %u:%u cannot read that file (%u:%u, %04o)",
			       c->uid, c->gid, st.st_uid, st.st_gid, st.st_mode & 07777);
		found(c, s, s->key, why, "change its owner or its mode");
	}
	if (!content || file_read(path, content, e))
		return true;
	return e->code != FAIL_MEMORY;
}

static bool check_names(struct check *c, const struct context *x, const struct user_setting *s,
			const struct cert *cert)
{
	const char *host = instance_host(c->self);
	char why[400];

	if (!x->http || cert_covers(cert, host))
		return true;
	(void)snprintf(why, sizeof(why), "its names do not cover %.300s, where others call", host);
	found(c, s, s->key, why, "make another with that name, or correct the stack file");
	return true;
}

static bool check_pair(struct check *c, const struct context *x, struct err *e)
{
	const struct user_setting *ks = get(c, x, x->key), *cs = get(c, x, x->certificate),
				  *ts = get(c, x, x->trust);
	auto_str_wiped key_pem = STR_INIT(256 * 1024);
	auto_str cert_pem = STR_INIT(256 * 1024);
	struct err why = { 0 };
	auto_key key = NULL;
	auto_cert cert = NULL;

	for (size_t i = 0; ts && i < ts->values.count; i++)
		if (!check_file(c, ts, ts->values.items[i], NULL, e))
			return false;
	if (!ks || !cs)
		return true;
	if (!check_file(c, ks, ks->text, &key_pem, e) || !check_file(c, cs, cs->text, &cert_pem, e))
		return false;
	if (cert_pem.len == 0)
		return true;
	if (!cert_parse(str_text(&cert_pem), cert_pem.len, cs->text, &cert, &why)) {
		found(c, cs, cs->key, "no certificate can be read from that file",
		      "certgen inspect shows what is in it");
		return why.code != FAIL_MEMORY;
	}
	if (!check_names(c, x, cs, cert))
		return false;
	if (key_pem.len > 0 &&
	    key_parse(str_text(&key_pem), key_pem.len, ks->text, NULL, &key, &why) &&
	    !cert_fits_key(cert, key))
		found(c, cs, cs->key, "the key of the same context is not its own",
		      "nodes start with it, and every handshake fails: bring both of one pair");
	return true;
}

static bool check_contexts(struct check *c, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(contexts); i++)
		if (contexts[i].role == c->self->role &&
		    (!check_enabled(c, &contexts[i], e) || !check_pair(c, &contexts[i], e)))
			return false;
	return true;
}

static size_t count_masters(const struct stack *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->instance_count; i++)
		n += instance_may_be_master(&s->instances[i]);
	return n;
}

static bool check_cluster(struct check *c, struct err *e)
{
	const struct user_setting *type = get(c, NULL, "discovery.type"),
				  *first = get(c, NULL, "cluster.initial_master_nodes");
	bool several = stack_node_count(c->stack) > 1;

	(void)e;
	if (!instance_is_node(c->self))
		return true;
	if (!first)
		first = get(c, NULL, "cluster.initial_cluster_manager_nodes");
	if (several && is_set_to(type, "single-node"))
		found(c, type, type->key, "each node would be a cluster of its own",
		      "remove it: the stack has several nodes");
	if (first && c->sealed)
		found(c, first, first->key,
		      "the cluster stands, and a node that lost its data would found another",
		      "remove it, or run init prepare");
	else if (first && several && first->values.count < count_masters(c->stack))
		found(c, first, first->key,
		      "not all masters of the stack are in it: two clusters may form",
		      "name all of them, in the same way on each");
	if (several && !get(c, NULL, "discovery.seed_hosts") &&
	    !get(c, NULL, "discovery.seed_providers"))
		found(c, type, "discovery.seed_hosts",
		      "it is not set, and the stack has several nodes", "run init prepare");
	if (several && c->self->role == ROLE_ELASTICSEARCH &&
	    is_set_to(get(c, NULL, "xpack.security.enabled"), "true") &&
	    !is_set_to(get(c, &contexts[0], "enabled"), "true"))
		found(c, get(c, &contexts[0], "enabled"), "xpack.security.transport.ssl.enabled",
		      "several nodes with passwords and without TLS between them: bootstrap checks "
		      "refuse that",
		      "raise the level to basic");
	return true;
}

/* Whether its keystore sets it; a locked one, or one that is damaged, is not for us to judge. */
static bool is_in_keystore(const struct check *c, const char *key)
{
	const char *file = instance_keystore_file(c->self);
	const struct keystore_product *product = file ? keystore_product_of_file(file) : NULL;
	auto_str_wiped bytes = STR_INIT(KEYSTORE_MAX_BYTES);
	auto_keystore k = NULL;
	char path[PATH_MAX];
	struct err why;

	if (!product)
		return false;
	(void)snprintf(path, sizeof(path), "%s/%s", c->dir, file);
	if (!file_read(path, &bytes, &why))
		return why.code != FAIL_MISSING;
	return !product->codec->parse(&bytes, path, NULL, &k, &why) || keystore_find(k, key);
}

static bool check_kibana(struct check *c, struct err *e)
{
	static const char *const keys[] = { "xpack.security.encryptionKey",
					    "xpack.encryptedSavedObjects.encryptionKey",
					    "xpack.reporting.encryptionKey" };
	const struct user_setting *user = get(c, NULL, "elasticsearch.username");

	(void)e;
	if (c->self->role != ROLE_KIBANA)
		return true;
	if (is_set_to(user, "elastic"))
		found(c, user, user->key,
		      "Kibana refuses the superuser since 8.0, and it may do too much before",
		      "use kibana_system, or a service token");
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct user_setting *s = get(c, NULL, keys[i]);

		if (!s && !is_in_keystore(c, keys[i]))
			found(c, NULL, keys[i],
			      "it is not set, so each start and each replica makes another",
			      "set the same one in every Kibana");
		else if (s && strlen(s->text) < 32)
			found(c, s, keys[i], "it has fewer than 32 characters", "make it longer");
	}
	return true;
}

static bool (*const checks[])(struct check *c, struct err *e) = {
	check_known, check_values, check_contexts, check_cluster, check_kibana,
};

/* --user, or the folder's owner; a folder of root's is read by the image's user. */
static bool find_reader(struct check *c, const char *text, struct err *e)
{
	char uid[16] = "", gid[16] = "";
	uid_t owner;
	gid_t group;

	if (text)
		return (sscanf(text, "%15[0-9]:%15[0-9]", uid, gid) == 2 &&
			strlen(text) == strlen(uid) + 1 + strlen(gid) &&
			num_parse(uid, 0, INT_MAX, &c->uid) &&
			num_parse(gid, 0, INT_MAX, &c->gid)) ||
		       err_set(e, FAIL_USAGE, "--user takes numbers such as 1000:0, not '%s'",
			       text);
	if (!dir_owner(c->dir, &owner, &group, e))
		return false;
	c->uid = owner == 0 ? 1000 : owner;
	c->gid = owner == 0 ? 0 : group;
	return true;
}

/* Without the store nothing is known of the seal. */
static void look_for_seal(struct check *c, const char *where)
{
	auto_store store = NULL;
	struct seal_record record;
	struct err ignored;

	c->sealed = store_open(where, STORE_READ, &store, &ignored) &&
		    seal_record_load(store, &record, &ignored) && record.found;
}

bool config_check_instance(const struct options *o, const struct stack *s, const struct instance *i,
			   struct str *out, unsigned *findings, struct err *e)
{
	struct check c = { .stack = s, .self = i, .dir = prepare_config_dir(o, i), .out = out };
	const char *file = role_row(i->role)->config_file;
	auto_str text = STR_INIT(YAML_MAX_BYTES);
	bool ok;

	if (!file || !c.dir)
		return err_set(e, FAIL_CONFIG, "no configuration of role %s can be checked",
			       role_row(i->role)->name);
	(void)snprintf(c.path, sizeof(c.path), "%s/%s", c.dir, file);
	if (!find_reader(&c, o->user, e) || !file_read(c.path, &text, e))
		return false;
	look_for_seal(&c, o->store);
	ok = user_settings_read(str_text(&text), c.path, &c.set, e);
	for (size_t k = 0; ok && k < ARRAY_LEN(checks); k++)
		ok = checks[k](&c, e);
	user_settings_clear(&c.set);
	*findings = c.findings;
	return ok && str_ok(out, e);
}
