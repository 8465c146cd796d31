/* str.h - growable text, always NUL-terminated, with a size limit and a sticky failure.
 *
 * Appending never returns an error; ask str_ok() once before using the text. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct str {
	char *data;  /* NULL until something is appended; read through str_text() */
	size_t len;  /* bytes, without the NUL */
	size_t cap;  /* bytes allocated */
	size_t max;  /* bytes allowed */
	bool failed; /* out of memory, or past max */
};

/* clang-format off */
#define STR_INIT(limit) { .max = (limit) }
/* clang-format on */

void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const void *bytes, size_t n);
void str_addf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

void str_cut_line_end(struct str *s); /* one "\n" or "\r\n" at its end */

const char *str_text(const struct str *s);
bool str_ok(const struct str *s, struct err *e) MUST_USE;
void str_clear(struct str *s);
void str_wipe(struct str *s); /* as str_clear, but overwrite the bytes: they held a secret */

/* Whether text ends so; upper and lower case are the same, as in names of files that people type.
 */
bool str_ends_with(const char *text, const char *end);

#define auto_str       CLEANUP(str_clear) struct str
#define auto_str_wiped CLEANUP(str_wipe) struct str

#endif
