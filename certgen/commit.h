/* commit.h - what was put into an output, written in one go. */
#ifndef CERTGEN_COMMIT_H
#define CERTGEN_COMMIT_H

#include "certgen/output.h"

/* A file or archive by one rename; in a folder the folders that are new each whole, single files of
 * others each by a rename, in the order put. Sweeps what killed ones left in the folders it writes
 * into.
 *
 * fails  FAIL_EXISTS, FAIL_BUSY: another process was quicker; open it again, and look */
bool output_commit(struct output *o, struct err *e) MUST_USE;

#endif
