#include "base/secret.h"
#include "flow/prepare.h"
#include "flow/target.h"
#include "init/commands.h"

bool cmd_prepare(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	const struct instance *self;
	struct prepared done = { 0 };

	(void)operands;
	secret_setup(SECRET_FEW);
	if (!target_load(o, o->all ? TARGET_STACK : TARGET_INSTANCE, &s, &self, e))
		return false;
	if (o->all ? !prepare_all(o, &s, &done, e) : !prepare_instance(o, &s, self, &done, e))
		return false;
	if (o->check && done.changes)
		*status = err_exit_status(FAIL_DIFFERS);
	return true;
}
