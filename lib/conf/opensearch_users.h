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

/* Whether a file that is there already may be replaced: when no user in it has a password but those
 * that everybody knows, as the plugin brings it. A file with the user's own users is kept.
 * fails  FAIL_INPUT (not YAML), FAIL_CONFIG (users of both kinds; a known one is named) */
bool opensearch_users_replaceable(const struct str *text, const char *name, bool *out,
				  struct err *e) MUST_USE;

enum { OPENSEARCH_HASH_CHARS = 53 };

#endif
