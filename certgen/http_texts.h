/* http_texts.h - what lies beside the certificates that certgen http makes: explanations, and
 * settings to copy. */
#ifndef CERTGEN_HTTP_TEXTS_H
#define CERTGEN_HTTP_TEXTS_H

#include <stdbool.h>

#include "base/str.h"

struct http_texts {
	bool pem, csr;    /* what the files are */
	bool locked;      /* with a passphrase */
	const char *file; /* "http" in http.p12, http.crt, http.key, http-es01.csr */
	const char *host; /* where Elasticsearch is reached, for Kibana's settings */
};

void http_text_elasticsearch_readme(const struct http_texts *t, struct str *out);
void http_text_elasticsearch_sample(const struct http_texts *t, struct str *out);
void http_text_kibana_readme(const struct http_texts *t, struct str *out);
void http_text_kibana_sample(const struct http_texts *t, struct str *out);
void http_text_ca_readme(const struct http_texts *t, struct str *out);

#endif
