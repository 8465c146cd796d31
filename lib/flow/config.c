#include "flow/config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/logstash_output.h"
#include "conf/outputs.h"
#include "conf/render.h"
#include "conf/yaml.h"
#include "flow/instance_keystore.h"
#include "flow/passwords.h"
#include "stack/setting.h"
#include "stack/url.h"

enum { MAX_SECRETS = 8, NAME_BYTES = 80 };

/* The secrets that the settings of a role name. */
struct secrets {
	struct render_secret rows[MAX_SECRETS];
	char names[MAX_SECRETS][NAME_BYTES];
	struct secret *owned[MAX_SECRETS];
	size_t count;
};

static void secrets_clear(struct secrets *s)
{
	for (size_t k = 0; k < s->count; k++)
		secret_free(s->owned[k]);
}
#define auto_secrets CLEANUP(secrets_clear) struct secrets

/* What placeholders stand for; the texts and lists outlive the values. */
struct words {
	struct list seed_hosts, masters, nodes_dn, admin_dn, rest_roles, tenant_headers, hosts;
	struct str node_pattern;
	struct str certs, keystore; /* where they are */
	char kibana[URL_BYTES], own_url[URL_BYTES];
	char http_port[8], transport_port[8], port[8], any_transport_port[8];
};

/* clang-format off */
#define WORDS_INIT { .node_pattern = STR_INIT(1024), .certs = STR_INIT(PATH_MAX), .keystore = STR_INIT(PATH_MAX) }
/* clang-format on */

static void words_clear(struct words *w)
{
	list_clear(&w->seed_hosts);
	list_clear(&w->masters);
	list_clear(&w->nodes_dn);
	list_clear(&w->admin_dn);
	list_clear(&w->rest_roles);
	list_clear(&w->tenant_headers);
	list_clear(&w->hosts);
	str_clear(&w->node_pattern);
	str_clear(&w->certs);
	str_clear(&w->keystore);
}
#define auto_words CLEANUP(words_clear) struct words

/* Where the others are found, and who founds the cluster. */
static bool list_nodes(const struct stack *s, struct list *seed_hosts, struct list *masters,
		       struct err *e)
{
	for (size_t k = 0; k < s->instance_count; k++) {
		const struct instance *i = &s->instances[k];
		char address[URL_BYTES];

		if (!instance_may_be_master(i))
			continue;
		url_authority(instance_host(i), i->transport_port, address, sizeof(address));
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

/* The first one: any of them serves whoever sets up a Beat. */
static const struct instance *find_kibana(const struct stack *s)
{
	for (size_t k = 0; k < s->instance_count; k++)
		if (s->instances[k].role == ROLE_KIBANA)
			return &s->instances[k];
	return NULL;
}

/* A node reads below its configuration folder, and calls that by any name; all others read by path,
 * from wherever they run. */
static bool find_folders(const struct instance *i, const struct place *place, struct words *w,
			 struct err *e)
{
	const char *keystore = instance_keystore_file(i);
	char folder[PATH_MAX];

	if (!realpath(place->dir, folder))
		return err_errno(e, errno, "cannot find the absolute path of '%.200s'", place->dir);
	if (instance_is_node(i))
		str_add(&w->certs, "certs");
	else
		str_addf(&w->certs, "%s/certs", folder);
	if (keystore)
		str_addf(&w->keystore, "%s/%s", folder, keystore);
	return str_ok(&w->certs, e) && str_ok(&w->keystore, e);
}

static bool find_words(const struct material *m, const struct instance *i,
		       const struct config_subjects *subjects, const struct place *place,
		       struct words *w, struct err *e)
{
	const struct instance *kibana = find_kibana(m->stack);

	port_text(i->has_http_port, i->http_port, w->http_port);
	port_text(i->has_transport_port, i->transport_port, w->transport_port);
	port_text(true, i->http_port, w->port);
	port_text(true, i->transport_port, w->any_transport_port);
	url_of(m->stack, i, w->own_url);
	if (kibana)
		url_of(m->stack, kibana, w->kibana);
	return find_folders(i, place, w, e) && url_add_nodes(m->stack, &w->hosts, e) &&
	       list_nodes(m->stack, &w->seed_hosts, &w->masters, e) &&
	       node_pattern(subjects->transport, &w->node_pattern, e) &&
	       (w->node_pattern.len == 0 ||
		list_add(&w->nodes_dn, str_text(&w->node_pattern), e)) &&
	       (!*subjects->admin || list_add(&w->admin_dn, subjects->admin, e)) &&
	       list_split(&w->rest_roles, "all_access,security_rest_api_access", ',', e) &&
	       list_split(&w->tenant_headers, "authorization,securitytenant", ',', e);
}

/* The cluster makes it when it is sealed, which another container does. */
static bool await_token(const struct passwords *where, const struct instance *i, unsigned timeout_s,
			struct secret **out, struct err *e)
{
	struct deadline until = deadline_in_s(timeout_s);
	struct backoff pause = BACKOFF_POLL;
	char path[NAME_BYTES];
	bool said = false;

	(void)snprintf(path, sizeof(path), "tokens/%s", i->name);
	while (!store_has(where->store, path)) {
		if (where->check) {
			log_event(LOG_INFO, "would wait", "for", path, NULL);
			return true;
		}
		if (deadline_passed(until))
			return err_set(e, FAIL_TIMEOUT, "store '%s' did not get %s in time",
				       store_where(where->store), path) ||
			       err_hint(e, "the cluster makes it: look at what init run or init "
					   "seal of the nodes say");
		if (!said)
			log_progress("waiting", "for", path, NULL);
		said = true;
		backoff_sleep(&pause, until);
	}
	return password_kept(where, path, out, e);
}

/* What {placeholder} stands for; wait_s 0: a token that others make does not matter now. */
static bool find_secret(struct material *m, const struct instance *i, const char *placeholder,
			unsigned wait_s, struct secret **out, struct err *e)
{
	const struct passwords where = { m->store, m->check };
	const char *colon = strchr(placeholder, ':');

	if (strcmp(placeholder, "password") == 0)
		return password_of_user(&where, role_row(i->role)->user, out, e);
	if (strcmp(placeholder, "token") == 0)
		return m->stack->accounts == ACCOUNTS_FILE ? password_token(&where, i, out, e)
		       : wait_s == 0                       ? true
							   : await_token(&where, i, wait_s, out, e);
	if (colon && strncmp(placeholder, "password:", 9) == 0)
		return password_of_user(&where, colon + 1, out, e);
	if (colon && strncmp(placeholder, "secret:", 7) == 0)
		return password_made(&where, colon + 1, out, e);
	return err_set(e, FAIL_BUG, "there is no secret '%s'", placeholder);
}

static bool find_secrets(struct material *m, const struct instance *i,
			 const struct setting_scope *scope, unsigned wait_s, struct secrets *out,
			 struct err *e)
{
	const struct setting *s;

	for (size_t k = 0; (s = setting_at(scope, k)) != NULL; k++) {
		size_t at = out->count;

		if (!setting_is_secret(s))
			continue;
		if (at == MAX_SECRETS)
			return err_set(e, FAIL_BUG, "a role has too many secrets");
		(void)snprintf(out->names[at], NAME_BYTES, "%.*s", (int)strlen(s->value) - 2,
			       s->value + 1);
		out->count++;
		if (!find_secret(m, i, out->names[at], wait_s, &out->owned[at], e))
			return false;
		out->rows[at] = (struct render_secret){ out->names[at], out->owned[at] };
	}
	return true;
}

static struct setting_scope scope_of(const struct material *m, const struct instance *i,
				     const struct outputs *outputs)
{
	return (struct setting_scope){
		.role = i->role,
		.level = m->stack->level,
		.version = m->stack->version,
		.several = stack_node_count(m->stack) > 1,
		.forming = !material_is_sealed(m),
		.accounts = m->stack->accounts,
		.kibana = find_kibana(m->stack) != NULL,
		.token = stack_gives_token(m->stack, i),
		.other_output = outputs->other,
		.own_login = outputs->own_login,
	};
}

/* The entries that were left out of the text, each with its secret. */
static bool collect_entries(const struct setting_scope *scope, const struct secrets *secrets,
			    const struct list *keyed, struct keystore **out, struct err *e)
{
	const struct setting *s;
	size_t at = 0;

	if (!keystore_new(out, e))
		return false;
	for (size_t k = 0; (s = setting_at(scope, k)) != NULL; k++)
		if (setting_is_secret(s)) {
			const struct secret *secret = secrets->rows[at++].secret;

			if (secret && list_has(keyed, s->key) &&
			    !keystore_set(*out, s->key, KEYSTORE_TEXT, secret, e))
				return false;
		}
	return true;
}

static bool render(const struct stack *s, const struct instance *i, const struct words *w,
		   const struct setting_scope *scope, const struct secrets *secrets,
		   const char *before, const char *path, bool override, struct config *out,
		   struct err *e)
{
	auto_list keyed = { 0 };
	struct render_secrets hidden = { secrets->rows, secrets->count,
					 instance_has_keystore(i) ? &keyed : NULL, false };
	const char *user = role_row(i->role)->user;
	/* clang-format off */
	const struct render_value values[] = {
		{ "cluster",        s->name,           NULL,               false, NULL },
		{ "name",           i->name,           NULL,               false, NULL },
		{ "certs",          str_text(&w->certs), NULL,               false, NULL },
		{ "node_roles",     NULL,              &i->node_roles,     i->has_node_roles, "master,cluster_manager" },
		{ "http_port",      w->http_port,      NULL,               false, w->port },
		{ "transport_port", w->transport_port, NULL,               false, w->any_transport_port },
		{ "port",           w->port,           NULL,               false, NULL },
		{ "seed_hosts",     NULL,              &w->seed_hosts,     false, NULL },
		{ "masters",        NULL,              &w->masters,        false, NULL },
		{ "nodes_dn",       NULL,              &w->nodes_dn,       false, NULL },
		{ "admin_dn",       NULL,              &w->admin_dn,       false, NULL },
		{ "rest_roles",     NULL,              &w->rest_roles,     false, NULL },
		{ "tenant_headers", NULL,              &w->tenant_headers, false, NULL },
		{ "hosts",          NULL,              &w->hosts,          false, NULL },
		{ "host",           w->hosts.count ? w->hosts.items[0] : "", NULL, false, NULL },
		{ "kibana",         w->kibana,         NULL,               false, NULL },
		{ "own_url",        w->own_url,        NULL,               false, NULL },
		{ "keystore",       str_text(&w->keystore), NULL,               false, NULL },
		{ "user",           user ? user : "",  NULL,               false, NULL },
		{ NULL,             NULL,              NULL,               false, NULL },
	};
	/* clang-format on */

	if (!render_config(scope, values, &hidden, before, path, override ? &out->gave_way : NULL,
			   &out->text, e) ||
	    !collect_entries(scope, secrets, &keyed, &out->entries, e))
		return false;
	out->refused_modes = role_row(i->role)->refused_modes | (hidden.in_text ? 0077 : 0);
	return true;
}

static bool add_snippet(const struct material *m, const struct instance *i, const struct words *w,
			struct str *out, struct err *e)
{
	const struct passwords where = { m->store, m->check };
	auto_secret password = NULL;
	auto_str ca = STR_INIT(PATH_MAX);

	if (!password_of_user(&where, role_row(i->role)->user, &password, e))
		return false;
	if (!password)
		return true;
	str_addf(&ca, "%s/http-ca.crt", str_text(&w->certs));
	return str_ok(&ca, e) &&
	       logstash_output_format(m->stack->version, m->stack->level,
				      &(struct logstash_output){ &w->hosts, role_row(i->role)->user,
								 password, str_text(&ca) },
				      out, e);
}

static bool read_before(const struct place *place, const char *file, const char *path,
			struct str *before, struct err *e)
{
	bool found;

	if (!place_read(place, file, before, &found, e))
		return false;
	return strlen(str_text(before)) == before->len ||
	       err_set(e, FAIL_INPUT, "'%s' holds a NUL character", path) ||
	       err_hint(e, "restore it: what stands behind it would be lost");
}

bool config_make(struct material *m, const struct instance *i,
		 const struct config_subjects *subjects, unsigned timeout_s,
		 const struct place *place, struct config *out, struct err *e)
{
	const struct role_row *role = role_row(i->role);
	auto_str_wiped before = STR_INIT(YAML_MAX_BYTES);
	auto_words words = WORDS_INIT;
	auto_secrets secrets = { 0 };
	struct setting_scope scope;
	struct outputs outputs;
	char path[512];

	if (!role->config_file)
		return true;
	(void)snprintf(path, sizeof(path), "%s/%s", place->dir, role->config_file);
	if (!find_words(m, i, subjects, place, &words, e) ||
	    !read_before(place, role->config_file, path, &before, e) ||
	    !outputs_find(str_text(&before), path, &outputs, e))
		return false;
	scope = scope_of(m, i, &outputs);
	if (!find_secrets(m, i, &scope, timeout_s, &secrets, e) ||
	    !render(m->stack, i, &words, &scope, &secrets, str_text(&before), path, place->override,
		    out, e))
		return false;
	out->file = role->config_file;
	out->snippet_file = role->snippet;
	return !role->snippet || add_snippet(m, i, &words, &out->snippet, e);
}

bool config_place(const struct config *c, struct place *place, struct err *e)
{
	for (size_t k = 0; k < c->gave_way.count; k++)
		log_event(LOG_WARN, place->check ? "would override" : "overrode", "what",
			  c->gave_way.items[k], NULL);
	return !c->file || (place_config(place, c->file, &c->text, c->refused_modes, e) &&
			    (c->snippet.len == 0 || place_file(place, c->snippet_file, &c->snippet,
							       PLACE_SECRET_MODE, e)));
}

bool config_make_secrets(struct material *m, const struct instance *i, struct err *e)
{
	const struct outputs none = { 0 };
	const struct setting_scope scope = scope_of(m, i, &none);
	auto_secrets secrets = { 0 };

	return find_secrets(m, i, &scope, 0, &secrets, e);
}

void config_clear(struct config *c)
{
	str_wipe(&c->text);
	str_wipe(&c->snippet);
	keystore_free(c->entries);
	list_clear(&c->gave_way);
}
