/* readiness.h - the steps to a ready cluster, and what each answer of a node means on the way. */
#ifndef CLUSTER_READINESS_H
#define CLUSTER_READINESS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "net/http.h"
#include "net/json.h"

/* Each step needs the ones before it. */
enum ready_step {
	READY_NOTHING,
	READY_NAME,     /* the host's name resolves */
	READY_TCP,      /* somebody listens */
	READY_TLS,      /* and shows a certificate of our CA */
	READY_HTTP,     /* and answers */
	READY_AUTH,     /* and lets us in */
	READY_MASTER,   /* the cluster has a master and has recovered its state */
	READY_SECURITY, /* passwords can be read and set: .security has its primary, or is still to
			 * be made. From here on a 401 means what it says */
	READY_YELLOW,   /* every primary shard is active */
	READY_GREEN,    /* and every copy */
};

const char *ready_step_name(enum ready_step step);

/* fails  for a word that is none of tcp, tls, http, auth, master, security, yellow, green */
bool ready_step_parse(const char *text, enum ready_step *out) MUST_USE;

enum verdict {
	VERDICT_WAIT,   /* ask again: it may pass */
	VERDICT_SETTLE, /* a refusal: it counts only when nothing else comes for a while */
	VERDICT_STOP,   /* waiting cannot help */
};

enum { REASON_BYTES = 256 };

/* What an answer that was no success, or none at all, means. */
struct diagnosis {
	enum ready_step reached; /* no further than HTTP: whoever asked knows what came before */
	enum verdict verdict;
	enum fail code;            /* for who does not wait, or no longer */
	const char *hint;          /* what to do; "" where nobody can say */
	char reason[REASON_BYTES]; /* one line, printable, no secret */
};

void diagnose(const struct http_reply *r, struct diagnosis *out);

/* What GET /_cluster/health of the security index alone says, with level=indices; an index that is
 * not there yet is as good as one that is active. Fills reached (AUTH, MASTER or SECURITY) and
 * below SECURITY reason and hint. */
void diagnose_security_index(const struct json *health, struct diagnosis *out);

/* The same of the whole cluster: MASTER, SECURITY, YELLOW or GREEN. */
void diagnose_health(const struct json *health, struct diagnosis *out);

#endif
