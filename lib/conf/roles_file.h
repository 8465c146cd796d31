/* roles_file.h - roles.yml: the roles of Elasticsearch's file realm. */
#ifndef CONF_ROLES_FILE_H
#define CONF_ROLES_FILE_H

#include "base/str.h"
#include "stack/access.h"

/* Append the declared roles, each on a line of its own: the product cuts the file at lines that
 * begin in the first column (FileRolesStore).
 *
 * theirs  the roles that stand there already; path is the file's name, for messages
 * fails   FAIL_INPUT (theirs are not YAML), FAIL_CONFIG (one has the name of a declared one) */
bool roles_file_body(const struct access *a, const struct str *theirs, const char *path,
		     struct str *out, struct err *e) MUST_USE;

#endif
