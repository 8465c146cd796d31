#include "check.h"

#include <endian.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zlib.h>

#include "keystore/bundle.h"
#include "keystore/zip_directory.h"

static const long long when = 1700000000; /* 2023-11-14 22:13:20 UTC */

static struct err e;

static void put(struct bundle *b, const char *path, const char *text, mode_t mode)
{
	CHECK(bundle_put(b, path, text, strlen(text), mode, &e));
}

static void check_file(const struct bundle *b, const char *path, const char *text, mode_t mode)
{
	const struct bundle_file *file = bundle_find(b, path);

	CHECK(file != NULL);
	CHECK_TEXT(str_text(&file->bytes), text);
	CHECK_INT(file->mode, mode);
}

static bool parse(const struct str *bytes, struct bundle *out)
{
	return bundle_parse(str_text(bytes), bytes->len, "x.zip", out, &e);
}

/* why is how the message begins; what follows may be libarchive's words. */
static void check_refused(const struct str *bytes, const char *why)
{
	auto_bundle b = { 0 };

	CHECK(!parse(bytes, &b));
	e.msg[strlen(why)] = '\0';
	CHECK_TEXT(e.msg, why);
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_INT(b.count, 0);
}

/* Zips by hand. */

struct entry {
	const char *name;
	const char *data; /* as it is in the zip */
	size_t packed;
	uint32_t size, crc;
	unsigned method, flags;
	unsigned mode;          /* 0: made by DOS, as Java does */
	const char *local_name; /* NULL: the same */
	size_t name_len;        /* 0: up to the NUL */
	uint32_t local_size;    /* 0: the same, unless flag 8 is set */
};

struct zip {
	struct str locals, directory;
	unsigned count;
};

static void add16(struct str *s, size_t value)
{
	uint16_t raw = htole16((uint16_t)value);

	str_addn(s, &raw, sizeof(raw));
}

static void add32(struct str *s, size_t value)
{
	uint32_t raw = htole32((uint32_t)value);

	str_addn(s, &raw, sizeof(raw));
}

static void add_common(struct str *s, const struct entry *f, bool known, size_t size)
{
	add16(s, 20);
	add16(s, f->flags);
	add16(s, f->method);
	add32(s, 0x58000000);
	add32(s, known ? f->crc : 0);
	add32(s, known ? f->packed : 0);
	add32(s, known ? size : 0);
}

static void zip_add(struct zip *z, const struct entry *f)
{
	size_t at = z->locals.len;
	size_t n = f->name_len ? f->name_len : strlen(f->name);
	bool known = !(f->flags & 8);

	str_add(&z->locals, "PK\003\004");
	add_common(&z->locals, f, known, f->local_size ? f->local_size : f->size);
	add16(&z->locals, n);
	add16(&z->locals, 0);
	str_addn(&z->locals, f->local_name ? f->local_name : f->name, n);
	str_addn(&z->locals, f->packed ? f->data : "", f->packed);
	if (!known) {
		str_add(&z->locals, "PK\007\010");
		add32(&z->locals, f->crc);
		add32(&z->locals, f->packed);
		add32(&z->locals, f->size);
	}
	str_add(&z->directory, "PK\001\002");
	add16(&z->directory, f->mode ? 3 << 8 : 0);
	add_common(&z->directory, f, true, f->size);
	add16(&z->directory, n);
	add32(&z->directory, 0); /* no extra fields, no comment */
	add32(&z->directory, 0); /* part, internal attributes */
	add32(&z->directory, (size_t)f->mode << 16);
	add32(&z->directory, at);
	str_addn(&z->directory, f->name, n);
	z->count++;
}

/* Take the zip apart into out. */
static void zip_end(struct zip *z, struct str *out)
{
	str_clear(out);
	str_addn(out, str_text(&z->locals), z->locals.len);
	str_addn(out, str_text(&z->directory), z->directory.len);
	str_add(out, "PK\005\006");
	add32(out, 0);
	add16(out, z->count);
	add16(out, z->count);
	add32(out, z->directory.len);
	add32(out, z->locals.len);
	add16(out, 0);
	str_clear(&z->locals);
	str_clear(&z->directory);
	z->count = 0;
}

static struct entry stored(const char *name, const char *text)
{
	size_t n = strlen(text);

	return (struct entry){ .name = name,
			       .data = text,
			       .packed = n,
			       .size = (uint32_t)n,
			       .crc = (uint32_t)crc32_z(0, (const unsigned char *)text, n) };
}

/* bits: 31 for a gzip file, -15 for a file in a zip */
static void deflate_all(const char *bytes, size_t n, int bits, struct str *out)
{
	char packed[4096];
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n };

	CHECK(deflateInit2(&z, 1, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	do {
		z.next_out = (Bytef *)packed;
		z.avail_out = sizeof(packed);
		CHECK(deflate(&z, Z_FINISH) != Z_STREAM_ERROR);
		str_addn(out, packed, sizeof(packed) - z.avail_out);
	} while (z.avail_out == 0);
	CHECK(deflateEnd(&z) == Z_OK);
}

static struct entry deflated(const char *name, const char *text, struct str *packed)
{
	struct entry f = stored(name, text);

	str_clear(packed);
	deflate_all(text, strlen(text), -15, packed);
	f.data = packed->data;
	f.packed = packed->len;
	f.method = 8;
	return f;
}

static void check_zip_refused(struct entry f, const char *why)
{
	struct zip z = { STR_INIT(1 << 20), STR_INIT(1 << 20), 0 };
	auto_str bytes = STR_INIT(1 << 20);
	struct entry fine = stored("fine", "fine");

	zip_add(&z, &fine);
	zip_add(&z, &f);
	zip_end(&z, &bytes);
	check_refused(&bytes, why);
}

/* Tars by hand. */

static void tar_add(struct str *tar, const char *name, char type, const char *text, size_t n)
{
	static const char zeros[512] = "";
	char h[512] = "";
	unsigned sum = 0;

	memcpy(h, name, strnlen(name, 100));
	(void)snprintf(h + 100, 8, "%07o", 0640u);
	(void)snprintf(h + 108, 8, "%07o", 0u);
	(void)snprintf(h + 116, 8, "%07o", 0u);
	(void)snprintf(h + 124, 12, "%011llo", n & 077777777777ULL);
	(void)snprintf(h + 136, 12, "%011o", 0u);
	memset(h + 148, ' ', 8);
	h[156] = type;
	if (type == '1' || type == '2')
		memcpy(h + 157, "fine", 4);
	memcpy(h + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	(void)snprintf(h + 148, 8, "%06o", sum);
	str_addn(tar, h, sizeof(h));
	if (!text)
		return;
	str_addn(tar, text, n);
	str_addn(tar, zeros, (512 - n % 512) % 512);
}

static void tar_text(struct str *tar, const char *name, const char *text)
{
	tar_add(tar, name, '0', text, strlen(text));
}

static void tar_end(struct str *tar, struct str *out)
{
	static const char zeros[1024] = "";

	str_addn(tar, zeros, sizeof(zeros));
	str_clear(out);
	deflate_all(tar->data, tar->len, 31, out);
}

static void check_tar_refused(const char *name, char type, const char *why)
{
	auto_str tar = STR_INIT(1 << 20);
	auto_str bytes = STR_INIT(1 << 20);

	tar_text(&tar, "fine", "fine");
	tar_add(&tar, name, type, "", 0);
	tar_end(&tar, &bytes);
	check_refused(&bytes, why);
}

/* A bundle of every kind of file. */

static void fill(struct bundle *b)
{
	put(b, "ca/ca.crt", "certificate", 0644);
	put(b, "es01/es01.crt", "certificate of es01", 0644);
	put(b, "es01/es01.key", "key of es01", 0600);
	put(b, "empty", "", 0444);
	put(b, "k\xc3\xb6ln/etc/\xe6\x97\xa5.pem", "certificate of k\xc3\xb6ln", 0640);
}

static void check_filled(const struct bundle *b)
{
	CHECK_INT(b->count, 5);
	check_file(b, "ca/ca.crt", "certificate", 0644);
	check_file(b, "es01/es01.crt", "certificate of es01", 0644);
	check_file(b, "es01/es01.key", "key of es01", 0600);
	check_file(b, "empty", "", 0444);
	check_file(b, "k\xc3\xb6ln/etc/\xe6\x97\xa5.pem", "certificate of k\xc3\xb6ln", 0640);
	CHECK_TEXT(b->files[0].path, "ca/ca.crt");
	CHECK_TEXT(b->files[3].path, "empty");
}

TEST(bundle_comes_back_from_a_zip_and_from_a_tar_gz)
{
	static const enum bundle_format formats[] = { BUNDLE_ZIP, BUNDLE_TAR_GZ };
	auto_bundle b = { 0 };

	fill(&b);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		auto_bundle again = { 0 };
		auto_str bytes = STR_INIT(1 << 20);
		auto_str twice = STR_INIT(1 << 20);

		CHECK(bundle_format(&b, formats[i], when, &bytes, &e));
		CHECK(bundle_is(bytes.data, bytes.len));
		CHECK(parse(&bytes, &again));
		check_filled(&again);
		str_add(&twice, "before");
		CHECK(bundle_format(&b, formats[i], when, &twice, &e));
		CHECK_INT(twice.len, bytes.len + 6);
		CHECK(memcmp(twice.data + 6, bytes.data, bytes.len) == 0);
	}
}

TEST(bundle_may_be_empty)
{
	auto_bundle b = { 0 };

	for (int format = BUNDLE_ZIP; format <= BUNDLE_TAR_GZ; format++) {
		auto_bundle again = { 0 };
		auto_str bytes = STR_INIT(1 << 20);

		CHECK(bundle_format(&b, (enum bundle_format)format, when, &bytes, &e));
		CHECK(bundle_is(bytes.data, bytes.len));
		CHECK(parse(&bytes, &again));
		CHECK_INT(again.count, 0);
	}
}

/* ZipInputStream reads only what is said before the bytes, when they are stored. */
TEST(bundle_zip_says_every_size_before_the_bytes)
{
	auto_bundle b = { 0 };
	auto_str bytes = STR_INIT(1 << 20);
	size_t at = 0;
	unsigned entries = 0;

	fill(&b);
	CHECK(bundle_format(&b, BUNDLE_ZIP, when, &bytes, &e));
	while (memcmp(bytes.data + at, "PK\003\004", 4) == 0) {
		uint16_t lengths[2], start[3];
		uint32_t sizes[3];

		memcpy(start, bytes.data + at + 4, sizeof(start));
		memcpy(sizes, bytes.data + at + 14, sizeof(sizes));
		memcpy(lengths, bytes.data + at + 26, sizeof(lengths));
		CHECK_INT(le16toh(start[1]) & ~0x800, 0);
		CHECK_INT(le16toh(start[2]), 0);
		at += 30u + le16toh(lengths[0]) + le16toh(lengths[1]);
		CHECK_INT(crc32_z(0, (unsigned char *)bytes.data + at, le32toh(sizes[2])),
			  le32toh(sizes[0]));
		CHECK_INT(le32toh(sizes[1]), le32toh(sizes[2]));
		at += le32toh(sizes[1]);
		entries++;
	}
	CHECK_INT(entries, 9);
	CHECK(memcmp(bytes.data + at, "PK\001\002", 4) == 0);
}

TEST(bundle_zip_has_each_folder_before_its_first_file_and_closed_over_keys)
{
	static const struct {
		const char *name;
		unsigned mode;
		unsigned utf8;
	} want[] = {
		{ "ca/", 040755, 0 },
		{ "ca/ca.crt", 0100644, 0 },
		{ "es01/", 040700, 0 },
		{ "es01/es01.crt", 0100644, 0 },
		{ "es01/es01.key", 0100600, 0 },
		{ "empty", 0100444, 0 },
		{ "k\xc3\xb6ln/", 040755, 0x800 },
		{ "k\xc3\xb6ln/etc/", 040755, 0x800 },
		{ "k\xc3\xb6ln/etc/\xe6\x97\xa5.pem", 0100640, 0x800 },
	};
	auto_bundle b = { 0 };
	auto_str bytes = STR_INIT(1 << 20);
	auto_zip_directory dir = { 0 };

	fill(&b);
	CHECK(bundle_format(&b, BUNDLE_ZIP, when, &bytes, &e));
	CHECK(zip_directory_read(bytes.data, bytes.len, "x.zip", 100, &dir, &e));
	CHECK_INT(dir.count, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		auto_str name = STR_INIT(1024);
		const char *header = bytes.data + dir.entries[i].header;
		uint16_t flags, mode;

		memcpy(&flags, header + 8, sizeof(flags));
		memcpy(&mode, header + 40, sizeof(mode));
		str_addn(&name, dir.entries[i].name, dir.entries[i].name_len);
		CHECK_TEXT(str_text(&name), want[i].name);
		CHECK_INT(le16toh(mode), want[i].mode);
		CHECK_INT(le16toh(flags), want[i].utf8);
	}
}

TEST(bundle_put_replaces_a_file_in_its_place)
{
	auto_bundle b = { 0 };

	put(&b, "a", "one", 0644);
	put(&b, "b", "two", 0644);
	put(&b, "a", "three", 0600);
	CHECK_INT(b.count, 2);
	CHECK_INT(b.total, 8);
	check_file(&b, "a", "three", 0600);
	CHECK_TEXT(b.files[0].path, "a");
	CHECK(bundle_put(&b, "setuid", NULL, 0, 06755, &e));
	check_file(&b, "setuid", "", 0755);
	CHECK(bundle_find(&b, "c") == NULL);
}

/* clang-format off */
static const struct bad_path {
	const char *path;
	const char *why;
} bad_paths[] = {
	{ "", "has no name" },
	{ "/a", "has an absolute path" },
	{ "c:/a", "has an absolute path" },
	{ "..", "leads outside" },
	{ "a/../../b", "leads outside" },
	{ "a/..", "leads outside" },
	{ "a/./b", "has '.' in its path" },
	{ ".", "has '.' in its path" },
	{ "a//b", "has an empty part in its path" },
	{ "a/", "has an empty part in its path" },
	{ "a\\b", "has a backslash in its name" },
	{ "a\nb", "has a control character in its name" },
	{ "a\x7f" "b", "has a control character in its name" },
	{ "\xc2\x9b" "31m", "has a name that is not printable UTF-8" },
	{ "a\xe4", "has a name that is not printable UTF-8" },
	{ "a\xc3", "has a name that is not printable UTF-8" },
	{ "\xc0\xaf", "has a name that is not printable UTF-8" },
	{ "\xe0\x80\xaf", "has a name that is not printable UTF-8" },
	{ "\xed\xa0\x80", "has a name that is not printable UTF-8" },
	{ "\xf4\x90\x80\x80", "has a name that is not printable UTF-8" },
	{ "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", "lies in too many folders" },
};
/* clang-format on */

TEST(bundle_put_refuses_every_bad_path)
{
	auto_bundle b = { 0 };
	char longest[PATH_MAX_LENGTH + 2];

	for (size_t i = 0; i < ARRAY_LEN(bad_paths); i++) {
		const char *path = bad_paths[i].path;

		CHECK(!bundle_put(&b, path, "x", 1, 0644, &e));
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK(strstr(e.msg, bad_paths[i].why) != NULL);
		CHECK(strpbrk(e.msg, "\n\x7f\xe4") == NULL);
	}
	CHECK(!bundle_put(&b, "../a", "x", 1, 0644, &e));
	CHECK_TEXT(e.msg, "cannot put '../a' into an archive: it leads outside");
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	CHECK(!bundle_put(&b, longest, "x", 1, 0644, &e));
	CHECK(strstr(e.msg, "has a path that is too long") != NULL);
	longest[256] = '\0';
	CHECK(!bundle_put(&b, longest, "x", 1, 0644, &e));
	CHECK(strstr(e.msg, "has a name that is too long") != NULL);
	longest[255] = '\0';
	put(&b, longest, "x", 0644);
	put(&b, "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "x", 0644);
	CHECK_INT(b.count, 2);
}

TEST(bundle_put_refuses_a_file_that_is_a_folder_too)
{
	auto_bundle b = { 0 };

	put(&b, "a/b/c", "x", 0644);
	CHECK(!bundle_put(&b, "a/b", "x", 1, 0644, &e));
	CHECK_TEXT(e.msg, "cannot put 'a/b' into an archive: it is a file and a folder");
	CHECK(!bundle_put(&b, "a/b/c/d", "x", 1, 0644, &e));
	CHECK_TEXT(e.msg,
		   "cannot put 'a/b/c/d' into an archive: it lies in a folder that is a file");
	CHECK(bundle_find(&b, "a/b") == NULL);
	put(&b, "a/bc", "x", 0644);
}

TEST(bundle_put_keeps_to_its_limits)
{
	auto_bundle b = { 0 };
	auto_bundle many = { 0 };
	char name[32];
	char *zeros = calloc(1, BUNDLE_MAX_FILE_BYTES + 1);

	CHECK(zeros != NULL);
	CHECK(!bundle_put(&b, "a", zeros, BUNDLE_MAX_FILE_BYTES + 1, 0644, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	for (int i = 0; i < BUNDLE_MAX_BYTES / BUNDLE_MAX_FILE_BYTES; i++) {
		(void)snprintf(name, sizeof(name), "f%d", i);
		CHECK(bundle_put(&b, name, zeros, BUNDLE_MAX_FILE_BYTES, 0644, &e));
	}
	CHECK(!bundle_put(&b, "more", "x", 1, 0644, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(bundle_put(&b, "f0", zeros, BUNDLE_MAX_FILE_BYTES, 0644, &e));
	free(zeros);
	for (int i = 0; i < BUNDLE_MAX_FILES; i++) {
		(void)snprintf(name, sizeof(name), "d%d/f", i);
		put(&many, name, "", 0644);
	}
	CHECK(!bundle_put(&many, "more", "", 0, 0644, &e));
	CHECK_TEXT(e.msg, "cannot put 'more' into an archive: it is one file too many");
	put(&many, "d17/f", "again", 0600);
	check_file(&many, "d17/f", "again", 0600);
}

TEST(bundle_has_a_limit_for_folders)
{
	auto_bundle b = { 0 };
	char name[64];

	for (int i = 0; i < PATHS_MAX_FOLDERS / 4; i++) {
		(void)snprintf(name, sizeof(name), "d%d/a/b/c/f", i);
		put(&b, name, "", 0644);
	}
	CHECK(!bundle_put(&b, "more/f", "", 0, 0644, &e));
	CHECK_TEXT(e.msg, "cannot put 'more/f' into an archive: it is in one folder too many");
	put(&b, "d1/f", "", 0644);
}

TEST(bundle_that_does_not_fit_leaves_the_text_as_it_was)
{
	auto_bundle b = { 0 };

	fill(&b);
	for (size_t room = 0; room < 600; room += 40)
		for (int format = BUNDLE_ZIP; format <= BUNDLE_TAR_GZ; format++) {
			auto_str out = STR_INIT(6 + room);

			str_add(&out, "before");
			if (!bundle_format(&b, (enum bundle_format)format, when, &out, &e)) {
				CHECK_INT(e.code, FAIL_MEMORY);
				CHECK_INT(out.len, 6);
				CHECK_TEXT(str_text(&out), "before");
			}
		}
}

/* As elasticsearch-certutil's java.util.zip writes: sizes behind the bytes, folders deflated too.
 */
TEST(bundle_reads_a_zip_as_java_writes_it)
{
	struct zip z = { STR_INIT(1 << 20), STR_INIT(1 << 20), 0 };
	auto_str packed = STR_INIT(1 << 20);
	auto_str bytes = STR_INIT(1 << 20);
	auto_bundle b = { 0 };
	struct entry f = deflated("ca/", "", &packed);

	f.flags = 0x808;
	zip_add(&z, &f);
	f = deflated("ca/ca.crt", "certificate certificate", &packed);
	f.flags = 0x808;
	zip_add(&z, &f);
	f = deflated("k\xc3\xb6ln/key", "key", &packed);
	f.flags = 0x808;
	zip_add(&z, &f);
	zip_end(&z, &bytes);
	CHECK(parse(&bytes, &b));
	CHECK_INT(b.count, 2);
	check_file(&b, "ca/ca.crt", "certificate certificate", 0664);
	check_file(&b, "k\xc3\xb6ln/key", "key", 0664);
}

TEST(bundle_reads_a_zip_with_stored_files_modes_and_a_comment)
{
	struct zip z = { STR_INIT(1 << 20), STR_INIT(1 << 20), 0 };
	auto_str bytes = STR_INIT(1 << 20);
	auto_bundle b = { 0 };
	struct entry f = stored("./a/key", "key");

	f.mode = 0100600;
	zip_add(&z, &f);
	f = stored("empty", "");
	zip_add(&z, &f);
	zip_end(&z, &bytes);
	memcpy(bytes.data + bytes.len - 2, "\004", 2);
	str_add(&bytes, "note");
	CHECK(parse(&bytes, &b));
	CHECK_INT(b.count, 2);
	check_file(&b, "a/key", "key", 0600);
	check_file(&b, "empty", "", 0664);
}

TEST(bundle_reads_a_tar_gz_as_gnu_tar_writes_it)
{
	static const char long_name[] =
	    "0123456789012345678901234567890123456789012345678901234567890/"
	    "0123456789012345678901234567890123456789012345678901234567890.crt";
	auto_str tar = STR_INIT(1 << 20);
	auto_str bytes = STR_INIT(1 << 20);
	auto_bundle b = { 0 };

	tar_add(&tar, "./", '5', "", 0);
	tar_add(&tar, "./es01/", '5', "", 0);
	tar_text(&tar, "./es01/es01.key", "key");
	tar_add(&tar, "././@LongLink", 'L', long_name, sizeof(long_name));
	tar_text(&tar, long_name, "long");
	tar_text(&tar, "k\xc3\xb6ln", "raw");
	tar_text(&tar, "empty", "");
	tar_end(&tar, &bytes);
	CHECK(parse(&bytes, &b));
	CHECK_INT(b.count, 4);
	check_file(&b, "es01/es01.key", "key", 0640);
	check_file(&b, long_name, "long", 0640);
	check_file(&b, "k\xc3\xb6ln", "raw", 0640);
	check_file(&b, "empty", "", 0640);
}

TEST(bundle_reads_a_tar_gz_with_names_in_pax_headers)
{
	auto_str tar = STR_INIT(1 << 20);
	auto_str bytes = STR_INIT(1 << 20);
	auto_bundle b = { 0 };

	tar_add(&tar, "PaxHeaders/x", 'x', "18 path=k\xc3\xb6ln/\xe6\x97\xa5\n", 18);
	tar_text(&tar, "k?ln/?", "pax");
	tar_end(&tar, &bytes);
	CHECK(parse(&bytes, &b));
	CHECK_INT(b.count, 1);
	check_file(&b, "k\xc3\xb6ln/\xe6\x97\xa5", "pax", 0640);
}

TEST(bundle_refuses_every_bad_path_in_an_archive)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_paths); i++) {
		const char *path = bad_paths[i].path;
		size_t n = strlen(path);
		char why[256];

		if (n == 0 || path[n - 1] == '/' || strcmp(path, ".") == 0)
			continue; /* in a tar these are nothing, or folders */
		(void)snprintf(why, sizeof(why), "'%s' in archive 'x.zip' %s",
			       path_shown(path, n).text, bad_paths[i].why);
		check_zip_refused(stored(path, "x"), why);
		check_tar_refused(path, '0', why);
	}
	check_tar_refused("../x/", '5', "'../x' in archive 'x.zip' leads outside");
	check_zip_refused(stored("/", ""), "'/' in archive 'x.zip' has an absolute path");
}

TEST(bundle_shows_a_hostile_name_on_one_short_line)
{
	char name[600];

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	memcpy(name, "\033[2J\r\n\xff\xc3\xa4", 9);
	check_zip_refused(stored(name, ""), "'?[2J???\xc3\xa4"
					    "aaa");
	for (char *c = name; *c; c++)
		*c = '\n';
	check_zip_refused(stored(name, ""), "'????");
	CHECK_INT(strlen(path_shown(name, sizeof(name)).text), sizeof(struct path_shown) - 1);
}

TEST(bundle_refuses_what_is_no_file_in_a_zip)
{
	struct entry f = stored("l", "/etc/passwd");

	f.mode = 0120777;
	check_zip_refused(f, "'l' in archive 'x.zip' is a link");
	f.mode = 020666;
	check_zip_refused(f, "'l' in archive 'x.zip' is neither a file nor a folder");
	f.mode = 0100644;
	f.flags = 1;
	check_zip_refused(f, "'l' in archive 'x.zip' is encrypted");
	f.flags = 0;
	f.method = 12;
	check_zip_refused(f, "'l' in archive 'x.zip' is packed in a way that is not known");
	f = stored("a\0b", "x");
	f.name_len = 3;
	check_zip_refused(f, "'a?b' in archive 'x.zip' has a control character in its name");
	check_zip_refused(stored("fine", "again"), "'fine' in archive 'x.zip' is there twice");
	check_zip_refused(stored("./fine", "again"), "'fine' in archive 'x.zip' is there twice");
	check_zip_refused(stored("fine/x", ""),
			  "'fine/x' in archive 'x.zip' lies in a folder that is a file");
}

TEST(bundle_refuses_a_zip_that_lies)
{
	auto_str packed = STR_INIT(1 << 20);
	struct entry f = stored("f", "text");

	f.crc ^= 1;
	check_zip_refused(f, "'f' in archive 'x.zip' is damaged: ZIP bad CRC");
	f = deflated("f", "text", &packed);
	f.size = 3;
	check_zip_refused(f,
			  "'f' in archive 'x.zip' is damaged: ZIP uncompressed data is wrong size");
	f = stored("f", "text");
	f.size = BUNDLE_MAX_FILE_BYTES + 1;
	check_zip_refused(f, "'f' in archive 'x.zip' is larger than 4 MiB");
	f = stored("f", "text");
	f.local_name = "g";
	check_zip_refused(f, "'f' in archive 'x.zip' has two names");
	f = stored("f", "text");
	f.local_size = 5;
	check_zip_refused(f, "'f' in archive 'x.zip' has two headers that contradict each other");
}

/* Where the numbers at the end of the zip are, behind two entries named "a" and "b". */
enum { END_AT_COUNT = 8, END_AT_SIZE = 12, END_AT_BEGIN = 16, END_AT_COMMENT = 20 };

static void two_files(struct str *out, unsigned first_bytes)
{
	struct zip z = { STR_INIT(1 << 20), STR_INIT(1 << 20), 0 };
	struct entry a = stored("a", "aaaa");
	struct entry b = stored("b", "bbbb");

	zip_add(&z, &a);
	zip_add(&z, &b);
	/* as many bytes, some of which belong to the second */
	z.locals.data[18] = z.locals.data[22] = (char)first_bytes;
	z.directory.data[20] = z.directory.data[24] = (char)first_bytes;
	zip_end(&z, out);
}

TEST(bundle_refuses_a_zip_whose_end_does_not_fit)
{
	static const struct {
		size_t at;
		char value;
		const char *why;
	} changes[] = {
		{ 0, 'X', "archive 'x.zip' is damaged: its end is missing" },
		{ 4, 1, "archive 'x.zip' is one of several parts" },
		{ END_AT_COUNT, 1, "archive 'x.zip' is one of several parts" },
		{ END_AT_SIZE, 93,
		  "archive 'x.zip' is damaged: its directory is not where it says" },
		{ END_AT_BEGIN, 71,
		  "archive 'x.zip' is damaged: its directory is not where it says" },
		{ END_AT_COMMENT, 1, "archive 'x.zip' is damaged: it does not end where it says" },
	};
	auto_str bytes = STR_INIT(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		two_files(&bytes, 4);
		bytes.data[bytes.len - 22 + changes[i].at] = changes[i].value;
		check_refused(&bytes, changes[i].why);
	}
	two_files(&bytes, 4);
	memcpy(bytes.data + bytes.len - 22 + END_AT_COUNT, "\003\0\003", 4);
	check_refused(&bytes, "archive 'x.zip' is damaged: its directory is too short");
	memcpy(bytes.data + bytes.len - 22 + END_AT_COUNT, "\001\0\001", 4);
	check_refused(&bytes, "archive 'x.zip' is damaged: its directory is too long");
	memcpy(bytes.data + bytes.len - 22 + END_AT_COUNT, "\377\377\377\377", 4);
	check_refused(&bytes, "archive 'x.zip' has more than 16384 entries");
	two_files(&bytes, 4);
	str_add(&bytes, "more");
	check_refused(&bytes, "archive 'x.zip' is damaged: it does not end where it says");
	two_files(&bytes, 5);
	check_refused(&bytes, "'a' in archive 'x.zip' overlaps with what comes next");
	two_files(&bytes, 4);
	memset(bytes.data + bytes.len - 22 - 47 + 42, 0, 4);
	check_refused(&bytes, "'b' in archive 'x.zip' has two names");
	memset(bytes.data + bytes.len - 22 - 47 + 42, 0x7f, 4);
	check_refused(&bytes, "'b' in archive 'x.zip' is not where the directory says");
}

TEST(bundle_refuses_what_is_no_file_in_a_tar)
{
	check_tar_refused("l", '1', "'l' in archive 'x.zip' is a link");
	check_tar_refused("l", '2', "'l' in archive 'x.zip' is a link");
	check_tar_refused("l", '3', "'l' in archive 'x.zip' is neither a file nor a folder");
	check_tar_refused("l", '4', "'l' in archive 'x.zip' is neither a file nor a folder");
	check_tar_refused("l", '6', "'l' in archive 'x.zip' is neither a file nor a folder");
	check_tar_refused("fine", '0', "'fine' in archive 'x.zip' is there twice");
	check_tar_refused("./fine", '0', "'fine' in archive 'x.zip' is there twice");
}

TEST(bundle_refuses_a_gzip_file_that_is_damaged_or_holds_no_tar)
{
	auto_str tar = STR_INIT(1 << 20);
	auto_str bytes = STR_INIT(1 << 20);

	tar_text(&tar, "a", "text");
	tar_end(&tar, &bytes);
	bytes.data[bytes.len - 8] ^= 1; /* the checksum, which libarchive does not look at */
	check_refused(&bytes, "archive 'x.zip' is damaged: its bytes or its checksum are wrong");
	bytes.data[bytes.len - 8] ^= 1;
	str_add(&bytes, "x");
	check_refused(&bytes, "archive 'x.zip' has something behind its end");
	str_clear(&tar);
	tar_add(&tar, "PaxHeaders/x", 'x', NULL, 100000);
	tar_end(&tar, &bytes);
	check_refused(&bytes, "archive 'x.zip' is damaged: it ends too early");
	str_clear(&tar);
	str_add(&tar, "no tar");
	tar_end(&tar, &bytes);
	check_refused(&bytes, "archive 'x.zip' is damaged: Unrecognized archive format");
	str_clear(&bytes);
	str_add(&bytes, "text");
	check_refused(&bytes, "'x.zip' is neither a zip nor a tar.gz");
}

TEST(bundle_cut_off_anywhere_is_an_input_error)
{
	auto_bundle b = { 0 };

	fill(&b);
	for (int format = BUNDLE_ZIP; format <= BUNDLE_TAR_GZ; format++) {
		auto_str bytes = STR_INIT(1 << 20);

		CHECK(bundle_format(&b, (enum bundle_format)format, when, &bytes, &e));
		for (size_t n = 0; n < bytes.len; n++) {
			auto_bundle again = { 0 };
			char *torn = malloc(n + !n); /* exact: reading past it is seen */

			CHECK(torn != NULL);
			memcpy(torn, bytes.data, n);
			CHECK(!bundle_parse(torn, n, "x.zip", &again, &e));
			CHECK_INT(e.code, FAIL_INPUT);
			free(torn);
		}
	}
}

TEST(bundle_with_a_byte_changed_is_refused_or_holds_the_same)
{
	static const char masks[] = { 0x01, 0x40, 0x7f };
	auto_bundle b = { 0 };

	fill(&b);
	for (int format = BUNDLE_ZIP; format <= BUNDLE_TAR_GZ; format++) {
		auto_str bytes = STR_INIT(1 << 20);

		CHECK(bundle_format(&b, (enum bundle_format)format, when, &bytes, &e));
		for (size_t i = 0; i < bytes.len * ARRAY_LEN(masks); i++) {
			auto_bundle again = { 0 };
			char *at = &bytes.data[i / ARRAY_LEN(masks)];
			char mask = masks[i % ARRAY_LEN(masks)];

			*at ^= mask;
			if (!parse(&bytes, &again))
				CHECK_INT(e.code, FAIL_INPUT);
			for (size_t k = 0; k < again.count; k++)
				CHECK_TEXT(str_text(&again.files[k].bytes),
					   str_text(&bundle_find(&b, again.files[k].path)->bytes));
			*at ^= mask;
		}
	}
}

TEST(bundle_stops_a_zip_bomb_at_the_size_that_it_says)
{
	enum { BOMB_BYTES = 64 * 1024 * 1024 };
	char *zeros = calloc(1, BOMB_BYTES);
	auto_str packed = STR_INIT(1 << 20);
	struct entry f = { .name = "bomb", .size = 100, .method = 8 };

	CHECK(zeros != NULL);
	deflate_all(zeros, BOMB_BYTES, -15, &packed);
	free(zeros);
	f.data = packed.data;
	f.packed = packed.len;
	check_zip_refused(f, "'bomb' in archive 'x.zip' is longer than it says");
	f.size = BOMB_BYTES;
	check_zip_refused(f, "'bomb' in archive 'x.zip' is larger than 4 MiB");
}

TEST(bundle_stops_a_tar_bomb_at_its_limit)
{
	char *zeros = calloc(1, BUNDLE_MAX_ARCHIVE_BYTES + 1);
	auto_str bytes = STR_INIT(1 << 20);
	auto_str tar = STR_INIT(1 << 20);

	CHECK(zeros != NULL);
	deflate_all(zeros, BUNDLE_MAX_ARCHIVE_BYTES + 1, 31, &bytes);
	check_refused(&bytes, "archive 'x.zip' unpacks to more than 96 MiB");
	tar_add(&tar, "huge/", '5', NULL, (size_t)4 << 30);
	memcpy(zeros, tar.data, tar.len);
	str_clear(&bytes);
	deflate_all(zeros, BUNDLE_MAX_ARCHIVE_BYTES + 1, 31, &bytes);
	check_refused(&bytes, "archive 'x.zip' unpacks to more than 96 MiB");
	free(zeros);
	str_clear(&tar);
	tar_add(&tar, "huge", '0', NULL, (size_t)4 << 30);
	tar_end(&tar, &bytes);
	check_refused(&bytes, "'huge' in archive 'x.zip' is larger than 4 MiB");
}

TEST(bundle_takes_no_more_files_than_its_limits)
{
	struct zip z = { STR_INIT(1 << 24), STR_INIT(1 << 24), 0 };
	auto_str bytes = STR_INIT(1 << 24);
	auto_str tar = STR_INIT(1 << 24);
	char name[32];

	for (int i = 0; i <= BUNDLE_MAX_FILES; i++) {
		struct entry f = stored(name, "");

		(void)snprintf(name, sizeof(name), "f%d", i);
		f = stored(name, "");
		zip_add(&z, &f);
		tar_text(&tar, name, "");
	}
	zip_end(&z, &bytes);
	check_refused(&bytes, "'f8192' in archive 'x.zip' is one file too many");
	tar_end(&tar, &bytes);
	check_refused(&bytes, "'f8192' in archive 'x.zip' is one file too many");
	str_clear(&tar);
	for (int i = 0; i <= BUNDLE_MAX_ENTRIES; i++)
		tar_add(&tar, "again/", '5', "", 0);
	tar_end(&tar, &bytes);
	check_refused(&bytes, "archive 'x.zip' has more than 16384 entries");
}

TEST(bundle_put_without_memory_leaves_the_bundle_as_it_was)
{
	bool hit = true;

	for (unsigned n = 1; hit; n++) {
		auto_bundle b = { 0 };
		bool ok;

		if (n % 2)
			fill(&b);
		fault_alloc_at((n + 1) / 2);
		ok = bundle_put(&b, "more/file", "text", 4, 0600, &e);
		fault_alloc_at(0);
		hit = fault_hit();
		CHECK(ok == !hit);
		CHECK(ok || e.code == FAIL_MEMORY);
		CHECK(ok == (bundle_find(&b, "more/file") != NULL));
		if (n % 2)
			check_file(&b, "es01/es01.key", "key of es01", 0600);
		put(&b, "more/file", "text", 0600);
	}
}

/* In the static build the libraries' allocations fail too, and out of memory libarchive ends the
 * process in one way or another. So each try is a process; none may call half a bundle a whole one.
 */
enum { TRY_REFUSED = 10, TRY_DONE = 11, TRY_MISNAMED = 12, TRY_WRONG = 13 };

static bool libraries_fail_too(void)
{
	z_stream z = { 0 };
	int result;

	fault_alloc_at(1);
	result = inflateInit2(&z, -15);
	fault_alloc_at(0);
	if (result == Z_OK)
		(void)inflateEnd(&z);
	return fault_hit();
}

static int refused(bool nothing_left)
{
	if (!nothing_left)
		return TRY_WRONG;
	return e.code == FAIL_MEMORY ? TRY_REFUSED : TRY_MISNAMED;
}

static int try_format(unsigned n, enum bundle_format format)
{
	auto_bundle b = { 0 };
	auto_bundle again = { 0 };
	auto_str out = STR_INIT(1 << 20);
	bool ok;

	fill(&b);
	fault_alloc_at(n);
	ok = bundle_format(&b, format, when, &out, &e);
	fault_alloc_at(0);
	if (!ok)
		return refused(out.len == 0);
	if (!parse(&out, &again) || again.count != b.count)
		return TRY_WRONG;
	return fault_hit() ? TRY_REFUSED : TRY_DONE;
}

static int try_parse(unsigned n, enum bundle_format format)
{
	auto_bundle b = { 0 };
	auto_bundle again = { 0 };
	auto_str out = STR_INIT(1 << 20);
	bool ok;

	fill(&b);
	if (!bundle_format(&b, format, when, &out, &e))
		return TRY_WRONG;
	fault_alloc_at(n);
	ok = parse(&out, &again);
	fault_alloc_at(0);
	if (!ok)
		return refused(again.count == 0);
	if (again.count != b.count)
		return TRY_WRONG;
	return fault_hit() ? TRY_REFUSED : TRY_DONE;
}

static int status_of(int (*try)(unsigned, enum bundle_format), unsigned n,
		     enum bundle_format format)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(STDERR_FILENO);
		exit(try(n, format)); /* not _exit: let the leak checker speak */
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void try_all(int (*try)(unsigned, enum bundle_format))
{
	bool lenient = libraries_fail_too();

	for (int format = BUNDLE_ZIP; format <= BUNDLE_TAR_GZ; format++) {
		int status = TRY_REFUSED;

		for (unsigned n = 1; status != TRY_DONE; n++) {
			status = status_of(try, n, (enum bundle_format)format);
			CHECK(status == TRY_REFUSED || status == TRY_DONE ||
			      (lenient &&
			       (status == TRY_MISNAMED || status == 1 || status == -SIGSEGV)));
		}
	}
}

TEST(bundle_format_without_memory_says_so)
{
	try_all(try_format);
}

TEST(bundle_parse_without_memory_says_so)
{
	try_all(try_parse);
}
