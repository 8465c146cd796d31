#include "net/http_outcome.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "pki/peer.h"

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

static bool is_tls(const char *url)
{
	return strncmp(url, "https:", 6) == 0;
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
	return secured == 0 && is_tls(url) ? HTTP_STAGE_TLS : HTTP_STAGE_HTTP;
}

/* One wording for each failure, whichever address it was and however long it took: who waits logs
 * a line when the reason changes. NULL: curl's own words. */
static const char *plain_reason(CURL *curl, CURLcode code, enum http_stage stage)
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
	(void)curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &why);
	return why > 0 ? strerror((int)why) : NULL;
}

void http_outcome(void *handle, int result, const char *url, char *error, struct http_reply *out)
{
	CURL *curl = handle;
	CURLcode code = (CURLcode)result;
	struct meaning meaning = meaning_of(code, error);
	const char *reason;

	out->fault = HTTP_FAULT_NONE;
	if (code == CURLE_OK) {
		out->stage = HTTP_STAGE_REPLY;
		(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
		return;
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		meaning.stage = stage_of_timeout(curl, url);
		meaning.fault = HTTP_FAULT_TIMEOUT;
	} else if (code == CURLE_PEER_FAILED_VERIFICATION && meaning.fault == HTTP_FAULT_OTHER) {
		meaning.fault = fault_of_certificate(curl);
	}
	if (meaning.fault == HTTP_FAULT_CLOSED && meaning.stage == HTTP_STAGE_HTTP && is_tls(url))
		meaning.fault = HTTP_FAULT_HUNG_UP;
	out->stage = meaning.stage;
	out->fault = meaning.fault;
	for (char *c = error; *c; c++)
		if ((unsigned char)*c < 0x20)
			*c = ' ';
	reason = plain_reason(curl, code, out->stage);
	if (!reason)
		reason = error[0] ? error : curl_easy_strerror(code);
	(void)snprintf(out->reason, sizeof(out->reason), "%.199s", reason);
}
