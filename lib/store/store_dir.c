#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "os/dir.h"
#include "os/file.h"
#include "store/store.h"

enum { MAKE_TRIES = 8, DIR_MODE = 0700, SECRET_MODE = 0600, PUBLIC_MODE = 0644 };

struct store {
	char *where;
	enum store_mode mode;
	uid_t uid;   /* owner of new files: the folder's own, so that the */
	gid_t gid;   /* containers which use the volume can read them */
	int lock_fd; /* -1: no locks to be had */
	unsigned missing;
};

static bool join(const struct store *s, const char *path, char out[PATH_MAX], struct err *e)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", s->where, path);

	return (n > 0 && n < PATH_MAX) ||
	       err_set(e, FAIL_CONFIG, "path is too long: '%.80s...'", path);
}

/* The owner is left alone unless we are root: nobody else may give files away. */
static struct file_access access_of(const struct store *s, mode_t mode)
{
	bool root = geteuid() == 0;

	return (struct file_access){ mode, root ? s->uid : (uid_t)-1, root ? s->gid : (gid_t)-1 };
}

/* Sweep the folders that hold units; instances have one more level. */
static void sweep(const struct store *s)
{
	static const char *const folders[] = { ".", "ca", "trust", "passwords", "instances" };
	char path[PATH_MAX];
	auto_list instances = { 0 };
	struct err ignored;

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (join(s, folders[i], path, &ignored))
			dir_sweep(path, 0);
	if (!store_list(s, "instances", &instances, &ignored))
		return;
	for (size_t i = 0; i < instances.count; i++) {
		char below[NAME_MAX + 16];

		(void)snprintf(below, sizeof(below), "instances/%s", instances.items[i]);
		if (join(s, below, path, &ignored))
			dir_sweep(path, 0);
	}
}

/* Alone: sweep, then stay as one of perhaps many writers. */
static void begin_writing(struct store *s)
{
	char path[PATH_MAX];
	struct err why;

	if (!join(s, ".lock", path, &why) || !lock_open(path, s->uid, s->gid, &s->lock_fd, &why)) {
		log_event(LOG_DEBUG, "store has no locks", "reason", why.msg, NULL);
		return;
	}
	if (lock_take(s->lock_fd, LOCK_WRITERS, LOCK_EXCLUSIVE, 0, &why))
		sweep(s);
	if (!lock_take(s->lock_fd, LOCK_WRITERS, LOCK_SHARED, 1000, &why))
		log_event(LOG_DEBUG, "store has no locks", "reason", why.msg, NULL);
}

bool store_open(const char *where, enum store_mode mode, struct store **out, struct err *e)
{
	auto_store s = calloc(1, sizeof(*s));

	if (s)
		s->lock_fd = -1; /* before anything can fail: 0 is a descriptor */
	if (!s || !(s->where = strdup(where)))
		return err_set(e, FAIL_MEMORY, "out of memory for a store");
	s->mode = mode;
	if (!dir_owner(where, &s->uid, &s->gid, e)) {
		if (e->code == FAIL_MISSING)
			(void)err_hint(e, "mount the shared volume there, or name it with --store");
		return false;
	}
	if (access(where, R_OK | X_OK) < 0)
		return err_errno(e, errno, "cannot use store '%s'", where);
	if (mode == STORE_WRITE)
		begin_writing(s);
	*out = TAKE(s);
	return true;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	free(s->where);
	free(s);
}

void store_closep(struct store **s)
{
	store_close(*s);
}

void store_note_missing(struct store *s, const char *path)
{
	log_event(LOG_INFO, "would make", "what", path, NULL);
	s->missing++;
}

unsigned store_missing(const struct store *s)
{
	return s->missing;
}

const char *store_where(const struct store *s)
{
	return s->where;
}

bool store_has(const struct store *s, const char *path)
{
	char full[PATH_MAX];
	struct err ignored;

	return join(s, path, full, &ignored) && access(full, F_OK) == 0;
}

bool store_look(const struct store *s, const char *path, bool *found, struct err *e)
{
	char full[PATH_MAX];

	if (!join(s, path, full, e))
		return false;
	*found = access(full, F_OK) == 0;
	return *found || errno == ENOENT || errno == ENOTDIR ||
	       err_errno(e, errno, "cannot look at '%s'", full) ||
	       err_hint(e, "give this user access to the store's folders, or run as the user who "
			   "owns them");
}

static void report_loose_mode(const char *path)
{
	struct stat st;
	char mode[8];

	if (stat(path, &st) < 0 || (st.st_mode & 077) == 0)
		return;
	(void)snprintf(mode, sizeof(mode), "%04o", (unsigned)(st.st_mode & 07777));
	log_event(LOG_WARN, "secret file is open to others, chmod 600 it", "path", path, "mode",
		  mode, NULL);
}

bool store_read(const struct store *s, const char *path, bool secret, struct str *out,
		struct err *e)
{
	char full[PATH_MAX];

	if (!join(s, path, full, e) || !file_read(full, out, e))
		return false;
	if (secret)
		report_loose_mode(full);
	return true;
}

static bool refuse_reading_only(const struct store *s, const char *path, struct err *e)
{
	if (s->mode == STORE_WRITE)
		return true;
	return err_set(e, FAIL_DENIED, "'%s/%s' is not there, and nothing may be written", s->where,
		       path);
}

/* Make the parents of path, one level at a time. */
static bool make_parents(const struct store *s, const char *path, struct err *e)
{
	char full[PATH_MAX];
	const char *slash = path;

	while ((slash = strchr(slash, '/')) != NULL) {
		char parent[PATH_MAX];

		(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		if (!join(s, parent, full, e) || !dir_make(full, access_of(s, DIR_MODE), e))
			return false;
		slash++;
	}
	return true;
}

static mode_t mode_of(const struct store_file *file)
{
	return file->secret ? SECRET_MODE : PUBLIC_MODE;
}

bool store_make_folder(struct store *s, const char *path, const struct store_file *files,
		       size_t count, struct err *e)
{
	struct dir_entry entries[STORE_MAX_FILES];
	char full[PATH_MAX];

	if (count > STORE_MAX_FILES)
		return err_set(e, FAIL_BUG, "a unit of %zu files", count);
	if (!refuse_reading_only(s, path, e) || !join(s, path, full, e) ||
	    !make_parents(s, path, e))
		return false;
	for (size_t i = 0; i < count; i++)
		entries[i] = (struct dir_entry){ files[i].name, str_text(files[i].content),
						 files[i].content->len, mode_of(&files[i]) };
	/* FAIL_BUSY: a sweeper on a volume without locks took our temporary folder. */
	for (unsigned i = 0; i < MAKE_TRIES; i++)
		if (dir_publish(full, entries, count, access_of(s, DIR_MODE), e))
			return true;
		else if (e->code != FAIL_BUSY)
			return false;
	return false;
}

static bool write_file(struct store *s, const char *path, const struct store_file *file,
		       enum file_publish publish, struct err *e)
{
	char full[PATH_MAX];

	if (!refuse_reading_only(s, path, e) || !join(s, path, full, e) ||
	    !make_parents(s, path, e))
		return false;
	for (unsigned i = 0; i < MAKE_TRIES; i++)
		if (file_write(full, str_text(file->content), file->content->len,
			       access_of(s, mode_of(file)), publish, e))
			return true;
		else if (e->code != FAIL_BUSY)
			return false;
	return false;
}

bool store_make_file(struct store *s, const char *path, const struct store_file *file,
		     struct err *e)
{
	return write_file(s, path, file, FILE_CREATE, e);
}

bool store_replace_file(struct store *s, const char *path, const struct store_file *file,
			struct err *e)
{
	return write_file(s, path, file, FILE_REPLACE, e);
}

bool store_list(const struct store *s, const char *path, struct list *out, struct err *e)
{
	char full[PATH_MAX];

	if (!join(s, path, full, e))
		return false;
	return access(full, F_OK) < 0 || dir_list(full, out, e);
}

bool store_lock(struct store *s, enum lock_what what, enum lock_kind kind, unsigned wait_ms,
		struct err *e)
{
	if (s->lock_fd < 0)
		return true;
	return lock_take(s->lock_fd, what, kind, wait_ms, e) || e->code != FAIL_BUSY;
}

void store_unlock(struct store *s, enum lock_what what)
{
	struct err why;

	if (s->lock_fd >= 0 && !lock_take(s->lock_fd, what, LOCK_NONE, 0, &why))
		log_event(LOG_DEBUG, "cannot drop a lock", "reason", why.msg, NULL);
}
