/* parallel.h - the same work on many things, on all the cores this process may use. */
#ifndef OS_PARALLEL_H
#define OS_PARALLEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

/* Call work(i, ctx, e) once for each i below count, in any order, several at a time; work must not
 * change what another i uses. After a failure no new one is begun; e holds the first failure.
 * Without threads to be had (a limit on processes) all is done by the calling one. */
bool parallel_for(size_t count, bool (*work)(size_t i, void *ctx, struct err *e), void *ctx,
		  struct err *e) MUST_USE;

#endif
