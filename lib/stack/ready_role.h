/* ready_role.h - roles for Beats and Logstash that a stack file may name without declaring them. */
#ifndef STACK_READY_ROLE_H
#define STACK_READY_ROLE_H

#include "stack/access.h"

bool ready_role_exists(const char *name, struct version v);

/* Make the role as this version needs it; out is empty before, the caller clears it.
 * fails  FAIL_MEMORY; FAIL_BUG: there is no such role */
bool ready_role_make(const char *name, struct version v, struct access_role *out,
		     struct err *e) MUST_USE;

/* The name in row i, some of them twice; NULL past the end. */
const char *ready_role_name_at(size_t i);

#endif
