#include "keystore/bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "keystore/gunzip.h"
#include "keystore/zip_directory.h"

/* The programs run in the C locale, where libarchive cannot convert a name that is not ASCII. So
 * names are handed to it as bytes, never as UTF-8, and it writes them as they are. */

static void file_clear(struct bundle_file *file)
{
	free(file->path);
	str_wipe(&file->bytes);
}
#define auto_file CLEANUP(file_clear) struct bundle_file

static void writer_freep(struct archive **a)
{
	(void)archive_write_free(*a); /* what could fail has failed before */
}
#define auto_writer CLEANUP(writer_freep) struct archive *

static void reader_freep(struct archive **a)
{
	(void)archive_read_free(*a);
}
#define auto_reader CLEANUP(reader_freep) struct archive *

static void entry_freep(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}
#define auto_entry CLEANUP(entry_freep) struct archive_entry *

static bool no_memory(struct err *e)
{
	return err_set(e, FAIL_MEMORY, "out of memory for an archive");
}

void bundle_clear(struct bundle *b)
{
	for (size_t i = 0; i < b->count; i++)
		file_clear(&b->files[i]);
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

/* Take a file over, which is new and whose path is good. */
static bool add_file(struct bundle *b, struct bundle_file *file, struct err *e)
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

static const char *put_fault(const struct bundle *b, const char *path, size_t n)
{
	const struct bundle_file *old = find(b, path);
	const char *why = path_fault(path, strlen(path));

	if (!why && old)
		return size_fault(b->count, b->total - old->bytes.len, n);
	if (!why)
		why = paths_fault(&b->paths, path);
	return why ? why : size_fault(b->count + 1, b->total, n);
}

bool bundle_put(struct bundle *b, const char *path, const void *bytes, size_t n, mode_t mode,
		struct err *e)
{
	auto_file file = { .bytes = STR_INIT(BUNDLE_MAX_FILE_BYTES), .mode = mode & 0777 };
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
		return add_file(b, &file, e);
	b->total += n - old->bytes.len;
	str_wipe(&old->bytes);
	old->bytes = file.bytes;
	old->mode = file.mode;
	file.bytes = (struct str){ 0 };
	return true;
}

/* Writing. libarchive writes a zip as a stream: sizes and checksum follow the bytes of a file. Java
 * reads that only when the file is deflated, which takes five times as long and hardly makes keys
 * and certificates smaller. So the files are stored, and zip_directory_settle() puts the sizes
 * first. */

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

/* Reading. */

static const char zip_magic[] = "PK\003\004";
static const char empty_zip_magic[] = "PK\005\006";
static const char gzip_magic[] = "\037\213";

static bool begins(const char *bytes, size_t n, const char *magic)
{
	return n >= strlen(magic) && memcmp(bytes, magic, strlen(magic)) == 0;
}

static bool is_zip(const char *bytes, size_t n)
{
	return begins(bytes, n, zip_magic) || begins(bytes, n, empty_zip_magic);
}

bool bundle_is(const char *bytes, size_t n)
{
	return is_zip(bytes, n) || begins(bytes, n, gzip_magic);
}

struct reading {
	struct archive *a;
	const char *name;
	struct bundle *out;
	struct gunzip *gz; /* NULL for a zip */
	bool gz_failed;    /* and e is set */
	struct err *e;
};

static bool refused(const struct reading *r, const char *path, size_t n, const char *why)
{
	return err_set(r->e, FAIL_INPUT, "'%s' in archive '%.200s' %s", path_shown(path, n).text,
		       r->name, why);
}

/* What libarchive says is not ours: it may be several lines, or hold bytes of the archive. */
static bool cannot_read(const struct reading *r, const char *path, size_t n)
{
	const char *why = archive_error_string(r->a);
	struct path_shown shown;

	if (r->gz_failed)
		return false;
	if (!why)
		why = "it ends too early"; /* in the middle of a header */
	shown = path_shown(why, strcspn(why, "\n"));
	if (archive_errno(r->a) == ENOMEM)
		return no_memory(r->e);
	if (n == 0)
		return err_set(r->e, FAIL_INPUT, "archive '%.200s' is damaged: %s", r->name,
			       shown.text);
	return err_set(r->e, FAIL_INPUT, "'%s' in archive '%.200s' is damaged: %s",
		       path_shown(path, n).text, r->name, shown.text);
}

static bool read_bytes(const struct reading *r, const char *path, size_t size, struct str *out)
{
	size_t length = strlen(path);
	const void *block;
	la_int64_t at;
	size_t n;
	int result;

	while ((result = archive_read_data_block(r->a, &block, &n, &at)) == ARCHIVE_OK) {
		if (at < 0 || (size_t)at != out->len)
			return refused(r, path, length, "has holes");
		if (n > size - out->len)
			return refused(r, path, length, "is longer than it says");
		str_addn(out, n ? block : "", n);
		if (out->failed)
			return no_memory(r->e);
	}
	if (result != ARCHIVE_EOF)
		return cannot_read(r, path, length);
	return out->len == size || refused(r, path, length, "is shorter than it says");
}

static const char *entry_fault(const struct reading *r, struct archive_entry *entry,
			       const char *path, size_t n)
{
	la_int64_t size = archive_entry_size(entry);
	const char *why = path_fault(path, n);

	if (why)
		return why;
	if (archive_entry_hardlink(entry) || archive_entry_filetype(entry) == AE_IFLNK)
		return "is a link";
	if (archive_entry_filetype(entry) != AE_IFREG)
		return "is neither a file nor a folder";
	if (!archive_entry_size_is_set(entry) || size < 0)
		return "does not say how large it is";
	return size_fault(r->out->count + 1, r->out->total, (size_t)size);
}

static bool read_file(const struct reading *r, struct archive_entry *entry, const char *path,
		      size_t n)
{
	auto_file file = { .bytes = STR_INIT(BUNDLE_MAX_FILE_BYTES),
			   .mode = archive_entry_perm(entry) & 0777 };
	const char *why = entry_fault(r, entry, path, n);

	if (why)
		return refused(r, path, n, why);
	file.path = strndup(path, n);
	if (!file.path)
		return no_memory(r->e);
	why = paths_fault(&r->out->paths, file.path);
	if (why)
		return refused(r, path, n, why);
	return read_bytes(r, file.path, (size_t)archive_entry_size(entry), &file.bytes) &&
	       add_file(r->out, &file, r->e);
}

static bool read_entry(const struct reading *r, struct archive_entry *entry, const char *path,
		       size_t n)
{
	const char *why;

	if (n >= 2 && memcmp(path, "./", 2) == 0) {
		path += 2;
		n -= 2;
		if (n == 0)
			return true;
	}
	if (archive_entry_filetype(entry) != AE_IFDIR && (n == 0 || path[n - 1] != '/'))
		return read_file(r, entry, path, n);
	if (n > 1 && path[n - 1] == '/')
		n--;
	why = n == 1 && path[0] == '.' ? NULL : path_fault(path, n);
	return why ? refused(r, path, n, why) : true;
}

/* libarchive warns of every name that it cannot convert, and has nothing else to warn of that
 * zip_directory or the checks of the file's bytes would not refuse. */
static int next_entry(const struct reading *r, struct archive_entry **entry)
{
	int result = archive_read_next_header(r->a, entry);

	return result == ARCHIVE_WARN ? ARCHIVE_OK : result;
}

static bool read_zip(struct reading *r, const char *bytes, size_t n)
{
	auto_zip_directory dir = { 0 };
	auto_reader a = NULL;
	struct archive_entry *entry;

	if (!zip_directory_read(bytes, n, r->name, BUNDLE_MAX_ENTRIES, &dir, r->e))
		return false;
	if (dir.count == 0)
		return true; /* libarchive does not take it for a zip */
	a = archive_read_new();
	if (!a)
		return no_memory(r->e);
	r->a = a;
	if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK ||
	    archive_read_open_memory(a, bytes, n) != ARCHIVE_OK)
		return cannot_read(r, NULL, 0);
	for (size_t i = 0; i < dir.count; i++) {
		const struct zip_entry *at = &dir.entries[i];

		if (next_entry(r, &entry) != ARCHIVE_OK)
			return cannot_read(r, at->name, at->name_len);
		if (!read_entry(r, entry, at->name, at->name_len))
			return false;
	}
	return true;
}

/* libarchive asks for more when it has used all. */
static la_ssize_t next_piece(struct archive *a, void *context, const void **bytes)
{
	struct reading *r = context;
	size_t n;

	if (gunzip_next(r->gz, bytes, &n, r->e))
		return (la_ssize_t)n;
	r->gz_failed = true;
	archive_set_error(a, EIO, "%s", r->e->msg);
	return -1;
}

/* The checksum is behind what tar needs, with the padding between them. */
static bool read_rest(const struct reading *r)
{
	const void *bytes;
	size_t n;

	do {
		if (!gunzip_next(r->gz, &bytes, &n, r->e))
			return false;
	} while (n > 0);
	return true;
}

static bool read_tar_entries(const struct reading *r)
{
	struct archive_entry *entry;
	int result;

	for (size_t i = 0; (result = next_entry(r, &entry)) == ARCHIVE_OK; i++) {
		const char *path = archive_entry_pathname(entry);

		if (i == BUNDLE_MAX_ENTRIES)
			return err_set(r->e, FAIL_INPUT,
				       "archive '%.200s' has more than %d entries", r->name,
				       BUNDLE_MAX_ENTRIES);
		if (!read_entry(r, entry, path ? path : "", path ? strlen(path) : 0))
			return false;
	}
	return result == ARCHIVE_EOF || cannot_read(r, NULL, 0);
}

static bool read_tar_gz(struct reading *r, const char *bytes, size_t n)
{
	auto_gunzip gz = NULL;
	auto_reader a = archive_read_new();

	if (!a)
		return no_memory(r->e);
	if (!gunzip_new(&gz, bytes, n, r->name, BUNDLE_MAX_ARCHIVE_BYTES, r->e))
		return false;
	r->a = a;
	r->gz = gz;
	if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_open(a, r, NULL, next_piece, NULL) != ARCHIVE_OK)
		return cannot_read(r, NULL, 0);
	return read_tar_entries(r) && read_rest(r);
}

bool bundle_parse(const char *bytes, size_t n, const char *name, struct bundle *out, struct err *e)
{
	struct reading r = { .name = name, .out = out, .e = e };
	bool ok;

	if (!bundle_is(bytes, n))
		return err_set(e, FAIL_INPUT, "'%.200s' is neither a zip nor a tar.gz", name);
	if (n > BUNDLE_MAX_ARCHIVE_BYTES)
		return err_set(e, FAIL_INPUT, "archive '%.200s' is larger than 96 MiB", name);
	ok = is_zip(bytes, n) ? read_zip(&r, bytes, n) : read_tar_gz(&r, bytes, n);
	if (!ok)
		bundle_clear(out);
	return ok;
}
