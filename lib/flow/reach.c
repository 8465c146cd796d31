#include "flow/reach.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

enum { URL_BYTES = 400 };

static bool add_url(const struct stack *s, const struct instance *i, struct list *urls,
		    struct err *e)
{
	char url[URL_BYTES];
	const char *host = instance_host(i);
	bool v6 = strchr(host, ':') != NULL;

	(void)snprintf(url, sizeof(url), "%s://%s%s%s:%u",
		       s->level >= LEVEL_HTTPS ? "https" : "http", v6 ? "[" : "", host,
		       v6 ? "]" : "", i->http_port);
	return list_has(urls, url) || list_add(urls, url, e);
}

/* A password never leaves for an address whose certificate nobody checks. */
static bool check_url(const struct stack *s, const char *url, struct err *e)
{
	const char *scheme = s->level >= LEVEL_HTTPS ? "https://" : "http://";

	if (strncmp(url, scheme, strlen(scheme)) == 0)
		return true;
	return err_set(e, FAIL_USAGE, "--url '%s' does not begin with %s", url, scheme) ||
	       err_hint(e, "level %s speaks nothing else", level_name(s->level));
}

static bool collect_urls(const struct options *o, const struct stack *s,
			 const struct instance *first, struct list *urls, struct err *e)
{
	for (size_t k = 0; k < o->urls.count; k++)
		if (!check_url(s, o->urls.items[k], e) || !list_add(urls, o->urls.items[k], e))
			return false;
	if (urls->count > 0)
		return true;
	if (first && instance_is_node(first) && !add_url(s, first, urls, e))
		return false;
	for (size_t k = 0; k < s->instance_count; k++)
		if (instance_is_node(&s->instances[k]) && !add_url(s, &s->instances[k], urls, e))
			return false;
	if (urls->count > 0)
		return true;
	return err_set(e, FAIL_CONFIG, "the stack describes no node that could be asked") ||
	       err_hint(e, "give its address with --url");
}

static bool has_sealer(const struct reach *r)
{
	return r->bootstrap || r->admin.key_pem.len > 0;
}

/* Load the logins that this container can see and that we do not have yet. */
static bool load_logins(struct reach *r, struct err *e)
{
	auto_material m = { .store = r->store, .stack = r->stack };
	const struct distribution_row *d = stack_distribution(r->stack);
	char path[128];

	(void)snprintf(path, sizeof(path), "passwords/%s", d->superuser);
	if (!r->superuser && store_has(r->store, path) &&
	    !material_password(&m, d->superuser, &r->superuser, e))
		return false;
	if (has_sealer(r) || !store_has(r->store, d->sealer_file))
		return true;
	return d->sealer == SEALER_CERTIFICATE ? material_admin_pair(&m, &r->admin, e)
					       : material_bootstrap(&m, &r->bootstrap, e);
}

static bool connect_with_logins(struct reach *r, struct err *e)
{
	struct http_trust trust = { .ca = &r->trust };

	if (!load_logins(r, e))
		return false;
	if (r->admin.key_pem.len > 0) {
		trust.client_cert = &r->admin.cert_pem;
		trust.client_key = &r->admin.key_pem;
	}
	cluster_free(TAKE(r->cluster));
	return cluster_new(stack_distribution(r->stack), &r->urls, &trust, &r->cluster, e);
}

bool reach_open(const struct options *o, const struct stack *s, struct store *store,
		const struct instance *first, struct reach *out, struct err *e)
{
	out->stack = s;
	out->store = store;
	if (!collect_urls(o, s, first, &out->urls, e))
		return false;
	if (s->level >= LEVEL_HTTPS && !store_read(store, "trust/http.crt", false, &out->trust, e))
		return err_hint(e, "run init prepare first");
	return connect_with_logins(out, e);
}

struct login reach_sealer(const struct reach *r)
{
	if (r->bootstrap)
		return (struct login){ stack_distribution(r->stack)->superuser, r->bootstrap };
	return (struct login){ NULL, NULL };
}

struct login reach_superuser(const struct reach *r)
{
	return (struct login){ stack_distribution(r->stack)->superuser, r->superuser };
}

/* An administrator's certificate is let in at any time. Without one, as the superuser if that is
 * let in, else with the bootstrap password: before the seal only this is, after it only that. */
static bool probe(struct reach *r, struct cluster_state *out, struct err *e)
{
	struct login superuser = reach_superuser(r), sealer = reach_sealer(r);

	if (r->superuser && r->admin.key_pem.len == 0) {
		if (!cluster_probe(r->cluster, &superuser, out, e))
			return false;
		if (out->reached != READY_HTTP || !sealer.user)
			return true;
	}
	return cluster_probe(r->cluster, &sealer, out, e);
}

/* What was seen last, and since when it has been nothing but a refusal. */
struct watch {
	struct backoff pause;
	enum ready_step step;
	char reason[256];
	struct deadline refused_until; /* meaningful while refused */
	bool refused;
};

/* A line, and quick looks again, only when something has changed. */
static void note_change(struct watch *w, const struct reach *r, enum ready_step wanted,
			const struct cluster_state *now)
{
	if (now->reached == w->step && strcmp(now->reason, w->reason) == 0)
		return;
	log_event(LOG_INFO, "waiting", "for", ready_step_name(wanted), "reached",
		  ready_step_name(now->reached), "reason", now->reason, "url",
		  cluster_url(r->cluster), NULL);
	if (now->reached != w->step)
		w->pause = now->reached < READY_HTTP ? (struct backoff)BACKOFF_POLL
						     : (struct backoff)BACKOFF_POLL_NEAR;
	w->step = now->reached;
	memcpy(w->reason, now->reason, sizeof(w->reason));
}

static bool refused_long_enough(struct watch *w, const struct cluster_state *now,
				struct deadline until, unsigned refused_s)
{
	if (now->refused && !w->refused)
		w->refused_until = deadline_in_s(refused_s);
	w->refused = now->refused;
	return w->refused && refused_s > 0 &&
	       (deadline_passed(w->refused_until) || deadline_passed(until));
}

bool reach_wait(struct reach *r, enum ready_step step, struct deadline until, unsigned refused_s,
		struct cluster_state *out, struct err *e)
{
	struct watch w = { .pause = BACKOFF_POLL };

	cluster_hurry(r->cluster, until);
	for (;;) {
		if (!probe(r, out, e))
			return false;
		if (out->reached >= step)
			return true;
		note_change(&w, r, step, out);
		/* Who began to wait while prepare was at work has not seen all of it. */
		if (out->refused && !(r->superuser && has_sealer(r))) {
			if (!connect_with_logins(r, e))
				return false;
			cluster_hurry(r->cluster, until);
		}
		if (refused_long_enough(&w, out, until, refused_s))
			return err_set(e, FAIL_AUTH,
				       "%s lets nobody in whom the store knows: %.200s",
				       cluster_url(r->cluster), out->reason);
		if (deadline_passed(until)) {
			(void)err_set(e, FAIL_TIMEOUT, "%s did not come to '%s' in time: %.200s",
				      cluster_url(r->cluster), ready_step_name(step), out->reason);
			return err_hint(e,
					"it came to '%s'; look at its own log, or give a longer "
					"--timeout",
					ready_step_name(out->reached));
		}
		backoff_sleep(&w.pause, until);
	}
}

void reach_clear(struct reach *r)
{
	cluster_free(r->cluster);
	list_clear(&r->urls);
	str_clear(&r->trust);
	pair_clear(&r->admin);
	secret_free(r->superuser);
	secret_free(r->bootstrap);
}
