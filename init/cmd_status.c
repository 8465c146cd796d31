#include "base/secret.h"
#include "flow/prepare.h"
#include "flow/report.h"
#include "init/commands.h"
#include "net/json.h"

bool cmd_status(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	const struct instance *self;

	(void)operands;
	secret_setup();
	json_setup();
	if (!prepare_load_stack(o, &s, e))
		return false;
	if (o->instance_name && !prepare_find_instance(o, &s, &self, e))
		return false;
	return report_stack(o, &s, status, e);
}
