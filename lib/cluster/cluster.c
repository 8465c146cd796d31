#include "cluster/cluster.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/json.h"

enum { URL_MAX_BYTES = 1024, CALL_MOST_MS = 10000, CALL_LEAST_MS = 1000 };

/* Where each distribution says who we are; and whether its node can tell yet, where that is a
 * question of its own: OpenSearch's security plugin loads its index after the node answers HTTP
 * and the cluster is green. */
static const struct api {
	const char *login_path;
	const char *ready_path; /* 200 when it can; NULL: a login says it all */
	const char *index;      /* where the passwords are */
} apis[] = {
	/* A pattern, since a name that is not there is red, and waited for. Elasticsearch's other
	 * two have no part in passwords, and may be red for ever on a cluster with data. */
	[DIST_ELASTICSEARCH] = { "/_security/_authenticate", NULL,
				 ".security*,-.security-tokens*,-.security-profile*" },
	[DIST_OPENSEARCH] = { "/_plugins/_security/authinfo", "/_plugins/_security/health",
			      ".opendistro_security*" },
};

struct cluster {
	const struct distribution_row *distribution;
	const struct api *api;
	const char *name;
	const struct list *urls;
	const char *through;         /* host to connect to; NULL: the url's */
	struct deadline until;       /* of whoever waits */
	size_t asked;                /* index of the url in use */
	struct http *http;           /* for users: shows no certificate */
	struct http *http_certified; /* for the administrator; NULL: there is none */
};

bool cluster_new(const struct distribution_row *d, const char *name, const struct list *urls,
		 const struct http_trust *trust, struct cluster **out, struct err *e)
{
	auto_cluster c = calloc(1, sizeof(*c));
	enum distribution which;

	if (!c)
		return err_set(e, FAIL_MEMORY, "out of memory for a cluster");
	if (urls->count == 0 || !distribution_parse(d->name, &which))
		return err_set(e, FAIL_CONFIG, "the stack has no node that could be asked");
	c->distribution = d;
	c->api = &apis[which];
	c->name = name;
	c->urls = urls;
	c->until = deadline_in_s(CALL_MOST_MS / 1000);
	/* OpenSearch takes whoever shows the administrator's certificate for the administrator,
	 * whatever password comes with it: users need a connection of their own. */
	if (!http_new(&(struct http_trust){ .ca = trust->ca }, &c->http, e) ||
	    (trust->client_cert && !http_new(trust, &c->http_certified, e)))
		return false;
	*out = TAKE(c);
	return true;
}

const struct distribution_row *cluster_distribution(const struct cluster *c)
{
	return c->distribution;
}

void cluster_ask(struct cluster *c, size_t i)
{
	c->asked = i % c->urls->count;
}

size_t cluster_asked(const struct cluster *c)
{
	return c->asked;
}

const char *cluster_url(const struct cluster *c)
{
	return c->urls->items[c->asked];
}

void cluster_through(struct cluster *c, const char *host)
{
	c->through = host;
}

void cluster_hurry(struct cluster *c, struct deadline until)
{
	c->until = until;
}

static unsigned call_timeout_ms(const struct cluster *c)
{
	int64_t left = deadline_left_ms(c->until);

	return left < CALL_LEAST_MS  ? CALL_LEAST_MS
	       : left > CALL_MOST_MS ? CALL_MOST_MS
				     : (unsigned)left;
}

bool cluster_call(struct cluster *c, const char *method, const char *path, const struct login *as,
		  const char *body, struct http_reply *out, struct err *e)
{
	char url[URL_MAX_BYTES];
	struct http_request rq = {
		.method = method,
		.url = url,
		.body = body,
		.through = c->through,
		.timeout_ms = call_timeout_ms(c),
	};

	if (snprintf(url, sizeof(url), "%s%s", cluster_url(c), path) >= (int)sizeof(url))
		return err_set(e, FAIL_CONFIG, "address '%.80s...' is too long", url);
	if (as && as->user) {
		rq.user = as->user;
		rq.password = as->password;
		return http_call(c->http, &rq, out, e);
	}
	return http_call(c->http_certified ? c->http_certified : c->http, &rq, out, e);
}

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
			    c->distribution->name);
	copy_text(out->name, sizeof(out->name), body, "cluster_name");
	copy_text(out->uuid, sizeof(out->uuid), body, "cluster_uuid");
	if (strcmp(out->name, c->name) != 0)
		return stay(out, "is that its address, and is cluster.name as the stack has it?",
			    "this is cluster '%.79s', and not '%.79s'", out->name, c->name);
	out->reached = READY_AUTH;
	return true;
}

/* Whether the node can tell right from wrong passwords; takes a step back when it cannot. */
static bool look_at_security(struct cluster *c, const struct login *as, struct cluster_state *out,
			     struct err *e)
{
	auto_http_reply r = { 0 };
	struct diagnosis d;

	if (!c->api->ready_path)
		return true;
	if (!cluster_call(c, "GET", c->api->ready_path, as, NULL, &r, e))
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
		       c->api->index);
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

bool cluster_login(struct cluster *c, const struct login *as, enum login_answer *out,
		   char reason[REASON_BYTES], struct err *e)
{
	auto_http_reply r = { 0 };
	struct diagnosis d;

	if (!cluster_call(c, "GET", c->api->login_path, as, NULL, &r, e))
		return false;
	diagnose(&r, &d);
	memcpy(reason, d.reason, REASON_BYTES);
	*out = LOGIN_NOT_YET;
	if (r.stage == HTTP_STAGE_REPLY && r.status == 200)
		*out = LOGIN_OK;
	else if (d.verdict == VERDICT_STOP)
		return cluster_refuse(c, &d, e);
	else if (r.stage == HTTP_STAGE_REPLY && r.status == 401)
		*out = LOGIN_REFUSED;
	return true;
}

bool cluster_refuse(const struct cluster *c, const struct diagnosis *d, struct err *e)
{
	return err_set(e, d->code, "%s: %s", cluster_url(c), d->reason) ||
	       err_hint(e, "%s", d->hint);
}

void cluster_free(struct cluster *c)
{
	if (!c)
		return;
	http_free(c->http);
	http_free(c->http_certified);
	free(c);
}

void cluster_freep(struct cluster **c)
{
	cluster_free(*c);
}
