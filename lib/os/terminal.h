/* terminal.h - questions to a person, where there is one. */
#ifndef OS_TERMINAL_H
#define OS_TERMINAL_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/str.h"

/* Whether standard input and standard error are a terminal: only then may a program ask. */
bool terminal_is_there(void);

/* Ask for a line and append it without its end; an empty one is fine.
 * fails  FAIL_USAGE: the input ended instead */
bool terminal_ask(const char *question, struct str *out, struct err *e) MUST_USE;

/* Ask a question that only an answer beginning with y affirms. */
bool terminal_confirm(const char *question, bool *yes, struct err *e) MUST_USE;

/* Ask for a secret without showing it. twice: ask again and compare. *out is NULL when the line was
 * empty. The terminal echoes again afterwards, also after Ctrl-C, which ends as FAIL_USAGE. */
bool terminal_ask_secret(const char *question, bool twice, struct secret **out,
			 struct err *e) MUST_USE;

#endif
