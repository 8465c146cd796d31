/* env.h - the environment: plain values, and secrets that are taken out of it. */
#ifndef OS_ENV_H
#define OS_ENV_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

/* The value, borrowed, or NULL when absent or empty. */
const char *env_get(const char *name);

/* The secret NAME, or the content of the file named by NAME_FILE without its trailing newline.
 *
 * out    NULL when neither is set; else owned
 * fails  FAIL_CONFIG (both are set, or the value is empty), and as file_read()
 * The plain variable is overwritten where /proc shows it and removed, so no child inherits it. */
bool env_take_secret(const char *name, struct secret **out, struct err *e) MUST_USE;

/* Overwrite and remove every variable whose name begins with prefix, but not the *_FILE ones. */
void env_wipe(const char *prefix);

#endif
