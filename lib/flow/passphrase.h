/* passphrase.h - passphrases from wherever the user keeps them. */
#ifndef FLOW_PASSPHRASE_H
#define FLOW_PASSPHRASE_H

#include "base/secret.h"
#include "flow/options.h"

/* One passphrase of a command. */
struct passphrase {
	const struct pass_options *options;
	const char *flag;     /* "--pass", for messages */
	const char *variable; /* "CERTGEN_PASS"; its _FILE too */
};

enum pass_need {
	PASS_READS,  /* it opens something; asked for once */
	PASS_WRITES, /* it will lock something; asked for twice */
};

/* Take it from a file, a descriptor, the command line (with a warning; it is overwritten there),
 * the variable, or a terminal when only the flag was given.
 *
 * what   for the question: "the passphrase of 'ca.p12'"
 * out    NULL when none is given, and when an empty one is; else owned
 * fails  FAIL_USAGE: two sources at once, or it would have to be asked for and there is no
 * terminal; as file_read() */
bool passphrase_take(const struct passphrase *p, enum pass_need need, const char *what,
		     struct secret **out, struct err *e) MUST_USE;

/* The same; when none is given and there is a terminal, ask all the same. */
bool passphrase_take_or_ask(const struct passphrase *p, enum pass_need need, const char *what,
			    struct secret **out, struct err *e) MUST_USE;

/* Whether one was given on the command line itself: without quotes a piece of it may stand among
 * the other words there. */
bool passphrase_is_in_sight(const struct options *o);

/* Those that there are: of certgen, and of a keystore's file and what it gets instead. */
struct passphrase passphrase_of_files(const struct options *o);
struct passphrase passphrase_of_ca(const struct options *o);
struct passphrase passphrase_of_new(const struct options *o);
struct passphrase passphrase_of_keystore(const struct options *o);
struct passphrase passphrase_of_new_keystore(const struct options *o);

#endif
