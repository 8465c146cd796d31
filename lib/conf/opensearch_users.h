/* opensearch_users.h - internal_users.yml: the users that an OpenSearch cluster begins with. */
#ifndef CONF_OPENSEARCH_USERS_H
#define CONF_OPENSEARCH_USERS_H

#include "base/str.h"
#include "stack/account.h"

/* Append the file: every built-in account, locked (ACCOUNT_LOCK). A locked user's hash is bcrypt in
 * form and random in content, so no password opens it; between the first start and the seal there
 * is no default password to be caught with.
 *
 * salt_and_hash  53 random characters of ./A-Za-z0-9, the same for all users; see pki/rand.h */
bool opensearch_users_format(enum distribution d, struct version v, const char *salt_and_hash,
			     struct str *out, struct err *e) MUST_USE;

/* Whether a file that is already there is the demo one, whose passwords everybody knows. */
bool opensearch_users_are_demo(const char *text);

enum { OPENSEARCH_HASH_CHARS = 53 };

#endif
