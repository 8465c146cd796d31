/* base64.h - bytes as text (RFC 4648), in one line and with its padding. */
#ifndef KEYSTORE_BASE64_H
#define KEYSTORE_BASE64_H

#include <stdbool.h>

#include "base/str.h"

void base64_encode(const void *bytes, size_t n, struct str *out);

/* Append the bytes to out. False: this is not base64, and nothing was appended. */
bool base64_decode(const char *text, size_t n, struct str *out) MUST_USE;

#endif
