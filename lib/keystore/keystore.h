/* keystore.h - a product's secure settings in memory: named values, whatever the file's format.
 *
 * How each product writes them stands in keystore/keystore_product. */
#ifndef KEYSTORE_KEYSTORE_H
#define KEYSTORE_KEYSTORE_H

#include "base/secret.h"
#include "base/str.h"

enum {
	KEYSTORE_MAX_BYTES = 32 * 1024 * 1024,  /* of a file: room for base64 in base64 */
	KEYSTORE_MAX_VALUES = 16 * 1024 * 1024, /* bytes of all values together */
	KEYSTORE_MAX_ENTRIES = 1024,
	KEYSTORE_NAME_MAX_BYTES = 255,
};

enum keystore_kind {
	KEYSTORE_TEXT, /* UTF-8 */
	KEYSTORE_FILE, /* any bytes */
	KEYSTORE_JSON, /* the text of a JSON value that is no string: Kibana keeps numbers, lists */
};

struct keystore_entry {
	const char *name;
	enum keystore_kind kind;
	const struct secret *value;
};

/* What a file was when it was read; all zero for a keystore that is new. */
struct keystore_origin {
	unsigned format;
	bool has_password;
};

struct keystore; /* entries in the order in which they were first set */

bool keystore_new(struct keystore **out, struct err *e) MUST_USE;
void keystore_free(struct keystore *k); /* wipes; NULL is fine */
void keystore_freep(struct keystore **k);
#define auto_keystore CLEANUP(keystore_freep) struct keystore *

/* Set one entry, replacing the one of that name in its place. Whether the name is one that the
 * product takes is asked of its row, is_name(). Value and bytes are copied.
 * fails  FAIL_CONFIG: more than KEYSTORE_MAX_ENTRIES, or more bytes than KEYSTORE_MAX_VALUES */
bool keystore_set(struct keystore *k, const char *name, enum keystore_kind kind,
		  const struct secret *value, struct err *e) MUST_USE;
bool keystore_set_bytes(struct keystore *k, const char *name, enum keystore_kind kind,
			const void *bytes, size_t n, struct err *e) MUST_USE;

/* False: there is no such entry. */
bool keystore_remove(struct keystore *k, const char *name);

/* Borrowed until the keystore changes; NULL: none of that name, or past the end. */
const struct keystore_entry *keystore_find(const struct keystore *k, const char *name);
const struct keystore_entry *keystore_at(const struct keystore *k, size_t i);
size_t keystore_count(const struct keystore *k);

struct keystore_origin keystore_origin(const struct keystore *k);

/* For parsers. The second reports FAIL_INPUT for the file of that name, and how it is damaged;
 * returns false. */
void keystore_set_origin(struct keystore *k, struct keystore_origin origin);
bool keystore_damaged(const char *name, const char *how, struct err *e);

#endif
