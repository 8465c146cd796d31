/* key.h - private keys. */
#ifndef PKI_KEY_H
#define PKI_KEY_H

#include "base/secret.h"
#include "base/str.h"

struct key;

enum key_kind { KEY_P256, KEY_P384, KEY_RSA_2048, KEY_RSA_3072, KEY_RSA_4096 };

/* "p256", "p384", "rsa2048" ...; FAIL_USAGE names the ones there are. */
bool key_kind_parse(const char *text, enum key_kind *out, struct err *e) MUST_USE;

bool key_generate(enum key_kind kind, struct key **out, struct err *e) MUST_USE;

/* Read one PEM private key: PKCS#8, PKCS#1 or SEC 1.
 *
 * name   for errors: where the bytes came from
 * pass   NULL when it is not encrypted
 * fails  FAIL_INPUT (no key, or not PEM), FAIL_AUTH (encrypted, and pass is missing or wrong) */
bool key_parse(const char *pem, size_t n, const char *name, const struct secret *pass,
	       struct key **out, struct err *e) MUST_USE;

/* Append the key as one unencrypted PKCS#8 block, nothing before it: the one form that every
 * Elasticsearch, OpenSearch, Logstash and Beat reads. The caller wipes the text. */
bool key_format(const struct key *k, struct str *out_pem, struct err *e) MUST_USE;

void key_free(struct key *k); /* OpenSSL wipes it; NULL is fine */
void key_freep(struct key **k);

#define auto_key CLEANUP(key_freep) struct key *

#endif
