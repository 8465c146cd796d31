#include "net/tls_peer.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "base/num.h"
#include "pki/peer.h"

enum { URL_MAX_BYTES = 512 };

static const char *without_scheme(const char *text)
{
	return strncmp(text, "https://", 8) == 0 ? text + 8 : text;
}

bool tls_peer_is_address(const char *text)
{
	const char *rest = without_scheme(text), *colon = strrchr(rest, ':');
	unsigned port;

	return colon && colon > rest && !strchr(rest, '/') && strlen(rest) < URL_MAX_BYTES - 16 &&
	       num_parse(colon + 1, 1, 65535, &port);
}

static CURLcode on_context(CURL *curl, void *ssl_ctx, void *out)
{
	(void)curl;
	peer_capture(ssl_ctx, out);
	return CURLE_OK;
}

static CURLcode set_up(CURL *curl, const char *url, unsigned timeout_s, struct str *out)
{
	CURLcode bad = curl_easy_setopt(curl, CURLOPT_URL, url);

	/* Never through a proxy; our own libcurl knows none, and not the option. */
	(void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_context);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, out);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
	if (!bad)
		bad = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_s * 1000);
	return bad;
}

/* What libcurl says when a handshake fails is OpenSSL's words, and no code. */
/* clang-format off */
static const struct handshake_row {
	const char *word; /* somewhere in it */
	const char *what; /* behind the address */
	const char *hint;
} handshake_rows[] = {
	{ "excessive message size", "shows more certificates than the 2 MiB that are read", "openssl s_client -showcerts shows them" },
	{ "SSL_ERROR_SYSCALL",      "hung up during the handshake", "is it the right port?" },
	{ "unexpected eof",         "hung up during the handshake", "is it the right port?" },
	{ "reset by peer",          "hung up during the handshake", "is it the right port?" },
	{ "Broken pipe",            "hung up during the handshake", "is it the right port?" },
};
/* clang-format on */

static bool explain_handshake(const char *address, const char *why, struct err *e)
{
	const char *at;

	for (size_t i = 0; i < ARRAY_LEN(handshake_rows); i++) {
		const struct handshake_row *row = &handshake_rows[i];

		if (strstr(why, row->word))
			return err_set(e, FAIL_TLS, "'%s' %s", address, row->what) ||
			       err_hint(e, "%s", row->hint);
	}
	while ((at = strstr(why, "::")) != NULL) /* "error:0A00010B:SSL routines::" */
		why = at + 2;
	return err_set(e, FAIL_TLS, "'%s' speaks no TLS that we know: %.200s", address, why) ||
	       err_hint(e, "is it plain HTTP?");
}

static bool explain(CURLcode bad, const char *address, const char *why, struct err *e)
{
	switch ((int)bad) {
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(e, FAIL_TIMEOUT, "'%s' did not answer in time", address) ||
		       err_hint(e, "is it the right port? --timeout waits longer");
	case CURLE_SSL_CONNECT_ERROR:
		return explain_handshake(address, why, e);
	case CURLE_OUT_OF_MEMORY:
		return err_set(e, FAIL_MEMORY, "out of memory for a connection");
	default:
		return err_set(e, FAIL_NET, "cannot connect to '%s': %.200s", address, why);
	}
}

/* In "::1:9200" nothing tells the address from the port. */
static bool check_address(const char *address, struct err *e)
{
	const char *rest = without_scheme(address), *port = strrchr(rest, ':');
	int host_bytes = (int)(port - rest);

	if (*rest == '[' || !memchr(rest, ':', (size_t)host_bytes))
		return true;
	return err_set(e, FAIL_USAGE, "'%s' is neither a file nor a server", address) ||
	       err_hint(e, "an address of IPv6 stands in brackets: [%.*s]%s", host_bytes, rest,
			port);
}

bool tls_peer_chain(const char *address, unsigned timeout_s, struct str *out_pem, struct err *e)
{
	char url[URL_MAX_BYTES], why[CURL_ERROR_SIZE] = "";
	size_t before = out_pem->len;
	CURL *curl;
	CURLcode bad;

	if (!check_address(address, e))
		return false;
	curl = curl_easy_init();
	if (!curl)
		return err_set(e, FAIL_MEMORY, "out of memory for a connection");
	(void)snprintf(url, sizeof(url), "https://%s", without_scheme(address));
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	/* To curl 0 is no limit. */
	bad = set_up(curl, url, timeout_s > 0 ? timeout_s : 1, out_pem);
	if (!bad)
		bad = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	if (out_pem->len > before)
		return str_ok(out_pem, e);
	return explain(bad, address, *why ? why : curl_easy_strerror(bad), e);
}
