#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cluster/cluster.h"
#include "net/json.h"

/* What else each distribution is asked. OpenSearch's security plugin loads its index after the node
 * answers HTTP and the cluster is green, and has a page that says so. */
static const struct questions {
	const char *ready_path; /* 200 when it can tell who is who; NULL: a login says it all */
	const char *index;      /* where the passwords are */
} questions[] = {
	/* A pattern, since a name that is not there is red, and waited for. Elasticsearch's other
	 * two have no part in passwords, and may be red for ever on a cluster with data. */
	[DIST_ELASTICSEARCH] = { NULL, ".security*,-.security-tokens*,-.security-profile*" },
	[DIST_OPENSEARCH] = { "/_plugins/_security/health", ".opendistro_security*" },
};

static void take(struct cluster_state *out, const struct diagnosis *d)
{
	out->reached = d->reached;
	out->verdict = d->verdict;
	out->code = d->code;
	out->hint = d->hint;
	memcpy(out->reason, d->reason, sizeof(out->reason));
}

static bool stay(struct cluster_state *out, const char *hint, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* It answers, but not as a node of this cluster does. Returns true: it could be asked. */
static bool stay(struct cluster_state *out, const char *hint, const char *fmt, ...)
{
	va_list ap;

	out->reached = READY_HTTP;
	out->verdict = VERDICT_WAIT;
	out->code = FAIL_TIMEOUT;
	out->hint = hint;
	va_start(ap, fmt);
	(void)vsnprintf(out->reason, sizeof(out->reason), fmt, ap);
	va_end(ap);
	return true;
}

static void copy_text(char *out, size_t size, const struct json *body, const char *path)
{
	const char *text = json_text(body, path);

	(void)snprintf(out, size, "%s", text ? text : "");
}

/* Both products answer their root with the cluster's name and UUID; "_na_" before a master. */
static bool look_at_root(struct cluster *c, const struct login *as, struct cluster_state *out,
			 struct err *e)
{
	auto_http_reply r = { 0 };
	auto_json body = NULL;
	struct diagnosis d;
	struct err ignored;

	if (!cluster_call(c, "GET", "/", as, NULL, &r, e))
		return false;
	diagnose(&r, &d);
	take(out, &d);
	out->refused = r.stage == HTTP_STAGE_REPLY && r.status == 401;
	if (r.stage != HTTP_STAGE_REPLY || r.status != 200)
		return true;
	if (!json_parse(str_text(&r.body), r.body.len, &body, &ignored) ||
	    !json_text(body, "cluster_name"))
		return stay(out, "is that the address of a node?", "this is no %s",
			    cluster_distribution(c)->name);
	copy_text(out->name, sizeof(out->name), body, "cluster_name");
	copy_text(out->uuid, sizeof(out->uuid), body, "cluster_uuid");
	if (strcmp(out->name, cluster_name(c)) != 0)
		return stay(out, "is that its address, and is cluster.name as the stack has it?",
			    "this is cluster '%.79s', and not '%.79s'", out->name, cluster_name(c));
	out->reached = READY_AUTH;
	return true;
}

/* Whether the node can tell right from wrong passwords; takes a step back when it cannot. */
static bool look_at_security(struct cluster *c, const struct login *as, struct cluster_state *out,
			     struct err *e)
{
	auto_http_reply r = { 0 };
	struct diagnosis d;

	const char *path = questions[cluster_product(c)].ready_path;

	if (!path)
		return true;
	if (!cluster_call(c, "GET", path, as, NULL, &r, e))
		return false;
	if (r.stage == HTTP_STAGE_REPLY && r.status == 200)
		return true;
	diagnose(&r, &d);
	take(out, &d);
	return true;
}

/* Ask one of the healths. An answer that is none leaves what was reached, and says why. */
static bool look_at_health(struct cluster *c, const struct login *as, const char *path,
			   void (*judge)(const struct json *health, struct diagnosis *out),
			   struct cluster_state *out, struct err *e)
{
	auto_http_reply r = { 0 };
	auto_json body = NULL;
	struct diagnosis d;
	struct err ignored;
	enum ready_step before = out->reached;

	if (!cluster_call(c, "GET", path, as, NULL, &r, e))
		return false;
	diagnose(&r, &d);
	if (r.stage == HTTP_STAGE_REPLY && (r.status == 200 || r.status == 408) &&
	    json_parse(str_text(&r.body), r.body.len, &body, &ignored))
		judge(body, &d);
	take(out, &d);
	if (out->reached < before)
		out->reached = before;
	return true;
}

/* OpenSearch takes both timeouts, too. */
#define HEALTH_TIMES "timeout=1s&master_timeout=2s"

static bool look_at_index(struct cluster *c, const struct login *as, struct cluster_state *out,
			  struct err *e)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "/_cluster/health/%s?level=indices&" HEALTH_TIMES,
		       questions[cluster_product(c)].index);
	if (!look_at_health(c, as, path, diagnose_security_index, out, e))
		return false;
	if (out->reached > READY_AUTH && (strcmp(out->uuid, "_na_") == 0 || !*out->uuid)) {
		(void)stay(out, "are enough master nodes up, and do they find each other?",
			   "no master is elected yet");
		out->reached = READY_AUTH;
	}
	return true;
}

bool cluster_probe(struct cluster *c, const struct login *as, enum ready_step wanted,
		   struct cluster_state *out, struct err *e)
{
	*out = (struct cluster_state){ .reached = READY_NOTHING, .hint = "" };
	if (!look_at_root(c, as, out, e) ||
	    (out->reached == READY_AUTH && !look_at_security(c, as, out, e)))
		return false;
	if (out->reached == READY_AUTH && wanted > READY_AUTH && !look_at_index(c, as, out, e))
		return false;
	return out->reached != READY_SECURITY || wanted <= READY_SECURITY ||
	       look_at_health(c, as, "/_cluster/health?" HEALTH_TIMES, diagnose_health, out, e);
}

bool cluster_complain(const struct cluster *c, enum ready_step wanted,
		      const struct cluster_state *state, struct err *e)
{
	bool in_time = state->code == FAIL_TIMEOUT;

	(void)err_set(e, state->code, "%s did not come to '%s'%s: %s", cluster_url(c),
		      ready_step_name(wanted), in_time ? " in time" : "", state->reason);
	return err_hint(e, "it came to '%s'; %s", ready_step_name(state->reached),
			*state->hint ? state->hint
				     : "look at its own log, or give a longer --timeout");
}
