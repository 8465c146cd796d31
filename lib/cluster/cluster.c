#include "cluster/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/json.h"

enum { URL_MAX_BYTES = 1024, CALL_MOST_MS = 10000, CALL_LEAST_MS = 1000, MASTER_TIMEOUT_S = 2 };

static const char *const step_names[] = {
	[READY_NOTHING] = "nothing", [READY_NAME] = "name",     [READY_TCP] = "tcp",
	[READY_TLS] = "tls",         [READY_HTTP] = "http",     [READY_AUTH] = "auth",
	[READY_MASTER] = "master",   [READY_YELLOW] = "yellow", [READY_GREEN] = "green",
};

/* Where each distribution says who we are; and whether its node can tell yet, where that is a
 * question of its own: OpenSearch's security plugin loads its index after the node answers HTTP
 * and the cluster is green. */
static const struct api {
	const char *login_path;
	const char *ready_path; /* 200 when it can; NULL: a login says it all */
} apis[] = {
	[DIST_ELASTICSEARCH] = { "/_security/_authenticate", NULL },
	[DIST_OPENSEARCH] = { "/_plugins/_security/authinfo", "/_plugins/_security/health" },
};

struct cluster {
	const struct distribution_row *distribution;
	const struct api *api;
	const struct list *urls;
	struct deadline until;       /* of whoever waits */
	size_t asked;                /* index of the url in use */
	struct http *http;           /* for users: shows no certificate */
	struct http *http_certified; /* for the administrator; NULL: there is none */
};

const char *ready_step_name(enum ready_step step)
{
	return step_names[step];
}

bool ready_step_parse(const char *text, enum ready_step *out)
{
	for (size_t i = READY_TCP; i < ARRAY_LEN(step_names); i++)
		if (strcmp(text, step_names[i]) == 0) {
			*out = (enum ready_step)i;
			return true;
		}
	return false;
}

bool cluster_new(const struct distribution_row *d, const struct list *urls,
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
		.method = method, .url = url, .body = body, .timeout_ms = call_timeout_ms(c)
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

void cluster_explain(const struct http_reply *r, char reason[256])
{
	auto_json body = NULL;
	struct err ignored;
	const char *words = NULL;

	if (r->stage != HTTP_STAGE_REPLY) {
		(void)snprintf(reason, 256, "%s", r->reason);
		return;
	}
	if (json_parse(str_text(&r->body), r->body.len, &body, &ignored)) {
		words = json_text(body, "error.reason");
		if (!words)
			words = json_text(body, "message");
		if (!words)
			words = json_text(body, "reason");
	}
	if (!words)
		words = str_text(&r->body);
	(void)snprintf(reason, 256, "HTTP %ld%s%.*s", r->status, *words ? ": " : "",
		       (int)strcspn(words, "\r\n") < 200 ? (int)strcspn(words, "\r\n") : 200,
		       words);
}

static enum ready_step reached_by(const struct http_reply *r)
{
	static const enum ready_step by_stage[] = {
		[HTTP_STAGE_NAME] = READY_NOTHING, [HTTP_STAGE_TCP] = READY_NAME,
		[HTTP_STAGE_TLS] = READY_TCP,      [HTTP_STAGE_HTTP] = READY_TLS,
		[HTTP_STAGE_REPLY] = READY_HTTP,
	};

	return by_stage[r->stage];
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

	if (!cluster_call(c, "GET", "/", as, NULL, &r, e))
		return false;
	out->reached = reached_by(&r);
	cluster_explain(&r, out->reason);
	out->refused = r.stage == HTTP_STAGE_REPLY && r.status == 401;
	if (r.stage != HTTP_STAGE_REPLY || r.status != 200)
		return true;
	if (!json_parse(str_text(&r.body), r.body.len, &body, e) ||
	    !json_text(body, "cluster_name")) {
		(void)snprintf(out->reason, sizeof(out->reason), "this is no %s",
			       c->distribution->name);
		return true;
	}
	out->reached = READY_AUTH;
	copy_text(out->name, sizeof(out->name), body, "cluster_name");
	copy_text(out->uuid, sizeof(out->uuid), body, "cluster_uuid");
	return true;
}

/* Whether the node can tell right from wrong passwords; takes a step back when it cannot. */
static bool look_at_security(struct cluster *c, const struct login *as, struct cluster_state *out,
			     struct err *e)
{
	auto_http_reply r = { 0 };

	if (!c->api->ready_path)
		return true;
	if (!cluster_call(c, "GET", c->api->ready_path, as, NULL, &r, e))
		return false;
	if (r.stage == HTTP_STAGE_REPLY && r.status == 200)
		return true;
	out->reached = READY_HTTP;
	cluster_explain(&r, out->reason);
	return true;
}

static bool look_at_health(struct cluster *c, const struct login *as, struct cluster_state *out,
			   struct err *e)
{
	static const struct {
		const char *status;
		enum ready_step reached;
	} colours[] = { { "red", READY_MASTER },
			{ "yellow", READY_YELLOW },
			{ "green", READY_GREEN } };
	auto_http_reply r = { 0 };
	auto_json body = NULL;
	const char *status;
	char path[96];
	double nodes, data_nodes;

	(void)snprintf(path, sizeof(path), "/_cluster/health?timeout=%ds&master_timeout=%ds", 1,
		       MASTER_TIMEOUT_S);
	if (!cluster_call(c, "GET", path, as, NULL, &r, e))
		return false;
	cluster_explain(&r, out->reason);
	if (r.stage != HTTP_STAGE_REPLY || (r.status != 200 && r.status != 408) ||
	    !json_parse(str_text(&r.body), r.body.len, &body, e))
		return true;
	status = json_text(body, "status");
	if (!status || strcmp(out->uuid, "_na_") == 0 || !*out->uuid) {
		(void)snprintf(out->reason, sizeof(out->reason), "no master is elected yet");
		return true;
	}
	if (json_number(body, "number_of_nodes", &nodes) && nodes > 0 && nodes < 1e6)
		out->nodes = (unsigned)nodes;
	/* A cluster of masters alone is green, and cannot store a password: the security index
	 * would be created without a primary (elasticsearch #38261). */
	if (json_number(body, "number_of_data_nodes", &data_nodes) && data_nodes < 1) {
		out->reached = READY_MASTER;
		(void)snprintf(out->reason, sizeof(out->reason), "no data node has joined yet");
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(colours); i++)
		if (strcmp(status, colours[i].status) == 0)
			out->reached = colours[i].reached;
	(void)snprintf(out->reason, sizeof(out->reason), "the cluster is %.20s with %u nodes",
		       status, out->nodes);
	return true;
}

bool cluster_probe(struct cluster *c, const struct login *as, struct cluster_state *out,
		   struct err *e)
{
	*out = (struct cluster_state){ .reached = READY_NOTHING };
	if (!look_at_root(c, as, out, e) ||
	    (out->reached == READY_AUTH && !look_at_security(c, as, out, e)))
		return false;
	return out->reached < READY_AUTH || look_at_health(c, as, out, e);
}

bool cluster_login(struct cluster *c, const struct login *as, enum login_answer *out,
		   char reason[256], struct err *e)
{
	auto_http_reply r = { 0 };

	if (!cluster_call(c, "GET", c->api->login_path, as, NULL, &r, e))
		return false;
	cluster_explain(&r, reason);
	*out = LOGIN_NOT_YET;
	if (r.stage == HTTP_STAGE_REPLY && r.status == 200)
		*out = LOGIN_OK;
	else if (r.stage == HTTP_STAGE_REPLY && r.status == 401)
		*out = LOGIN_REFUSED;
	return true;
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
