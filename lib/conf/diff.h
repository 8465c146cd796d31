/* diff.h - what becomes of a text, line by line, as diff -u shows it. */
#ifndef CONF_DIFF_H
#define CONF_DIFF_H

#include "base/str.h"

struct diff_style {
	bool coloured; /* for a terminal; what in a line could steer it is written out */
	/* Whether a line must not be shown; NULL: all may be. Its last argument is its length. */
	bool (*hidden)(const char *line, size_t n);
};

/* Append the unified diff, three lines of context around each change; nothing when both are the
 * same. Lines end in "\n". Of texts with many thousands of different lines it may show more as
 * changed than had to be. fails  FAIL_MEMORY */
bool diff_format(const char *name, const char *before, const char *after,
		 const struct diff_style *style, struct str *out, struct err *e) MUST_USE;

/* Append a text as it is, but for what the style hides or writes out. */
bool diff_show(const char *text, const struct diff_style *style, struct str *out,
	       struct err *e) MUST_USE;

#endif
