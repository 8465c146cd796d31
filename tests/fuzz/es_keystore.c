/* es_keystore.c - a keystore file that the container brings: keystore/es_keystore.
 *
 * Its checksum and its authenticated encryption keep random bytes from ever getting far, so an
 * input is tried in three ways: as a file as it stands; as a file with its checksum put right; and,
 * when it does not start as a keystore does, as the entries of one, which are sealed here. The
 * linker puts the functions of seed_key.h in place of OpenSSL's, so that no run derives a key by
 * 210000 rounds. */
#include <endian.h>

#include <zlib.h>

#include "fuzz.h"
#include "seed_key.h"

#include "keystore/es_keystore.h"

enum {
	MAGIC_BYTES = 4,
	PASSWORD_FLAG_AT = 31,
	FOOTER_BYTES = 16,
	CRC_BYTES = 8,
	SALT_BYTES = 64,
	IV_BYTES = 12,
	TAG_BYTES = 16,
};

static const unsigned char magic[MAGIC_BYTES] = { 0x3f, 0xd7, 0x6c, 0x17 };
static const unsigned char footer[FOOTER_BYTES - CRC_BYTES] = { 0xc0, 0x28, 0x93, 0xe8 };

static void check_written(const struct keystore *k, const struct secret *pass)
{
	auto_str bytes = STR_INIT(KEYSTORE_MAX_BYTES);
	auto_keystore again = NULL;
	const struct keystore_entry *seed, *seed_again;
	struct err e = { 0 };

	if (!es_keystore_codec.format(k, ES_KEYSTORE_V4, pass, &bytes, &e))
		return;
	fuzz_done(es_keystore_codec.parse(&bytes, "again", pass, &again, &e), &e);
	HOLDS(keystore_origin(again).format == ES_KEYSTORE_V4);
	seed = keystore_find(k, "keystore.seed");
	seed_again = keystore_find(again, "keystore.seed");
	HOLDS(!seed == !seed_again);
	HOLDS(!seed || secret_equal(seed->value, seed_again->value));
}

static void try(const struct str *bytes, const struct secret *pass)
{
	struct keystore *untouched = (struct keystore *)&untouched, *k = untouched;
	struct err e = { 0 };

	if (!es_keystore_codec.parse(bytes, "fuzz.keystore", pass, &k, &e)) {
		HOLDS(k == untouched);
		fuzz_failed(&e);
		return;
	}
	check_written(k, pass);
	fuzz_done(es_keystore_codec.complete(k, &e), &e);
	HOLDS(keystore_find(k, "keystore.seed") != NULL);
	keystore_free(k);
}

static void put_checksum(struct str *bytes)
{
	uint64_t crc = htobe64(crc32_z(0, (const unsigned char *)bytes->data, bytes->len));

	str_addn(bytes, &crc, sizeof(crc));
}

static void try_file(const uint8_t *data, size_t n)
{
	auto_str as_is = STR_INIT(KEYSTORE_MAX_BYTES), righted = STR_INIT(KEYSTORE_MAX_BYTES);
	auto_secret pass = fuzz_pass();

	str_addn(&as_is, data, n);
	if (as_is.failed)
		return;
	try(&as_is, NULL);
	if (n < FOOTER_BYTES)
		return;
	str_addn(&righted, data, n - FOOTER_BYTES);
	str_addn(&righted, footer, sizeof(footer));
	put_checksum(&righted);
	try(&righted, n > PASSWORD_FLAG_AT && data[PASSWORD_FLAG_AT] == 1 ? pass : NULL);
}

static void add_u32(struct str *out, size_t value)
{
	uint32_t raw = htobe32((uint32_t)value);

	str_addn(out, &raw, sizeof(raw));
}

/* AES-128-GCM over the plaintext, salt and IV all zero; appends ciphertext and tag. */
static void seal(const uint8_t *plain, size_t n, struct str *out)
{
	static const unsigned char salt[SALT_BYTES], iv[IV_BYTES];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char key[16], tag[TAG_BYTES], *text = malloc(n + 1);
	int got;

	HOLDS(ctx && text);
	HOLDS(PKCS5_PBKDF2_HMAC("", 0, salt, SALT_BYTES, 1, EVP_sha512(), sizeof(key), key));
	HOLDS(EVP_EncryptInit_ex2(ctx, EVP_aes_128_gcm(), key, iv, NULL));
	HOLDS(EVP_EncryptUpdate(ctx, NULL, &got, salt, SALT_BYTES));
	HOLDS(EVP_EncryptUpdate(ctx, text, &got, plain, (int)n));
	HOLDS(EVP_EncryptFinal_ex(ctx, tag, &got));
	HOLDS(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, tag));
	str_addn(out, text, n);
	str_addn(out, tag, TAG_BYTES);
	free(text);
	EVP_CIPHER_CTX_free(ctx);
}

static void try_entries(enum es_keystore_format format, const uint8_t *plain, size_t n)
{
	static const char zeros[SALT_BYTES];
	auto_str bytes = STR_INIT(KEYSTORE_MAX_BYTES);

	str_addn(&bytes, magic, MAGIC_BYTES);
	str_add(&bytes, "\x16"
			"elasticsearch.keystore");
	add_u32(&bytes, format);
	str_addn(&bytes, zeros, 1); /* no password */
	add_u32(&bytes, 12 + SALT_BYTES + IV_BYTES + n + TAG_BYTES);
	add_u32(&bytes, SALT_BYTES);
	str_addn(&bytes, zeros, SALT_BYTES);
	add_u32(&bytes, IV_BYTES);
	str_addn(&bytes, zeros, IV_BYTES);
	add_u32(&bytes, n + TAG_BYTES);
	seal(plain, n, &bytes);
	str_addn(&bytes, footer, sizeof(footer));
	put_checksum(&bytes);
	if (!bytes.failed)
		try(&bytes, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n >= MAGIC_BYTES && memcmp(data, magic, MAGIC_BYTES) == 0) {
		try_file(data, n);
		return 0;
	}
	try_entries(ES_KEYSTORE_V3, data, n);
	try_entries(ES_KEYSTORE_V4, data, n);
	return 0;
}
