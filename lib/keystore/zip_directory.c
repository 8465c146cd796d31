#include "keystore/zip_directory.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "keystore/paths.h"

/* APPNOTE.TXT 6.3, all numbers little-endian. The end of the directory:
 *
 *    0  PK 5 6      8 2 entries here    12 4 bytes of the directory    20 2 length of the comment
 *    4 2 part no.  10 2 entries in all  16 4 where it begins           22   comment
 *    6 2 of part
 *
 * A header in the directory, and the local one before the bytes of a file:
 *
 *    0  PK 1 2      0  PK 3 4
 *    8 2            6 2 flags             28 2    26 2 length of the name
 *   10 2            8 2 method            30 2    28 2 length of the extra fields
 *   16 4           14 4 CRC-32            32 2         length of the comment
 *   20 4           18 4 packed bytes      34 2         part
 *   24 4           22 4 unpacked bytes    42 4         where the local header is
 *                                         46      30   name, extra fields, comment */
enum {
	END_BYTES = 22,
	END_SEARCH_BYTES = 16 * 1024, /* as far as libarchive looks */
	ZIP64_LOCATOR_BYTES = 20,
	CENTRAL_BYTES = 46,
	LOCAL_BYTES = 30,
	FLAG_ENCRYPTED = 0x0001 | 0x0040 | 0x2000, /* in three ways */
	FLAG_SIZES_FOLLOW = 0x0008,
	FLAG_UTF8 = 0x0800,
	METHOD_STORED = 0,
	METHOD_DEFLATED = 8,
};

static const char end_magic[] = "PK\005\006";
static const char zip64_locator_magic[] = "PK\006\007";
static const char central_magic[] = "PK\001\002";
static const char local_magic[] = "PK\003\004";

struct reading {
	const char *bytes;
	size_t n;
	size_t begin, end; /* of the directory */
	const char *name;
	struct err *e;
};

static size_t u16(const char *at)
{
	uint16_t raw;

	memcpy(&raw, at, sizeof(raw));
	return le16toh(raw);
}

static size_t u32(const char *at)
{
	uint32_t raw;

	memcpy(&raw, at, sizeof(raw));
	return le32toh(raw);
}

static bool is(const char *at, const char *magic)
{
	return memcmp(at, magic, 4) == 0;
}

static bool damaged(const struct reading *r, const char *how)
{
	return err_set(r->e, FAIL_INPUT, "archive '%.200s' is damaged: %s", r->name, how);
}

static bool refused(const struct reading *r, const struct zip_entry *entry, const char *why)
{
	return err_set(r->e, FAIL_INPUT, "'%s' in archive '%.200s' %s",
		       path_shown(entry->name, entry->name_len).text, r->name, why);
}

/* The last thing in a zip is a comment, and before it stands the end of the directory. */
static bool find_end(struct reading *r, size_t max_entries, size_t *out_count)
{
	size_t least = r->n > END_SEARCH_BYTES ? r->n - END_SEARCH_BYTES : 0;
	size_t at = r->n < END_BYTES ? 0 : r->n - END_BYTES;
	const char *end;

	while (at > least && !is(r->bytes + at, end_magic))
		at--;
	end = r->bytes + at;
	if (r->n < END_BYTES || !is(end, end_magic))
		return damaged(r, "its end is missing");
	if (at + END_BYTES + u16(end + 20) != r->n)
		return damaged(r, "it does not end where it says");
	if (u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != u16(end + 10))
		return err_set(r->e, FAIL_INPUT, "archive '%.200s' is one of several parts",
			       r->name);
	if (at >= ZIP64_LOCATOR_BYTES && is(end - ZIP64_LOCATOR_BYTES, zip64_locator_magic))
		return err_set(r->e, FAIL_INPUT, "archive '%.200s' is a zip64", r->name) ||
		       err_hint(r->e, "pack it again, without zip64");
	r->begin = u32(end + 16);
	r->end = at;
	if (r->begin > at || at - r->begin != u32(end + 12))
		return damaged(r, "its directory is not where it says");
	*out_count = u16(end + 10);
	return *out_count <= max_entries ||
	       err_set(r->e, FAIL_INPUT, "archive '%.200s' has more than %zu entries", r->name,
		       max_entries);
}

static bool check_header(const struct reading *r, const char *central,
			 const struct zip_entry *entry)
{
	size_t method = u16(central + 10);

	if (memchr(entry->name, '\0', entry->name_len))
		return refused(r, entry, "has a control character in its name");
	if (u16(central + 8) & FLAG_ENCRYPTED)
		return refused(r, entry, "is encrypted") ||
		       err_hint(r->e, "unpack it, and pack it again without a password");
	if (method != METHOD_STORED && method != METHOD_DEFLATED)
		return refused(r, entry, "is packed in a way that is not known") ||
		       err_hint(r->e, "pack it again with the method 'deflate'");
	if (u16(central + 34) != 0)
		return refused(r, entry, "lies in another part of the zip");
	return true;
}

static bool read_headers(const struct reading *r, struct zip_directory *dir, size_t count)
{
	size_t at = r->begin;

	while (dir->count < count) {
		struct zip_entry *entry = &dir->entries[dir->count];
		const char *central = r->bytes + at;
		size_t rest;

		if (r->end - at < CENTRAL_BYTES || !is(central, central_magic))
			return damaged(r, "its directory is too short");
		rest = u16(central + 28) + u16(central + 30) + u16(central + 32);
		if (r->end - at - CENTRAL_BYTES < rest)
			return damaged(r, "its directory is too short");
		*entry = (struct zip_entry){ .name = central + CENTRAL_BYTES,
					     .name_len = u16(central + 28),
					     .header = at,
					     .local = u32(central + 42),
					     .packed = u32(central + 20) };
		if (!check_header(r, central, entry))
			return false;
		at += CENTRAL_BYTES + rest;
		dir->count++;
	}
	return at == r->end || damaged(r, "its directory is too long");
}

/* Whether a number of the local header agrees with the directory's: it may be left for later. */
static bool agrees(const char *local, size_t at, const char *central, size_t central_at)
{
	size_t value = u32(local + at);

	return value == u32(central + central_at) ||
	       (value == 0 && (u16(local + 6) & FLAG_SIZES_FOLLOW)) || value == UINT32_MAX;
}

/* limit is where the next entry begins: what overlaps is made to unpack the same bytes many times.
 */
static bool check_local(const struct reading *r, const struct zip_entry *entry, size_t limit)
{
	const char *central = r->bytes + entry->header;
	const char *local = r->bytes + entry->local;
	size_t room;

	if (entry->local > limit || limit - entry->local < LOCAL_BYTES || !is(local, local_magic))
		return refused(r, entry, "is not where the directory says");
	room = limit - entry->local - LOCAL_BYTES;
	if (u16(local + 26) + u16(local + 28) + entry->packed > room)
		return refused(r, entry, "overlaps with what comes next");
	if (u16(local + 26) != entry->name_len ||
	    memcmp(local + LOCAL_BYTES, entry->name, entry->name_len) != 0)
		return refused(r, entry, "has two names");
	if ((u16(local + 6) & FLAG_ENCRYPTED) || u16(local + 8) != u16(central + 10) ||
	    !agrees(local, 14, central, 16) || !agrees(local, 18, central, 20) ||
	    !agrees(local, 22, central, 24))
		return refused(r, entry, "has two headers that contradict each other");
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct zip_entry *left = a;
	const struct zip_entry *right = b;

	return (left->local > right->local) - (left->local < right->local);
}

/* From the last to the first, so that each limit has been checked before it is used. */
static bool check_locals(const struct reading *r, const struct zip_directory *dir)
{
	size_t limit = r->begin;

	for (size_t i = dir->count; i-- > 0; limit = dir->entries[i].local)
		if (!check_local(r, &dir->entries[i], limit))
			return false;
	return dir->count == 0 || dir->entries[0].local == 0 ||
	       damaged(r, "it does not begin with its first file");
}

bool zip_directory_read(const char *bytes, size_t n, const char *name, size_t max_entries,
			struct zip_directory *out, struct err *e)
{
	struct reading r = { .bytes = bytes, .n = n, .name = name, .e = e };
	auto_zip_directory dir = { 0 };
	size_t count = 0;

	if (!find_end(&r, max_entries, &count))
		return false;
	if (count > 0) {
		dir.entries = calloc(count, sizeof(*dir.entries));
		if (!dir.entries)
			return err_set(e, FAIL_MEMORY, "out of memory for a zip's directory");
	}
	if (!read_headers(&r, &dir, count))
		return false;
	if (count > 0)
		qsort(dir.entries, dir.count, sizeof(*dir.entries), by_place);
	if (!check_locals(&r, &dir))
		return false;
	out->count = dir.count;
	out->begin = r.begin;
	out->entries = TAKE(dir.entries);
	return true;
}

static void set_u32(char *at, size_t value)
{
	uint32_t raw = htole32((uint32_t)value);

	memcpy(at, &raw, sizeof(raw));
}

static void settle_flags(char *at, const struct zip_entry *entry)
{
	size_t flags = u16(at) & ~(size_t)FLAG_SIZES_FOLLOW;
	uint16_t raw;

	if (!path_is_ascii(entry->name, entry->name_len))
		flags |= FLAG_UTF8;
	raw = htole16((uint16_t)flags);
	memcpy(at, &raw, sizeof(raw));
}

size_t zip_directory_settle(char *bytes, size_t n, const struct zip_directory *dir)
{
	char *end = bytes + n - END_BYTES; /* ours has no comment */
	size_t used = 0;

	for (size_t i = 0; i < dir->count; i++) {
		const struct zip_entry *entry = &dir->entries[i];
		char *central = bytes + entry->header;
		char *local = bytes + entry->local;
		size_t length = LOCAL_BYTES + u16(local + 26) + u16(local + 28) + entry->packed;

		settle_flags(central + 8, entry);
		settle_flags(local + 6, entry);
		memcpy(local + 14, central + 16, 12); /* checksum and both sizes */
		set_u32(central + 42, used);
		memmove(bytes + used, local, length);
		used += length;
	}
	set_u32(end + 16, used);
	memmove(bytes + used, bytes + dir->begin, n - dir->begin);
	return used + n - dir->begin;
}

void zip_directory_clear(struct zip_directory *dir)
{
	free(dir->entries);
	*dir = (struct zip_directory){ 0 };
}
