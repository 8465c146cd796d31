/* rand.h - passwords that no person chose. */
#ifndef PKI_RAND_H
#define PKI_RAND_H

#include "base/secret.h"

enum { RAND_PASSWORD_CHARS = 24 };

/* A password of RAND_PASSWORD_CHARS characters, about 142 bits: a letter first, then letters and
 * digits, one '-' inside and at least one digit, upper and lower case letter.
 *
 * The alphabet survives YAML, JSON, env2yaml, compose files and shells unquoted; the letter keeps
 * Kibana from reading a number (kibana #55031); the rest meets OpenSearch's strength rule. */
bool rand_password(struct secret **out, struct err *e) MUST_USE;

/* count characters of letters and digits into out, which has room for count + 1 bytes. */
bool rand_text(char *out, size_t count, struct err *e) MUST_USE;

#endif
