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

/* Read the first private key of a PEM text: PKCS#8, PKCS#1 or SEC 1.
 *
 * name   for errors: where the bytes came from
 * pass   NULL when it is not encrypted
 * fails  FAIL_INPUT (no key, not PEM, or locked with more work than pbe.h allows), FAIL_AUTH
 *        (encrypted, and pass is missing or wrong) */
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

/* How a key stood in the file that it was read from: readers differ in what they take. */
enum key_form {
	KEY_FORM_NONE,        /* it was made here */
	KEY_FORM_PEM,         /* open, as the following ones are locked */
	KEY_FORM_DEK,         /* Proc-Type and DEK-Info, DES or AES */
	KEY_FORM_DEK_OTHER,   /* ... another cipher */
	KEY_FORM_PBES1,       /* PKCS#8, as KEY_PBES1 */
	KEY_FORM_PBES2,       /* PKCS#8, AES-CBC */
	KEY_FORM_PBES2_OTHER, /* ... another cipher */
	KEY_FORM_DER,         /* open or locked */
	KEY_FORM_P12_SHA1,    /* PKCS#12, SHA-1 and PBES1 throughout, as P12_LEGACY */
	KEY_FORM_P12,         /* any newer PKCS#12 */
	KEY_FORM_P12_OPEN,    /* PKCS#12, and nothing locks the key */
};
enum key_form key_form(const struct key *k);

/* What kind it is and on which curve, as OpenSSL calls them: "RSA", "EC prime256v1", "ED25519". */
enum { KEY_TYPE_BYTES = 128 };
void key_type(const struct key *k, char out[KEY_TYPE_BYTES]);

/* How the PEM text, one key, is locked; false: not as key_format_locked() does it. */
bool key_lock_of(const char *pem, size_t n, enum key_lock *out);

/* The same key once more, for another owner; NULL: out of memory. */
struct key *key_share(const struct key *k);

bool key_same(const struct key *a, const struct key *b);

/* What kind it is; false: one that we do not make (Ed25519, RSA of another size ...). */
bool key_kind(const struct key *k, enum key_kind *out);
const char *key_kind_name(enum key_kind kind);

void key_free(struct key *k); /* OpenSSL wipes it; NULL is fine */
void key_freep(struct key **k);

#define auto_key CLEANUP(key_freep) struct key *

#endif
