#include "os/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/lock.h"

enum {
	LOCK_WAIT_MS = 30000,
	FEW = 4, /* syncfs() waits for what others wrote, too */
};

/* A file until it has its name; empty: there is none to take away. */
struct temp {
	char name[NAME_MAX + 1];
};

struct batch {
	const char *root;
	const struct batch_file *files;
	struct temp *temps; /* one a file */
	size_t count;
	int root_fd;
	dev_t dev; /* the filesystem that one syncfs() is for */
};

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool in_one_folder(const char *a, const char *b)
{
	size_t n = (size_t)(base_of(a) - a);

	return n == (size_t)(base_of(b) - b) && memcmp(a, b, n) == 0;
}

/* "a/" of "a/b", "./" of "b". */
static bool name_folder(const char *path, char out[PATH_MAX], struct err *e)
{
	size_t n = (size_t)(base_of(path) - path);

	if (n >= PATH_MAX)
		return err_set(e, FAIL_CONFIG, "path is too long: '%.80s...'", path);
	(void)snprintf(out, PATH_MAX, "%.*s", n ? (int)n : 2, n ? path : "./");
	return true;
}

static bool open_folder(const char *path, int *out, struct err *e)
{
	char folder[PATH_MAX];

	if (!name_folder(path, folder, e))
		return false;
	*out = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *out >= 0 || err_errno(e, errno, "cannot open directory '%s'", folder);
}

/* A folder may be another filesystem, which syncfs() of the root does not reach. */
static enum file_sync sync_for(const struct batch *b, int folder)
{
	struct stat st;
	bool at_once = b->count >= FEW && fstat(folder, &st) == 0 && st.st_dev == b->dev;

	return at_once ? FILE_SYNC_LATER : FILE_SYNC_NOW;
}

static bool write_one(const struct batch *b, size_t i, struct err *e)
{
	const struct batch_file *f = &b->files[i];
	struct temp temp = { "" };
	auto_fd folder = -1;

	if (!open_folder(f->path, &folder, e) ||
	    !file_check_target(folder, base_of(f->path), f->path, f->publish, e) ||
	    !file_temp_name(base_of(f->path), temp.name, sizeof(temp.name), e) ||
	    !file_put(folder, temp.name, f->path, f->bytes, f->n, f->access, sync_for(b, folder),
		      e))
		return false;
	b->temps[i] = temp;
	return true;
}

static bool is_root(const struct batch *b, int folder)
{
	struct stat it, root;

	return fstat(folder, &it) == 0 && fstat(b->root_fd, &root) == 0 &&
	       it.st_dev == root.st_dev && it.st_ino == root.st_ino;
}

/* Whoever held it may have replaced what the caller looked at. */
static bool lock(const char *path, int *out, struct err *e)
{
	char folder[PATH_MAX];

	if (!name_folder(path, folder, e))
		return false;
	if (lock_folder(folder, 0, out, e))
		return true;
	if (e->code != FAIL_BUSY || !lock_folder(folder, LOCK_WAIT_MS, out, e))
		return false;
	return err_set(e, FAIL_BUSY, "another process wrote into folder '%s'", folder);
}

static bool publish_one(const struct batch *b, size_t i, bool last, int folder, struct err *e)
{
	const struct batch_file *f = &b->files[i];
	bool sync = last ? sync_for(b, folder) == FILE_SYNC_NOW : f->first;

	if (!file_publish(folder, b->temps[i].name, base_of(f->path), f->path, f->publish, e))
		return false;
	b->temps[i].name[0] = '\0';
	return !sync || fsync(folder) == 0 || err_errno(e, errno, "cannot write '%s'", f->path);
}

/* Those of one folder, which stand together; *i is behind them then. */
static bool publish_folder(const struct batch *b, size_t *i, struct err *e)
{
	const char *path = b->files[*i].path;
	auto_fd folder = -1, locked = -1;
	bool last = false;

	if (!open_folder(path, &folder, e) || (!is_root(b, folder) && !lock(path, &locked, e)))
		return false;
	for (; !last; ++*i) {
		last = *i + 1 == b->count || !in_one_folder(path, b->files[*i + 1].path);
		if (!publish_one(b, *i, last, folder, e))
			return false;
	}
	return true;
}

static bool sync_all(const struct batch *b, struct err *e)
{
	return b->count < FEW || syncfs(b->root_fd) == 0 ||
	       err_errno(e, errno, "cannot sync folder '%s'", b->root);
}

static bool run(const struct batch *b, struct err *e)
{
	for (size_t i = 0; i < b->count; i++)
		if (!write_one(b, i, e))
			return false;
	if (!sync_all(b, e))
		return false;
	for (size_t i = 0; i < b->count;)
		if (!publish_folder(b, &i, e))
			return false;
	return sync_all(b, e);
}

static void take_away(const struct batch *b, size_t i)
{
	auto_fd folder = -1;
	struct err ignored;

	if (b->temps[i].name[0] && open_folder(b->files[i].path, &folder, &ignored))
		(void)unlinkat(folder, b->temps[i].name, 0);
}

bool batch_write(const char *root, const struct batch_file *files, size_t count, struct err *e)
{
	auto_fd root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct batch b = { root, files, NULL, count, root_fd, 0 };
	struct stat st;
	bool done;

	if (root_fd < 0 || fstat(root_fd, &st) < 0)
		return err_errno(e, errno, "cannot open directory '%s'", root);
	b.dev = st.st_dev;
	b.temps = calloc(count ? count : 1, sizeof(*b.temps));
	if (!b.temps)
		return err_set(e, FAIL_MEMORY, "out of memory for %zu files", count);
	done = run(&b, e);
	for (size_t i = 0; i < count; i++)
		take_away(&b, i);
	free(b.temps);
	return done;
}
