/* node_keystore.h - what a node finds in its keystore before its first start, and after a secret
 * has changed: the bootstrap password, and the secure settings that the user gives. */
#ifndef FLOW_NODE_KEYSTORE_H
#define FLOW_NODE_KEYSTORE_H

#include "flow/material.h"
#include "flow/place.h"

/* Bring the keystore of that name in place up to date; nothing is written when it is.
 *
 * secure_settings  a folder in which each file is one entry, named as the file, such as a mounted
 *                  Secret; names that begin with '.' are not looked at; NULL: none
 * A password is taken from KEYSTORE_PASSWORD or KEYSTORE_PASSWORD_FILE: it opens the file that is
 * there, when that has one, and locks a new one.
 * fails  FAIL_CONFLICT: the file holds another bootstrap password than the store; FAIL_CONFIG: a
 *        file's name is no name of a setting; FAIL_AUTH; as keystore_file_look() */
bool node_keystore_update(struct material *m, const char *secure_settings, const char *name,
			  struct place *place, struct err *e) MUST_USE;

#endif
