/* version.h - product versions such as 8.15.3. */
#ifndef STACK_VERSION_H
#define STACK_VERSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct version {
	unsigned major, minor, patch;
};

/* "8.15.3" or "8.15"; a suffix such as -SNAPSHOT is not a version of ours. */
bool version_parse(const char *text, struct version *out) MUST_USE;
void version_format(struct version v, char *out, size_t size);

int version_cmp(struct version a, struct version b); /* <0, 0, >0 */

/* [since, before); before 0.0.0 = no end yet. */
struct version_range {
	struct version since, before;
};

bool version_within(struct version v, struct version_range range);

#endif
