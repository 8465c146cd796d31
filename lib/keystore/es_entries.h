/* es_entries.h - what is encrypted in Elasticsearch's keystore: the entries. */
#ifndef KEYSTORE_ES_ENTRIES_H
#define KEYSTORE_ES_ENTRIES_H

#include "keystore/keystore.h"

/* Read them into an empty keystore. typed: format 3, where each says what it is.
 * name   of the keystore, for errors
 * fails  FAIL_INPUT */
bool es_entries_parse(struct keystore *k, const struct str *plain, bool typed, const char *name,
		      struct err *e) MUST_USE;

/* Append them as formats 4 to 7 have them. */
bool es_entries_format(const struct keystore *k, struct str *plain, struct err *e) MUST_USE;

/* Letters, digits, '_', '-' and '.'. */
bool es_entry_is_name(const char *name, size_t n);

#endif
