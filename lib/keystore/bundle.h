/* bundle.h - files with paths that travel together: a zip or a tar.gz. */
#ifndef KEYSTORE_BUNDLE_H
#define KEYSTORE_BUNDLE_H

#include <sys/types.h>

#include "base/str.h"
#include "keystore/paths.h"

struct bundle_file {
	char *path;       /* "es01/es01.crt": relative, '/' between parts, see path_fault() */
	struct str bytes; /* wiped when released: it may be a key */
	mode_t mode;      /* permissions only */
};

void bundle_file_clear(struct bundle_file *file);
#define auto_bundle_file CLEANUP(bundle_file_clear) struct bundle_file

struct bundle {
	struct bundle_file *files; /* in the order added; folders are not kept */
	size_t count, cap;
	size_t total;       /* bytes of all files */
	struct paths paths; /* the index of each file, and the folders */
};

enum bundle_format { BUNDLE_ZIP, BUNDLE_TAR_GZ };

enum {
	BUNDLE_MAX_FILES = 8192,
	BUNDLE_MAX_ENTRIES = 16384, /* in an archive, with the folders */
	BUNDLE_MAX_FILE_BYTES = 4 * 1024 * 1024,
	BUNDLE_MAX_BYTES = 64 * 1024 * 1024, /* unpacked, all together */
	/* The archive itself, and a tar.gz as a tar: a file has up to 4 KiB of headers and padding.
	 */
	BUNDLE_MAX_ARCHIVE_BYTES = BUNDLE_MAX_BYTES + BUNDLE_MAX_FILES * 4096,
};

/* Put a file in, in place of one with the same path. Copies path and bytes.
 * fails  FAIL_INPUT: a path that is not good, see path_fault(), or that is another file's folder;
 * past one of the limits; FAIL_MEMORY */
bool bundle_put(struct bundle *b, const char *path, const void *bytes, size_t n, mode_t mode,
		struct err *e) MUST_USE;

/* The same without a copy, for a file that is new and whose path and size are good: it is taken
 * over, and empty afterwards. fails  FAIL_MEMORY */
bool bundle_take(struct bundle *b, struct bundle_file *file, struct err *e) MUST_USE;

/* Why there is no room for one more file of n bytes, as from path_fault(); or NULL. */
const char *bundle_size_fault(const struct bundle *b, size_t n);

/* Borrowed until the next bundle_put or bundle_take, or NULL. */
const struct bundle_file *bundle_find(const struct bundle *b, const char *path);

/* Append the archive. Each folder has an entry of its own before its first file, as Java writes
 * them; it is closed to others when a file in it is. All entries are dated `when` (seconds of the
 * epoch). Unzip(1), both of Java's readers, Python and bsdtar read the zip; GNU tar, Python and
 * bsdtar the tar.gz. The caller wipes out; on failure it holds what it held before.
 *
 * A zip is not compressed, so no key passes through a buffer that is not wiped; zlib does not wipe
 * its own for a tar.gz, nor in bundle_parse(). Out of memory, libarchive may end the process. */
bool bundle_format(const struct bundle *b, enum bundle_format format, long long when,
		   struct str *out, struct err *e) MUST_USE;

/* Whether bytes begin as a zip or a gzip file. */
bool bundle_is(const char *bytes, size_t n);

/* Read a zip or a tar.gz into an empty bundle; it stays empty on failure. name is for errors. A
 * "./" before a path is dropped, and so are the entries of folders. fails  FAIL_INPUT: damaged, cut
 * off, something behind it, encrypted, zip64, a path as in bundle_put, the same path twice, a link
 * or device, more files or bytes than the limits (a bomb stops there, it is never unpacked whole);
 * FAIL_MEMORY */
bool bundle_parse(const char *bytes, size_t n, const char *name, struct bundle *out,
		  struct err *e) MUST_USE;

void bundle_clear(struct bundle *b);
#define auto_bundle CLEANUP(bundle_clear) struct bundle

#endif
