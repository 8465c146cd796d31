/* usage.h - what a certificate is for, in the words of --usage. */
#ifndef CERTGEN_USAGE_H
#define CERTGEN_USAGE_H

#include "pki/cert.h"

/* "node" (also for NULL), "server" or "client". fails  FAIL_USAGE */
bool usage_parse(const char *text, enum cert_purpose *out, struct err *e) MUST_USE;
const char *usage_name(enum cert_purpose purpose);

#endif
