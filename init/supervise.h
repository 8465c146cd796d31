/* supervise.h - start a command and stay with it, as PID 1 of a container must. */
#ifndef INIT_SUPERVISE_H
#define INIT_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"

/* The status of a child that signal N ended is SUPERVISE_KILLED and N. */
enum { SUPERVISE_NOT_EXECUTABLE = 126, SUPERVISE_NOT_FOUND = 127, SUPERVISE_KILLED = 128 };

/* Block every signal, become subreaper, and remember what the command shall get back. Called once,
 * before the first child is made. */
bool supervise_begin(struct err *e) MUST_USE;

/* Run a function in a short-lived child and wait for it, while signals that end us end it too.
 * status  the child's own: what the function returned, or 128+N */
bool supervise_step(int (*step)(const void *ctx), const void *ctx, int *status,
		    struct err *e) MUST_USE;

struct supervise_plan {
	char *const *command;           /* NULL-terminated */
	int (*beside)(const void *ctx); /* a second child, run next to the command; NULL: none */
	const void *ctx;
	unsigned grace_s;          /* SIGKILL this long after the first SIGTERM; 0: never */
	bool (*again)(int status); /* whether `beside` is to be started again */
};

/* Start the command in a process group of its own and stay until it ends: forward every signal to
 * its group, reap every child, own or orphaned. Should we be killed, the command gets SIGTERM.
 *
 * Returns the command's exit status, 128+N when signal N killed it, 126 or 127 when it cannot be
 * started. */
int supervise_run(const struct supervise_plan *plan);

#endif
