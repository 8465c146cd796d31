/* keystore_values.h - the entries that `init keystore add` and `add-file` are to set. */
#ifndef INIT_KEYSTORE_VALUES_H
#define INIT_KEYSTORE_VALUES_H

#include "init/keystore_session.h"

/* Entries that are wanted. The names are checked: the product takes them, and none comes twice. */
struct keystore_values {
	struct keystore *wanted;
	struct list replace; /* names that a person said may be replaced */
};

/* The values of names, from wherever they come:
 *
 * from_lines  text, a line each; with one line more than names and a keystore that has a password,
 *             the first is that password, as elasticsearch-keystore reads it. Before session_open()
 * ask         a person, who is asked first what there is already; *go_on false: they said no
 * from_files  operands that are pairs of a name and a path
 * fails       FAIL_USAGE, FAIL_INPUT (too few or too many lines, or not UTF-8), as file_read() */
bool values_from_lines(struct keystore_values *v, struct keystore_session *s, char *const *names,
		       const struct str *text, struct err *e) MUST_USE;
bool values_ask(struct keystore_values *v, const struct keystore_session *s, char *const *names,
		bool *go_on, struct err *e) MUST_USE;
bool values_from_files(struct keystore_values *v, const struct keystore_session *s,
		       char *const *operands, struct err *e) MUST_USE;

/* Ask a person, where there is one, about each entry that is there with another value. *go_on
 * false: they said no. */
bool values_confirm(struct keystore_values *v, const struct keystore_session *s, bool *go_on,
		    struct err *e) MUST_USE;

/* Put them into the opened and locked keystore.
 * fails  FAIL_CONFLICT: an entry is there with another value, and nobody said to replace it */
bool values_apply(const struct keystore_values *v, struct keystore_session *s, bool *changed,
		  struct err *e) MUST_USE;

void values_clear(struct keystore_values *v);
#define auto_keystore_values CLEANUP(values_clear) struct keystore_values

#endif
