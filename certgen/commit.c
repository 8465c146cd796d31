#include "certgen/commit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/list.h"
#include "os/batch.h"
#include "os/dir.h"
#include "os/file.h"

enum { LEFTOVER_AGE_S = 60 };

static const struct file_access folder_access = { CLAIM_FOLDER_MODE, (uid_t)-1, (gid_t)-1 };

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

static bool write_file(const struct output *o, const void *bytes, size_t n, mode_t mode,
		       struct err *e)
{
	const struct file_access access = access_like(o->path, mode);
	char folder[PATH_MAX];

	output_folder(o, folder);
	dir_sweep(folder, LEFTOVER_AGE_S);
	return file_write(o->path, bytes, n, access, o->exists ? FILE_REPLACE : FILE_CREATE, e);
}

/* What was in the archive stays, unless something else was put in its place. */
static bool write_archive(struct output *o, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(BUNDLE_MAX_ARCHIVE_BYTES);
	const struct bundle *whole = o->found.count > 0 ? &o->found : &o->wanted;

	for (size_t i = 0; whole == &o->found && i < o->wanted.count; i++) {
		const struct bundle_file *f = &o->wanted.files[i];

		if (!bundle_put(&o->found, f->path, str_text(&f->bytes), f->bytes.len, f->mode, e))
			return false;
	}
	return bundle_format(whole, o->kind == OUTPUT_ZIP ? BUNDLE_ZIP : BUNDLE_TAR_GZ,
			     (long long)time(NULL), &bytes, e) &&
	       write_file(o, str_text(&bytes), bytes.len, OUTPUT_SECRET, e);
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

/* Files of folders that are there. */
struct singles {
	struct batch_file *files;
	struct list paths;
	size_t count;
};

static void singles_clear(struct singles *s)
{
	free(s->files);
	list_clear(&s->paths);
}

static bool singles_add(struct singles *s, const struct output *o, size_t i, struct err *e)
{
	const struct bundle_file *f = &o->wanted.files[i];
	char path[PATH_MAX];
	bool replace;

	if (!output_path(o, f->path, path, e) || !list_add(&s->paths, path, e))
		return false;
	replace = o->replaces[i] || output_is_dead_link(path);
	s->files[s->count] = (struct batch_file){ .path = s->paths.items[s->count],
						  .bytes = str_text(&f->bytes),
						  .n = f->bytes.len,
						  .access = access_like(path, f->mode),
						  .publish = replace ? FILE_REPLACE : FILE_CREATE,
						  .first = f->mode == OUTPUT_SECRET };
	s->count++;
	return true;
}

/* The folder of all is swept once, at the end. */
static void sweep_below(const struct output *o, const char *folder)
{
	if (strcmp(folder, o->path) != 0)
		dir_sweep(folder, LEFTOVER_AGE_S);
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

/* What lies in folders that are there, and what brings its own. */
static bool split_work(const struct output *o, struct singles *s, struct fresh *f, struct err *e)
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
			if (!singles_add(s, o, k, e))
				return false;
		sweep_below(o, path);
	}
	return true;
}

static void parent_of(const char *path, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%.*s", (int)(strrchr(path, '/') - path), path);
}

static bool publish_fresh(const struct output *o, const struct fresh *f, struct err *e)
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
		sweep_below(o, parent);
	}
	return true;
}

static bool write_folder(const struct output *o, struct err *e)
{
	struct fresh f = { 0 };
	struct singles s = { .files = calloc(o->wanted.count, sizeof(*s.files)) };
	bool done = fresh_alloc(&f, o->wanted.count, e) &&
		    (s.files || err_set(e, FAIL_MEMORY, "out of memory for a list of files")) &&
		    split_work(o, &s, &f, e) &&
		    (s.count == 0 || batch_write(o->path, s.files, s.count, e)) &&
		    publish_fresh(o, &f, e);

	fresh_clear(&f);
	singles_clear(&s);
	dir_sweep(o->path, LEFTOVER_AGE_S);
	return done;
}

bool output_commit(struct output *o, struct err *e)
{
	const struct bundle_file *first = o->wanted.files;

	switch (o->kind) {
	case OUTPUT_FILE:
		return write_file(o, str_text(&first->bytes), first->bytes.len, first->mode, e);
	case OUTPUT_ZIP:
	case OUTPUT_TAR_GZ:
		return write_archive(o, e);
	case OUTPUT_FOLDER:
		return write_folder(o, e);
	}
	return err_set(e, FAIL_BUG, "an output of no kind");
}
