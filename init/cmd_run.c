#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "flow/preflight.h"
#include "flow/prepare.h"
#include "flow/seal.h"
#include "flow/target.h"
#include "init/commands.h"
#include "init/supervise.h"
#include "net/json.h"
#include "os/env.h"

/* Our own process never touches OpenSSL or curl: what needs them runs in a child, so that what
 * stays beside the server for years is small and holds no secret. */

enum { EARLY_MS = 5 * 60 * 1000 };

struct job {
	const struct options *options;
	const struct stack *stack;
	const struct instance *self;
};

static int report(bool done, const struct err *e)
{
	if (done)
		return 0;
	log_failure(e);
	return err_exit_status(e->code);
}

static int prepare_job(const void *ctx)
{
	const struct job *job = ctx;
	struct err e = { 0 };

	secret_setup(SECRET_FEW);
	return report(prepare_instance(job->options, job->stack, job->self, NULL, &e), &e);
}

/* Seal, and prepare once more: a cluster that stands needs no cluster.initial_master_nodes, and a
 * node that lost its data must find the others instead of founding a second cluster. */
static int seal_job(const void *ctx)
{
	const struct job *job = ctx;
	struct err e = { 0 };

	secret_setup(SECRET_FEW);
	json_setup();
	return report(seal_stack(job->options, job->stack, job->self, &e) &&
			  (job->options->no_prepare ||
			   prepare_instance(job->options, job->stack, job->self, NULL, &e)),
		      &e);
}

/* A step that a signal ended had no time to say so. */
static void say_if_killed(const char *step, int status)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", status - SUPERVISE_KILLED);
	if (status > SUPERVISE_KILLED)
		log_event(LOG_ERROR, "ended by a signal", "step", step, "signal", number, NULL);
}

/* Not ready in time, busy, or killed: the server still runs, so it may yet become ready. */
static bool seal_again(int status)
{
	say_if_killed("seal", status);
	return status > SUPERVISE_KILLED || status == err_exit_status(FAIL_TIMEOUT) ||
	       status == err_exit_status(FAIL_BUSY);
}

/* Neither done, nor ended by a signal, nor never started: it has found something to be wrong. */
static bool gave_up(int status)
{
	return status > 0 && status < SUPERVISE_NOT_EXECUTABLE;
}

bool cmd_run(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	struct job job = { o, &s, NULL };
	struct supervise_plan plan = {
		.command = operands, .ctx = &job, .grace_s = o->grace_s, .again = seal_again
	};

	int64_t begun_ms;

	if (!operands[0])
		return err_set(e, FAIL_USAGE, "which command shall run?") ||
		       err_hint(e, "init run [OPTION...] -- CMD ARG...");
	if (!target_load(o, TARGET_INSTANCE, &s, &job.self, e) || !supervise_begin(e))
		return false;
	if (!o->no_prepare && !supervise_step(prepare_job, &job, status, e))
		return false;
	if (*status != 0) {
		say_if_killed("prepare", *status); /* else the child has said why */
		return true;
	}
	env_wipe("STACKSEAL_PASSWORD_");
	if (instance_is_node(job.self) && !o->no_seal)
		plan.beside = seal_job;
	begun_ms = clock_now_ms();
	*status = supervise_run(&plan);
	if (gave_up(*status) && clock_now_ms() - begun_ms < EARLY_MS)
		preflight_report(o, &s, job.self);
	return true;
}
