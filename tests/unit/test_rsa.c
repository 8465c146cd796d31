#include "check.h"

#include <pthread.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "pki/prime.h"
#include "pki/rsa.h"

static struct err e;

static BIGNUM *number(const EVP_PKEY *key, const char *name)
{
	BIGNUM *n = NULL;

	CHECK(EVP_PKEY_get_bn_param(key, name, &n) == 1);
	return n;
}

static void check_prime(const BIGNUM *p, int bits, BN_CTX *ctx)
{
	CHECK_INT(BN_num_bits(p), bits);
	CHECK(BN_is_bit_set(p, bits - 2));
	CHECK(BN_mod_word(p, PRIME_E) != 1);
	CHECK_INT(BN_check_prime(p, ctx, NULL), 1);
}

/* What EVP_PKEY_check does not ask: FIPS 186-5, A.1.1, and that p is the greater one. */
static void check_numbers(const EVP_PKEY *key, int bits)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *e65537 = number(key, OSSL_PKEY_PARAM_RSA_E);
	BIGNUM *d = number(key, OSSL_PKEY_PARAM_RSA_D);
	BIGNUM *p = number(key, OSSL_PKEY_PARAM_RSA_FACTOR1);
	BIGNUM *q = number(key, OSSL_PKEY_PARAM_RSA_FACTOR2);

	CHECK(BN_is_word(e65537, 65537));
	CHECK(BN_num_bits(d) > bits / 2);
	check_prime(p, bits / 2, ctx);
	check_prime(q, bits / 2, ctx);
	CHECK(BN_cmp(p, q) > 0 && BN_sub(p, p, q));
	CHECK(BN_num_bits(p) > bits / 2 - 100);
	BN_free(e65537);
	BN_free(d);
	BN_free(p);
	BN_free(q);
	BN_CTX_free(ctx);
}

static void check_key(EVP_PKEY *key, int bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	CHECK_INT(EVP_PKEY_get_bits(key), bits);
	CHECK_INT(EVP_PKEY_check(ctx), 1);
	CHECK_INT(EVP_PKEY_pairwise_check(ctx), 1);
	EVP_PKEY_CTX_free(ctx);
	check_numbers(key, bits);
}

static void check_size(unsigned bits)
{
	EVP_PKEY *key = NULL;

	CHECK(rsa_generate(bits, &key, &e));
	check_key(key, (int)bits);
	EVP_PKEY_free(key);
}

TEST(rsa_key_of_2048_bits_is_sound)
{
	for (int i = 0; i < 5; i++)
		check_size(2048);
}

TEST(rsa_key_of_3072_bits_is_sound)
{
	check_size(3072);
}

TEST(rsa_key_of_4096_bits_is_sound)
{
	check_size(4096);
}

enum { THREADS = 4 };

static void *generate_one(void *out)
{
	struct err thread_e;
	EVP_PKEY **key = out;

	return rsa_generate(2048, key, &thread_e) ? NULL : out;
}

TEST(rsa_keys_of_threads_at_the_same_time_are_sound_and_differ)
{
	pthread_t threads[THREADS];
	EVP_PKEY *keys[THREADS] = { NULL };

	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, generate_one, &keys[i]) == 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		CHECK(pthread_join(threads[i], &failed) == 0 && !failed);
		check_key(keys[i], 2048);
		for (int k = 0; k < i; k++)
			CHECK(EVP_PKEY_eq(keys[k], keys[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++)
		EVP_PKEY_free(keys[i]);
}

TEST(rsa_key_without_memory_is_an_error)
{
	EVP_PKEY *key = NULL;

	check_size(2048); /* what OpenSSL sets up once is not our matter */
	for (unsigned n = 1; n <= 200; n++) {
		bool made;

		fault_alloc_at(n);
		made = rsa_generate(2048, &key, &e);
		fault_alloc_at(0);
		CHECK(made || e.code == FAIL_CRYPTO);
		CHECK(made == (key != NULL));
		EVP_PKEY_free(key);
		key = NULL;
		if (!fault_hit()) /* a libcrypto.so allocates where we cannot see it */
			break;
	}
}

TEST(prime_search_finds_a_different_prime_each_time)
{
	enum { PRIMES = 8 };
	struct prime_search *s = prime_search_new(1024);
	BIGNUM *found[PRIMES];
	BN_CTX *ctx = BN_CTX_new();

	CHECK(s && ctx);
	for (int i = 0; i < PRIMES; i++) {
		found[i] = BN_new();
		CHECK(prime_find(s, found[i]));
		check_prime(found[i], 1024, ctx);
		for (int k = 0; k < i; k++)
			CHECK(BN_cmp(found[k], found[i]) != 0);
	}
	for (int i = 0; i < PRIMES; i++)
		BN_free(found[i]);
	BN_CTX_free(ctx);
	prime_search_free(s);
}
