#include "base/secret.h"
#include "flow/prepare.h"
#include "init/commands.h"

bool cmd_prepare(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	const struct instance *self;

	(void)operands;
	(void)status;
	secret_setup();
	if (!prepare_load_stack(o, &s, e))
		return false;
	if (o->all)
		return prepare_all(o, &s, e);
	return prepare_find_instance(o, &s, &self, e) && prepare_instance(o, &s, self, e);
}
