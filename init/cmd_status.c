#include "base/secret.h"
#include "flow/report.h"
#include "flow/target.h"
#include "init/commands.h"
#include "net/json.h"

bool cmd_status(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	const struct instance *self;

	(void)operands;
	secret_setup(SECRET_FEW);
	json_setup();
	if (!target_load(o, TARGET_STACK, &s, &self, e))
		return false;
	return report_stack(o, &s, self, status, e);
}
