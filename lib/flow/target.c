#include "flow/target.h"

#include "conf/stack_file.h"
#include "os/env.h"

bool target_load(const struct options *o, enum target_need need, struct stack *stack,
		 const struct instance **self, struct err *e)
{
	struct stack_overrides overrides = { o->level, o->stack_version, o->accounts,
					     o->instance_name };

	*self = NULL;
	if (!stack_load(o->stack_path, &overrides, env_get, stack, e))
		return false;
	if (!o->stack_path ||
	    (need == TARGET_INSTANCE && !o->instance_name && stack->instance_count == 1)) {
		*self = &stack->instances[0];
		return true;
	}
	if (o->instance_name)
		return stack_find(stack, o->instance_name, self, e);
	if (need == TARGET_STACK)
		return true;
	return err_set(e, FAIL_USAGE, "which instance is this?") ||
	       err_hint(e, "give --name, or STACKSEAL_NAME");
}
