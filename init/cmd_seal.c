#include "base/secret.h"
#include "flow/prepare.h"
#include "flow/seal.h"
#include "init/commands.h"
#include "net/json.h"

bool cmd_seal(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	const struct instance *self = NULL;

	(void)operands;
	(void)status;
	secret_setup();
	json_setup();
	if (!prepare_load_stack(o, &s, e))
		return false;
	if (o->instance_name && !prepare_find_instance(o, &s, &self, e))
		return false;
	return seal_stack(o, &s, self, e);
}
