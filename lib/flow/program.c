#include "flow/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
#include <nss.h>
#endif

#include "base/log.h"
#include "flow/options.h"
#include "os/env.h"

/* A static program that met another glibc's nsswitch.conf would load that glibc's modules, and
 * crash: these two sources are built in. */
static void pin_name_service(void)
{
#ifdef __GLIBC__
	(void)__nss_configure_lookup("hosts", "files dns");
	(void)__nss_configure_lookup("services", "files");
#endif
}

static bool set_up_log(const char *program, const struct options *o, struct err *e)
{
	bool json = strcmp(o->log_format, "json") == 0;

	if (!json && strcmp(o->log_format, "text") != 0)
		return err_set(e, FAIL_USAGE, "--log-format is text or json, not '%s'",
			       o->log_format);
	log_setup(program, o->quiet ? LOG_WARN : o->verbose ? LOG_DEBUG : LOG_INFO, json);
	return true;
}

static bool run_command(const struct program *p, const struct command *c, const char *program,
			char **argv, struct options *o, int *status, struct err *e)
{
	char *const *operands;

	options_defaults(o);
	return opt_parse(p, c, o, argv, env_get, &operands, e) && set_up_log(program, o, e) &&
	       c->run(o, operands, status, e);
}

/* "--help" before a "--", which ends what is ours. */
static bool asks_for_help(char **argv)
{
	for (; *argv && strcmp(*argv, "--") != 0; argv++)
		if (strcmp(*argv, "--help") == 0 || strcmp(*argv, "-h") == 0)
			return true;
	return false;
}

/* The commands of a program, or of a group of them: argv[1] names one. */
static int dispatch(const struct program *p, const char *program, char **argv)
{
	const struct command *c;
	struct options options;
	struct err e = { 0 };
	int status = 0;
	bool done;

	if (!argv[1]) {
		(void)err_set(&e, FAIL_USAGE, "which command?");
		(void)err_hint(&e, "%s --help lists the commands", p->name);
		log_failure(&e);
		return err_exit_status(e.code);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		opt_help_program(p);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", p->name, p->version);
		return 0;
	}
	if (command_group(p, argv[1]))
		return dispatch(command_group(p, argv[1]), program, argv + 1);
	if (!command_find(p, argv[1], &c, &e)) {
		log_failure(&e);
		return err_exit_status(e.code);
	}
	if (asks_for_help(argv + 2)) {
		opt_help_command(p, c);
		return 0;
	}
	done = run_command(p, c, program, argv + 2, &options, &status, &e);
	opt_clear(p, &options);
	if (done && (fflush(stdout) != 0 || ferror(stdout)))
		done = err_errno(&e, errno, "cannot write to standard output");
	if (done)
		return status;
	log_failure(&e);
	return err_exit_status(e.code);
}

int program_main(const struct program *p, char **argv)
{
	log_setup(p->name, LOG_INFO, false);
	pin_name_service();
	(void)signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error, not our end */
	return dispatch(p, p->name, argv);
}
