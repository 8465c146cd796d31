#include "init/supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* The states of a run:
 *
 *   begin --> step (prepare) --> run: command + beside --> reap until the command ends --> status
 *                  |                     |
 *                  +-- not 0: leave      +-- a signal: to the command's group; SIGCHLD: reap
 */

enum { RESTART_PAUSE_S = 1 };

static sigset_t all_signals, original_mask;

bool supervise_begin(struct err *e)
{
	if (sigfillset(&all_signals) < 0 ||
	    sigprocmask(SIG_SETMASK, &all_signals, &original_mask) < 0)
		return err_errno(e, errno, "cannot block signals");
	/* Whoever started us may ignore it, and then children vanish unseen. */
	(void)signal(SIGCHLD, SIG_DFL);
	/* Orphans of the command come to us also when something else is PID 1. */
	if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return err_errno(e, errno, "cannot become subreaper");
	return true;
}

/* In a child: what the parent changed for itself goes back to what it was. */
static void restore_signals(void)
{
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &original_mask, NULL);
}

static int status_of(int raw)
{
	return WIFSIGNALED(raw) ? SUPERVISE_KILLED + WTERMSIG(raw) : WEXITSTATUS(raw);
}

static pid_t start_function(int (*run)(const void *ctx), const void *ctx)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)sigprocmask(SIG_SETMASK, &original_mask, NULL);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it works for us, not for itself */
		_exit(run(ctx));
	}
	return pid;
}

static bool ends_us(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGQUIT || sig == SIGHUP;
}

bool supervise_step(int (*step)(const void *ctx), const void *ctx, int *status, struct err *e)
{
	pid_t pid = start_function(step, ctx);
	int ended_by = 0;

	if (pid < 0)
		return err_errno(e, errno, "cannot start a process");
	for (;;) {
		int raw, sig = sigwaitinfo(&all_signals, NULL);
		pid_t gone;

		if (ends_us(sig)) {
			ended_by = sig;
			(void)kill(pid, sig);
		}
		while ((gone = waitpid(-1, &raw, WNOHANG)) > 0)
			if (gone == pid) {
				*status = status_of(raw);
				if (*status == 0 && ended_by) /* it was done already */
					*status = SUPERVISE_KILLED + ended_by;
				return true;
			}
	}
}

/* When we are killed and are not PID 1, a server that nobody watches must not stay behind. */
static void end_with(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(SUPERVISE_KILLED + SIGTERM); /* it was gone before we asked */
}

static pid_t start_command(char *const *command)
{
	/* In the background the terminal is somebody else's. */
	bool takes_terminal = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
	pid_t us = getpid(), pid = fork();

	if (pid != 0) {
		if (pid > 0)
			(void)setpgid(pid, pid); /* here and there: whoever comes first */
		return pid;
	}
	end_with(us);
	(void)setpgid(0, 0);
	if (takes_terminal) /* SIGTTOU is still blocked */
		(void)tcsetpgrp(STDIN_FILENO, getpid());
	restore_signals();
	(void)execvp(command[0], command);
	int why = errno;

	log_event(LOG_ERROR, "cannot start the command", "command", command[0], "reason",
		  strerror(why), NULL);
	_exit(why == ENOENT ? SUPERVISE_NOT_FOUND : SUPERVISE_NOT_EXECUTABLE);
}

struct run {
	const struct supervise_plan *plan;
	pid_t command, beside; /* 0: gone */
	int status;            /* of the command */
	bool stopping, killed;
	struct deadline kill_at; /* meaningful while stopping with a grace time */
	bool restarts;           /* what ran beside is to be started again */
	struct deadline restart_at;
};

static void child_gone(struct run *r, pid_t pid, int raw)
{
	if (pid == r->command) {
		r->command = 0;
		r->status = status_of(raw);
	} else if (pid == r->beside) {
		r->beside = 0;
		r->restarts = !r->stopping && r->plan->again && r->plan->again(status_of(raw));
		r->restart_at = deadline_in_s(RESTART_PAUSE_S);
	}
}

static void reap(struct run *r)
{
	int raw;
	pid_t pid;

	while ((pid = waitpid(-1, &raw, WNOHANG)) > 0)
		child_gone(r, pid, raw);
}

/* Only SIGTERM ends what runs beside: a server outlives a thread dump or a reload. */
static void forward(struct run *r, int sig)
{
	if (sig == SIGTERM && !r->stopping) {
		r->stopping = true;
		r->kill_at = deadline_in_s(r->plan->grace_s);
	}
	if (sig == SIGTERM && r->beside > 0)
		(void)kill(r->beside, SIGTERM);
	(void)kill(-r->command, sig);
}

static bool waits_to_kill(const struct run *r)
{
	return r->stopping && r->plan->grace_s > 0 && !r->killed;
}

static bool waits_to_restart(const struct run *r)
{
	return r->restarts && !r->stopping;
}

/* The next signal; 0 when something is due. */
static int next_signal(const struct run *r)
{
	int64_t left = INT64_MAX;
	struct timespec wait;
	int sig;

	if (waits_to_kill(r))
		left = deadline_left_ms(r->kill_at);
	if (waits_to_restart(r) && deadline_left_ms(r->restart_at) < left)
		left = deadline_left_ms(r->restart_at);
	if (left == INT64_MAX)
		return sigwaitinfo(&all_signals, NULL);
	wait = (struct timespec){ .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000 };
	sig = sigtimedwait(&all_signals, NULL, &wait);
	return sig < 0 && errno == EAGAIN ? 0 : sig;
}

static void do_what_is_due(struct run *r)
{
	if (waits_to_kill(r) && deadline_passed(r->kill_at)) {
		r->killed = true;
		(void)kill(-r->command, SIGKILL);
	}
	if (waits_to_restart(r) && deadline_passed(r->restart_at)) {
		r->restarts = false;
		r->beside = start_function(r->plan->beside, r->plan->ctx);
	}
}

int supervise_run(const struct supervise_plan *plan)
{
	struct run r = { .plan = plan };
	pid_t group = r.command = start_command(plan->command);

	if (r.command < 0) {
		log_event(LOG_ERROR, "cannot start the command", "reason", strerror(errno), NULL);
		return SUPERVISE_NOT_EXECUTABLE;
	}
	if (plan->beside)
		r.beside = start_function(plan->beside, plan->ctx);
	while (r.command > 0) {
		int sig = next_signal(&r);

		if (sig == SIGCHLD)
			reap(&r);
		else if (sig > 0)
			forward(&r, sig);
		else
			do_what_is_due(&r);
	}
	if (r.beside > 0)
		(void)kill(r.beside, SIGTERM);
	/* Only what the command was given goes back: whoever started us reads on. */
	if (tcgetpgrp(STDIN_FILENO) == group)
		(void)tcsetpgrp(STDIN_FILENO, getpgrp());
	return r.status;
}
