/* err.h - the one error type: what failed, in words, and what the operator can do. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum fail {
	FAIL_NONE,
	FAIL_USAGE,    /* bad command line */
	FAIL_CONFIG,   /* settings that contradict each other */
	FAIL_INPUT,    /* a file or a reply we were given is malformed */
	FAIL_MISSING,  /* a file we need is not there */
	FAIL_EXISTS,   /* it is already there and we must not replace it */
	FAIL_DENIED,   /* permission, ownership, read-only mount */
	FAIL_IO,       /* the disk or the kernel said no */
	FAIL_BUSY,     /* somebody else is at it; try again */
	FAIL_NET,      /* no connection */
	FAIL_TLS,      /* a connection, but no trust */
	FAIL_AUTH,     /* the cluster refused our credentials */
	FAIL_TIMEOUT,  /* not ready in time */
	FAIL_CONFLICT, /* store or cluster holds something else; nothing was overwritten */
	FAIL_MEMORY,
	FAIL_DIFFERS, /* --check: something would be written */
	FAIL_CRYPTO,  /* OpenSSL failed where it must not */
	FAIL_BUG,     /* a defect of ours */
};

/* Fixed storage: reporting "out of memory" must not need memory. */
struct err {
	enum fail code;
	char msg[512];
	char hint[256];
};

/* Both return false, so a failing function ends in: return err_set(e, ...); */
bool err_set(struct err *e, enum fail code, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool err_errno(struct err *e, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Add what to try next; one sentence, no secret. Returns false. */
bool err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Put a text, such as "instance 'es01': ", before the message that stands in e. Returns false. */
bool err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Process exit status for a failure, after sysexits(3). */
int err_exit_status(enum fail code);

/* The table that --help prints: row i of it, or NULL past the end. */
struct exit_status {
	int status;
	const char *meaning;
};
const struct exit_status *err_exit_table(size_t i);

#endif
