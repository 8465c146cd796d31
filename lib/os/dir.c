#include "os/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
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

static bool is_younger(int parent, const char *name, unsigned age_s)
{
	struct stat st;

	return age_s > 0 && fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mtime > time(NULL) - (time_t)age_s;
}

void dir_sweep(const char *path, unsigned min_age_s)
{
	auto_dir d = opendir(path);
	const struct dirent *entry;

	if (!d)
		return;
	while ((entry = readdir(d)) != NULL) {
		char mine[NAME_MAX + 1];
		struct err ignored;

		if (!file_is_temp_name(entry->d_name) ||
		    is_younger(dirfd(d), entry->d_name, min_age_s) ||
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
		    struct file_access access, enum file_sync sync, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct file_access of_file = { files[i].mode, access.uid, access.gid };
		char label[PATH_MAX];

		(void)snprintf(label, sizeof(label), "%s/%s", path, files[i].name);
		if (!file_put(fd, files[i].name, label, files[i].bytes, files[i].n, of_file, sync,
			      e))
			return e->code == FAIL_MISSING ? swept_away(path, e) : false;
	}
	if (!set_access(fd, access) || (sync == FILE_SYNC_NOW && fsync(fd) < 0))
		return err_errno(e, errno, "cannot finish folder '%s'", path);
	return true;
}

/* Split path at its last component; slashes at its end do not count. */
static bool split_path(const char *path, char parent[PATH_MAX], char base[NAME_MAX + 1],
		       struct err *e)
{
	size_t end = strlen(path), start;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	if (end - start > NAME_MAX || start >= PATH_MAX)
		return err_set(e, FAIL_CONFIG, "path is too long: '%.80s...'", path);
	(void)snprintf(base, NAME_MAX + 1, "%.*s", (int)(end - start), path + start);
	if (!*base || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
		return err_set(e, FAIL_CONFIG, "'%s' is not the name of a new folder", path);
	(void)snprintf(parent, PATH_MAX, "%.*s", start ? (int)start : 1, start ? path : ".");
	return true;
}

/* What a folder is called in its parent: when it is done, and until then. */
struct unit_names {
	char base[NAME_MAX + 1];
	char temp[NAME_MAX + 1]; /* empty: there is none to take away */
};

/* The folder, whole, under its temporary name. */
static bool write_folder(int parent, const struct dir_unit *unit, struct file_access access,
			 enum file_sync sync, struct unit_names *names, struct err *e)
{
	char parent_path[PATH_MAX];
	auto_fd fd = -1;

	if (!split_path(unit->path, parent_path, names->base, e) ||
	    !file_temp_name(names->base, names->temp, sizeof(names->temp), e))
		return false;
	if (mkdirat(parent, names->temp, 0700) < 0) {
		names->temp[0] = '\0';
		return err_errno(e, errno, "cannot create '%s'", unit->path);
	}
	fd = openat(parent, names->temp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return swept_away(unit->path, e);
	return put_all(fd, unit->path, unit->files, unit->count, access, sync, e);
}

static bool rename_folder(int parent, struct unit_names *names, const char *path, struct err *e)
{
	if (renameat(parent, names->temp, parent, names->base) == 0) {
		names->temp[0] = '\0';
		return true;
	}
	if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
		return err_set(e, FAIL_EXISTS, "'%s' exists already", path);
	if (errno == ENOENT)
		return swept_away(path, e);
	return err_errno(e, errno, "cannot create '%s'", path);
}

static bool publish_units(int parent, const char *parent_path, const struct dir_unit *units,
			  size_t count, struct file_access access, struct unit_names *names,
			  struct err *e)
{
	enum file_sync sync = count > 1 ? FILE_SYNC_LATER : FILE_SYNC_NOW;

	for (size_t i = 0; i < count; i++)
		if (!write_folder(parent, &units[i], access, sync, &names[i], e))
			return false;
	if (sync == FILE_SYNC_LATER && syncfs(parent) < 0)
		return err_errno(e, errno, "cannot sync folder '%s'", parent_path);
	for (size_t i = 0; i < count; i++)
		if (!rename_folder(parent, &names[i], units[i].path, e))
			return false;
	return fsync(parent) == 0 || err_errno(e, errno, "cannot write folder '%s'", parent_path);
}

bool dir_publish_all(const char *parent_path, const struct dir_unit *units, size_t count,
		     struct file_access access, struct err *e)
{
	auto_fd parent = open(parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct unit_names *names;
	bool done;

	if (parent < 0)
		return err_errno(e, errno, "cannot open folder '%s'", parent_path);
	names = calloc(count ? count : 1, sizeof(*names));
	if (!names)
		return err_set(e, FAIL_MEMORY, "out of memory for a list of folders");
	done = publish_units(parent, parent_path, units, count, access, names, e);
	for (size_t i = 0; i < count; i++)
		if (names[i].temp[0])
			remove_flat(parent, names[i].temp);
	free(names);
	return done;
}

bool dir_publish(const char *path, const struct dir_entry *files, size_t count,
		 struct file_access access, struct err *e)
{
	struct dir_unit unit = { path, files, count };
	char parent_path[PATH_MAX], base[NAME_MAX + 1];

	return split_path(path, parent_path, base, e) &&
	       dir_publish_all(parent_path, &unit, 1, access, e);
}

bool dir_make_parents(const char *path, struct file_access access, struct err *e)
{
	char parent[PATH_MAX];

	for (const char *slash = strchr(path + (*path == '/'), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		if (slash - path >= PATH_MAX)
			return err_set(e, FAIL_CONFIG, "path is too long: '%.80s...'", path);
		(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		if (!dir_make(parent, access, e))
			return false;
	}
	return true;
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
