#include "base/secret.h"
#include "flow/prepare.h"
#include "flow/target.h"
#include "init/commands.h"

bool cmd_prepare(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	const struct instance *self;

	(void)operands;
	(void)status;
	secret_setup(SECRET_FEW);
	if (!target_load(o, o->all ? TARGET_STACK : TARGET_INSTANCE, &s, &self, e))
		return false;
	return o->all ? prepare_all(o, &s, e) : prepare_instance(o, &s, self, e);
}
