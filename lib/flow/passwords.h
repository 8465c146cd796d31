/* passwords.h - secrets of a stack that are words: given, loaded from the store, or made, once. */
#ifndef FLOW_PASSWORDS_H
#define FLOW_PASSWORDS_H

#include "base/secret.h"
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

/* Elasticsearch's bootstrap password, the same on all nodes. */
bool password_bootstrap(const struct passwords *p, struct secret **out, struct err *e) MUST_USE;

#endif
