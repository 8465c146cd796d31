#include "certgen/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/list.h"
#include "os/dir.h"
#include "os/file.h"
#include "os/lock.h"

enum {
	MOST_FOLDERS_DEEP = 16,
	FOLDER_MODE = 0700,
	LEFTOVER_AGE_S = 60,
	LOCK_WAIT_MS = 30000,
	LOCK_TRIES = 100,
	ARCHIVE_MAX_BYTES = 64 * 1024 * 1024
};

static const struct file_access folder_access = { FOLDER_MODE, (uid_t)-1, (gid_t)-1 };

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcasecmp(text + n - m, end) == 0;
}

static enum output_kind kind_of(const char *path, const struct output_wish *wish)
{
	/* clang-format off */
	static const struct { const char *ending; enum output_kind kind; } endings[] = {
		{ "/", OUTPUT_FOLDER }, { ".zip", OUTPUT_ZIP }, { ".tar.gz", OUTPUT_TAR_GZ },
		{ ".tgz", OUTPUT_TAR_GZ }, { ".p12", OUTPUT_FILE }, { ".pfx", OUTPUT_FILE },
	};
	/* clang-format on */
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return OUTPUT_FOLDER;
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (ends_with(path, endings[i].ending))
			return endings[i].kind;
	return wish->file_name ? OUTPUT_FILE : OUTPUT_ZIP;
}

static bool read_archive(struct output *o, const struct output_wish *wish, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(ARCHIVE_MAX_BYTES);

	if (!file_read(o->path, &bytes, e))
		return e->code == FAIL_MISSING;
	o->exists = true;
	if (bundle_parse(str_text(&bytes), bytes.len, o->path, &o->found, e) || o->force)
		return true; /* with force, what is no archive is replaced whole */
	return err_hint(e, wish->in_place
			       ? "it was left as it is"
			       : "it was left as it is; choose another --out, or --force");
}

static void cut_slashes(char *path)
{
	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
}

static void cut_last_part(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		(void)snprintf(path, PATH_MAX, ".");
	else
		slash[slash == path] = '\0';
}

/* The folder that all lies in. */
static void folder_of_all(const struct output *o, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s", o->path);
	if (o->kind != OUTPUT_FOLDER)
		cut_last_part(out);
}

/* Its nearest part that is there already, and must be a folder. */
static bool find_base(const char *folder, char out[PATH_MAX], struct err *e)
{
	struct stat st;

	(void)snprintf(out, PATH_MAX, "%s", folder);
	while (stat(out, &st) < 0 && (errno == ENOENT || errno == ENOTDIR) && strcmp(out, ".") != 0)
		cut_last_part(out);
	if (stat(out, &st) == 0 && !S_ISDIR(st.st_mode))
		return err_set(e, FAIL_EXISTS, "cannot write into '%s': it is no folder", out) ||
		       err_hint(e, "it was left as it is; choose another --out");
	return true;
}

static bool is_still(const char *folder, int fd)
{
	struct stat there, held;

	return stat(folder, &there) == 0 && fstat(fd, &held) == 0 && there.st_ino == held.st_ino &&
	       there.st_dev == held.st_dev;
}

/* Lock the very folder, making it first: with a lock on one above it, who comes when it is half
 * written would lock another one. output_clear() takes away what stayed empty, so a folder may be
 * gone when its lock is got: then again. */
static bool lock_place(struct output *o, struct err *e)
{
	char folder[PATH_MAX], inside[PATH_MAX + 1];

	folder_of_all(o, folder);
	(void)snprintf(inside, sizeof(inside), "%s/", folder);
	if (!find_base(folder, o->base, e))
		return false;
	for (unsigned tries = 0; tries < LOCK_TRIES; tries++) {
		if (dir_make_parents(inside, folder_access, e) &&
		    lock_folder(folder, LOCK_WAIT_MS, &o->lock, e)) {
			if (is_still(folder, o->lock))
				return true;
			fd_closep(&o->lock);
			o->lock = -1;
		} else if (e->code != FAIL_MISSING) {
			return false;
		}
	}
	return err_set(e, FAIL_BUSY, "folder '%s' comes and goes", folder);
}

/* Take away the folders that were made for the lock and hold nothing; still under the lock. */
static void drop_empty(const struct output *o)
{
	char folder[PATH_MAX];

	if (o->lock < 0)
		return;
	folder_of_all(o, folder);
	while (strcmp(folder, o->base) != 0 && rmdir(folder) == 0)
		cut_last_part(folder);
}

bool output_open(const struct output_wish *wish, struct output *o, struct err *e)
{
	const char *path = wish->out         ? wish->out
			   : wish->file_name ? wish->file_name
					     : wish->bundle_name;
	struct stat st;

	*o = (struct output){ .kind = kind_of(path, wish), .force = wish->force, .lock = -1 };
	if (snprintf(o->path, sizeof(o->path), "%s", path) >= (int)sizeof(o->path))
		return err_set(e, FAIL_USAGE, "--out is too long");
	if (!*path)
		return err_set(e, FAIL_USAGE, "--out is empty") ||
		       err_hint(e, "name a file, or a folder with '/' at its end");
	if (o->kind == OUTPUT_FOLDER)
		cut_slashes(o->path);
	if (o->kind == OUTPUT_FILE && !wish->file_name)
		return err_set(e, FAIL_USAGE, "'%s' would hold one PKCS#12 file, and this is more",
			       path) ||
		       err_hint(e, "choose a .zip, a .tar.gz or a folder, with '/' at its end");
	if (!wish->check && !lock_place(o, e))
		return false;
	if (o->kind == OUTPUT_ZIP || o->kind == OUTPUT_TAR_GZ)
		return read_archive(o, wish, e);
	o->exists = stat(o->path, &st) == 0;
	return true;
}

static bool path_in(const struct output *o, const char *path, char out[PATH_MAX], struct err *e)
{
	int n = o->kind == OUTPUT_FOLDER ? snprintf(out, PATH_MAX, "%s/%s", o->path, path)
					 : snprintf(out, PATH_MAX, "%s", o->path);

	return n < PATH_MAX || err_set(e, FAIL_USAGE, "--out is too long");
}

void output_name(const struct output *o, const char *path, char out[OUTPUT_NAME_BYTES])
{
	if (o->kind == OUTPUT_FILE)
		(void)snprintf(out, OUTPUT_NAME_BYTES, "%s", o->path);
	else if (o->kind == OUTPUT_FOLDER && strcmp(o->path, ".") == 0)
		(void)snprintf(out, OUTPUT_NAME_BYTES, "%s", path);
	else
		(void)snprintf(out, OUTPUT_NAME_BYTES, "%s%s%s", o->path,
			       o->kind == OUTPUT_FOLDER ? "/" : ":", path);
}

bool output_read(const struct output *o, const char *path, struct str *bytes, bool *found,
		 struct err *e)
{
	char full[PATH_MAX];
	const struct bundle_file *file;

	*found = false;
	if (o->force)
		return true;
	if (o->kind == OUTPUT_ZIP || o->kind == OUTPUT_TAR_GZ) {
		file = bundle_find(&o->found, path);
		*found = file != NULL;
		if (file)
			str_addn(bytes, str_text(&file->bytes), file->bytes.len);
		return str_ok(bytes, e);
	}
	if (!path_in(o, path, full, e))
		return false;
	*found = file_read(full, bytes, e);
	return *found || e->code == FAIL_MISSING;
}

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static bool list_folder(const struct output *o, const char *below, unsigned depth,
			struct list *paths, struct err *e)
{
	char full[PATH_MAX];
	auto_list names = { 0 };

	if (depth > MOST_FOLDERS_DEEP)
		return err_set(e, FAIL_INPUT, "'%s/%s' lies too deep", o->path, below);
	if (!path_in(o, below, full, e) || !dir_list(full, &names, e))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		char path[PATH_MAX];
		struct stat st;

		if (snprintf(path, sizeof(path), "%s%s%s", below, *below ? "/" : "",
			     names.items[i]) >= (int)sizeof(path) ||
		    !path_in(o, path, full, e))
			return err_set(e, FAIL_INPUT, "'%s/%.80s...' lies too deep", o->path,
				       below);
		if (stat(full, &st) < 0)
			continue; /* gone meanwhile, or a link to nowhere */
		if (S_ISDIR(st.st_mode) && is_link(full))
			continue; /* it may lead in a circle */
		if (S_ISDIR(st.st_mode) ? !list_folder(o, path, depth + 1, paths, e)
					: S_ISREG(st.st_mode) && !list_add(paths, path, e))
			return false;
	}
	return true;
}

bool output_list(const struct output *o, struct list *paths, struct err *e)
{
	if (o->kind == OUTPUT_FOLDER)
		return list_folder(o, "", 0, paths, e);
	if (o->kind == OUTPUT_FILE)
		return list_add(paths, "", e);
	for (size_t i = 0; i < o->found.count; i++)
		if (!list_add(paths, o->found.files[i].path, e))
			return false;
	return true;
}

bool output_put(struct output *o, const char *path, const void *bytes, size_t n, mode_t mode,
		struct err *e)
{
	/* Inside of one file there are no paths, and a bundle wants one. */
	return bundle_put(&o->wanted, o->kind == OUTPUT_FILE ? "file" : path, bytes, n, mode, e);
}

bool output_changes(const struct output *o)
{
	return o->wanted.count > 0;
}

/* What replaces a file gets its mode, and from root its owner: who reads it shall still be able to.
 */
static struct file_access access_like(const char *path, mode_t mode)
{
	struct stat st;
	bool is_there = lstat(path, &st) == 0 && S_ISREG(st.st_mode);
	bool give = is_there && geteuid() == 0;

	return (struct file_access){ is_there ? st.st_mode & 0777 : mode,
				     give ? st.st_uid : (uid_t)-1, give ? st.st_gid : (gid_t)-1 };
}

static bool write_file(const struct output *o, const void *bytes, size_t n, struct err *e)
{
	const struct file_access access = access_like(o->path, OUTPUT_SECRET);
	char folder[PATH_MAX];

	folder_of_all(o, folder);
	dir_sweep(folder, LEFTOVER_AGE_S);
	return file_write(o->path, bytes, n, access, o->exists ? FILE_REPLACE : FILE_CREATE, e);
}

/* What was in the archive stays, unless something else was put in its place. */
static bool write_archive(struct output *o, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(ARCHIVE_MAX_BYTES);
	const struct bundle *whole = o->found.count > 0 ? &o->found : &o->wanted;

	for (size_t i = 0; whole == &o->found && i < o->wanted.count; i++) {
		const struct bundle_file *f = &o->wanted.files[i];

		if (!bundle_put(&o->found, f->path, str_text(&f->bytes), f->bytes.len, f->mode, e))
			return false;
	}
	return bundle_format(whole, o->kind == OUTPUT_ZIP ? BUNDLE_ZIP : BUNDLE_TAR_GZ,
			     (long long)time(NULL), &bytes, e) &&
	       write_file(o, str_text(&bytes), bytes.len, e);
}

/* The folder that a path lies in: "es01/es01.crt" in "es01". */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static bool same_folder(const struct bundle_file *a, const struct bundle_file *b)
{
	size_t n = folder_length(a->path);

	return n == folder_length(b->path) && strncmp(a->path, b->path, n) == 0;
}

/* How many files from i on lie in one folder: they were put one after the other. */
static size_t run_length(const struct output *o, size_t i)
{
	size_t n = 1;

	while (i + n < o->wanted.count && same_folder(&o->wanted.files[i], &o->wanted.files[i + n]))
		n++;
	return n;
}

/* The folder that the i-th file lies in. */
static bool folder_of(const struct output *o, size_t i, char out[PATH_MAX], struct err *e)
{
	const char *path = o->wanted.files[i].path;
	size_t n = folder_length(path);
	int wrote = snprintf(out, PATH_MAX, "%s%s%.*s", o->path, n ? "/" : "", (int)n, path);

	return wrote < PATH_MAX || err_set(e, FAIL_USAGE, "--out is too long");
}

static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static bool replace_file(const struct output *o, const struct bundle_file *f, struct err *e)
{
	char path[PATH_MAX];

	return path_in(o, f->path, path, e) &&
	       file_write(path, str_text(&f->bytes), f->bytes.len, access_like(path, f->mode),
			  FILE_REPLACE, e);
}

/* Folders that are not there yet, to be published whole. */
struct fresh {
	struct dir_unit *units;
	struct dir_entry *entries; /* of all units, one after the other */
	struct list paths;
	size_t count;
};

static void fresh_clear(struct fresh *f)
{
	free(f->units);
	free(f->entries);
	list_clear(&f->paths);
}

static bool fresh_alloc(struct fresh *f, size_t most, struct err *e)
{
	f->units = calloc(most, sizeof(*f->units));
	f->entries = calloc(most, sizeof(*f->entries));
	return (f->units && f->entries) ||
	       err_set(e, FAIL_MEMORY, "out of memory for a list of folders");
}

static bool fresh_add(struct fresh *f, const struct output *o, const char *path, size_t from,
		      size_t count, struct err *e)
{
	if (!list_add(&f->paths, path, e))
		return false;
	for (size_t i = from; i < from + count; i++) {
		const struct bundle_file *file = &o->wanted.files[i];

		f->entries[i] =
		    (struct dir_entry){ strrchr(file->path, '/') + 1, str_text(&file->bytes),
					file->bytes.len, file->mode };
	}
	f->units[f->count] =
	    (struct dir_unit){ f->paths.items[f->count], &f->entries[from], count };
	f->count++;
	return true;
}

/* Write what lies in folders that are there, and collect the others. */
static bool split_work(const struct output *o, struct fresh *f, struct err *e)
{
	char path[PATH_MAX];

	for (size_t i = 0, n; i < o->wanted.count; i += n) {
		n = run_length(o, i);
		if (!folder_of(o, i, path, e))
			return false;
		if (!is_there(path)) {
			if (!fresh_add(f, o, path, i, n, e))
				return false;
			continue;
		}
		for (size_t k = i; k < i + n; k++)
			if (!replace_file(o, &o->wanted.files[k], e))
				return false;
		dir_sweep(path, LEFTOVER_AGE_S);
	}
	return true;
}

static void parent_of(const char *path, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%.*s", (int)(strrchr(path, '/') - path), path);
}

static bool publish_fresh(const struct fresh *f, struct err *e)
{
	char parent[PATH_MAX], next[PATH_MAX];

	for (size_t i = 0, n; i < f->count; i += n) {
		parent_of(f->units[i].path, parent);
		for (n = 1; i + n < f->count; n++) {
			parent_of(f->units[i + n].path, next);
			if (strcmp(parent, next) != 0)
				break;
		}
		if (!dir_make_parents(f->units[i].path, folder_access, e) ||
		    !dir_publish_all(parent, &f->units[i], n, folder_access, e))
			return false;
		dir_sweep(parent, LEFTOVER_AGE_S);
	}
	return true;
}

static bool write_folder(const struct output *o, struct err *e)
{
	struct fresh f = { 0 };
	bool done =
	    fresh_alloc(&f, o->wanted.count, e) && split_work(o, &f, e) && publish_fresh(&f, e);

	fresh_clear(&f);
	dir_sweep(o->path, LEFTOVER_AGE_S);
	return done;
}

bool output_commit(struct output *o, struct err *e)
{
	const struct bundle_file *first = o->wanted.files;

	switch (o->kind) {
	case OUTPUT_FILE:
		return write_file(o, str_text(&first->bytes), first->bytes.len, e);
	case OUTPUT_ZIP:
	case OUTPUT_TAR_GZ:
		return write_archive(o, e);
	case OUTPUT_FOLDER:
		return write_folder(o, e);
	}
	return err_set(e, FAIL_BUG, "an output of no kind");
}

void output_clear(struct output *o)
{
	drop_empty(o);
	bundle_clear(&o->found);
	bundle_clear(&o->wanted);
	fd_closep(&o->lock);
	*o = (struct output)OUTPUT_INIT;
}
