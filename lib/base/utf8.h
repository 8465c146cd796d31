/* utf8.h - read UTF-8 one character at a time, strictly. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* Decode the character at *at, in text that ends in a NUL, and move *at behind it. false: it is not
 * UTF-8 (RFC 3629): torn, longer than it need be, a surrogate, past U+10FFFF. */
bool utf8_next(const char **at, uint32_t *out) MUST_USE;

/* Whether the first n bytes of a text that ends in a NUL are UTF-8 without any NUL. */
bool utf8_is_text(const char *text, size_t n);

/* Whether the text is UTF-8 without control characters. */
bool utf8_is_printable(const char *text);

/* Cc: U+0000-001F, U+007F-009F. */
bool utf8_is_control(uint32_t c);

#endif
