#include "keystore/bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "keystore/zip_directory.h"

/* Libarchive writes a zip as a stream: sizes and checksum follow the bytes of a file. Java
 * reads that only when the file is deflated, which takes five times as long and hardly makes keys
 * and certificates smaller. So the files are stored, and zip_directory_settle() puts the sizes
 * first. */

/* The programs run in the C locale, where libarchive cannot convert a name that is not ASCII. So
 * names are handed to it as bytes, never as UTF-8, and it writes them as they are. */

static void writer_freep(struct archive **a)
{
	(void)archive_write_free(*a); /* what could fail has failed before */
}
#define auto_writer CLEANUP(writer_freep) struct archive *

static void entry_freep(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}
#define auto_entry CLEANUP(entry_freep) struct archive_entry *

static bool no_memory(struct err *e)
{
	return err_set(e, FAIL_MEMORY, "out of memory for an archive");
}

enum { FOLDER_PRIVATE = 1, FOLDER_WRITTEN = 2 };

struct writing {
	const struct bundle *b;
	struct archive *a;
	struct archive_entry *entry;
	unsigned char *folders; /* what is known of each of b->paths */
	long long when;
	struct err *e;
};

/* A failure sticks to out and is asked for at the end: libarchive leaks when it is told. */
static la_ssize_t append(struct archive *a, void *out, const void *bytes, size_t n)
{
	(void)a;
	str_addn(out, bytes, n);
	return (la_ssize_t)n;
}

/* Without memory libarchive may not even say why. */
static bool cannot_write(const struct writing *w)
{
	const char *why = archive_error_string(w->a);

	if (!why || archive_errno(w->a) == ENOMEM)
		return no_memory(w->e);
	return err_set(w->e, FAIL_BUG, "cannot make an archive: %s", why);
}

static bool open_zip(struct archive *a)
{
	return archive_write_set_format_zip(a) == ARCHIVE_OK &&
	       archive_write_set_options(a, "zip:compression=store") == ARCHIVE_OK;
}

/* GNU's format, because its long names are bytes. No timestamp: the same files, the same archive.
 */
static bool open_tar_gz(struct archive *a)
{
	return archive_write_set_format_gnutar(a) == ARCHIVE_OK &&
	       archive_write_add_filter_gzip(a) == ARCHIVE_OK &&
	       archive_write_set_options(a, "gzip:compression-level=1,gzip:!timestamp") ==
		   ARCHIVE_OK;
}

static bool write_header(const struct writing *w, const char *path, unsigned type, mode_t mode,
			 size_t size)
{
	archive_entry_clear(w->entry);
	archive_entry_copy_pathname(w->entry, path);
	archive_entry_set_filetype(w->entry, type);
	archive_entry_set_perm(w->entry, mode);
	archive_entry_set_size(w->entry, (la_int64_t)size);
	archive_entry_set_mtime(w->entry, w->when, 0);
	return archive_write_header(w->a, w->entry) == ARCHIVE_OK || cannot_write(w);
}

static unsigned char *folder_of(const struct writing *w, const char *path, size_t n)
{
	return &w->folders[paths_find(&w->b->paths, path, n) - w->b->paths.items];
}

static void note_private_folders(const struct writing *w)
{
	for (size_t i = 0; i < w->b->count; i++) {
		const struct bundle_file *file = &w->b->files[i];
		const char *slash = strrchr(file->path, '/');

		if (slash && (file->mode & 0077) == 0)
			*folder_of(w, file->path, (size_t)(slash - file->path)) |= FOLDER_PRIVATE;
	}
}

static bool write_folders(const struct writing *w, const char *path)
{
	char folder[PATH_MAX_LENGTH + 1];

	for (size_t n = path_next_folder(path, 0); n > 0; n = path_next_folder(path, n)) {
		unsigned char *known = folder_of(w, path, n);

		if (*known & FOLDER_WRITTEN)
			continue;
		*known |= FOLDER_WRITTEN;
		memcpy(folder, path, n + 1);
		folder[n + 1] = '\0';
		if (!write_header(w, folder, AE_IFDIR, *known & FOLDER_PRIVATE ? 0700 : 0755, 0))
			return false;
	}
	return true;
}

static bool write_files(const struct writing *w)
{
	for (size_t i = 0; i < w->b->count; i++) {
		const struct bundle_file *file = &w->b->files[i];
		size_t n = file->bytes.len;

		if (!write_folders(w, file->path) ||
		    !write_header(w, file->path, AE_IFREG, file->mode, n))
			return false;
		if ((n > 0 && archive_write_data(w->a, file->bytes.data, n) != (la_ssize_t)n) ||
		    archive_write_finish_entry(w->a) != ARCHIVE_OK)
			return cannot_write(w);
	}
	return archive_write_close(w->a) == ARCHIVE_OK || cannot_write(w);
}

static bool write_archive(struct writing *w, enum bundle_format format, struct str *out)
{
	auto_entry entry = archive_entry_new();
	auto_writer a = archive_write_new();

	if (!entry || !a)
		return no_memory(w->e);
	w->a = a;
	w->entry = entry;
	/* Not in blocks: that would be one more copy, and never wiped. */
	if (!(format == BUNDLE_ZIP ? open_zip(a) : open_tar_gz(a)) ||
	    archive_write_set_bytes_per_block(a, 0) != ARCHIVE_OK ||
	    archive_write_open(a, out, NULL, append, NULL) != ARCHIVE_OK)
		return cannot_write(w);
	note_private_folders(w);
	return write_files(w);
}

static void cut_back(struct str *out, size_t length)
{
	if (out->data) {
		explicit_bzero(out->data + length, out->len - length);
		out->len = length;
	}
}

static bool settle_zip(struct str *out, size_t before, struct err *e)
{
	auto_zip_directory dir = { 0 };
	char *bytes = out->data + before;
	size_t n = out->len - before;

	if (!zip_directory_read(bytes, n, "made here", BUNDLE_MAX_ENTRIES, &dir, e))
		return false;
	cut_back(out, before + zip_directory_settle(bytes, n, &dir));
	return true;
}

bool bundle_format(const struct bundle *b, enum bundle_format format, long long when,
		   struct str *out, struct err *e)
{
	struct writing w = { .b = b, .when = when, .e = e };
	size_t before = out->len;
	bool ok;

	w.folders = calloc(b->paths.count + 1, 1);
	if (!w.folders)
		return no_memory(e);
	ok = write_archive(&w, format, out) && str_ok(out, e) &&
	     (format != BUNDLE_ZIP || settle_zip(out, before, e));
	free(w.folders);
	if (!ok)
		cut_back(out, before);
	return ok;
}
