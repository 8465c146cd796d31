#include "keystore/bundle.h"

#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "keystore/gunzip.h"
#include "keystore/zip_directory.h"

static void reader_freep(struct archive **a)
{
	(void)archive_read_free(*a);
}
#define auto_reader CLEANUP(reader_freep) struct archive *

static bool no_memory(struct err *e)
{
	return err_set(e, FAIL_MEMORY, "out of memory for an archive");
}

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
	return bundle_size_fault(r->out, (size_t)size);
}

static bool read_file(const struct reading *r, struct archive_entry *entry, const char *path,
		      size_t n)
{
	auto_bundle_file file = { .bytes = STR_INIT(BUNDLE_MAX_FILE_BYTES),
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
	       bundle_take(r->out, &file, r->e);
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
