#include "base/secret.h"
#include "flow/health.h"
#include "flow/target.h"
#include "init/commands.h"
#include "net/json.h"

bool cmd_health(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	const struct instance *self;

	(void)status;
	secret_setup(SECRET_FEW);
	json_setup();
	return target_load(o, o->urls.count > 0 ? TARGET_STACK : TARGET_INSTANCE, &s, &self, e) &&
	       health_check(o, &s, self, operands[0], e);
}
