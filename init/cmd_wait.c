#include "base/log.h"
#include "base/secret.h"
#include "flow/target.h"
#include "flow/waiting.h"
#include "init/commands.h"
#include "net/json.h"

bool cmd_wait(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	const struct instance *self;

	(void)status;
	secret_setup(SECRET_FEW);
	json_setup();
	log_redraw();
	if (!target_load(o, TARGET_STACK, &s, &self, e))
		return false;
	return wait_for(o, &s, self, operands[0] ? operands[0] : "yellow", e);
}
