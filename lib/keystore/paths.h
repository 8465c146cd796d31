/* paths.h - relative paths that cannot lead outside, and a set of them that knows their folders. */
#ifndef KEYSTORE_PATHS_H
#define KEYSTORE_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

enum {
	PATH_MAX_LENGTH = 1024, /* bytes; certutil's "F/F.crt" has up to 507 */
	PATH_MAX_PART = 255,    /* each becomes the name of a file: NAME_MAX */
	PATH_MAX_PARTS = 16,
	PATHS_MAX_FOLDERS = 8192,
};

/* What is wrong with the path, to be said after its name ("leads outside"), or NULL. Good is: UTF-8
 * without control characters and backslashes, '/' between parts, none of them empty, "." or "..".
 */
const char *path_fault(const char *path, size_t n);

/* The path as one line of an error may hold it, however hostile it is. */
struct path_shown {
	char text[128];
};
struct path_shown path_shown(const char *path, size_t n);

bool path_is_ascii(const char *path, size_t n);

/* Nothing is copied: a path must live as long as the set. */
struct paths {
	struct path {
		const char *text; /* n bytes, no NUL behind a folder's */
		size_t n;
		uint32_t hash;
		bool folder;
		size_t index; /* what the user of the set keeps for it; a folder has none */
	} * items;
	size_t count, cap, folders;
	size_t *slots; /* item + 1; 0 is free */
	size_t slot_count;
};

/* Borrowed until the next paths_add, or NULL. */
struct path *paths_find(const struct paths *set, const char *path, size_t n);

/* Why a file of that name, with the folders on its way, cannot live beside what the set holds, as
 * from path_fault(); or NULL. */
const char *paths_fault(const struct paths *set, const char *path);

/* Make room, so that the paths_add() that follows cannot fail. */
bool paths_reserve(struct paths *set, struct err *e) MUST_USE;

/* Add a good path that is not in the set, and the folders on its way that are not. */
void paths_add(struct paths *set, const char *path, size_t index);

/* The length of the next folder on the way to the file, from 0 on: 4, then 8, then 0 for
 * "es01/etc/tls.crt". */
size_t path_next_folder(const char *path, size_t n);

void paths_clear(struct paths *set);

#endif
