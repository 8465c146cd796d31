#include "cluster/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/json.h"

enum { URL_MAX_BYTES = 1024, CALL_MOST_MS = 10000, CALL_LEAST_MS = 1000 };

/* Where each distribution says who we are, and under which name in its answer. */
static const struct api {
	const char *login_path;
	const char *login_name;
} apis[] = {
	[DIST_ELASTICSEARCH] = { "/_security/_authenticate", "username" },
	[DIST_OPENSEARCH] = { "/_plugins/_security/authinfo", "user_name" },
};

struct cluster {
	const struct distribution_row *distribution;
	enum distribution product;
	const struct api *api;
	const char *name;
	const struct list *urls;
	const char *through;   /* host to connect to; NULL: the url's */
	struct deadline until; /* of whoever waits */
	size_t asked;          /* index of the url in use */
	struct http *http;     /* for users: shows no certificate */
	const struct str *ca;
	struct http_team *team;      /* for users, several at once; NULL until it is wanted */
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
	c->product = which;
	c->api = &apis[which];
	c->name = name;
	c->urls = urls;
	c->ca = trust->ca;
	c->until = deadline_in_s(CALL_MOST_MS / 1000);
	/* OpenSearch takes whoever shows the administrator's certificate for the administrator,
	 * whatever password comes with it: users need a connection of their own. */
	if (!http_new(&(struct http_trust){ .ca = trust->ca }, &c->http, e) ||
	    (trust->client_cert && !http_new(trust, &c->http_certified, e)))
		return false;
	*out = TAKE(c);
	return true;
}

enum distribution cluster_product(const struct cluster *c)
{
	return c->product;
}

const char *cluster_name(const struct cluster *c)
{
	return c->name;
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

static bool make_request(const struct cluster *c, const struct cluster_request *in,
			 char url[URL_MAX_BYTES], struct http_request *out, struct err *e)
{
	*out = (struct http_request){
		.method = in->method,
		.url = url,
		.body = in->body,
		.through = c->through,
		.timeout_ms = call_timeout_ms(c),
	};
	if (in->as && in->as->user) {
		out->user = in->as->user;
		out->password = in->as->password;
	}
	if (snprintf(url, URL_MAX_BYTES, "%s%s", cluster_url(c), in->path) < URL_MAX_BYTES)
		return true;
	return err_set(e, FAIL_CONFIG, "address '%.80s...' is too long", url);
}

bool cluster_call(struct cluster *c, const char *method, const char *path, const struct login *as,
		  const char *body, struct http_reply *out, struct err *e)
{
	char url[URL_MAX_BYTES];
	struct http_request rq;

	if (!make_request(c, &(struct cluster_request){ method, path, as, body }, url, &rq, e))
		return false;
	return http_call(rq.user || !c->http_certified ? c->http : c->http_certified, &rq, out, e);
}

bool cluster_call_all(struct cluster *c, const struct cluster_request *in, struct http_reply *out,
		      size_t n, struct err *e)
{
	char urls[HTTP_TEAM_MAX][URL_MAX_BYTES];
	struct http_request rqs[HTTP_TEAM_MAX];

	if (n > HTTP_TEAM_MAX)
		return err_set(e, FAIL_BUG, "too many requests at once");
	if (!c->team && !http_team_new(&(struct http_trust){ .ca = c->ca }, &c->team, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!make_request(c, &in[i], urls[i], &rqs[i], e))
			return false;
	return http_team_call(c->team, rqs, out, n, e);
}

/* Something in between answers 200 to anything; the node names who was let in. */
static bool names_user(const struct cluster *c, const struct http_reply *r, const char *user)
{
	auto_json body = NULL;
	struct err ignored;
	const char *name;

	if (!json_parse(str_text(&r->body), r->body.len, &body, &ignored))
		return false;
	name = json_text(body, c->api->login_name);
	return name && strcmp(name, user) == 0;
}

struct cluster_request cluster_login_request(const struct cluster *c, const struct login *as)
{
	return (struct cluster_request){ "GET", c->api->login_path, as, NULL };
}

bool cluster_login_answer(const struct cluster *c, const struct login *as,
			  const struct http_reply *r, enum login_answer *out,
			  char reason[REASON_BYTES], struct err *e)
{
	struct diagnosis d;

	diagnose(r, &d);
	memcpy(reason, d.reason, REASON_BYTES);
	*out = LOGIN_NOT_YET;
	if (r->stage == HTTP_STAGE_REPLY && r->status == 200 && names_user(c, r, as->user))
		*out = LOGIN_OK;
	else if (d.verdict == VERDICT_STOP)
		return cluster_refuse(c, &d, e);
	else if (r->stage == HTTP_STAGE_REPLY && r->status == 401)
		*out = LOGIN_REFUSED;
	return true;
}

bool cluster_login(struct cluster *c, const struct login *as, enum login_answer *out,
		   char reason[REASON_BYTES], struct err *e)
{
	auto_http_reply r = { 0 };
	struct cluster_request ask = cluster_login_request(c, as);

	return cluster_call(c, ask.method, ask.path, as, NULL, &r, e) &&
	       cluster_login_answer(c, as, &r, out, reason, e);
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
	http_team_free(c->team);
	free(c);
}

void cluster_freep(struct cluster **c)
{
	cluster_free(*c);
}
