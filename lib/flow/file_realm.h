/* file_realm.h - users, roles and tokens in files of each node, valid before its first start. */
#ifndef FLOW_FILE_REALM_H
#define FLOW_FILE_REALM_H

#include "flow/passwords.h"
#include "flow/place.h"
#include "stack/stack.h"

/* With accounts: file, put everybody whose password is in the store into the node's files users,
 * users_roles, roles.yml and service_tokens, each as one marked block among the user's own lines. A
 * hash that fits its password is kept, so a second run changes nothing. Else take out what an
 * earlier run put there. The passwords and tokens are in the store before, except with check.
 *
 * fails  FAIL_CONFLICT: the user's own line gives one of our names another password
 *        FAIL_CONFIG: the user's roles.yml has a role that the stack file declares */
bool file_realm_place(const struct passwords *p, const struct stack *s, struct place *place,
		      struct err *e) MUST_USE;

#endif
