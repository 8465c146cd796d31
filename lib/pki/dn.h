/* dn.h - distinguished names, written as RFC 4514 has them: "CN=es01,OU=node,O=logs". */
#ifndef PKI_DN_H
#define PKI_DN_H

#include "pki/openssl.h"

/* text holds attribute=value pairs, the most specific first, with \ escaping the next character.
 * fails  FAIL_INPUT: no pair, an unknown attribute type, an empty or too long value */
bool dn_parse(const char *text, X509_NAME **out, struct err *e) MUST_USE;

#endif
