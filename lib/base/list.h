/* list.h - a growing list of texts that it owns. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct list {
	char **items; /* count texts, each NUL-terminated and owned */
	size_t count;
	size_t cap;
};

/* Append a copy of text. Fails only with FAIL_MEMORY. */
bool list_add(struct list *l, const char *text, struct err *e) MUST_USE;
bool list_addn(struct list *l, const char *bytes, size_t n, struct err *e) MUST_USE;

/* Append the parts of text between separators; blanks around a part and empty parts are dropped. */
bool list_split(struct list *l, const char *text, char separator, struct err *e) MUST_USE;

bool list_has(const struct list *l, const char *text);
bool list_equal(const struct list *a, const struct list *b); /* same texts, same order */
void list_clear(struct list *l);

#define auto_list CLEANUP(list_clear) struct list

#endif
