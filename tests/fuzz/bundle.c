/* bundle.c - archives that somebody else packed: keystore/bundle.
 *
 * Checksums keep mutations from getting far, so each input is tried as it stands and with its
 * checksums put right: the CRC of each stored entry of a zip; and what is no archive at all counts
 * as a tar, the sums of its headers are put right and it is packed. */
#include <zlib.h>

#include "fuzz.h"

#include "keystore/bundle.h"

enum {
	WRITTEN_MAX_BYTES = 256 * 1024, /* larger ones are not written and read again */
	TAR_BLOCK_BYTES = 512,
	TAR_SUM_AT = 148,
	TAR_SUM_BYTES = 8,
	TAR_SIZE_AT = 124,
	TAR_SIZE_BYTES = 12,
};

static void check_path(const char *path)
{
	const char *part = path;

	HOLDS(*path && *path != '/');
	for (const char *c = path; *c; c++)
		HOLDS((unsigned char)*c >= 0x20 && *c != 0x7f && *c != '\\');
	for (;;) {
		size_t n = strcspn(part, "/");

		HOLDS(n > 0);
		HOLDS(!(n == 1 && part[0] == '.') && !(n == 2 && part[0] == '.' && part[1] == '.'));
		if (!part[n])
			return;
		part += n + 1;
	}
}

static void check_written(const struct bundle *b, enum bundle_format format)
{
	auto_str bytes = STR_INIT(2 * BUNDLE_MAX_BYTES);
	auto_bundle again = { 0 };
	struct err e = { 0 };

	fuzz_done(bundle_format(b, format, 1700000000, &bytes, &e), &e);
	HOLDS(bundle_is(bytes.data, bytes.len));
	fuzz_done(bundle_parse(bytes.data, bytes.len, "again", &again, &e), &e);
	HOLDS(again.count == b->count);
	for (size_t i = 0; i < b->count; i++) {
		const struct bundle_file *was = &b->files[i], *is = &again.files[i];

		HOLDS(strcmp(was->path, is->path) == 0);
		HOLDS(was->bytes.len == is->bytes.len);
		HOLDS(!was->bytes.len ||
		      memcmp(was->bytes.data, is->bytes.data, was->bytes.len) == 0);
	}
}

static void check(const struct bundle *b)
{
	size_t total = 0;

	HOLDS(b->count <= BUNDLE_MAX_FILES);
	for (size_t i = 0; i < b->count; i++) {
		const struct bundle_file *f = &b->files[i];

		check_path(f->path);
		HOLDS(f->bytes.len <= BUNDLE_MAX_FILE_BYTES);
		HOLDS(bundle_find(b, f->path) == f); /* no path is there twice */
		total += f->bytes.len;
	}
	HOLDS(total <= BUNDLE_MAX_BYTES);
	if (total > WRITTEN_MAX_BYTES || b->count == 0)
		return;
	check_written(b, BUNDLE_ZIP);
	check_written(b, BUNDLE_TAR_GZ);
}

static void try(const char *bytes, size_t n)
{
	auto_bundle b = { 0 };
	struct err e = { 0 };

	if (bundle_parse(bytes, n, "fuzz.zip", &b, &e)) {
		check(&b);
		return;
	}
	fuzz_failed(&e);
	HOLDS(!b.files && b.count == 0);
}

static size_t le(const unsigned char *at, size_t bytes)
{
	size_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

/* Put the CRC into the entry of the directory at `at`, and into the header that it points to. */
static void right_entry(unsigned char *zip, size_t n, size_t at)
{
	size_t packed = le(zip + at + 20, 4), local = le(zip + at + 42, 4), start;
	uint32_t crc;

	if (le(zip + at + 10, 2) != 0 || local > n || n - local < 30 ||
	    memcmp(zip + local, "PK\x03\x04", 4) != 0)
		return;
	start = local + 30 + le(zip + local + 26, 2) + le(zip + local + 28, 2);
	if (start > n || packed > n - start)
		return;
	crc = (uint32_t)crc32_z(0, zip + start, packed);
	for (unsigned i = 0; i < 4; i++)
		zip[at + 16 + i] = zip[local + 14 + i] = (unsigned char)(crc >> (8 * i));
}

static void try_righted_zip(const uint8_t *data, size_t n)
{
	unsigned char *zip = malloc(n);

	HOLDS(zip != NULL);
	memcpy(zip, data, n);
	for (size_t at = 0; n >= 46 && at <= n - 46; at++)
		if (memcmp(zip + at, "PK\x01\x02", 4) == 0)
			right_entry(zip, n, at);
	try((const char *)zip, n);
	free(zip);
}

/* The sum is of the whole header, itself counted as blanks. */
static size_t right_header(unsigned char *header)
{
	char size[TAR_SIZE_BYTES + 1] = "";
	unsigned sum = 0;

	memset(header + TAR_SUM_AT, ' ', TAR_SUM_BYTES);
	for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
		sum += header[i];
	(void)snprintf((char *)header + TAR_SUM_AT, TAR_SUM_BYTES, "%06o", sum);
	memcpy(size, header + TAR_SIZE_AT, TAR_SIZE_BYTES);
	return (size_t)strtoull(size, NULL, 8);
}

static void try_tar(const uint8_t *data, size_t n)
{
	size_t whole = n - n % TAR_BLOCK_BYTES;
	uLong room = compressBound(whole) + 64;
	unsigned char *tar = malloc(whole + 1), *packed = malloc(room);
	z_stream z = { 0 };

	HOLDS(tar && packed);
	memcpy(tar, data, whole);
	for (size_t at = 0; at < whole;) {
		size_t size = right_header(tar + at);

		at += TAR_BLOCK_BYTES;
		if (size > whole - at)
			break;
		at += (size + TAR_BLOCK_BYTES - 1) / TAR_BLOCK_BYTES * TAR_BLOCK_BYTES;
	}
	HOLDS(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = tar;
	z.avail_in = (uInt)whole;
	z.next_out = packed;
	z.avail_out = (uInt)room;
	HOLDS(deflate(&z, Z_FINISH) == Z_STREAM_END);
	try((const char *)packed, z.total_out);
	(void)deflateEnd(&z);
	free(tar);
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	try((const char *)data, n);
	if (!bundle_is((const char *)data, n))
		try_tar(data, n);
	else if (data[0] == 'P')
		try_righted_zip(data, n);
	return 0;
}
