/* raise.h - what has to be restarted, and in which order, when a stack that runs is raised from one
 * level to a higher one. Pure data. */
#ifndef STACK_RAISE_H
#define STACK_RAISE_H

#include "base/str.h"
#include "stack/stack.h"

/* Append the order in words, one line without a line end: "restart es01 and es02 one at a time,
 * then kibana". Nothing when the level is not higher. */
bool raise_format(const struct stack *s, enum level from, struct str *out, struct err *e) MUST_USE;

#endif
