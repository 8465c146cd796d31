#include "os/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"

static void dir_closep(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}
#define auto_dir CLEANUP(dir_closep) DIR *

enum { MAKE_TRIES = 8 };

static bool set_access(int fd, struct file_access access)
{
	if ((access.uid != (uid_t)-1 || access.gid != (gid_t)-1) &&
	    fchown(fd, access.uid, access.gid) < 0)
		return false;
	return fchmod(fd, access.mode) == 0;
}

/* A folder that a killed run of root's made and had no time to give away: it is empty still. */
static bool take_back_unfinished(const char *path, struct file_access access)
{
	struct stat st;

	return access.uid != (uid_t)-1 && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid() && st.st_uid != access.uid && rmdir(path) == 0;
}

static void sync_parent(const char *path)
{
	char parent[PATH_MAX];
	auto_fd fd = -1;

	if (snprintf(parent, sizeof(parent), "%s/..", path) < (int)sizeof(parent))
		fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)fsync(fd); /* what is put into the folder is synced, and fails, by itself */
}

bool dir_make(const char *path, struct file_access access, struct err *e)
{
	struct stat st;

	for (unsigned tries = 0;; tries++) {
		auto_fd fd = -1;
		int saved;

		if (mkdir(path, 0700) < 0) {
			saved = errno;
			if (take_back_unfinished(path, access) && tries < MAKE_TRIES)
				continue;
			if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
				return true;
			return err_errno(e, saved == EEXIST ? ENOTDIR : saved,
					 "cannot create folder '%s'", path);
		}
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT && tries < MAKE_TRIES)
			continue; /* another took it for unfinished */
		if (fd < 0 || !set_access(fd, access))
			return err_errno(e, errno, "cannot set owner and mode of folder '%s'",
					 path);
		sync_parent(path);
		return true;
	}
}

/* Remove a flat folder and the files in it; failures leave it for the next sweep. */
static void remove_flat(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_dir d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!d) {
		if (fd >= 0)
			(void)close(fd);
		(void)unlinkat(parent, name, 0);
		return;
	}
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

void dir_sweep(const char *path)
{
	auto_dir d = opendir(path);
	const struct dirent *entry;

	if (!d)
		return;
	while ((entry = readdir(d)) != NULL) {
		char mine[NAME_MAX + 1];
		struct err ignored;

		if (!file_is_temp_name(entry->d_name) ||
		    !file_temp_name("swept", mine, sizeof(mine), &ignored))
			continue;
		if (renameat(dirfd(d), entry->d_name, dirfd(d), mine) == 0)
			remove_flat(dirfd(d), mine);
	}
}

static bool swept_away(const char *path, struct err *e)
{
	return err_set(e, FAIL_BUSY, "'%s' was swept away while it was written", path);
}

static bool put_all(int fd, const char *path, const struct dir_entry *files, size_t count,
		    struct file_access access, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct file_access of_file = { files[i].mode, access.uid, access.gid };
		char label[PATH_MAX];

		(void)snprintf(label, sizeof(label), "%s/%s", path, files[i].name);
		if (!file_put(fd, files[i].name, label, files[i].bytes, files[i].n, of_file, e))
			return e->code == FAIL_MISSING ? swept_away(path, e) : false;
	}
	if (!set_access(fd, access) || fsync(fd) < 0)
		return err_errno(e, errno, "cannot finish folder '%s'", path);
	return true;
}

static bool publish(int parent, const char *temp, const char *base, const char *path, struct err *e)
{
	if (renameat(parent, temp, parent, base) == 0) {
		if (fsync(parent) < 0)
			return err_errno(e, errno, "cannot write the folder of '%s'", path);
		return true;
	}
	if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
		return err_set(e, FAIL_EXISTS, "'%s' exists already", path);
	if (errno == ENOENT)
		return swept_away(path, e);
	return err_errno(e, errno, "cannot create '%s'", path);
}

bool dir_publish(const char *path, const struct dir_entry *files, size_t count,
		 struct file_access access, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char parent_path[PATH_MAX], temp[NAME_MAX + 1];
	int parent_len =
	    base > path + 1 ? (int)(base - path) - 1 : 1; /* the root keeps its slash */
	auto_fd parent = -1;
	auto_fd fd = -1;

	(void)snprintf(parent_path, sizeof(parent_path), "%.*s", parent_len, slash ? path : ".");
	parent = open(parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return err_errno(e, errno, "cannot open folder '%s'", parent_path);
	if (!file_temp_name(base, temp, sizeof(temp), e))
		return false;
	if (mkdirat(parent, temp, 0700) < 0)
		return err_errno(e, errno, "cannot create '%s'", path);
	fd = openat(parent, temp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return swept_away(path, e);
	if (put_all(fd, path, files, count, access, e) && publish(parent, temp, base, path, e))
		return true;
	remove_flat(parent, temp);
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool dir_list(const char *path, struct list *out, struct err *e)
{
	auto_dir d = opendir(path);
	const struct dirent *entry;

	if (!d)
		return err_errno(e, errno, "cannot list folder '%s'", path);
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.' && !list_add(out, entry->d_name, e))
			return false;
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), by_name);
	return true;
}

bool dir_owner(const char *path, uid_t *uid, gid_t *gid, struct err *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_errno(e, errno, "cannot look at folder '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return err_errno(e, ENOTDIR, "cannot use '%s'", path);
	*uid = st.st_uid;
	*gid = st.st_gid;
	return true;
}
