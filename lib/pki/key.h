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

enum key_lock {
	KEY_PBES2, /* PBKDF2-HMAC-SHA256, AES-256-CBC: Elasticsearch 7.14 and later, all others */
	KEY_PBES1, /* SHA-1, 3DES: weak, and the one that 7.12 and 7.13 read as well */
};

/* Append the key encrypted with pass, as one PKCS#8 block "ENCRYPTED PRIVATE KEY". An empty
 * passphrase is one too.
 * fails  FAIL_INPUT: a passphrase of more than 1024 bytes or not of printable ASCII, for Java */
bool key_format_locked(const struct key *k, const struct secret *pass, enum key_lock lock,
		       struct str *out_pem, struct err *e) MUST_USE;

/* key_format_locked() when there is a pass, key_format() when it is NULL. */
bool key_format_for(const struct key *k, const struct secret *pass, enum key_lock lock,
		    struct str *out_pem, struct err *e) MUST_USE;

/* Whether the PEM text is locked, in whatever way. */
bool key_is_locked(const char *pem, size_t n);

/* Whether the PEM text is a key locked with PBES2. */
bool key_is_pbes2(const char *pem, size_t n);

/* What kind it is; false: one that we do not make (Ed25519, RSA of another size ...). */
bool key_kind(const struct key *k, enum key_kind *out);
const char *key_kind_name(enum key_kind kind);

void key_free(struct key *k); /* OpenSSL wipes it; NULL is fine */
void key_freep(struct key **k);

#define auto_key CLEANUP(key_freep) struct key *

#endif
