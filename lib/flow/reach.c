#include "flow/reach.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "flow/passwords.h"
#include "stack/url.h"

/* A password never leaves for an address whose certificate nobody checks. */
static bool check_url(const struct stack *s, const char *url, struct err *e)
{
	const char *scheme = s->level >= LEVEL_HTTPS ? "https://" : "http://";
	size_t n = strlen(scheme);
	const char *host = url + n;

	if (strncmp(url, scheme, n) == 0 && *host && host[strcspn(host, "/@?# ")] == '\0')
		return true;
	if (strncmp(url, scheme, n) == 0)
		return err_set(e, FAIL_USAGE, "--url is more or less than %shost:port", scheme) ||
		       err_hint(e, "leave out a user, a path and a final slash");
	return err_set(e, FAIL_USAGE, "--url '%s' does not begin with %s", url, scheme) ||
	       err_hint(e, "level %s speaks nothing else", level_name(s->level));
}

bool reach_urls(const struct options *o, const struct stack *s, const struct instance *first,
		enum reach_whom whom, struct list *urls, struct err *e)
{
	bool all = whom == REACH_ALL;

	for (size_t k = 0; k < o->urls.count; k++)
		if (!check_url(s, o->urls.items[k], e) || !list_add(urls, o->urls.items[k], e))
			return false;
	if (urls->count > 0)
		return true;
	if (first && (instance_is_node(first) || !all) && !url_add(s, first, urls, e))
		return false;
	if (all && !url_add_nodes(s, urls, e))
		return false;
	if (urls->count > 0)
		return true;
	return err_set(e, FAIL_CONFIG, "the stack describes no node that could be asked") ||
	       err_hint(e, "give its address with --url");
}

static const char *user_of(const struct reach *r)
{
	return r->user ? r->user : stack_distribution(r->stack)->superuser;
}

static bool has_sealer(const struct reach *r)
{
	return r->bootstrap || r->admin.key_pem.len > 0 || stack_sealer(r->stack) == SEALER_NOBODY;
}

/* Load the logins that this container can see and that we do not have yet. */
static bool load_logins(struct reach *r, struct err *e)
{
	auto_material m = { .store = r->store, .stack = r->stack };
	struct passwords where = { .store = r->store };
	const struct distribution_row *d = stack_distribution(r->stack);
	char path[128];

	if (!r->store)
		return true;
	(void)snprintf(path, sizeof(path), "passwords/%s", user_of(r));
	if (!r->superuser && store_has(r->store, path) &&
	    !password_of_user(&where, user_of(r), &r->superuser, e))
		return false;
	if (r->user || has_sealer(r) || !store_has(r->store, d->sealer_file))
		return true;
	return d->sealer == SEALER_CERTIFICATE ? material_admin_pair(&m, &r->admin, e)
					       : password_bootstrap(&where, &r->bootstrap, e);
}

bool reach_connect(struct reach *r, struct err *e)
{
	struct http_trust trust = { .ca = &r->trust };
	size_t at;

	if (!load_logins(r, e))
		return false;
	if (r->admin.key_pem.len > 0) {
		trust.client_cert = &r->admin.cert_pem;
		trust.client_key = &r->admin.key_pem;
	}
	at = r->cluster ? cluster_asked(r->cluster) : 0;
	cluster_free(TAKE(r->cluster));
	if (!cluster_new(stack_distribution(r->stack), r->stack->name, &r->urls, &trust,
			 &r->cluster, e))
		return false;
	cluster_ask(r->cluster, at);
	return true;
}

/* What the user says opens the superuser takes the place of the bootstrap password. */
static bool load_given_sealer(const struct options *o, struct reach *r, struct err *e)
{
	if (!o->superuser_file)
		return true;
	if (stack_distribution(r->stack)->sealer != SEALER_BOOTSTRAP)
		return err_set(e, FAIL_USAGE, "--elastic-password-file is not for %s",
			       stack_distribution(r->stack)->name) ||
		       err_hint(e, "its administrator's certificate sets the passwords");
	r->given = true;
	return password_in_file(o->superuser_file, &r->bootstrap, e);
}

bool reach_open(const struct options *o, const struct stack *s, struct store *store,
		const struct instance *first, struct reach *out, struct err *e)
{
	out->stack = s;
	out->store = store;
	if (!load_given_sealer(o, out, e) || !reach_urls(o, s, first, REACH_ALL, &out->urls, e))
		return false;
	if (s->level >= LEVEL_HTTPS && !store_read(store, "trust/http.crt", false, &out->trust, e))
		return err_hint(e, "run init prepare first");
	return reach_connect(out, e);
}

struct login reach_sealer(const struct reach *r)
{
	if (r->bootstrap)
		return (struct login){ stack_distribution(r->stack)->superuser, r->bootstrap };
	return (struct login){ NULL, NULL };
}

struct login reach_superuser(const struct reach *r)
{
	return (struct login){ user_of(r), r->superuser };
}

/* An administrator's certificate is let in at any time. Without one, the sealer is before the seal
 * and the superuser after it: the likelier one is asked for first. */
bool reach_probe(struct reach *r, enum ready_step wanted, struct cluster_state *out, struct err *e)
{
	struct login superuser = reach_superuser(r), sealer = reach_sealer(r);
	bool has_superuser = r->superuser && r->admin.key_pem.len == 0;
	bool sealed = !r->store || store_has(r->store, "seal.json");
	bool as_sealer = sealer.user ? !sealed || !has_superuser : !has_superuser;

	if (!cluster_probe(r->cluster, as_sealer ? &sealer : &superuser, wanted, out, e))
		return false;
	if (out->refused && has_superuser && sealer.user) {
		as_sealer = !as_sealer;
		if (!cluster_probe(r->cluster, as_sealer ? &sealer : &superuser, wanted, out, e))
			return false;
	}
	r->sealer_let_in = as_sealer && out->reached >= READY_AUTH;
	return true;
}

/* What each node said last, and since when it has been nothing but a refusal. */
struct watch {
	struct seen {
		enum ready_step step;
		char reason[REASON_BYTES];
	} * seen; /* one for each url */
	struct backoff pause;
	enum ready_step best;
	struct deadline refused_until; /* meaningful while refused */
	bool refused;
};

static void watch_clear(struct watch *w)
{
	free(w->seen);
}

/* A line when a node says something new; quick looks again when the cluster has come further. */
static void note_change(struct watch *w, const struct reach *r, enum ready_step wanted,
			const struct cluster_state *now)
{
	struct seen *seen = &w->seen[cluster_asked(r->cluster)];

	if (now->reached > w->best) {
		w->best = now->reached;
		w->pause = now->reached < READY_HTTP ? (struct backoff)BACKOFF_POLL
						     : (struct backoff)BACKOFF_POLL_NEAR;
	}
	if (now->reached == seen->step && strcmp(now->reason, seen->reason) == 0)
		return;
	log_progress("waiting", "for", ready_step_name(wanted), "reached",
		     ready_step_name(now->reached), "reason", now->reason, "url",
		     cluster_url(r->cluster), NULL);
	seen->step = now->reached;
	memcpy(seen->reason, now->reason, sizeof(seen->reason));
}

/* A node that is not there says nothing about passwords; one that answers otherwise does. */
static bool refused_long_enough(struct watch *w, const struct cluster_state *now,
				unsigned refused_s)
{
	bool refused = now->verdict == VERDICT_SETTLE;

	if (refused && !w->refused)
		w->refused_until = deadline_in_s(refused_s);
	if (refused || now->reached >= READY_HTTP)
		w->refused = refused;
	return w->refused && refused_s > 0 && deadline_passed(w->refused_until);
}

bool reach_wait(struct reach *r, enum ready_step step, struct deadline until, unsigned refused_s,
		struct cluster_state *out, struct err *e)
{
	CLEANUP(watch_clear) struct watch w = { .pause = BACKOFF_POLL };

	w.seen = calloc(r->urls.count, sizeof(*w.seen));
	if (!w.seen)
		return err_set(e, FAIL_MEMORY, "out of memory to watch %zu nodes", r->urls.count);
	cluster_hurry(r->cluster, until);
	for (;;) {
		if (!reach_probe(r, step, out, e))
			return false;
		if (out->reached >= step)
			return true;
		note_change(&w, r, step, out);
		if (out->verdict == VERDICT_STOP || refused_long_enough(&w, out, refused_s))
			return cluster_complain(r->cluster, step, out, e);
		if (deadline_passed(until)) {
			out->code = FAIL_TIMEOUT;
			return cluster_complain(r->cluster, step, out, e);
		}
		/* Who began to wait while prepare was at work has not seen all of it. */
		if (out->refused && !(r->superuser && has_sealer(r))) {
			if (!reach_connect(r, e))
				return false;
			cluster_hurry(r->cluster, until);
		}
		cluster_ask(r->cluster, cluster_asked(r->cluster) + 1);
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
