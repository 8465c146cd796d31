/* secret.h - bytes that must not be printed, swapped, dumped or left behind. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

/* Lives in OpenSSL's secure heap: locked, guarded, left out of core dumps. What is large, or finds
 * half of the heap in use, has pages of its own with the same protection: the heap is locked as a
 * whole, and containers may lock little. A process that handles secrets calls secret_setup() first;
 * without it, secrets are only wiped when freed.
 *
 * Opaque on purpose: no member to pass to a printf or to the logger. */
struct secret;

enum secret_room {
	SECRET_FEW,  /* 256 KiB: a few hundred passwords and keys */
	SECRET_MANY, /* 4 MiB: the keys of a whole folder at once */
};

/* Open the secure heap, forbid core dumps and keep OpenSSL from reading any configuration
 * file: the environment of a container must not choose what code handles its keys.
 * Not called by the parent of `init run`, which stays small by never touching OpenSSL. */
void secret_setup(enum secret_room room);

/* Copy n bytes. The caller wipes its own copy, secret_wipe(). */
bool secret_new(struct secret **out, const void *bytes, size_t n, struct err *e) MUST_USE;
void secret_free(struct secret *s); /* wipes; NULL is fine */
void secret_freep(struct secret **s);

/* Borrow the bytes for as long as s lives. NUL-terminated; their number in *n unless NULL.
 * Call it in the statement that uses it; keep no copy. */
const char *secret_reveal(const struct secret *s, size_t *n);
bool secret_equal(const struct secret *a, const struct secret *b); /* constant time */

/* Overwrite a buffer that held secret bytes, in a way the compiler keeps. */
void secret_wipe(void *bytes, size_t n);

#define auto_secret CLEANUP(secret_freep) struct secret *

#endif
