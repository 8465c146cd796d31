#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "net/http_outcome.h"

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

/* Everything before the request is on its way. */
static bool begin(struct http *h, const struct http_request *rq, struct lists *lists,
		  struct http_reply *out, struct err *e)
{
	CURLcode bad = make_lists(rq, lists);

	*out = (struct http_reply){ .body = STR_INIT(HTTP_BODY_MAX_BYTES) };
	curl_easy_reset(h->curl); /* options only: the connection stays */
	h->error[0] = '\0';
	if (!bad)
		bad = set_trust(h);
	if (!bad)
		bad = set_request(h->curl, rq, lists);
	if (!bad)
		bad = set_limits(h->curl, rq, &out->body, h->error);
	if (!bad)
		return true;
	return err_set(e, bad == CURLE_OUT_OF_MEMORY ? FAIL_MEMORY : FAIL_BUG,
		       "cannot prepare a request: %s", curl_easy_strerror(bad));
}

bool http_call(struct http *h, const struct http_request *rq, struct http_reply *out, struct err *e)
{
	CLEANUP(lists_clear) struct lists lists = { NULL, NULL };

	if (!begin(h, rq, &lists, out, e))
		return false;
	http_outcome(h->curl, (int)curl_easy_perform(h->curl), rq->url, h->error, out);
	return true;
}

/* A connection belongs to the multi handle, so that lives as long as the team. */
struct http_team {
	CURLM *multi;
	struct http *members[HTTP_TEAM_MAX];
};

bool http_team_new(const struct http_trust *trust, struct http_team **out, struct err *e)
{
	auto_http_team t = calloc(1, sizeof(*t));

	if (!t || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    !(t->multi = curl_multi_init()))
		return err_set(e, FAIL_MEMORY, "out of memory for an HTTP client");
	for (size_t i = 0; i < HTTP_TEAM_MAX; i++)
		if (!http_new(trust, &t->members[i], e))
			return false;
	*out = TAKE(t);
	return true;
}

static bool perform_all(struct http_team *t, struct err *e)
{
	int running = 1;
	CURLMcode bad = CURLM_OK;

	while (!bad && running > 0) {
		bad = curl_multi_perform(t->multi, &running);
		if (!bad && running > 0)
			bad = curl_multi_poll(t->multi, NULL, 0, 1000, NULL);
	}
	return !bad || err_set(e, bad == CURLM_OUT_OF_MEMORY ? FAIL_MEMORY : FAIL_BUG,
			       "cannot make requests: %s", curl_multi_strerror(bad));
}

/* What each of them came to; one that was never told of came to nothing. */
static void read_outcomes(struct http_team *t, const struct http_request *rq,
			  struct http_reply *out, size_t n)
{
	const CURLMsg *said;
	int left;

	while ((said = curl_multi_info_read(t->multi, &left)) != NULL)
		for (size_t i = 0; i < n; i++)
			if (said->msg == CURLMSG_DONE && t->members[i]->curl == said->easy_handle)
				http_outcome(said->easy_handle, (int)said->data.result, rq[i].url,
					     t->members[i]->error, &out[i]);
}

bool http_team_call(struct http_team *t, const struct http_request *rq, struct http_reply *out,
		    size_t n, struct err *e)
{
	struct lists lists[HTTP_TEAM_MAX] = { 0 };
	size_t begun = 0;
	bool good = n <= HTTP_TEAM_MAX || err_set(e, FAIL_BUG, "too many requests at once");

	while (good && begun < n) {
		good = begin(t->members[begun], &rq[begun], &lists[begun], &out[begun], e);
		if (good && curl_multi_add_handle(t->multi, t->members[begun]->curl) != CURLM_OK)
			good = err_set(e, FAIL_MEMORY, "out of memory for a request");
		out[begun].fault = HTTP_FAULT_OTHER; /* until it is told what it came to */
		begun++;
	}
	good = good && perform_all(t, e);
	if (good)
		read_outcomes(t, rq, out, n);
	for (size_t i = 0; i < begun; i++) {
		(void)curl_multi_remove_handle(t->multi, t->members[i]->curl);
		lists_clear(&lists[i]);
	}
	return good;
}

void http_team_free(struct http_team *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < HTTP_TEAM_MAX; i++)
		http_free(t->members[i]);
	if (t->multi)
		(void)curl_multi_cleanup(t->multi);
	free(t);
}

void http_team_freep(struct http_team **t)
{
	http_team_free(*t);
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
