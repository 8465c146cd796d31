/* opt.h - options and commands as data: one row gives the flag, its variable and its help line.
 *
 * A program has one table of options for all its commands and one table of commands; a row
 * names the commands that take it by their bits. Flag beats variable beats default. */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

enum opt_kind {
	OPT_FLAG,    /* bool */
	OPT_TEXT,    /* const char *, borrowed from argv or the environment */
	OPT_LIST,    /* struct list; comma-separated, may be repeated */
	OPT_FILLED,  /* the same, where a value without a name would mean the opposite: no limit */
	OPT_NUMBER,  /* unsigned */
	OPT_SECONDS, /* unsigned seconds; takes s, m, h */
	OPT_DAYS,    /* unsigned days; takes d, m, y */
	OPT_SECRET,  /* struct opt_secret; its value may be left out */
};

/* A secret on the command line, where everybody can read it: for elasticsearch-certutil's sake.
 * Whoever takes the value overwrites it in argv. */
struct opt_secret {
	bool given;
	char *value; /* borrowed from argv; NULL: only the flag was given */
};

struct opt {
	const char *name;  /* long name, without dashes */
	char letter;       /* short form, without its dash; 0: none */
	const char *value; /* what it takes, for the help; NULL for a flag */
	const char *env;   /* variable that gives the default, or NULL */
	enum opt_kind kind;
	size_t offset;     /* of the member in the options struct */
	unsigned commands; /* bits of the commands that take it */
	const char *help;  /* one line, lower case, no full stop */
};

struct command {
	const char *name;
	unsigned bit;
	/* For the help: "-- CMD ARG...", or "" where it takes none. A word in lower case, "[ca]",
	 * is the only one that it may have, and is passed over. */
	const char *operands;
	const char *help;
	/* Returns the exit status through main(): false means e is set. */
	bool (*run)(const void *options, char *const *operands, int *status, struct err *e);
};

struct program {
	const char *name;    /* of a group: the program's and its own, "init keystore" */
	const char *purpose; /* one line */
	const char *version;
	const struct command *commands;
	size_t command_count;
	const struct opt *opts;
	size_t opt_count;
	const struct program *const *groups; /* commands that have commands; NULL-ended, or NULL */
};

/* Fill the options struct for one command from the environment, then from argv.
 *
 * argv      the arguments after the command's name, NULL-terminated; reordered in place. Long
 *           options take one dash or two, their value in the next word or behind '='
 * lookup    finds a variable, as getenv(3)
 * operands  receives the words that are no options, NULL-terminated, borrowed from argv;
 *           everything after "--" is one
 * fails     FAIL_USAGE: an unknown option (the nearest known one is named), a value that is
 *           missing or does not parse. What may be a secret is not repeated: a word or an unknown
 *           option behind one (blanks without quotes, a dash in front), what is glued to an option
 *           or stands behind its '=' */
bool opt_parse(const struct program *p, const struct command *c, void *options, char **argv,
	       const char *(*lookup)(const char *name), char *const **operands,
	       struct err *e) MUST_USE;

/* Lists are owned by the options struct; this releases them. */
void opt_clear(const struct program *p, void *options);

/* The group that this word names, or NULL. */
const struct program *command_group(const struct program *p, const char *word);

/* Find by name; on FAIL_USAGE the nearest known command is named. */
bool command_find(const struct program *p, const char *name, const struct command **out,
		  struct err *e) MUST_USE;

/* Help on stdout: of the program (commands, exit statuses) or of one command (its options). */
void opt_help_program(const struct program *p);
void opt_help_command(const struct program *p, const struct command *c);

#endif
