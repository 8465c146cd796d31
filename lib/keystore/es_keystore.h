/* es_keystore.h - elasticsearch.keystore: secure settings, without a JVM.
 *
 * Source of the format: org.elasticsearch.common.settings.KeyStoreWrapper, 7.12 to 9.x, tried in
 * both directions against the real class (tests/peers/test_keystore.py). Layout in the .c file. */
#ifndef KEYSTORE_ES_KEYSTORE_H
#define KEYSTORE_ES_KEYSTORE_H

#include "base/secret.h"
#include "base/str.h"

/* Formats by the version that writes them: a node rewrites a file of another format when it
 * starts, so we write exactly its own. */
enum es_keystore_format {
	ES_KEYSTORE_V3 = 3, /* 6.3; read only */
	ES_KEYSTORE_V4 = 4, /* 6.8 to 7.17 */
	ES_KEYSTORE_V5 = 5, /* 8.0 to 8.13 */
	ES_KEYSTORE_V6 = 6, /* 8.14 to 8.17 */
	ES_KEYSTORE_V7 = 7, /* 8.18 and later, 9.x */
};

enum { ES_KEYSTORE_MAX_BYTES = 1024 * 1024 };

struct es_keystore; /* opened: named entries, values in protected memory */

/* A new keystore with nothing but the random keystore.seed that every node wants to find. */
bool es_keystore_new(struct es_keystore **out, struct err *e) MUST_USE;

/* Open the bytes of a keystore file.
 *
 * name      for errors
 * password  NULL or empty: none
 * fails     FAIL_INPUT (torn, damaged, not a keystore, a format we do not know), FAIL_AUTH
 *           (wrong or missing password) */
bool es_keystore_parse(const struct str *bytes, const char *name, const struct secret *password,
		       struct es_keystore **out, struct err *e) MUST_USE;

/* Append the file's bytes with a fresh salt and IV. The format is one of those that are written. */
bool es_keystore_format(const struct es_keystore *k, enum es_keystore_format format,
			const struct secret *password, struct str *out, struct err *e) MUST_USE;

/* The format that parse found; 0 for a new one. */
unsigned es_keystore_found_format(const struct es_keystore *k);

/* Set one entry, replacing its value. The name is of A-Z a-z 0-9 _ - and '.'. */
bool es_keystore_set(struct es_keystore *k, const char *name, const struct secret *value,
		     struct err *e) MUST_USE;

/* Add what a node would add by itself, and rewrite the file for: the seed. */
bool es_keystore_complete(struct es_keystore *k, struct err *e) MUST_USE;

/* The value, borrowed, or NULL. */
const struct secret *es_keystore_find(const struct es_keystore *k, const char *name);

void es_keystore_free(struct es_keystore *k);
void es_keystore_freep(struct es_keystore **k);
#define auto_es_keystore CLEANUP(es_keystore_freep) struct es_keystore *

#endif
