/* target.h - which stack, and which instance of it, the options and variables name. */
#ifndef FLOW_TARGET_H
#define FLOW_TARGET_H

#include "flow/options.h"
#include "stack/stack.h"

enum target_need {
	TARGET_INSTANCE, /* one must be named, unless the stack has only one */
	TARGET_STACK,    /* none need be */
};

/* stack  owned, release with stack_clear()
 * self   borrowed from it; NULL when none is named and none need be
 * fails  as stack_load() and stack_find(); FAIL_USAGE: none is named, and one must be */
bool target_load(const struct options *o, enum target_need need, struct stack *stack,
		 const struct instance **self, struct err *e) MUST_USE;

#endif
