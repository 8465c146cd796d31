/* instance_keystore.h - what an instance finds in its keystore before its first start, and after a
 * secret has changed: the secure settings that the user gives, and in a node's the bootstrap
 * password. */
#ifndef FLOW_INSTANCE_KEYSTORE_H
#define FLOW_INSTANCE_KEYSTORE_H

#include "flow/material.h"
#include "flow/place.h"
#include "keystore/keystore.h"

/* Whether the product of that role has a keystore that we write. */
bool instance_has_keystore(const struct instance *i);

/* Where it lies below the configuration folder; NULL: there is none. */
const char *instance_keystore_file(const struct instance *i);

/* Bring the instance's keystore below place up to date; nothing is written when it is, or when the
 * instance has none.
 *
 * settings         secrets of the role's own configuration; NULL: none
 * secure_settings  a folder in which each file is one entry, named as the file, such as a mounted
 *                  Secret; names that begin with '.' are not looked at; NULL: none. They come
 * before settings A password is taken from KEYSTORE_PASSWORD or KEYSTORE_PASSWORD_FILE, for a
 * product whose keystore can have one: it opens the file that is there, when that has one, and
 * locks a new one. fails  FAIL_CONFLICT: the file holds another bootstrap password than the store;
 * FAIL_CONFIG: a file's name is no name of a setting, or a value none that the product keeps;
 * FAIL_AUTH; as keystore_file_look() */
bool instance_keystore_update(struct material *m, const struct instance *i,
			      const struct keystore *settings, const char *secure_settings,
			      struct place *place, struct err *e) MUST_USE;

#endif
