/* lock.h - locks on a shared volume that die with their holder.
 *
 * One file holds several locks, one a byte (enum lock_what). They save work and let the sweeper
 * know that nobody is writing; nothing is wrong where a filesystem ignores them. */
#ifndef OS_LOCK_H
#define OS_LOCK_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

enum lock_what {
	LOCK_WRITERS, /* shared by everybody who writes; exclusive for the sweeper */
	LOCK_CA,      /* who is making an authority */
	LOCK_SEAL,    /* who is setting the passwords */
};

enum lock_kind { LOCK_SHARED, LOCK_EXCLUSIVE, LOCK_NONE };

/* Open the lock file, created 0600 with this owner if absent. The caller closes *out. */
bool lock_open(const char *path, unsigned uid, unsigned gid, int *out, struct err *e) MUST_USE;

/* Take, change or (LOCK_NONE) drop one lock, waiting at most wait_ms; 0 = only try.
 * It ends when fd is closed or the process dies. FAIL_BUSY when the time is over. */
bool lock_take(int fd, enum lock_what what, enum lock_kind kind, unsigned wait_ms,
	       struct err *e) MUST_USE;

/* Keep others that do the same away from a folder; nothing is written into it. The caller closes
 * *out, which ends it. fails  FAIL_BUSY when the time is over, FAIL_MISSING, FAIL_DENIED */
bool lock_folder(const char *path, unsigned wait_ms, int *out, struct err *e) MUST_USE;

#endif
