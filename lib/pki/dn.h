/* dn.h - distinguished names, written as RFC 4514 has them: "CN=es01,OU=node,O=logs". */
#ifndef PKI_DN_H
#define PKI_DN_H

#include "base/str.h"
#include "pki/openssl.h"

/* text holds attribute=value pairs, the most specific first. In a value " + , ; < > \ need a
 * \ before them, as do a # or a blank at its start; \ and two hexadecimal digits are a byte of
 * UTF-8. Blanks around types and values do not count. fails  FAIL_INPUT: no pair, an unknown
 * attribute type, an empty or too long value, a control character, a part of several values
 * (CN=a+OU=b), a value in hexadecimal (CN=#0c0161) */
bool dn_parse(const char *text, X509_NAME **out, struct err *e) MUST_USE;

/* Append name as RFC 2253 text. dn_parse() takes it, unless a part has several values. */
bool dn_format(const X509_NAME *name, struct str *out, struct err *e) MUST_USE;

/* Whether name is what text says; false also when text is no name. */
bool dn_is(const X509_NAME *name, const char *text);

#endif
