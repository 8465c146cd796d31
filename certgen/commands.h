/* commands.h - the commands of certgen; each takes struct options and gives the exit status. */
#ifndef CERTGEN_COMMANDS_H
#define CERTGEN_COMMANDS_H

#include "base/err.h"
#include "flow/options.h"

typedef bool command_fn(const void *options, char *const *operands, int *status, struct err *e);

command_fn cmd_ca, cmd_cert, cmd_csr, cmd_http, cmd_sign, cmd_renew, cmd_inspect, cmd_verify,
    cmd_convert, cmd_bundle, cmd_fingerprint;

#endif
