#include "keystore/es_keystore.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include <openssl/rand.h>

#include <zlib.h>

#include "keystore/bytes.h"
#include "keystore/es_entries.h"
#include "keystore/gcm.h"

/* The file, "E" being big-endian up to format 4 and little-endian from format 5 on:
 *
 *    0  4  3f d7 6c 17           Lucene's codec magic, always big-endian
 *    4  1  22                    length of the codec's name
 *    5 22  elasticsearch.keystore
 *   27  4  format                always big-endian
 *   31  1  0 or 1                protected by a password
 *   32  4E length of the rest up to the footer
 *   36  4E salt length, salt     64 bytes
 *       4E iv length, iv         12 bytes
 *       4E length, ciphertext    AES-GCM, the tag is its last 16 bytes, AAD is the salt
 *       4  c0 28 93 e8           footer magic
 *       4  0                     checksum algorithm
 *       8  CRC-32                of everything before it, big-endian
 *
 * What is encrypted: keystore/es_entries. */
enum {
	HEADER_MAGIC = 0x3fd76c17,
	LENGTH_BYTES = 4,
	FOOTER_BYTES = 16,
	CRC_BYTES = 8,
	ENVELOPE_BYTES = 256, /* more than all that stands around the ciphertext */
	SEED_CHARS = 20,
};

static const char codec_name[] = "elasticsearch.keystore";
static const char seed_name[] = "keystore.seed";
static const char seed_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "~!@#$%^&*-_=+?";

/* clang-format off */
static const struct format_row {
	struct gcm_kind gcm;
	bool little_endian;
	bool typed; /* entries carry a type */
} formats[] = {
	[ES_KEYSTORE_V3] = { { 10000,  16, true }, false, true },
	[ES_KEYSTORE_V4] = { { 10000,  16, true }, false, false },
	[ES_KEYSTORE_V5] = { { 10000,  16, true }, true,  false },
	[ES_KEYSTORE_V6] = { { 210000, 16, true }, true,  false },
	[ES_KEYSTORE_V7] = { { 210000, 32, true }, true,  false },
};
/* clang-format on */

static uint64_t checksum(const void *bytes, size_t n)
{
	return crc32_z(0, bytes, n);
}

static bool is_name(const char *name)
{
	return es_entry_is_name(name, strlen(name));
}

/* A node that finds no seed draws one, of these characters, and rewrites the file. */
static bool complete(struct keystore *k, struct err *e)
{
	char seed[SEED_CHARS];
	bool ok;

	if (keystore_find(k, seed_name))
		return true;
	for (size_t i = 0; i < SEED_CHARS; i++) {
		unsigned char byte;

		do {
			if (RAND_priv_bytes(&byte, 1) != 1)
				return err_set(e, FAIL_CRYPTO, "cannot draw random bytes");
		} while (byte >= 256 - 256 % (sizeof(seed_chars) - 1));
		seed[i] = seed_chars[byte % (sizeof(seed_chars) - 1)];
	}
	ok = keystore_set_bytes(k, seed_name, KEYSTORE_TEXT, seed, SEED_CHARS, e);
	secret_wipe(seed, sizeof(seed));
	return ok;
}

/* What stands before the length of the data. */
static bool read_header(struct byte_reader *r, const char *name, struct keystore_origin *out,
			struct err *e)
{
	size_t codec_len = sizeof(codec_name) - 1;
	bool ours = bytes_u32(r, false) == HEADER_MAGIC && *bytes_take(r, 1) == codec_len;
	const unsigned char *found_codec = bytes_take(r, codec_len);
	unsigned char flag;

	if (!ours || r->short_of || memcmp(found_codec, codec_name, codec_len) != 0)
		return err_set(e, FAIL_INPUT, "'%s' is not an Elasticsearch keystore", name);
	out->format = bytes_u32(r, false);
	if (r->short_of)
		return keystore_damaged(name, "it is cut short", e);
	if (out->format > ES_KEYSTORE_V7)
		return err_set(e, FAIL_INPUT,
			       "keystore '%s' has format %u, newer than the %d known here", name,
			       out->format, ES_KEYSTORE_V7) ||
		       err_hint(e, "use a newer stackseal for a newer Elasticsearch");
	if (out->format < ES_KEYSTORE_V3)
		return err_set(e, FAIL_INPUT, "keystore '%s' has format %u; 3 to %d are known",
			       name, out->format, ES_KEYSTORE_V7) ||
		       err_hint(e, "it is from before Elasticsearch 6.3: make a new one");
	flag = *bytes_take(r, 1);
	if (r->short_of)
		return keystore_damaged(name, "it is cut short", e);
	out->has_password = flag == 1;
	return flag <= 1 || keystore_damaged(name, "its password flag is neither 0 nor 1", e);
}

/* Header and footer; leaves the reader at the data. */
static bool open_envelope(struct byte_reader *r, const struct str *bytes, const char *name,
			  struct keystore_origin *out, struct err *e)
{
	const unsigned char *raw = (const unsigned char *)str_text(bytes);
	struct byte_reader footer;
	uint64_t crc;

	*r = (struct byte_reader){ raw, bytes->len, false };
	if (!read_header(r, name, out, e))
		return false;
	if (r->left < FOOTER_BYTES)
		return keystore_damaged(name, "it is cut short", e);
	footer = (struct byte_reader){ raw + bytes->len - FOOTER_BYTES, FOOTER_BYTES, false };
	if (bytes_u32(&footer, false) != ~(uint32_t)HEADER_MAGIC || bytes_u32(&footer, false) != 0)
		return keystore_damaged(name, "it is cut short", e);
	memcpy(&crc, bytes_take(&footer, sizeof(crc)), sizeof(crc));
	if (be64toh(crc) != checksum(raw, bytes->len - sizeof(crc)))
		return keystore_damaged(name, "its checksum is wrong", e);
	r->left -= FOOTER_BYTES;
	return true;
}

static bool read_parts(struct byte_reader *r, bool le, const char *name, struct gcm_parts *out,
		       struct err *e)
{
	uint32_t whole = bytes_u32(r, le);

	if (r->short_of || whole != r->left)
		return keystore_damaged(name, "its lengths do not add up", e);
	out->salt_len = bytes_u32(r, le);
	out->salt = bytes_take(r, out->salt_len);
	out->iv_len = bytes_u32(r, le);
	out->iv = bytes_take(r, out->iv_len);
	out->text_len = bytes_u32(r, le);
	out->text = bytes_take(r, out->text_len);
	if (r->short_of || r->left > 0 || out->text_len < GCM_TAG_BYTES)
		return keystore_damaged(name, "its lengths do not add up", e);
	out->text_len -= GCM_TAG_BYTES;
	out->tag = out->text + out->text_len;
	return true;
}

static bool parse(const struct str *bytes, const char *name, const struct secret *password,
		  struct keystore **out, struct err *e)
{
	auto_keystore k = NULL;
	auto_str_wiped plain = STR_INIT(KEYSTORE_MAX_BYTES);
	const struct format_row *f;
	struct keystore_origin origin;
	struct gcm_parts parts;
	struct byte_reader r;

	if (!open_envelope(&r, bytes, name, &origin, e))
		return false;
	f = &formats[origin.format];
	if (!read_parts(&r, f->little_endian, name, &parts, e))
		return false;
	if (origin.has_password && !password)
		return gcm_refused(name, NULL, e);
	if (!gcm_decrypt(&f->gcm, origin.has_password ? password : NULL, &parts, name, &plain, e))
		return !origin.has_password && e->code == FAIL_AUTH
			   ? keystore_damaged(name, "its entries were changed", e)
			   : false;
	if (!keystore_new(&k, e) || !es_entries_parse(k, &plain, f->typed, name, e))
		return false;
	keystore_set_origin(k, origin);
	*out = TAKE(k);
	return true;
}

static bool is_locked(const struct str *bytes, const char *name, bool *out, struct err *e)
{
	struct keystore_origin origin;
	struct byte_reader r;

	if (!open_envelope(&r, bytes, name, &origin, e))
		return false;
	*out = origin.has_password;
	return true;
}

static void add_header(struct str *out, unsigned format, bool has_password)
{
	const char codec_len = (char)(sizeof(codec_name) - 1), flag = has_password ? 1 : 0;

	bytes_add_u32(out, HEADER_MAGIC, false);
	str_addn(out, &codec_len, 1);
	str_add(out, codec_name);
	bytes_add_u32(out, format, false);
	str_addn(out, &flag, 1);
}

static void add_parts(struct str *out, bool le, const struct gcm_locked *in)
{
	size_t sealed_len = in->text.len + GCM_TAG_BYTES;

	bytes_add_u32(
	    out, (uint32_t)(3 * LENGTH_BYTES + GCM_SALT_BYTES + GCM_IV_BYTES + sealed_len), le);
	bytes_add_u32(out, GCM_SALT_BYTES, le);
	str_addn(out, in->salt, GCM_SALT_BYTES);
	bytes_add_u32(out, GCM_IV_BYTES, le);
	str_addn(out, in->iv, GCM_IV_BYTES);
	bytes_add_u32(out, (uint32_t)sealed_len, le);
	str_addn(out, str_text(&in->text), in->text.len);
	str_addn(out, in->tag, GCM_TAG_BYTES);
}

static bool add_footer(struct str *out, size_t start, struct err *e)
{
	uint64_t crc;

	bytes_add_u32(out, ~(uint32_t)HEADER_MAGIC, false);
	bytes_add_u32(out, 0, false);
	if (!str_ok(out, e))
		return false;
	crc = htobe64(checksum(out->data + start, out->len - start));
	str_addn(out, &crc, sizeof(crc));
	return str_ok(out, e);
}

static void locked_clear(struct gcm_locked *l)
{
	str_clear(&l->text);
}

static bool format(const struct keystore *k, unsigned format, const struct secret *password,
		   struct str *out, struct err *e)
{
	auto_str_wiped plain = STR_INIT(KEYSTORE_MAX_BYTES - ENVELOPE_BYTES);
	CLEANUP(locked_clear) struct gcm_locked locked = { .text = STR_INIT(KEYSTORE_MAX_BYTES) };
	const struct format_row *f;
	size_t n = 0, start = out->len;

	if (format < ES_KEYSTORE_V4 || format > ES_KEYSTORE_V7)
		return err_set(e, FAIL_BUG, "no keystore is written in format %u", format);
	f = &formats[format];
	if (password)
		(void)secret_reveal(password, &n);
	if (!es_entries_format(k, &plain, e) || !gcm_encrypt(&f->gcm, password, &plain, &locked, e))
		return false;
	add_header(out, format, n > 0);
	add_parts(out, f->little_endian, &locked);
	return add_footer(out, start, e);
}

const struct keystore_codec es_keystore_codec = {
	.kind = "an Elasticsearch keystore",
	.has_passwords = true,
	.has_files = true,
	.parse = parse,
	.format = format,
	.is_locked = is_locked,
	.is_name = is_name,
	.complete = complete,
};
