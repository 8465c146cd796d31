/* commands.h - the commands of init; each takes struct options and gives the exit status. */
#ifndef INIT_COMMANDS_H
#define INIT_COMMANDS_H

#include "base/err.h"
#include "flow/options.h"

typedef bool command_fn(const void *options, char *const *operands, int *status, struct err *e);

/* Those of init config and init keystore. */
extern const struct command config_commands[];
extern const size_t config_command_count;
extern const struct command keystore_commands[];
extern const size_t keystore_command_count;

command_fn cmd_prepare, cmd_seal, cmd_run, cmd_wait, cmd_health, cmd_status;

#endif
