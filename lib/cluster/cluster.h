/* cluster.h - a running cluster: how far it has come, and who may log in. */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "base/clock.h"
#include "base/list.h"
#include "base/secret.h"
#include "base/str.h"
#include "net/http.h"
#include "stack/distribution.h"

/* Each step needs the ones before it. */
enum ready_step {
	READY_NOTHING,
	READY_NAME,   /* the host's name resolves */
	READY_TCP,    /* somebody listens */
	READY_TLS,    /* and shows a certificate of our CA */
	READY_HTTP,   /* and answers */
	READY_AUTH,   /* and lets us in */
	READY_MASTER, /* the cluster has a master and has recovered its state */
	READY_YELLOW, /* every primary shard is active */
	READY_GREEN,  /* and every copy */
};

const char *ready_step_name(enum ready_step step);
bool ready_step_parse(const char *text, enum ready_step *out) MUST_USE;

/* Who asks. user NULL: the administrator's client certificate where there is one, else nobody. */
struct login {
	const char *user;
	const struct secret *password;
};

struct cluster_state {
	enum ready_step reached;
	bool refused;     /* it answers, and says 401 to whoever asked */
	char reason[256]; /* why not further: one line, no secret */
	char name[80];    /* of the cluster, from READY_AUTH on */
	char uuid[40];    /* from READY_MASTER on */
	unsigned nodes;   /* from READY_MASTER on */
};

struct cluster;

/* urls  base addresses of its nodes without a trailing slash, the nearest first; borrowed */
bool cluster_new(const struct distribution_row *d, const struct list *urls,
		 const struct http_trust *trust, struct cluster **out, struct err *e) MUST_USE;

/* No request from now on lasts longer than until then, give or take a second. */
void cluster_hurry(struct cluster *c, struct deadline until);

/* Look once, for at most a few seconds. fails only for want of memory or by a defect of ours. */
bool cluster_probe(struct cluster *c, const struct login *as, struct cluster_state *out,
		   struct err *e) MUST_USE;

enum login_answer {
	LOGIN_OK,
	LOGIN_REFUSED, /* the cluster said 401: true only once it has recovered */
	LOGIN_NOT_YET, /* anything else; reason says what */
};

bool cluster_login(struct cluster *c, const struct login *as, enum login_answer *out,
		   char reason[256], struct err *e) MUST_USE;

/* One request to the node that is asked; path begins with a slash. For the modules of this layer.
 */
bool cluster_call(struct cluster *c, const char *method, const char *path, const struct login *as,
		  const char *body, struct http_reply *out, struct err *e) MUST_USE;

const struct distribution_row *cluster_distribution(const struct cluster *c);

/* Which of the urls is asked: the first, until another is chosen; i counts round and round. */
void cluster_ask(struct cluster *c, size_t i);
size_t cluster_asked(const struct cluster *c);
const char *cluster_url(const struct cluster *c);

/* Put into reason what a reply that was no success says: its own words where it has some. */
void cluster_explain(const struct http_reply *r, char reason[256]);

void cluster_free(struct cluster *c);
void cluster_freep(struct cluster **c);
#define auto_cluster CLEANUP(cluster_freep) struct cluster *

#endif
