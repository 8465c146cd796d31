/* init: takes an Elastic or OpenSearch stack from nothing to secured, inside its containers. */
#include "flow/program.h"
#include "init/commands.h"

/* clang-format off */
static const struct command commands[] = {
	{ "prepare", CMD_PREPARE, "",              "make or load certificates, keystore and configuration, then exit", cmd_prepare },
	{ "seal",    CMD_SEAL,    "",              "wait for the cluster, set the passwords once, exit", cmd_seal },
	{ "run",     CMD_RUN,     "-- CMD ARG...", "prepare; start CMD as a child of PID 1; seal beside it", cmd_run },
	{ "wait",    CMD_WAIT,    "[FOR]",         "wait for tcp, tls, http, auth, master, security, yellow, green or sealed", cmd_wait },
	{ "health",  CMD_HEALTH,  "[FOR]",         "one look at this instance, for health checks", cmd_health },
	{ "status",  CMD_STATUS,  "",              "what there is: certificates, days left, seal, cluster", cmd_status },
};
/* clang-format on */

int main(int argc, char **argv)
{
	const struct program keystore = {
		.name = "init keystore",
		.purpose = "secure settings, as elasticsearch-keystore keeps them, without a JVM",
		.version = STACKSEAL_VERSION,
		.commands = keystore_commands,
		.command_count = keystore_command_count,
		.opts = options_table,
		.opt_count = options_count,
	};
	const struct program config = {
		.name = "init config",
		.purpose = "what prepare would write, and what a node would refuse",
		.version = STACKSEAL_VERSION,
		.commands = config_commands,
		.command_count = config_command_count,
		.opts = options_table,
		.opt_count = options_count,
	};
	const struct program *const groups[] = { &config, &keystore, NULL };
	const struct program init = {
		.name = "init",
		.purpose = "secures an Elastic or OpenSearch stack from inside its containers",
		.version = STACKSEAL_VERSION,
		.commands = commands,
		.command_count = ARRAY_LEN(commands),
		.opts = options_table,
		.opt_count = options_count,
		.groups = groups,
	};

	(void)argc;
	return program_main(&init, argv);
}
