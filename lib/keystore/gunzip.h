/* gunzip.h - a gzip file unpacked piece by piece, up to a limit, with its checksum checked.
 *
 * libarchive's own way checks neither checksum nor length, and leaves keys in its buffer. */
#ifndef KEYSTORE_GUNZIP_H
#define KEYSTORE_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct gunzip;

/* bytes stay the caller's and must outlive the struct; at most 4 GiB of them. name is for errors.
 * fails  FAIL_MEMORY */
bool gunzip_new(struct gunzip **out, const char *bytes, size_t n, const char *name,
		size_t max_unpacked, struct err *e) MUST_USE;

/* The next bytes, borrowed until the next call; *n is 0 at the end, and only there is all checked.
 * fails  FAIL_INPUT: damaged, cut off, something behind its end, more than max_unpacked;
 * FAIL_MEMORY */
bool gunzip_next(struct gunzip *g, const void **bytes, size_t *n, struct err *e) MUST_USE;

void gunzip_free(struct gunzip *g); /* wipes the bytes it lent; NULL is fine */
void gunzip_freep(struct gunzip **g);
#define auto_gunzip CLEANUP(gunzip_freep) struct gunzip *

#endif
