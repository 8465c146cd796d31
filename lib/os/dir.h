/* dir.h - folders: made with an exact owner and mode, published whole, swept clean. */
#ifndef OS_DIR_H
#define OS_DIR_H

#include <stdbool.h>
#include <stddef.h>

#include "os/file.h"

/* One file of a folder that is published whole. */
struct dir_entry {
	const char *name;
	const void *bytes;
	size_t n;
	mode_t mode;
};

/* Make path if it is not there, its parent must be; an existing folder is left as it is. */
bool dir_make(const char *path, struct file_access access, struct err *e) MUST_USE;

/* Make the folders that path, a file to be written, lies in. */
bool dir_make_parents(const char *path, struct file_access access, struct err *e) MUST_USE;

/* Make folder path with these files in it: other processes see all of it or nothing.
 *
 * The files are written and synced in a temporary folder beside path, which is then renamed:
 * rename(2) never replaces a folder that holds files, on any filesystem and NFS included, so
 * the first of many writers wins and the rest get FAIL_EXISTS.
 *
 * access  owner of folder and files, mode of the folder
 * fails   FAIL_EXISTS, FAIL_DENIED, FAIL_IO, FAIL_BUSY (swept away under us: try again) */
bool dir_publish(const char *path, const struct dir_entry *files, size_t count,
		 struct file_access access, struct err *e) MUST_USE;

/* A folder among many. */
struct dir_unit {
	const char *path;
	const struct dir_entry *files;
	size_t count;
};

/* dir_publish() for many folders below one parent, in the order given: all are written first,
 * synced by one syncfs(2) of their filesystem, and then renamed, so each is on the disk before its
 * name is. (Before Linux 5.8 syncfs tells nothing of a disk that failed.) When one exists already,
 * those behind it are not published. fails  as dir_publish() */
bool dir_publish_all(const char *parent, const struct dir_unit *units, size_t count,
		     struct file_access access, struct err *e) MUST_USE;

/* Remove what killed writers left in a folder: temporary files and folders, by their names.
 * What a living writer has is first renamed, so it fails to publish and can try again; nothing
 * half-made is ever published. A folder that is not there is clean.
 * min_age_s  0: all of them; else only those untouched for so long, where no lock keeps writers
 * apart */
void dir_sweep(const char *path, unsigned min_age_s);

/* Names in a folder, without dot files, in byte order. */
struct list;
bool dir_list(const char *path, struct list *out, struct err *e) MUST_USE;

/* Owner of a folder, for the new files in it. */
bool dir_owner(const char *path, uid_t *uid, gid_t *gid, struct err *e) MUST_USE;

#endif
