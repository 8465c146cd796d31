/* accounts.h - bring the passwords of users to what the store holds, and say what it means when
 * somebody else set one. */
#ifndef FLOW_ACCOUNTS_H
#define FLOW_ACCOUNTS_H

#include "flow/reach.h"

/* Set the built-in users' passwords, the superuser's last, and log in with each. Users in files
 * have theirs: of them and of a sealed cluster's a login is all.
 *
 * fails  FAIL_CONFLICT (accounts_foreign()), FAIL_TIMEOUT, FAIL_CONFIG (OpenSearch: no superuser),
 *        FAIL_INPUT (the cluster refuses a given password) */
bool accounts_bring(struct reach *r, bool sealed, struct deadline until, struct err *e) MUST_USE;

/* The same for one user: repeated until its password is as wanted, somebody else's, or the time is
 * over. What is sealed is looked at, not changed. */
bool accounts_bring_one(struct reach *r, const char *user, bool sealed, struct deadline until,
			struct err *e) MUST_USE;

/* Fail with FAIL_CONFLICT, and the way out: the user has another password than the store's. */
bool accounts_foreign(const struct reach *r, const char *user, struct err *e);

#endif
