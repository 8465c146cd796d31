/* given.h - what tests have given: variables, secrets, and a look at files. A failure ends the
 * test.
 */
#ifndef TESTS_GIVEN_H
#define TESTS_GIVEN_H

#include <stddef.h>
#include <sys/types.h>

#include "base/secret.h"

/* The environment, for whoever is handed lookup(): names and values in turn, ended by NULL. NULL,
 * as each test begins with: nothing is set. */
extern const char *const *variables;
const char *lookup(const char *name);

/* Owned by the caller; NULL for NULL. */
struct secret *secret_of(const char *text);

size_t entry_count(const char *folder);
mode_t mode_of(const char *path); /* permissions only */
void check_content(const char *path, const char *want);

#endif
