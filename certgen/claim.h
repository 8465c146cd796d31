/* claim.h - a folder kept from other certgens while something is written into it.
 *
 * Two that add to one archive at once would lose one's additions. Where a filesystem has no such
 * locks, the commit notices that another was quicker. */
#ifndef CERTGEN_CLAIM_H
#define CERTGEN_CLAIM_H

#include <limits.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

struct claim {
	char folder[PATH_MAX];
	char base[PATH_MAX]; /* the part of it that was there before */
	int lock;            /* -1: not claimed */
};

/* clang-format off */
#define CLAIM_INIT { .lock = -1 }
/* clang-format on */

/* The mode of the folders that are made. */
enum { CLAIM_FOLDER_MODE = 0700 };

/* Make the folder, if it must be made, and lock it.
 *
 * out    empty before; to be dropped also after a failure
 * fails  FAIL_EXISTS: a part of it is no folder; FAIL_BUSY: another certgen has held it for half a
 *        minute; FAIL_DENIED, FAIL_IO */
bool claim_take(const char *folder, struct claim *out, struct err *e) MUST_USE;

/* Take away the folders that were made and hold nothing, and end the lock. */
void claim_drop(struct claim *c);

/* "a" for "a/b", "." for "a", "/" for "/a"; in place. */
void claim_cut_last_part(char path[PATH_MAX]);

#endif
