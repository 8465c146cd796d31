#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "pki/peer.h"

enum { CONNECT_TIMEOUT_MS = 5000, HOST_MAX_BYTES = 256 };

struct http {
	CURL *curl; /* keeps its connection between calls */
	struct http_trust trust;
	char error[CURL_ERROR_SIZE];
};

static size_t collect(char *bytes, size_t size, size_t n, void *ctx)
{
	struct str *body = ctx;

	str_addn(body, bytes, size * n);
	return body->failed ? 0 : size * n;
}

bool http_new(const struct http_trust *trust, struct http **out, struct err *e)
{
	auto_http h = calloc(1, sizeof(*h));

	if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    !(h->curl = curl_easy_init()))
		return err_set(e, FAIL_MEMORY, "out of memory for an HTTP client");
	h->trust = *trust;
	*out = TAKE(h);
	return true;
}

/* What each failure of libcurl means for somebody who waits. Its words are asked where one code
 * stands for several things; the first row that fits counts. */
static const struct meaning {
	CURLcode code;
	const char *words; /* NULL: whatever it says */
	enum http_stage stage;
	enum http_fault fault;
} meanings[] = {
	{ CURLE_URL_MALFORMAT, NULL, HTTP_STAGE_NAME, HTTP_FAULT_OTHER },
	{ CURLE_COULDNT_RESOLVE_HOST, NULL, HTTP_STAGE_NAME, HTTP_FAULT_OTHER },
	{ CURLE_COULDNT_CONNECT, NULL, HTTP_STAGE_TCP, HTTP_FAULT_OTHER },
	/* OpenSSL's words for bytes that are no record of TLS: 3.0, and since 3.2. */
	{ CURLE_SSL_CONNECT_ERROR, "wrong version number", HTTP_STAGE_TLS, HTTP_FAULT_NOT_TLS },
	{ CURLE_SSL_CONNECT_ERROR, "packet length too long", HTTP_STAGE_TLS, HTTP_FAULT_NOT_TLS },
	{ CURLE_SSL_CONNECT_ERROR, "certificate required", HTTP_STAGE_TLS, HTTP_FAULT_WANTS_CERT },
	{ CURLE_SSL_CONNECT_ERROR, "bad certificate", HTTP_STAGE_TLS, HTTP_FAULT_WANTS_CERT },
	{ CURLE_SSL_CONNECT_ERROR, "eof", HTTP_STAGE_TLS, HTTP_FAULT_CLOSED },
	{ CURLE_SSL_CONNECT_ERROR, "SYSCALL", HTTP_STAGE_TLS, HTTP_FAULT_CLOSED },
	{ CURLE_SSL_CONNECT_ERROR, "reset by peer", HTTP_STAGE_TLS, HTTP_FAULT_CLOSED },
	{ CURLE_SSL_CONNECT_ERROR, NULL, HTTP_STAGE_TLS, HTTP_FAULT_OTHER },
	/* Names are curl's own check; for the rest OpenSSL's verdict says which fault it is. */
	{ CURLE_PEER_FAILED_VERIFICATION, "subject name", HTTP_STAGE_TLS, HTTP_FAULT_CERT_NAME },
	{ CURLE_PEER_FAILED_VERIFICATION, NULL, HTTP_STAGE_TLS, HTTP_FAULT_OTHER },
	{ CURLE_SSL_CERTPROBLEM, NULL, HTTP_STAGE_TLS, HTTP_FAULT_OTHER },
	{ CURLE_SSL_CACERT_BADFILE, NULL, HTTP_STAGE_TLS, HTTP_FAULT_OTHER },
	{ CURLE_SSL_CIPHER, NULL, HTTP_STAGE_TLS, HTTP_FAULT_OTHER },
	/* With TLS 1.3 the server looks at our certificate after we have sent our request. */
	{ CURLE_RECV_ERROR, "certificate required", HTTP_STAGE_TLS, HTTP_FAULT_WANTS_CERT },
	{ CURLE_RECV_ERROR, "bad certificate", HTTP_STAGE_TLS, HTTP_FAULT_WANTS_CERT },
	{ CURLE_RECV_ERROR, NULL, HTTP_STAGE_HTTP, HTTP_FAULT_CLOSED },
	{ CURLE_SEND_ERROR, NULL, HTTP_STAGE_HTTP, HTTP_FAULT_CLOSED },
	{ CURLE_GOT_NOTHING, NULL, HTTP_STAGE_HTTP, HTTP_FAULT_CLOSED },
	{ CURLE_PARTIAL_FILE, NULL, HTTP_STAGE_HTTP, HTTP_FAULT_TORN },
	{ CURLE_WRITE_ERROR, NULL, HTTP_STAGE_HTTP, HTTP_FAULT_TOO_LARGE },
	{ CURLE_UNSUPPORTED_PROTOCOL, "HTTP/0.9", HTTP_STAGE_HTTP, HTTP_FAULT_NOT_HTTP },
	{ CURLE_UNSUPPORTED_PROTOCOL, NULL, HTTP_STAGE_NAME, HTTP_FAULT_OTHER },
	{ CURLE_WEIRD_SERVER_REPLY, NULL, HTTP_STAGE_HTTP, HTTP_FAULT_NOT_HTTP },
};

static struct meaning meaning_of(CURLcode code, const char *words)
{
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (meanings[i].code == code &&
		    (!meanings[i].words || strstr(words, meanings[i].words)))
			return meanings[i];
	return (struct meaning){ code, NULL, HTTP_STAGE_HTTP, HTTP_FAULT_OTHER };
}

static enum http_fault fault_of_certificate(CURL *curl)
{
	static const enum http_fault faults[] = {
		[PEER_BAD] = HTTP_FAULT_OTHER,
		[PEER_EXPIRED] = HTTP_FAULT_CERT_EXPIRED,
		[PEER_EARLY] = HTTP_FAULT_CERT_EARLY,
		[PEER_STRANGER] = HTTP_FAULT_CERT_ISSUER,
		[PEER_WRONG_NAME] = HTTP_FAULT_CERT_NAME,
	};
	long result = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &result);
	return faults[peer_verdict(result)];
}

/* The same for the time that was over: what had been done by then says what was waited for. */
static enum http_stage stage_of_timeout(CURL *curl, const char *url)
{
	curl_off_t resolved = 0, connected = 0, secured = 0;
	long connections = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connections);
	(void)curl_easy_getinfo(curl, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
	(void)curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected);
	(void)curl_easy_getinfo(curl, CURLINFO_APPCONNECT_TIME_T, &secured);
	if (connections == 0 && resolved > 0)
		return HTTP_STAGE_HTTP; /* the connection of an earlier request was used */
	if (resolved == 0)
		return HTTP_STAGE_NAME;
	if (connected == 0)
		return HTTP_STAGE_TCP;
	return secured == 0 && strncmp(url, "https:", 6) == 0 ? HTTP_STAGE_TLS : HTTP_STAGE_HTTP;
}

static CURLcode set_blob(CURL *curl, CURLoption option, const struct str *pem)
{
	struct curl_blob blob = { pem->data, pem->len, CURL_BLOB_NOCOPY };

	return curl_easy_setopt(curl, option, &blob);
}

static CURLcode set_trust(struct http *h)
{
	CURL *curl = h->curl;
	const struct http_trust *t = &h->trust;
	CURLcode bad = curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);

	if (!bad && t->ca && t->ca->len > 0)
		bad = set_blob(curl, CURLOPT_CAINFO_BLOB, t->ca);
	if (!bad && t->client_cert && t->client_key) {
		bad = set_blob(curl, CURLOPT_SSLCERT_BLOB, t->client_cert);
		if (!bad)
			bad = set_blob(curl, CURLOPT_SSLKEY_BLOB, t->client_key);
	}
	return bad;
}

/* What curl wants as lists of its own. */
struct lists {
	struct curl_slist *headers;
	struct curl_slist *through;
};

static void lists_clear(struct lists *l)
{
	curl_slist_free_all(l->headers);
	curl_slist_free_all(l->through);
}

static CURLcode make_lists(const struct http_request *rq, struct lists *out)
{
	char line[HOST_MAX_BYTES + 8];

	if (rq->body && !(out->headers = curl_slist_append(NULL, "Content-Type: application/json")))
		return CURLE_OUT_OF_MEMORY;
	if (!rq->through)
		return CURLE_OK;
	/* "HOST:PORT:HOST:PORT", where what is left empty stands for any, and for the same */
	if (snprintf(line, sizeof(line), "::%s:", rq->through) >= (int)sizeof(line))
		return CURLE_URL_MALFORMAT;
	out->through = curl_slist_append(NULL, line);
	return out->through ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

static CURLcode set_request(CURL *curl, const struct http_request *rq, const struct lists *lists)
{
	CURLcode bad = curl_easy_setopt(curl, CURLOPT_URL, rq->url);

	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, rq->method);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	if (!bad && rq->through)
		bad = curl_easy_setopt(curl, CURLOPT_CONNECT_TO, lists->through);
	if (!bad && rq->body) {
		bad = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, rq->body);
		if (!bad)
			bad = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lists->headers);
	}
	if (!bad && rq->user) {
		bad = curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		if (!bad)
			bad = curl_easy_setopt(curl, CURLOPT_USERNAME, rq->user);
		if (!bad)
			bad = curl_easy_setopt(curl, CURLOPT_PASSWORD,
					       secret_reveal(rq->password, NULL));
	}
	return bad;
}

static CURLcode set_limits(CURL *curl, const struct http_request *rq, struct str *body, char *error)
{
	CURLcode bad = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)rq->timeout_ms);

	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (!bad) /* a name server that is silent must not hold up our end */
		bad = curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	return bad;
}

/* One wording for each failure, whichever address it was and however long it took: who waits logs
 * a line when the reason changes. NULL: curl's own words. */
static const char *plain_reason(struct http *h, CURLcode code, enum http_stage stage)
{
	static const char *const timed_out[] = {
		[HTTP_STAGE_NAME] = "its name was not resolved in time",
		[HTTP_STAGE_TCP] = "it could not be connected to in time",
		[HTTP_STAGE_TLS] = "it did not finish the TLS handshake in time",
		[HTTP_STAGE_HTTP] = "it did not answer in time",
	};
	long why = 0;

	if (code == CURLE_OPERATION_TIMEDOUT)
		return timed_out[stage];
	if (code == CURLE_WRITE_ERROR)
		return "its answer is too large";
	if (stage == HTTP_STAGE_NAME)
		return "its name does not resolve";
	if (stage != HTTP_STAGE_TCP)
		return NULL;
	(void)curl_easy_getinfo(h->curl, CURLINFO_OS_ERRNO, &why);
	return why > 0 ? strerror((int)why) : NULL;
}

static void read_outcome(struct http *h, CURLcode code, const char *url, struct http_reply *out)
{
	struct meaning meaning = meaning_of(code, h->error);
	const char *reason;

	if (code == CURLE_OK) {
		out->stage = HTTP_STAGE_REPLY;
		(void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &out->status);
		return;
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		meaning.stage = stage_of_timeout(h->curl, url);
		meaning.fault = HTTP_FAULT_TIMEOUT;
	} else if (code == CURLE_PEER_FAILED_VERIFICATION && meaning.fault == HTTP_FAULT_OTHER) {
		meaning.fault = fault_of_certificate(h->curl);
	}
	out->stage = meaning.stage;
	out->fault = meaning.fault;
	for (char *c = h->error; *c; c++)
		if ((unsigned char)*c < 0x20)
			*c = ' ';
	reason = plain_reason(h, code, out->stage);
	if (!reason)
		reason = h->error[0] ? h->error : curl_easy_strerror(code);
	(void)snprintf(out->reason, sizeof(out->reason), "%.199s", reason);
}

bool http_call(struct http *h, const struct http_request *rq, struct http_reply *out, struct err *e)
{
	CLEANUP(lists_clear) struct lists lists = { NULL, NULL };
	CURLcode bad = make_lists(rq, &lists);

	*out = (struct http_reply){ .body = STR_INIT(HTTP_BODY_MAX_BYTES) };
	curl_easy_reset(h->curl); /* options only: the connection stays */
	h->error[0] = '\0';
	if (!bad)
		bad = set_trust(h);
	if (!bad)
		bad = set_request(h->curl, rq, &lists);
	if (!bad)
		bad = set_limits(h->curl, rq, &out->body, h->error);
	if (!bad)
		read_outcome(h, curl_easy_perform(h->curl), rq->url, out);
	if (bad)
		return err_set(e, bad == CURLE_OUT_OF_MEMORY ? FAIL_MEMORY : FAIL_BUG,
			       "cannot prepare a request: %s", curl_easy_strerror(bad));
	return true;
}

void http_reply_clear(struct http_reply *r)
{
	str_clear(&r->body);
}

void http_free(struct http *h)
{
	if (!h)
		return;
	if (h->curl)
		curl_easy_cleanup(h->curl);
	free(h);
}

void http_freep(struct http **h)
{
	http_free(*h);
}
