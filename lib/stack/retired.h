/* retired.h - settings that products of some versions do not know: they refuse to start with one.
 */
#ifndef STACK_RETIRED_H
#define STACK_RETIRED_H

#include "stack/role.h"
#include "stack/version.h"

struct retired {
	enum role role;
	const char *key;            /* with a '.' at its end: every key that begins so */
	const char *value;          /* only this value of it; NULL: any */
	struct version_range known; /* the versions that take it */
	const char *instead;        /* what to do about it */
};

/* The row that this role and version refuse this setting by, or NULL.
 * value  its text; NULL when it is a list */
const struct retired *retired_find(enum role role, struct version v, const char *key,
				   const char *value);

/* The i-th row, NULL past the end; for tests that walk the table. */
const struct retired *retired_row(size_t i);

#endif
