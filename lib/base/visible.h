/* visible.h - a stranger's text for a terminal, a log or JSON: what could steer, hide or reorder is
 * written out. File names and the names in certificates are such text. */
#ifndef BASE_VISIBLE_H
#define BASE_VISIBLE_H

#include "base/str.h"

enum visible {
	VISIBLE_LINE,  /* "\x1b" for a byte, "\u202e" for a character: it stays on its line */
	VISIBLE_LINES, /* the same, but line ends are our own and stay */
	VISIBLE_JSON,  /* what stands between the quotes of a JSON text: it reads back the same, but
			* for  bytes that are not UTF-8 (U+FFFD) */
};

enum { VISIBLE_BYTES = 16 };

/* The form of the character at *at, NUL-terminated in out, and *at moved behind it.
 * false: the text has ended */
bool visible_next(enum visible as, const char **at, char out[VISIBLE_BYTES]) MUST_USE;

/* Append the form of a whole text. */
void visible_add(enum visible as, const char *text, struct str *out);

/* The same on one line in out[size]; what does not fit ends in "...". */
void visible_cut(char *out, size_t size, const char *text);

#endif
