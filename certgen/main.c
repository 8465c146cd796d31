/* certgen: a certificate authority on a command line. */
#include "certgen/commands.h"
#include "flow/program.h"

/* clang-format off */
static const struct command commands[] = {
	{ "ca",   CMD_CA,   "", "make a certificate authority: OUT/ca.crt and OUT/ca.key", cmd_ca },
	{ "cert", CMD_CERT, "", "make certificates: OUT/NAME/NAME.crt and OUT/NAME/NAME.key", cmd_cert },
};
/* clang-format on */

int main(int argc, char **argv)
{
	const struct program certgen = {
		.name = "certgen",
		.purpose = "a certificate authority on a command line",
		.version = STACKSEAL_VERSION,
		.commands = commands,
		.command_count = ARRAY_LEN(commands),
		.opts = options_table,
		.opt_count = options_count,
	};

	(void)argc;
	return program_main(&certgen, argv);
}
