/* commands.h - the commands of certgen; each takes struct options and gives the exit status. */
#ifndef CERTGEN_COMMANDS_H
#define CERTGEN_COMMANDS_H

#include "base/err.h"
#include "flow/options.h"

typedef bool command_fn(const void *options, char *const *operands, int *status, struct err *e);

command_fn cmd_ca, cmd_cert;

#endif
