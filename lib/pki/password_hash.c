#include "pki/password_hash.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/num.h"
#include "pki/openssl.h"

/* The most rounds that Hasher knows a name for is a million. */
enum { PART_BYTES = 32, PART_CHARS = 44, ROUNDS = 10000, MAX_ROUNDS = 1000 * 1000 };

static const char plain_mark[] = "{PBKDF2}", stretch_mark[] = "{PBKDF2_STRETCH}";

static void to_hex(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 0xf];
	}
}

static bool derive(const struct secret *password, bool stretch, const unsigned char *salt,
		   unsigned rounds, unsigned char key[PART_BYTES])
{
	unsigned char digest[SHA512_DIGEST_LENGTH];
	char hex[2 * SHA512_DIGEST_LENGTH];
	size_t n;
	const char *bytes = secret_reveal(password, &n);
	bool made = !stretch || EVP_Digest(bytes, n, digest, NULL, EVP_sha512(), NULL) == 1;

	if (stretch && made) {
		to_hex(digest, sizeof(digest), hex);
		bytes = hex;
		n = sizeof(hex);
	}
	made = made && PKCS5_PBKDF2_HMAC(bytes, (int)n, salt, PART_BYTES, (int)rounds, EVP_sha512(),
					 PART_BYTES, key) == 1;
	secret_wipe(digest, sizeof(digest));
	secret_wipe(hex, sizeof(hex));
	return made;
}

static void add_part(struct str *out, const unsigned char part[PART_BYTES])
{
	unsigned char text[PART_CHARS + 1];

	(void)EVP_EncodeBlock(text, part, PART_BYTES);
	str_addf(out, "$%s", (const char *)text);
}

bool password_hash_make(const struct secret *password, struct str *out, struct err *e)
{
	unsigned char salt[PART_BYTES], key[PART_BYTES];

	if (RAND_bytes(salt, sizeof(salt)) != 1 || !derive(password, true, salt, ROUNDS, key))
		return openssl_failed(e, FAIL_CRYPTO, "cannot hash a password");
	str_addf(out, "%s%d", stretch_mark, ROUNDS);
	add_part(out, salt);
	add_part(out, key);
	return str_ok(out, e);
}

/* "$" and a part; moves *at behind it. */
static bool read_part(const char **at, unsigned char part[PART_BYTES])
{
	unsigned char bytes[PART_BYTES + 2]; /* with what the padding stands for */

	if (**at != '$' || strlen(*at) < 1 + PART_CHARS ||
	    EVP_DecodeBlock(bytes, (const unsigned char *)*at + 1, PART_CHARS) < PART_BYTES)
		return false;
	memcpy(part, bytes, PART_BYTES);
	*at += 1 + PART_CHARS;
	return true;
}

static bool read_rounds(const char **at, unsigned *out)
{
	char digits[8];
	size_t n = strcspn(*at, "$");

	if (n >= sizeof(digits))
		return false;
	memcpy(digits, *at, n);
	digits[n] = '\0';
	*at += n;
	return num_parse(digits, 1, MAX_ROUNDS, out);
}

bool password_hash_fits(const char *hash, const struct secret *password)
{
	bool stretch = strncmp(hash, stretch_mark, strlen(stretch_mark)) == 0;
	const char *at = hash + strlen(stretch ? stretch_mark : plain_mark);
	unsigned char salt[PART_BYTES], wanted[PART_BYTES], key[PART_BYTES];
	unsigned rounds;

	if (!stretch && strncmp(hash, plain_mark, strlen(plain_mark)) != 0)
		return false;
	return read_rounds(&at, &rounds) && read_part(&at, salt) && read_part(&at, wanted) &&
	       *at == '\0' && derive(password, stretch, salt, rounds, key) &&
	       CRYPTO_memcmp(key, wanted, sizeof(key)) == 0;
}
