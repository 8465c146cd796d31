/* program.h - what main() does in both programs: options, logging, one command, its last line. */
#ifndef FLOW_PROGRAM_H
#define FLOW_PROGRAM_H

#include "base/opt.h"

/* Returns the exit status. */
int program_main(const struct program *p, char **argv);

#endif
