/* zip_directory.h - the directory at the end of a zip, read strictly.
 *
 * libarchive takes names from elsewhere, in the locale's charset and up to a NUL, and is lenient
 * where readers of zips differ. So what a zip holds is settled here first, and libarchive only
 * unpacks it. */
#ifndef KEYSTORE_ZIP_DIRECTORY_H
#define KEYSTORE_ZIP_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct zip_entry {
	const char *name; /* borrowed from the zip: any bytes, no NUL behind them */
	size_t name_len;
	size_t header; /* where its header in the directory is */
	size_t local;  /* where its other header is, right before its bytes */
	size_t packed; /* bytes in the zip */
};

struct zip_directory {
	struct zip_entry *entries; /* in the order of their bytes */
	size_t count;
	size_t begin; /* where the directory is */
};

/* Read the directory of a zip into an empty struct. name is for errors.
 * fails  FAIL_INPUT: damaged, cut off, in parts, zip64, something before or after it, encrypted,
 * packed in another way than stored or deflated, entries that overlap, more than max_entries,
 * headers that contradict each other; FAIL_MEMORY */
bool zip_directory_read(const char *bytes, size_t n, const char *name, size_t max_entries,
			struct zip_directory *out, struct err *e) MUST_USE;

/* Make a zip that was written as a stream, and read just now, one that every reader takes: sizes
 * and checksum go from behind a file's bytes to before them, and names that are not ASCII are
 * declared to be UTF-8. Returns its new length; dir is of no use any more. */
size_t zip_directory_settle(char *bytes, size_t n, const struct zip_directory *dir);

void zip_directory_clear(struct zip_directory *dir);
#define auto_zip_directory CLEANUP(zip_directory_clear) struct zip_directory

#endif
