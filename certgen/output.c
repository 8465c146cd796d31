#include "certgen/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/dir.h"
#include "os/file.h"

enum { MOST_FOLDERS_DEEP = 16 };

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
		if (str_ends_with(path, endings[i].ending))
			return endings[i].kind;
	return wish->file_name ? OUTPUT_FILE : OUTPUT_ZIP;
}

bool output_is_dead_link(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 && lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static bool read_archive(struct output *o, const struct output_wish *wish, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(BUNDLE_MAX_ARCHIVE_BYTES);

	if (!file_read(o->path, &bytes, e)) {
		o->exists = output_is_dead_link(o->path);
		return e->code == FAIL_MISSING;
	}
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

void output_folder(const struct output *o, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s", o->path);
	if (o->kind != OUTPUT_FOLDER)
		claim_cut_last_part(out);
}

static bool claim(struct output *o, struct err *e)
{
	char folder[PATH_MAX];

	output_folder(o, folder);
	return claim_take(folder, &o->claim, e);
}

bool output_open(const struct output_wish *wish, struct output *o, struct err *e)
{
	const char *path = wish->out         ? wish->out
			   : wish->file_name ? wish->file_name
					     : wish->bundle_name;
	struct stat st;

	*o = (struct output){ .kind = kind_of(path, wish),
			      .force = wish->force,
			      .claim = CLAIM_INIT };
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
	if (!wish->check && !claim(o, e))
		return false;
	if (o->kind == OUTPUT_ZIP || o->kind == OUTPUT_TAR_GZ)
		return read_archive(o, wish, e);
	o->exists = stat(o->path, &st) == 0 || output_is_dead_link(o->path);
	return true;
}

bool output_path(const struct output *o, const char *path, char out[PATH_MAX], struct err *e)
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
	if (!output_path(o, path, full, e))
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
	if (!output_path(o, below, full, e) || !dir_list(full, &names, e))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		char path[PATH_MAX];
		struct stat st;

		if (snprintf(path, sizeof(path), "%s%s%s", below, *below ? "/" : "",
			     names.items[i]) >= (int)sizeof(path) ||
		    !output_path(o, path, full, e))
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
		enum output_before before, struct err *e)
{
	size_t at = o->wanted.count;
	bool *grown = realloc(o->replaces, (at + 1) * sizeof(*grown));

	if (!grown)
		return err_set(e, FAIL_MEMORY, "out of memory for a list of files");
	o->replaces = grown;
	grown[at] = before == OUTPUT_REPLACES || o->force;
	/* Inside of one file there are no paths, and a bundle wants one. */
	return bundle_put(&o->wanted, o->kind == OUTPUT_FILE ? "file" : path, bytes, n, mode, e);
}

bool output_explain(struct output *o, const char *path, enum output_change change, const char *why,
		    struct err *e)
{
	struct output_note *grown = realloc(o->notes, (o->note_count + 1) * sizeof(*grown));
	char name[OUTPUT_NAME_BYTES];

	if (!grown)
		return err_set(e, FAIL_MEMORY, "out of memory for what has changed");
	o->notes = grown;
	output_name(o, path, name);
	grown[o->note_count] = (struct output_note){ change, strdup(name), why };
	return grown[o->note_count++].name ||
	       err_set(e, FAIL_MEMORY, "out of memory for what has changed");
}

bool output_changes(const struct output *o)
{
	return o->wanted.count > 0;
}

void output_clear(struct output *o)
{
	claim_drop(&o->claim);
	bundle_clear(&o->found);
	bundle_clear(&o->wanted);
	free(o->replaces);
	for (size_t i = 0; i < o->note_count; i++)
		free(o->notes[i].name);
	free(o->notes);
	*o = (struct output)OUTPUT_INIT;
}
