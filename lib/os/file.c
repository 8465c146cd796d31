#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEMP_TAG_DIGITS = 16, READ_CHUNK = 8 * 1024 };

void fd_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Split path into its directory, opened, and its last component, borrowed. */
static bool open_parent(const char *path, int *dirfd, const char **base, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX] = ".";

	*base = slash ? slash + 1 : path;
	if (slash) {
		size_t n = slash == path ? 1 : (size_t)(slash - path);

		if (n >= sizeof(dir))
			return err_set(e, FAIL_CONFIG, "path is too long: '%.80s...'", path);
		memcpy(dir, path, n);
		dir[n] = '\0';
	}
	*dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dirfd < 0)
		return err_errno(e, errno, "cannot open directory '%s'", dir);
	return true;
}

bool file_read_fd(int fd, const char *path, struct str *out, struct err *e)
{
	char chunk[READ_CHUNK];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "cannot read '%s'", path);
		str_addn(out, chunk, (size_t)n);
		explicit_bzero(chunk, (size_t)n);
		if (out->failed && out->len + (size_t)n <= out->max)
			return err_set(e, FAIL_MEMORY, "out of memory for '%s'", path);
		if (out->failed)
			return err_set(e, FAIL_INPUT, "'%s' is larger than the %zu bytes expected",
				       path, out->max);
	}
	return true;
}

bool file_read(const char *path, struct str *out, struct err *e)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, FAIL_INPUT, "'%s' is not a regular file", path);
	return file_read_fd(fd, path, out, e);
}

static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

static bool fill(int fd, const void *bytes, size_t n, struct file_access access,
		 enum file_sync sync)
{
	if (!write_all(fd, bytes, n))
		return false;
	if ((access.uid != (uid_t)-1 || access.gid != (gid_t)-1) &&
	    fchown(fd, access.uid, access.gid) < 0)
		return false;
	return fchmod(fd, access.mode) == 0 && (sync == FILE_SYNC_LATER || fsync(fd) == 0);
}

bool file_put(int dirfd, const char *name, const char *label, const void *bytes, size_t n,
	      struct file_access access, enum file_sync sync, struct err *e)
{
	auto_fd fd =
	    openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int saved;

	if (fd < 0)
		return err_errno(e, errno, "cannot create '%s'", label);
	if (fill(fd, bytes, n, access, sync))
		return true;
	saved = errno;
	(void)unlinkat(dirfd, name, 0);
	return err_errno(e, saved, "cannot write '%s'", label);
}

bool file_temp_name(const char *base, char *out, size_t size, struct err *e)
{
	unsigned long long tag;

	if (getrandom(&tag, sizeof(tag), 0) != (ssize_t)sizeof(tag))
		return err_errno(e, errno, "cannot read random bytes");
	(void)snprintf(out, size, ".%.200s.%0*llx.tmp", base, TEMP_TAG_DIGITS, tag);
	return true;
}

bool file_is_temp_name(const char *name)
{
	size_t n = strlen(name);
	const char *tag;

	if (n < TEMP_TAG_DIGITS + 6 || name[0] != '.' || strcmp(name + n - 4, ".tmp") != 0)
		return false;
	tag = name + n - 4 - TEMP_TAG_DIGITS;
	return tag[-1] == '.' && strspn(tag, "0123456789abcdef") == TEMP_TAG_DIGITS;
}

/* A rename would put a file in the place of a device or a pipe. */
static bool is_replaceable(int dirfd, const char *base)
{
	struct stat st;

	return fstatat(dirfd, base, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISREG(st.st_mode) ||
	       S_ISLNK(st.st_mode);
}

static int publish_name(int dirfd, const char *temp, const char *base, enum file_publish publish)
{
	if (publish == FILE_REPLACE)
		return renameat(dirfd, temp, dirfd, base);
	if (linkat(dirfd, temp, dirfd, base, 0) < 0)
		return -1;
	(void)unlinkat(dirfd, temp, 0); /* published; a sweeper may have been quicker */
	return 0;
}

bool file_check_target(int dirfd, const char *name, const char *label, enum file_publish publish,
		       struct err *e)
{
	return publish != FILE_REPLACE || is_replaceable(dirfd, name) ||
	       err_set(e, FAIL_INPUT, "'%s' is not a regular file", label);
}

bool file_publish(int dirfd, const char *temp, const char *name, const char *label,
		  enum file_publish publish, struct err *e)
{
	if (publish_name(dirfd, temp, name, publish) == 0)
		return true;
	if (errno == ENOENT)
		return err_set(e, FAIL_BUSY, "'%s' was swept away while it was written", label);
	return err_errno(e, errno, "cannot write '%s'", label);
}

bool file_write(const char *path, const void *bytes, size_t n, struct file_access access,
		enum file_publish publish, struct err *e)
{
	auto_fd dirfd = -1;
	const char *base;
	char temp[NAME_MAX + 1];

	if (!open_parent(path, &dirfd, &base, e) || !file_temp_name(base, temp, sizeof(temp), e))
		return false;
	if (!file_check_target(dirfd, base, path, publish, e))
		return false;
	if (!file_put(dirfd, temp, path, bytes, n, access, FILE_SYNC_NOW, e))
		return false;
	if (!file_publish(dirfd, temp, base, path, publish, e)) {
		(void)unlinkat(dirfd, temp, 0);
		return false;
	}
	return fsync(dirfd) == 0 || err_errno(e, errno, "cannot write '%s'", path);
}

bool file_holds(const char *path, const void *bytes, size_t n)
{
	auto_str_wiped now = STR_INIT(n);
	struct err ignored;

	return file_read(path, &now, &ignored) && now.len == n &&
	       (n == 0 || memcmp(now.data, bytes, n) == 0);
}

static bool holds_already(const char *path, const void *bytes, size_t n, struct file_access access)
{
	struct stat st;

	if (stat(path, &st) < 0 || (st.st_mode & 07777) != access.mode)
		return false;
	if (access.uid != (uid_t)-1 && st.st_uid != access.uid)
		return false;
	if (access.gid != (gid_t)-1 && st.st_gid != access.gid)
		return false;
	return file_holds(path, bytes, n);
}

bool file_update(const char *path, const void *bytes, size_t n, struct file_access access,
		 bool *changed, struct err *e)
{
	*changed = false;
	if (holds_already(path, bytes, n, access))
		return true;
	*changed = true;
	return file_write(path, bytes, n, access, FILE_REPLACE, e);
}
