#include "flow/health.h"

#include <stdio.h>

#include "flow/passwords.h"
#include "flow/prepare.h"
#include "flow/reach.h"
#include "os/file.h"

enum { PATH_BYTES = 4096 };

/* Pages that say whether it is ready, and need no login: Kibana's status, 503 until it is; a 401 or
 * a redirect to a login page says that it is up. Dashboards has kept it. */
static const char *const status_pages[ROLE_COUNT] = {
	[ROLE_KIBANA] = "/api/status",
	[ROLE_OPENSEARCH_DASHBOARDS] = "/api/status",
};

/* A container may see its own files only, and none of the store. */
static bool open_store(const struct options *o, struct store **out, struct err *e)
{
	return store_open(o->store, STORE_READ, out, e) || e->code == FAIL_MISSING ||
	       e->code == FAIL_DENIED;
}

static bool load_trust(const struct options *o, const struct instance *self, struct reach *r,
		       struct err *e)
{
	const char *dir = self ? prepare_config_dir(o, self) : o->config_dir;
	char path[PATH_BYTES];

	if (r->stack->level < LEVEL_HTTPS)
		return true;
	if (r->store && store_has(r->store, "trust/http.crt"))
		return store_read(r->store, "trust/http.crt", false, &r->trust, e);
	(void)snprintf(path, sizeof(path), "%s/certs/http-ca.crt", dir ? dir : ".");
	return file_read(path, &r->trust, e) ||
	       err_hint(e, "init prepare makes it; or give --config-dir or --store");
}

static bool load_login(const struct options *o, struct reach *r, struct err *e)
{
	const char *superuser = stack_distribution(r->stack)->superuser;

	r->user = o->user;
	if (o->password_file)
		return password_in_file(o->password_file, &r->superuser, e);
	return password_given(o->user ? o->user : superuser, &r->superuser, e);
}

static bool has_login(const struct reach *r)
{
	return r->superuser || r->bootstrap || r->admin.key_pem.len > 0;
}

static bool parse_step(const char *what, enum ready_step *out, struct err *e)
{
	return ready_step_parse(what, out) ||
	       err_set(e, FAIL_USAGE, "there is no step '%s'", what) ||
	       err_hint(e, "tcp, tls, http, auth, master, security, yellow or green");
}

/* Look as often as there are ways to it; where none leads on, what the first way showed counts, as
 * it is the nearest. */
static bool look(struct reach *r, bool at_home, enum ready_step wanted, struct cluster_state *out,
		 struct err *e)
{
	struct cluster_state away;

	cluster_through(r->cluster, at_home ? "localhost" : NULL);
	if (!reach_probe(r, wanted, out, e))
		return false;
	if (!at_home || out->reached >= READY_TLS)
		return true;
	cluster_through(r->cluster, NULL);
	if (!reach_probe(r, wanted, &away, e))
		return false;
	if (away.reached > out->reached)
		*out = away;
	return true;
}

static bool look_at_page(struct reach *r, bool at_home, const char *page, struct diagnosis *out,
			 struct err *e)
{
	auto_http_reply reply = { 0 };

	cluster_through(r->cluster, at_home ? "localhost" : NULL);
	if (!cluster_call(r->cluster, "GET", page, NULL, NULL, &reply, e))
		return false;
	diagnose(&reply, out);
	if (at_home && out->reached < READY_TLS)
		return look_at_page(r, false, page, out, e);
	if (reply.stage == HTTP_STAGE_REPLY && reply.status < 500)
		out->reached = READY_AUTH;
	return true;
}

static bool unhealthy(const struct reach *r, enum ready_step wanted, struct cluster_state *state,
		      struct err *e)
{
	if (state->code == FAIL_TIMEOUT) /* we did not wait */
		state->code = FAIL_NET;
	return cluster_complain(r->cluster, wanted, state, e);
}

/* A step that needs no login is asked for without one: no secret is read, and none leaves. */
static bool check_node(const struct options *o, struct reach *r, bool at_home, const char *what,
		       struct err *e)
{
	enum ready_step wanted = READY_AUTH;
	struct cluster_state state;

	if (what && !parse_step(what, &wanted, e))
		return false;
	if (wanted < READY_AUTH)
		r->store = NULL;
	else if (!load_login(o, r, e))
		return false;
	if (!reach_connect(r, e))
		return false;
	if (wanted >= READY_AUTH && !has_login(r)) {
		if (what)
			return err_set(e, FAIL_CONFIG, "'%s' needs a password, and none is at hand",
				       what) ||
			       err_hint(e, "give --password-file, or ask for http");
		wanted = READY_HTTP;
	}
	cluster_hurry(r->cluster, deadline_in_s(o->health_s));
	if (!look(r, at_home, wanted, &state, e))
		return false;
	return state.reached >= wanted || unhealthy(r, wanted, &state, e);
}

static bool check_page(const struct options *o, struct reach *r, bool at_home,
		       const struct instance *self, const char *what, struct err *e)
{
	const struct role_row *role = role_row(self->role);
	const char *page = status_pages[self->role];
	enum ready_step wanted = READY_AUTH;
	struct diagnosis d;

	if (!page)
		return err_set(e, FAIL_USAGE, "role %s has no status page that we know",
			       role->name);
	if (what && (!ready_step_parse(what, &wanted) || wanted > READY_HTTP))
		return err_set(e, FAIL_USAGE, "role %s has no step '%s'", role->name, what) ||
		       err_hint(e, "tcp, tls or http; without one its status page is asked");
	r->store = NULL; /* whoever asks for the page needs no login */
	if (!reach_connect(r, e))
		return false;
	cluster_hurry(r->cluster, deadline_in_s(o->health_s));
	if (!look_at_page(r, at_home, page, &d, e))
		return false;
	if (d.reached >= wanted)
		return true;
	return err_set(e, d.code == FAIL_TIMEOUT ? FAIL_NET : d.code, "%s is not ready: %s",
		       cluster_url(r->cluster), d.reason) ||
	       err_hint(e, "%s", d.hint);
}

bool health_check(const struct options *o, const struct stack *s, const struct instance *self,
		  const char *what, struct err *e)
{
	bool at_home = o->urls.count == 0, node = !self || instance_is_node(self);
	auto_store store = NULL;
	auto_reach r = REACH_INIT;

	if (!open_store(o, &store, e))
		return false;
	r.stack = s;
	r.store = store;
	if (!reach_urls(o, s, self, REACH_FIRST, &r.urls, e) || !load_trust(o, self, &r, e))
		return false;
	return node ? check_node(o, &r, at_home, what, e)
		    : check_page(o, &r, at_home, self, what, e);
}
