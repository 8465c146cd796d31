/* seed_key.h - what fuzz targets of keystores put in place of OpenSSL's functions, for the linker's
 * --wrap: included once by such a target. A key costs one round, and nothing is random. */
#ifndef TESTS_FUZZ_SEED_KEY_H
#define TESTS_FUZZ_SEED_KEY_H

#include <stdbool.h>
#include <string.h>

#include <openssl/evp.h>

int __real_PKCS5_PBKDF2_HMAC(const char *pass, int pass_len, const unsigned char *salt,
			     int salt_len, int rounds, const EVP_MD *digest, int key_len,
			     unsigned char *key);
int __wrap_PKCS5_PBKDF2_HMAC(const char *pass, int pass_len, const unsigned char *salt,
			     int salt_len, int rounds, const EVP_MD *digest, int key_len,
			     unsigned char *key);
int __wrap_RAND_bytes(unsigned char *buf, int n);

enum { SEED_SALT_BYTES = 64 };

/* The salt of every seed that is a file: 0, 1, 2 ... */
static bool is_seeds_salt(const unsigned char *salt, int n)
{
	for (int i = 0; i < n; i++)
		if (salt[i] != i)
			return false;
	return n == SEED_SALT_BYTES;
}

/* The true key for the seeds, made once for each pair of rounds and key; one round for the rest,
 * which no true key would open either. */
int __wrap_PKCS5_PBKDF2_HMAC(const char *pass, int pass_len, const unsigned char *salt,
			     int salt_len, int rounds, const EVP_MD *digest, int key_len,
			     unsigned char *key)
{
	static struct answer {
		bool known;
		unsigned char key[32];
	} answers[2][2][2];
	struct answer *a = &answers[pass_len > 0][rounds > 10000][key_len > 16];

	if (!is_seeds_salt(salt, salt_len) || key_len > (int)sizeof(a->key))
		return __real_PKCS5_PBKDF2_HMAC(pass, pass_len, salt, salt_len, 1, digest, key_len,
						key);
	if (!a->known && __real_PKCS5_PBKDF2_HMAC(pass, pass_len, salt, salt_len, rounds, digest,
						  key_len, a->key) != 1)
		return 0;
	a->known = true;
	memcpy(key, a->key, (size_t)key_len);
	return 1;
}

int __wrap_RAND_bytes(unsigned char *buf, int n)
{
	memset(buf, 0, (size_t)n);
	return 1;
}

#endif
