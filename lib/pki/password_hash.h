/* password_hash.h - passwords as Elasticsearch's file realm and service_tokens keep them.
 *
 *     {PBKDF2_STRETCH}10000$SALT$KEY
 *
 * SALT and KEY are 32 bytes each in base64; KEY is PBKDF2-HMAC-SHA512 over the hexadecimal SHA-512
 * of the password, which makes a short one long enough for FIPS mode. {PBKDF2} is the same over the
 * password itself. Every release since 7.12 takes both, whatever it hashes with by itself (class
 * Hasher of x-pack-core). */
#ifndef PKI_PASSWORD_HASH_H
#define PKI_PASSWORD_HASH_H

#include "base/secret.h"
#include "base/str.h"

/* Append a new hash, with a salt of its own; about 10 ms of work. */
bool password_hash_make(const struct secret *password, struct str *out, struct err *e) MUST_USE;

/* Whether a hash is this password's. One of another kind, such as bcrypt, is not: we cannot say. */
bool password_hash_fits(const char *hash, const struct secret *password);

#endif
