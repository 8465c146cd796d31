/* cluster.h - a running cluster: how far it has come, and who may log in. */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "base/clock.h"
#include "base/list.h"
#include "base/secret.h"
#include "cluster/readiness.h"
#include "net/http.h"
#include "stack/distribution.h"

/* Who asks. user NULL: the administrator's client certificate where there is one, else nobody. */
struct login {
	const char *user;
	const struct secret *password;
};

struct cluster_state {
	enum ready_step reached;
	enum verdict verdict;      /* below what was wanted: whether waiting can help */
	enum fail code;            /* and when it is given up */
	bool refused;              /* it answers, and says 401 to whoever asked */
	char reason[REASON_BYTES]; /* why not further: one line, no secret */
	const char *hint;          /* what to do about it; "" where nobody can say */
	char name[80];             /* of the cluster, from READY_AUTH on */
	char uuid[40];             /* from READY_MASTER on */
};

struct cluster;

/* name  that the cluster must have: another's is not sent a password twice; borrowed
 * urls  base addresses of its nodes without a trailing slash, the nearest first; borrowed */
bool cluster_new(const struct distribution_row *d, const char *name, const struct list *urls,
		 const struct http_trust *trust, struct cluster **out, struct err *e) MUST_USE;

/* Connect to this host in place of the url's, which still is what the certificate must cover; NULL
 * ends that. Borrowed. */
void cluster_through(struct cluster *c, const char *host);

/* No request from now on lasts longer than until then, give or take a second. */
void cluster_hurry(struct cluster *c, struct deadline until);

/* Look once, for at most a few seconds, and ask no more than it takes to see whether it has come to
 * wanted. fails only for want of memory or by a defect of ours. */
bool cluster_probe(struct cluster *c, const struct login *as, enum ready_step wanted,
		   struct cluster_state *out, struct err *e) MUST_USE;

/* Why a wait for wanted came to nothing: "URL did not come to 'x' in time: reason". Returns false.
 */
bool cluster_complain(const struct cluster *c, enum ready_step wanted,
		      const struct cluster_state *state, struct err *e);

enum login_answer {
	LOGIN_OK,
	LOGIN_REFUSED, /* the cluster said 401: true only once it has recovered */
	LOGIN_NOT_YET, /* anything else; reason says what */
};

/* fails  also FAIL_CONFIG: security is off there, or its licence does not allow it */
bool cluster_login(struct cluster *c, const struct login *as, enum login_answer *out,
		   char reason[REASON_BYTES], struct err *e) MUST_USE;

/* One request to the node that is asked; path begins with a slash. For the modules of this layer.
 */
bool cluster_call(struct cluster *c, const char *method, const char *path, const struct login *as,
		  const char *body, struct http_reply *out, struct err *e) MUST_USE;

/* An answer whose verdict is to stop: the error for it. Returns false. */
bool cluster_refuse(const struct cluster *c, const struct diagnosis *d, struct err *e);

const struct distribution_row *cluster_distribution(const struct cluster *c);

/* Which of the urls is asked: the first, until another is chosen; i counts round and round. */
void cluster_ask(struct cluster *c, size_t i);
size_t cluster_asked(const struct cluster *c);
const char *cluster_url(const struct cluster *c);

void cluster_free(struct cluster *c);
void cluster_freep(struct cluster **c);
#define auto_cluster CLEANUP(cluster_freep) struct cluster *

#endif
