/* level.h - the three levels; each contains the one before. */
#ifndef STACK_LEVEL_H
#define STACK_LEVEL_H

#include <stdbool.h>

#include "base/attr.h"

enum level {
	LEVEL_MINIMAL, /* passwords; one node only */
	LEVEL_BASIC,   /* + TLS between nodes */
	LEVEL_HTTPS,   /* + TLS on HTTP */
};

const char *level_name(enum level level);
bool level_parse(const char *text, enum level *out) MUST_USE;

#endif
