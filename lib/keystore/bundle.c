#include "keystore/bundle.h"

#include <stdlib.h>
#include <string.h>

void bundle_file_clear(struct bundle_file *file)
{
	free(file->path);
	str_wipe(&file->bytes);
	*file = (struct bundle_file){ 0 };
}

static bool no_memory(struct err *e)
{
	return err_set(e, FAIL_MEMORY, "out of memory for an archive");
}

void bundle_clear(struct bundle *b)
{
	for (size_t i = 0; i < b->count; i++)
		bundle_file_clear(&b->files[i]);
	free(b->files);
	paths_clear(&b->paths);
	*b = (struct bundle){ 0 };
}

static struct bundle_file *find(const struct bundle *b, const char *path)
{
	const struct path *at = paths_find(&b->paths, path, strlen(path));

	return at && !at->folder ? &b->files[at->index] : NULL;
}

const struct bundle_file *bundle_find(const struct bundle *b, const char *path)
{
	return find(b, path);
}

static bool reserve_file(struct bundle *b, struct err *e)
{
	size_t cap = b->cap ? b->cap * 2 : 16;
	struct bundle_file *grown;

	if (!paths_reserve(&b->paths, e))
		return false;
	if (b->count < b->cap)
		return true;
	grown = realloc(b->files, cap * sizeof(*grown));
	if (!grown)
		return no_memory(e);
	b->files = grown;
	b->cap = cap;
	return true;
}

bool bundle_take(struct bundle *b, struct bundle_file *file, struct err *e)
{
	if (!reserve_file(b, e))
		return false;
	b->files[b->count] = *file;
	*file = (struct bundle_file){ 0 };
	paths_add(&b->paths, b->files[b->count].path, b->count);
	b->total += b->files[b->count++].bytes.len;
	return true;
}

/* Why a bundle of so many files and bytes cannot have n bytes more, as from path_fault(). */
static const char *size_fault(size_t files, size_t total, size_t n)
{
	if (files > BUNDLE_MAX_FILES)
		return "is one file too many";
	if (n > BUNDLE_MAX_FILE_BYTES)
		return "is larger than 4 MiB";
	if (n > BUNDLE_MAX_BYTES - total)
		return "is too much: the limit for all files is 64 MiB";
	return NULL;
}

const char *bundle_size_fault(const struct bundle *b, size_t n)
{
	return size_fault(b->count + 1, b->total, n);
}

static const char *put_fault(const struct bundle *b, const char *path, size_t n)
{
	const struct bundle_file *old = find(b, path);
	const char *why = path_fault(path, strlen(path));

	if (!why && old)
		return size_fault(b->count, b->total - old->bytes.len, n);
	if (!why)
		why = paths_fault(&b->paths, path);
	return why ? why : bundle_size_fault(b, n);
}

bool bundle_put(struct bundle *b, const char *path, const void *bytes, size_t n, mode_t mode,
		struct err *e)
{
	auto_bundle_file file = { .bytes = STR_INIT(BUNDLE_MAX_FILE_BYTES), .mode = mode & 0777 };
	const char *why = put_fault(b, path, n);
	struct bundle_file *old = find(b, path);

	if (why)
		return err_set(e, FAIL_INPUT, "cannot put '%s' into an archive: it %s",
			       path_shown(path, strlen(path)).text, why);
	file.path = strdup(path);
	str_addn(&file.bytes, n ? bytes : "", n);
	if (!file.path || file.bytes.failed)
		return no_memory(e);
	if (!old)
		return bundle_take(b, &file, e);
	b->total += n - old->bytes.len;
	str_wipe(&old->bytes);
	old->bytes = file.bytes;
	old->mode = file.mode;
	file.bytes = (struct str){ 0 };
	return true;
}
