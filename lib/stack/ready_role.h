/* ready_role.h - roles for Beats and Logstash that a stack file may name without declaring them. */
#ifndef STACK_READY_ROLE_H
#define STACK_READY_ROLE_H

#include "stack/access.h"

bool ready_role_exists(const char *name, struct version v);

/* Make the role as this version needs it; out is empty before, the caller clears it.
 * fails  FAIL_MEMORY; FAIL_BUG: there is no such role */
bool ready_role_make(const char *name, struct version v, struct access_role *out,
		     struct err *e) MUST_USE;

/* The i-th name, NULL past the end, some of them twice; ctx is unused. For num_nearest(). */
const char *ready_role_name_at(size_t i, const void *ctx);

#endif
