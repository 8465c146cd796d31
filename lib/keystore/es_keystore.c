#include "keystore/es_keystore.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <zlib.h>

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
 * The plaintext is big-endian in every format: a count, then for each entry a 16-bit length and
 * the name, (format 3: a 16-bit length and the type,) a 32-bit length and the value. */
enum {
	HEADER_MAGIC = 0x3fd76c17,
	FOOTER_BYTES = 16,
	SALT_BYTES = 64,
	IV_BYTES = 12,
	TAG_BYTES = 16,
	KEY_MAX_BYTES = 32,
	MAX_ENTRIES = 1024,
	NAME_MAX_BYTES = 255,
	SEED_CHARS = 20,
};

static const char codec[] = "elasticsearch.keystore";
static const char name_chars[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
static const char seed_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "~!@#$%^&*-_=+?";

/* clang-format off */
static const struct format_row {
	int iterations; /* of PBKDF2-HMAC-SHA512 */
	int key_bytes;
	bool little_endian;
	bool typed; /* entries carry a type */
} formats[] = {
	[ES_KEYSTORE_V3] = { 10000,  16, false, true },
	[ES_KEYSTORE_V4] = { 10000,  16, false, false },
	[ES_KEYSTORE_V5] = { 10000,  16, true,  false },
	[ES_KEYSTORE_V6] = { 210000, 16, true,  false },
	[ES_KEYSTORE_V7] = { 210000, 32, true,  false },
};
/* clang-format on */

struct entry {
	char *name;
	struct secret *value;
};

struct es_keystore {
	unsigned found_format;
	struct entry *entries;
	size_t count;
};

/* Reading: a cursor that remembers having run over the end. */
struct reader {
	const unsigned char *at;
	size_t left;
	bool short_of;
};

static const unsigned char *take(struct reader *r, size_t n)
{
	const unsigned char *at = r->at;

	if (n > r->left) {
		r->short_of = true;
		r->left = 0;
		return (const unsigned char *)"";
	}
	r->at += n;
	r->left -= n;
	return at;
}

static uint32_t take_u32(struct reader *r, bool little_endian)
{
	uint32_t raw = 0;
	const unsigned char *at = take(r, sizeof(raw));

	if (r->short_of)
		return 0;
	memcpy(&raw, at, sizeof(raw));
	return little_endian ? le32toh(raw) : be32toh(raw);
}

static uint16_t take_u16(struct reader *r)
{
	uint16_t raw = 0;
	const unsigned char *at = take(r, sizeof(raw));

	if (r->short_of)
		return 0;
	memcpy(&raw, at, sizeof(raw));
	return be16toh(raw);
}

static void add_u32(struct str *out, uint32_t value, bool little_endian)
{
	uint32_t raw = little_endian ? htole32(value) : htobe32(value);

	str_addn(out, &raw, sizeof(raw));
}

static void add_u16(struct str *out, size_t value)
{
	uint16_t raw = htobe16((uint16_t)value);

	str_addn(out, &raw, sizeof(raw));
}

static uint64_t checksum(const void *bytes, size_t n)
{
	return crc32_z(0, bytes, n);
}

static bool damaged(const char *name, const char *how, struct err *e)
{
	return err_set(e, FAIL_INPUT, "keystore '%s' is damaged: %s", name, how) ||
	       err_hint(e, "restore it from a backup, or move it away to have a new one made");
}

static bool derive(const struct format_row *f, const struct secret *password,
		   const unsigned char *salt, size_t salt_len, unsigned char key[KEY_MAX_BYTES],
		   struct err *e)
{
	size_t n = 0;
	const char *bytes = password ? secret_reveal(password, &n) : "";

	return PKCS5_PBKDF2_HMAC(bytes, (int)n, salt, (int)salt_len, f->iterations, EVP_sha512(),
				 f->key_bytes, key) == 1 ||
	       err_set(e, FAIL_CRYPTO, "cannot derive the key of a keystore");
}

/* AES-GCM over text in place of out; the tag stands behind the ciphertext. */
struct sealed {
	const unsigned char *salt, *iv, *text;
	size_t salt_len, iv_len, text_len;
};

static bool crypt_all(EVP_CIPHER_CTX *ctx, const struct format_row *f, const unsigned char *key,
		      const struct sealed *in, bool encrypt, unsigned char *out)
{
	const EVP_CIPHER *aes = f->key_bytes == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
	int n;

	return EVP_CipherInit_ex2(ctx, aes, NULL, NULL, encrypt, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)in->iv_len, NULL) == 1 &&
	       EVP_CipherInit_ex2(ctx, NULL, key, in->iv, encrypt, NULL) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &n, in->salt, (int)in->salt_len) == 1 &&
	       EVP_CipherUpdate(ctx, out, &n, in->text, (int)in->text_len) == 1;
}

static bool encrypt(const struct format_row *f, const unsigned char *key, const struct sealed *in,
		    struct str *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *text = malloc(in->text_len + 1);
	unsigned char tag[TAG_BYTES], rest[TAG_BYTES];
	int n;
	bool ok = ctx && text && crypt_all(ctx, f, key, in, true, text) &&
		  EVP_CipherFinal_ex(ctx, rest, &n) == 1 &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, tag) == 1;

	if (ok) {
		str_addn(out, text, in->text_len);
		str_addn(out, tag, TAG_BYTES);
	}
	free(text);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/* out has room for the plaintext. False: wrong key, or not the bytes that were written. */
static bool decrypt(const struct format_row *f, const unsigned char *key, const struct sealed *in,
		    unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char tag[TAG_BYTES], rest[TAG_BYTES];
	int n;
	bool ok;

	memcpy(tag, in->text + in->text_len, TAG_BYTES);
	ok = ctx && crypt_all(ctx, f, key, in, false, out) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) == 1 &&
	     EVP_CipherFinal_ex(ctx, rest, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool is_entry_name(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!name[i] || !strchr(name_chars, name[i]))
			return false;
	return n > 0 && n <= NAME_MAX_BYTES;
}

static struct entry *find_entry(const struct es_keystore *k, const char *name)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->entries[i].name, name) == 0)
			return &k->entries[i];
	return NULL;
}

static bool add_entry(struct es_keystore *k, const char *name, size_t n, const void *value,
		      size_t value_len, struct err *e)
{
	struct entry *grown = realloc(k->entries, (k->count + 1) * sizeof(*grown));
	struct entry *entry;

	if (!grown)
		return err_set(e, FAIL_MEMORY, "out of memory for a keystore");
	k->entries = grown;
	entry = &grown[k->count];
	*entry = (struct entry){ strndup(name, n), NULL };
	if (!entry->name || !secret_new(&entry->value, value, value_len, e)) {
		free(entry->name);
		return err_set(e, FAIL_MEMORY, "out of memory for a keystore");
	}
	k->count++;
	return true;
}

bool es_keystore_set(struct es_keystore *k, const char *name, const struct secret *value,
		     struct err *e)
{
	struct entry *old = find_entry(k, name);
	size_t n, name_len = strlen(name);
	struct secret *copy;

	if (!is_entry_name(name, name_len))
		return err_set(e, FAIL_USAGE, "'%.80s' is not the name of a secure setting", name);
	(void)secret_reveal(value, &n);
	if (!old)
		return k->count < MAX_ENTRIES
			   ? add_entry(k, name, name_len, secret_reveal(value, NULL), n, e)
			   : err_set(e, FAIL_CONFIG, "a keystore has at most %d entries",
				     MAX_ENTRIES);
	if (!secret_new(&copy, secret_reveal(value, NULL), n, e))
		return false;
	secret_free(old->value);
	old->value = copy;
	return true;
}

const struct secret *es_keystore_find(const struct es_keystore *k, const char *name)
{
	const struct entry *entry = find_entry(k, name);

	return entry ? entry->value : NULL;
}

unsigned es_keystore_found_format(const struct es_keystore *k)
{
	return k->found_format;
}

static bool random_seed(struct es_keystore *k, struct err *e)
{
	char seed[SEED_CHARS];

	for (size_t i = 0; i < SEED_CHARS; i++) {
		unsigned char byte;

		do {
			if (RAND_priv_bytes(&byte, 1) != 1)
				return err_set(e, FAIL_CRYPTO, "cannot draw random bytes");
		} while (byte >= 256 - 256 % (sizeof(seed_chars) - 1));
		seed[i] = seed_chars[byte % (sizeof(seed_chars) - 1)];
	}
	return add_entry(k, "keystore.seed", strlen("keystore.seed"), seed, SEED_CHARS, e);
}

bool es_keystore_complete(struct es_keystore *k, struct err *e)
{
	return find_entry(k, "keystore.seed") || random_seed(k, e);
}

bool es_keystore_new(struct es_keystore **out, struct err *e)
{
	auto_es_keystore k = calloc(1, sizeof(*k));

	if (!k)
		return err_set(e, FAIL_MEMORY, "out of memory for a keystore");
	if (!es_keystore_complete(k, e))
		return false;
	*out = TAKE(k);
	return true;
}

static bool parse_entries(struct es_keystore *k, struct reader *r, const struct format_row *f,
			  const char *name, struct err *e)
{
	uint32_t count = take_u32(r, false);

	if (count > MAX_ENTRIES)
		return damaged(name, "too many entries", e);
	for (uint32_t i = 0; i < count; i++) {
		size_t name_len = take_u16(r), value_len;
		const unsigned char *entry_name = take(r, name_len), *value;

		if (f->typed)
			(void)take(r, take_u16(r));
		value_len = take_u32(r, false);
		value = take(r, value_len);
		if (r->short_of)
			break;
		if (!is_entry_name((const char *)entry_name, name_len))
			return damaged(name, "an entry has no proper name", e);
		if (!add_entry(k, (const char *)entry_name, name_len, value, value_len, e))
			return false;
	}
	if (r->short_of || r->left > 0)
		return damaged(name, "its entries do not fill it", e);
	return true;
}

/* Header and footer; leaves the reader at the data. */
static bool open_envelope(struct reader *r, const struct str *bytes, const char *name,
			  unsigned *format, bool *has_password, struct err *e)
{
	const unsigned char *raw = (const unsigned char *)bytes->data;
	const unsigned char *found_codec;
	size_t codec_len = sizeof(codec) - 1;
	struct reader footer;
	uint64_t crc;
	unsigned char flag;
	bool ours;

	*r = (struct reader){ raw, bytes->len, false };
	ours = take_u32(r, false) == HEADER_MAGIC && *take(r, 1) == codec_len;
	found_codec = take(r, codec_len);
	if (!ours || r->short_of || memcmp(found_codec, codec, codec_len) != 0)
		return err_set(e, FAIL_INPUT, "'%s' is not an Elasticsearch keystore", name);
	*format = take_u32(r, false);
	if (*format < ES_KEYSTORE_V3 || *format > ES_KEYSTORE_V7)
		return err_set(e, FAIL_INPUT, "keystore '%s' has format %u; 3 to 7 are known", name,
			       *format) ||
		       err_hint(e, "use a newer stackseal for a newer Elasticsearch");
	if (r->left < 1 + FOOTER_BYTES)
		return damaged(name, "it is cut short", e);
	flag = *take(r, 1);
	*has_password = flag == 1;
	if (flag > 1)
		return damaged(name, "its password flag is neither 0 nor 1", e);
	footer = (struct reader){ raw + bytes->len - FOOTER_BYTES, FOOTER_BYTES, false };
	if (take_u32(&footer, false) != ~(uint32_t)HEADER_MAGIC || take_u32(&footer, false) != 0)
		return damaged(name, "it is cut short", e);
	memcpy(&crc, take(&footer, sizeof(crc)), sizeof(crc));
	if (be64toh(crc) != checksum(raw, bytes->len - sizeof(crc)))
		return damaged(name, "its checksum is wrong", e);
	r->left -= FOOTER_BYTES;
	return true;
}

static bool read_sealed(struct reader *r, const struct format_row *f, const char *name,
			struct sealed *out, struct err *e)
{
	bool le = f->little_endian;
	uint32_t whole = take_u32(r, le);

	if (r->short_of || whole != r->left)
		return damaged(name, "its lengths do not add up", e);
	out->salt_len = take_u32(r, le);
	out->salt = take(r, out->salt_len);
	out->iv_len = take_u32(r, le);
	out->iv = take(r, out->iv_len);
	out->text_len = take_u32(r, le);
	out->text = take(r, out->text_len);
	if (r->short_of || r->left > 0 || out->text_len < TAG_BYTES || out->iv_len == 0 ||
	    out->iv_len > IV_BYTES || out->salt_len == 0)
		return damaged(name, "its lengths do not add up", e);
	out->text_len -= TAG_BYTES;
	return true;
}

static bool wrong_password(const char *name, bool has_password, const struct secret *password,
			   struct err *e)
{
	if (has_password && !password)
		return err_set(e, FAIL_AUTH, "keystore '%s' has a password, and none was given",
			       name);
	return err_set(e, FAIL_AUTH, "wrong password for keystore '%s'", name);
}

bool es_keystore_parse(const struct str *bytes, const char *name, const struct secret *password,
		       struct es_keystore **out, struct err *e)
{
	auto_es_keystore k = calloc(1, sizeof(*k));
	unsigned char key[KEY_MAX_BYTES], *plain;
	const struct format_row *f;
	struct sealed sealed;
	struct reader r;
	bool has_password = false, ok;

	if (!k)
		return err_set(e, FAIL_MEMORY, "out of memory for a keystore");
	if (!open_envelope(&r, bytes, name, &k->found_format, &has_password, e))
		return false;
	f = &formats[k->found_format];
	if (!read_sealed(&r, f, name, &sealed, e) ||
	    !derive(f, password, sealed.salt, sealed.salt_len, key, e))
		return false;
	plain = malloc(sealed.text_len + 1);
	if (!plain)
		return err_set(e, FAIL_MEMORY, "out of memory for a keystore");
	r = (struct reader){ plain, sealed.text_len, false };
	ok = decrypt(f, key, &sealed, plain) ? parse_entries(k, &r, f, name, e)
					     : wrong_password(name, has_password, password, e);
	secret_wipe(plain, sealed.text_len);
	secret_wipe(key, sizeof(key));
	free(plain);
	if (ok)
		*out = TAKE(k);
	return ok;
}

static void add_entries(const struct es_keystore *k, struct str *plain)
{
	add_u32(plain, (uint32_t)k->count, false);
	for (size_t i = 0; i < k->count; i++) {
		size_t name_len = strlen(k->entries[i].name), n;
		const char *value = secret_reveal(k->entries[i].value, &n);

		add_u16(plain, name_len);
		str_addn(plain, k->entries[i].name, name_len);
		add_u32(plain, (uint32_t)n, false);
		str_addn(plain, value, n);
	}
}

static void add_header(struct str *out, unsigned format, bool has_password)
{
	const char codec_len = (char)(sizeof(codec) - 1), flag = has_password ? 1 : 0;

	add_u32(out, HEADER_MAGIC, false);
	str_addn(out, &codec_len, 1);
	str_add(out, codec);
	add_u32(out, format, false);
	str_addn(out, &flag, 1);
}

bool es_keystore_format(const struct es_keystore *k, enum es_keystore_format format,
			const struct secret *password, struct str *out, struct err *e)
{
	const struct format_row *f = &formats[format];
	auto_str_wiped plain = STR_INIT(ES_KEYSTORE_MAX_BYTES / 2);
	unsigned char key[KEY_MAX_BYTES], salt[SALT_BYTES], iv[IV_BYTES];
	struct sealed in = { salt, iv, NULL, SALT_BYTES, IV_BYTES, 0 };
	uint64_t crc;
	size_t n = 0, start = out->len;
	bool le = f->little_endian, ok;

	add_entries(k, &plain);
	if (f->typed || !str_ok(&plain, e))
		return err_set(e, FAIL_BUG, "keystore of %zu entries cannot be written", k->count);
	if (RAND_bytes(salt, SALT_BYTES) != 1 || RAND_bytes(iv, IV_BYTES) != 1)
		return err_set(e, FAIL_CRYPTO, "cannot draw random bytes");
	if (password)
		(void)secret_reveal(password, &n);
	if (!derive(f, password, salt, SALT_BYTES, key, e))
		return false;
	in.text = (const unsigned char *)plain.data;
	in.text_len = plain.len;
	add_header(out, format, n > 0);
	add_u32(out, (uint32_t)(12 + SALT_BYTES + IV_BYTES + plain.len + TAG_BYTES), le);
	add_u32(out, SALT_BYTES, le);
	str_addn(out, salt, SALT_BYTES);
	add_u32(out, IV_BYTES, le);
	str_addn(out, iv, IV_BYTES);
	add_u32(out, (uint32_t)(plain.len + TAG_BYTES), le);
	ok = encrypt(f, key, &in, out);
	secret_wipe(key, sizeof(key));
	if (!ok)
		return err_set(e, FAIL_CRYPTO, "cannot encrypt a keystore");
	add_u32(out, ~(uint32_t)HEADER_MAGIC, false);
	add_u32(out, 0, false);
	if (!str_ok(out, e))
		return false;
	crc = htobe64(checksum(out->data + start, out->len - start));
	str_addn(out, &crc, sizeof(crc));
	return str_ok(out, e);
}

void es_keystore_free(struct es_keystore *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->count; i++) {
		free(k->entries[i].name);
		secret_free(k->entries[i].value);
	}
	free(k->entries);
	free(k);
}

void es_keystore_freep(struct es_keystore **k)
{
	es_keystore_free(*k);
}
