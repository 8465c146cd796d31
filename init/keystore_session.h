/* keystore_session.h - the keystore that a command of `init keystore` is about: where it lies,
 * whose it is, its password, and how it is written back. */
#ifndef INIT_KEYSTORE_SESSION_H
#define INIT_KEYSTORE_SESSION_H

#include <limits.h>

#include "flow/keystore_file.h"
#include "flow/options.h"

enum { SESSION_QUESTION_BYTES = 640 };

struct keystore_session {
	const struct options *options;
	struct place place;
	struct keystore_file file;
	struct secret *password; /* as given; NULL: none so far */
	char path[PATH_MAX];     /* cut in two: the folder, then the name */
};

/* clang-format off */
#define KEYSTORE_SESSION_INIT { .file = KEYSTORE_FILE_INIT }
/* clang-format on */

enum session_use {
	SESSION_READS,   /* it must be there */
	SESSION_CHANGES, /* it must be there, unless session_may_create() */
};

/* Find the file and look at it; take the password that was given, and ask for none yet. A link is
 * followed: what is replaced is the file behind it. */
bool session_begin(struct keystore_session *s, const struct options *o, enum session_use use,
		   struct err *e) MUST_USE;

/* fails  FAIL_MISSING */
bool session_must_exist(const struct keystore_session *s, struct err *e) MUST_USE;

/* It is there, or --force was given, or a person says yes. *yes false: they said no. */
bool session_may_create(const struct keystore_session *s, bool *yes, struct err *e) MUST_USE;

/* Open it, asking for its password when it has one that was not given and there is a terminal. */
bool session_open(struct keystore_session *s, struct err *e) MUST_USE;

/* From here on the entries may be changed. */
bool session_lock(struct keystore_session *s, struct err *e) MUST_USE;

/* Write what has changed, with the password it had; nothing when nothing has, and the product would
 * find nothing to change either. */
bool session_save(struct keystore_session *s, bool changed, struct err *e) MUST_USE;

/* The same with this password instead; NULL: none. */
bool session_save_with(struct keystore_session *s, const struct secret *password,
		       struct err *e) MUST_USE;

void session_clear(struct keystore_session *s);
#define auto_keystore_session CLEANUP(session_clear) struct keystore_session

#endif
