/* passwords.h - secrets of a stack that are words: given, loaded from the store, or made, once. */
#ifndef FLOW_PASSWORDS_H
#define FLOW_PASSWORDS_H

#include "base/secret.h"
#include "stack/stack.h"
#include "store/store.h"

/* Where they are kept, and whether they may be made there. */
struct passwords {
	struct store *store;
	bool check; /* make nothing: say what would be made */
};

/* The password of a user: given by STACKSEAL_PASSWORD_<USER> or its _FILE, or in the store, or
 * generated; in the store afterwards. Of many containers that do this at once, one stores its
 * password and all others load it. NULL with check, when it would be made.
 * fails  FAIL_CONFLICT: given and stored differ; FAIL_CONFIG: given, and no good as a password */
bool password_of_user(const struct passwords *p, const char *user, struct secret **out,
		      struct err *e) MUST_USE;

/* The one that is given by the variable alone; NULL: none is. */
bool password_given(const char *user, struct secret **out, struct err *e) MUST_USE;

/* The password in a file that the user names, without the line ends behind it. */
bool password_in_file(const char *path, struct secret **out, struct err *e) MUST_USE;

/* A secret that a cluster made, such as an API key, in the store under path. Of two that store one
 * at once the first wins: value is then the winner's, and *lost is what the other was.
 * fails  FAIL_IO, FAIL_DENIED: a secret is shown once, so it is better not made than not kept */
bool password_keep(const struct passwords *p, const char *path, struct secret **value,
		   struct secret **lost, struct err *e) MUST_USE;

/* The same, loaded; NULL when there is none. */
bool password_kept(const struct passwords *p, const char *path, struct secret **out,
		   struct err *e) MUST_USE;

/* The service token that a Kibana logs in with and that nodes read from a file. */
bool password_token(const struct passwords *p, const struct instance *i, struct secret **out,
		    struct err *e) MUST_USE;

/* A key of a product that is no password, such as one that Kibana locks its saved objects with: at
 * secrets/NAME, 64 random letters and digits when it was not there. */
bool password_made(const struct passwords *p, const char *name, struct secret **out,
		   struct err *e) MUST_USE;

/* Elasticsearch's bootstrap password, the same on all nodes. */
bool password_bootstrap(const struct passwords *p, struct secret **out, struct err *e) MUST_USE;

#endif
