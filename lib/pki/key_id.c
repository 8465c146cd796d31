#include "pki/key_id.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#include "base/attr.h"

enum { NUMBER_MAX_BYTES = 2048 + 8 }; /* RSA of 16384 bits */

/* Of RSA, of EC and of DSA. Of a point its coordinates: how it is encoded differs from file to
 * file. */
static const char *const numbers[] = { OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_EC_PUB_X,
				       OSSL_PKEY_PARAM_EC_PUB_Y, OSSL_PKEY_PARAM_PUB_KEY };

/* Of the other kinds, as Ed25519, the bytes. */
static size_t raw_key(const EVP_PKEY *pkey, unsigned char bytes[NUMBER_MAX_BYTES])
{
	size_t n = NUMBER_MAX_BYTES;

	return EVP_PKEY_get_raw_public_key(pkey, bytes, &n) == 1 ? n : 0;
}

struct key_id key_id_of(const EVP_PKEY *pkey)
{
	unsigned char bytes[NUMBER_MAX_BYTES * ARRAY_LEN(numbers)];
	struct key_id id = { .known = false };
	size_t n = 0;

	for (size_t i = 0; pkey && i < ARRAY_LEN(numbers); i++) {
		BIGNUM *number = NULL;

		if (EVP_PKEY_get_bn_param(pkey, numbers[i], &number) == 1 &&
		    BN_num_bytes(number) <= NUMBER_MAX_BYTES)
			n += (size_t)BN_bn2bin(number, bytes + n);
		BN_free(number);
	}
	if (pkey && n == 0)
		n = raw_key(pkey, bytes);
	ERR_clear_error(); /* of those that a key of this kind does not have */
	id.known = n > 0 && SHA256(bytes, n, id.digest) != NULL;
	return id;
}

bool key_id_differ(const struct key_id *a, const struct key_id *b)
{
	return a->known && b->known && memcmp(a->digest, b->digest, sizeof(a->digest)) != 0;
}
