/* file.h - whole-file reads with a limit, and writes that a reader sees entirely or not at all. */
#ifndef OS_FILE_H
#define OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

enum file_publish {
	FILE_REPLACE, /* the last writer wins */
	FILE_CREATE,  /* the first writer wins; later ones get FAIL_EXISTS */
};

/* Exact owner and permissions, whatever the umask. Pass (uid_t)-1 / (gid_t)-1 to leave them. */
struct file_access {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* Append the content of a regular file to out, up to out's limit.
 *
 * fails  FAIL_MISSING, FAIL_DENIED, FAIL_INPUT (not a regular file, or larger than the limit),
 *        FAIL_IO. Symbolic links are followed: Kubernetes mounts every secret through one. */
bool file_read(const char *path, struct str *out, struct err *e) MUST_USE;

/* The same from an open descriptor of any kind, to its end; label names it in errors. */
bool file_read_fd(int fd, const char *label, struct str *out, struct err *e) MUST_USE;

/* Write n bytes to path through a temporary file in the same directory: the content reaches
 * the disk before the name does, and a crash leaves the old file or the new one.
 *
 * fails  FAIL_EXISTS (FILE_CREATE only), FAIL_INPUT (FILE_REPLACE of a folder, a device, a pipe),
 *        FAIL_DENIED (also read-only mounts), FAIL_IO,
 *        FAIL_BUSY (the temporary file was swept away under us: try again) */
bool file_write(const char *path, const void *bytes, size_t n, struct file_access access,
		enum file_publish publish, struct err *e) MUST_USE;

/* Whether the file at path holds just these bytes; false also when it cannot be read. */
bool file_holds(const char *path, const void *bytes, size_t n);

/* file_write() with FILE_REPLACE, but only when path does not hold these very bytes with this
 * access already: an unchanged file keeps its times, and nobody reloads it. */
bool file_update(const char *path, const void *bytes, size_t n, struct file_access access,
		 bool *changed, struct err *e) MUST_USE;

/* The name of a temporary entry for base: ".base.<16 hex digits>.tmp". */
bool file_temp_name(const char *base, char *out, size_t size, struct err *e) MUST_USE;
bool file_is_temp_name(const char *name);

/* Make one file in an open directory; the caller publishes or removes it. label names the file
 * in errors: the one that the user knows, not the temporary one. */
enum file_sync {
	FILE_SYNC_NOW,
	FILE_SYNC_LATER, /* the caller syncs many at once */
};
bool file_put(int dirfd, const char *name, const char *label, const void *bytes, size_t n,
	      struct file_access access, enum file_sync sync, struct err *e) MUST_USE;

/* Before anything is written: that no device, pipe or folder would be replaced.
 * fails  FAIL_INPUT */
bool file_check_target(int dirfd, const char *name, const char *label, enum file_publish publish,
		       struct err *e) MUST_USE;

/* Give what file_put() made its name. label names the file in errors.
 * fails  as file_write(); the temporary file is still there then */
bool file_publish(int dirfd, const char *temp, const char *name, const char *label,
		  enum file_publish publish, struct err *e) MUST_USE;

void fd_closep(int *fd);
#define auto_fd CLEANUP(fd_closep) int

#endif
