/* colon_file.h - files of "name:value" lines, as Elasticsearch's users, users_roles and
 * service_tokens are: a line that begins with '#' is a comment, and of two lines with one name the
 * last counts (FileUserPasswdStore, FileUserRolesStore, FileServiceAccountTokenStore). */
#ifndef CONF_COLON_FILE_H
#define CONF_COLON_FILE_H

#include "base/str.h"

/* Append the value of name. false: there is none.
 * out_line  where it stands, from 1; may be NULL */
bool colon_find(const char *text, const char *name, struct str *out, size_t *out_line);

#endif
