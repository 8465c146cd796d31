/* punycode.h - Unicode text in ASCII letters, digits and hyphens, RFC 3492. */
#ifndef PKI_PUNYCODE_H
#define PKI_PUNYCODE_H

#include <stdint.h>

#include "base/str.h"

/* Append n characters encoded, without "xn--" before them; the case of ASCII letters is kept. */
void punycode_encode(const uint32_t *text, size_t n, struct str *out);

#endif
