#include "pki/trait.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "pki/openssl.h"

enum { PUBLIC_MAX_BYTES = 4096 }; /* 16384 bits of RSA, twice */

/* What is public and the key's own, however it was encoded: the same point has several forms. */
static size_t number_of(const EVP_PKEY *pkey, unsigned char out[PUBLIC_MAX_BYTES])
{
	static const char *const names[] = { OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_EC_PUB_X,
					     OSSL_PKEY_PARAM_PUB_KEY };
	size_t n = 0;

	for (size_t i = 0; n == 0 && i < ARRAY_LEN(names); i++) {
		BIGNUM *number = NULL;

		if (EVP_PKEY_get_bn_param(pkey, names[i], &number) == 1 &&
		    BN_num_bytes(number) <= PUBLIC_MAX_BYTES)
			n = (size_t)BN_bn2bin(number, out);
		BN_free(number);
	}
	if (n == 0 && EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, out,
						      PUBLIC_MAX_BYTES, &n) != 1)
		n = 0;
	ERR_clear_error();
	return n;
}

/* A digest, so that nobody can make many that are the same. */
static uint64_t trait_of(const EVP_PKEY *pkey)
{
	unsigned char bytes[PUBLIC_MAX_BYTES], digest[EVP_MAX_MD_SIZE];
	size_t n = pkey ? number_of(pkey, bytes) : 0;
	uint64_t value = 0;

	if (n > 0 && EVP_Digest(bytes, n, digest, NULL, EVP_sha256(), NULL) == 1)
		memcpy(&value, digest, sizeof(value));
	return value;
}

uint64_t trait_of_key(const struct key *k)
{
	return trait_of(k->pkey);
}

uint64_t trait_of_cert(const struct cert *c)
{
	const EVP_PKEY *pkey = X509_get0_pubkey(c->leaf);

	ERR_clear_error();
	return trait_of(pkey);
}

static int compare(const void *a, const void *b)
{
	const struct trait *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

void traits_sort(struct trait *traits, size_t count)
{
	if (count > 0)
		qsort(traits, count, sizeof(*traits), compare);
}

size_t traits_find(const struct trait *traits, size_t count, uint64_t value)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (traits[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && traits[low].value == value ? low : count;
}
