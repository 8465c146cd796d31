/* http.h - requests over HTTP and HTTPS with libcurl: always verified, always limited. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/secret.h"
#include "base/str.h"

/* How far a request came: what "is it ready?" is answered with. */
enum http_stage {
	HTTP_STAGE_NAME,  /* the host's name did not resolve */
	HTTP_STAGE_TCP,   /* nobody listens, or no route */
	HTTP_STAGE_TLS,   /* a connection, but no trust or no TLS */
	HTTP_STAGE_HTTP,  /* no HTTP came back */
	HTTP_STAGE_REPLY, /* an answer with a status */
};

/* Why no answer came, where somebody acts on it; whatever is not here is OTHER. */
enum http_fault {
	HTTP_FAULT_NONE, /* an answer came */
	HTTP_FAULT_OTHER,
	HTTP_FAULT_TIMEOUT,
	HTTP_FAULT_CLOSED,       /* it ended the connection instead of answering */
	HTTP_FAULT_TORN,         /* it ended the connection in the middle of its answer */
	HTTP_FAULT_TOO_LARGE,    /* its answer is longer than HTTP_BODY_MAX_BYTES */
	HTTP_FAULT_NOT_HTTP,     /* we asked in plain HTTP; what came back is none */
	HTTP_FAULT_NOT_TLS,      /* we began TLS; what came back is none */
	HTTP_FAULT_WANTS_CERT,   /* it wants to see a client certificate */
	HTTP_FAULT_CERT_EXPIRED, /* its certificate, or one above it, ... */
	HTTP_FAULT_CERT_EARLY,   /* ... is not valid yet */
	HTTP_FAULT_CERT_ISSUER,  /* ... leads to no CA that we trust */
	HTTP_FAULT_CERT_NAME,    /* ... does not cover the name that was asked for */
};

/* Whom we trust and who we are; texts are PEM, borrowed for the life of the struct http. */
struct http_trust {
	const struct str *ca;          /* NULL or empty: plain http only */
	const struct str *client_cert; /* NULL: none */
	const struct str *client_key;
};

struct http_request {
	const char *method;
	const char *url;
	const char *user; /* NULL: no credentials */
	const struct secret *password;
	const char *body;    /* JSON, or NULL */
	const char *through; /* host to connect to in place of the url's, whose name still has to be
			      * in the certificate; NULL: the url's */
	unsigned timeout_ms;
};

enum { HTTP_BODY_MAX_BYTES = 1024 * 1024 };

struct http_reply {
	enum http_stage stage;
	enum http_fault fault;
	long status; /* with HTTP_STAGE_REPLY */
	struct str body;
	char reason[200]; /* below HTTP_STAGE_REPLY: what went wrong, one line, no secret */
};

struct http;

bool http_new(const struct http_trust *trust, struct http **out, struct err *e) MUST_USE;

/* Make one request. True when it could be tried: the reply says how far it came, and an answer of
 * any status is an answer. Redirects are not followed. The caller clears the reply. */
bool http_call(struct http *h, const struct http_request *rq, struct http_reply *out,
	       struct err *e) MUST_USE;

void http_reply_clear(struct http_reply *r);
#define auto_http_reply CLEANUP(http_reply_clear) struct http_reply

void http_free(struct http *h);
void http_freep(struct http **h);
#define auto_http CLEANUP(http_freep) struct http *

#endif
