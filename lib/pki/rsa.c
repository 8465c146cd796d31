#include "pki/rsa.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "pki/prime.h"

enum part { N, E, D, P, Q, DP, DQ, QI, PARTS };

static const char *const part_names[PARTS] = {
	[N] = OSSL_PKEY_PARAM_RSA_N,          [E] = OSSL_PKEY_PARAM_RSA_E,
	[D] = OSSL_PKEY_PARAM_RSA_D,          [P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
	[Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,    [DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
	[DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2, [QI] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* The numbers of a key: all but n and e in the secure heap, and used in constant time. */
static bool new_parts(BIGNUM *part[PARTS])
{
	bool ok = true;

	for (int i = 0; i < PARTS; i++) {
		part[i] = i == N || i == E ? BN_new() : BN_secure_new();
		ok = ok && part[i];
		if (part[i] && i != N && i != E)
			BN_set_flags(part[i], BN_FLG_CONSTTIME);
	}
	return ok;
}

static bool find_primes(BIGNUM *const part[PARTS], unsigned bits)
{
	struct prime_search *s = prime_search_new(bits / 2);
	bool ok = s && prime_find(s, part[P]) && prime_find(s, part[Q]);

	prime_search_free(s);
	if (ok && BN_cmp(part[P], part[Q]) < 0)
		BN_swap(part[P], part[Q]);
	return ok;
}

static BIGNUM *secret_number(BN_CTX *ctx)
{
	BIGNUM *n = BN_CTX_get(ctx);

	if (n)
		BN_set_flags(n, BN_FLG_CONSTTIME);
	return n;
}

/* What follows from p and q (SP 800-56B, 6.3.1): d = 1/e mod lcm(p - 1, q - 1) and the rest. */
static bool derive(BIGNUM *const part[PARTS], BN_CTX *ctx)
{
	BIGNUM *p1 = secret_number(ctx), *q1 = secret_number(ctx);
	BIGNUM *gcd = secret_number(ctx), *lcm = secret_number(ctx);

	return lcm && BN_mul(part[N], part[P], part[Q], ctx) && BN_set_word(part[E], PRIME_E) &&
	       BN_sub(p1, part[P], BN_value_one()) && BN_sub(q1, part[Q], BN_value_one()) &&
	       BN_gcd(gcd, p1, q1, ctx) && BN_mul(lcm, p1, q1, ctx) &&
	       BN_div(lcm, NULL, lcm, gcd, ctx) && BN_mod_inverse(part[D], part[E], lcm, ctx) &&
	       BN_mod(part[DP], part[D], p1, ctx) && BN_mod(part[DQ], part[D], q1, ctx) &&
	       BN_mod_inverse(part[QI], part[Q], part[P], ctx);
}

/* |p - q| > 2^(bits / 2 - 100), d > 2^(bits / 2): FIPS 186-5, A.1.1 asks; chance never misses it.
 */
static bool is_good(BIGNUM *const part[PARTS], int bits, BN_CTX *ctx)
{
	BIGNUM *apart = secret_number(ctx);

	return apart && BN_sub(apart, part[P], part[Q]) &&
	       BN_num_bits(apart) > bits / 2 - 100 + 1 && BN_num_bits(part[D]) > bits / 2 &&
	       BN_num_bits(part[N]) == bits;
}

static bool make_parts(BIGNUM *const part[PARTS], unsigned bits)
{
	BN_CTX *ctx = BN_CTX_new();
	bool ok = false;

	if (ctx) {
		BN_CTX_start(ctx);
		ok = find_primes(part, bits) && derive(part, ctx) && is_good(part, (int)bits, ctx);
		BN_CTX_end(ctx);
	}
	BN_CTX_free(ctx); /* wipes the numbers in it */
	return ok;
}

static EVP_PKEY *assemble(BIGNUM *const part[PARTS])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *made = NULL;
	bool ok = ctx && build;

	for (int i = 0; ok && i < PARTS; i++)
		ok = OSSL_PARAM_BLD_push_BN(build, part_names[i], part[i]) == 1;
	if (ok)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &made, EVP_PKEY_KEYPAIR, params); /* NULL: failed */
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return made;
}

bool rsa_generate(unsigned bits, EVP_PKEY **out, struct err *e)
{
	BIGNUM *part[PARTS];
	EVP_PKEY *made = NULL;

	if (new_parts(part) && make_parts(part, bits))
		made = assemble(part);
	for (int i = 0; i < PARTS; i++)
		BN_clear_free(part[i]);
	if (!made)
		return openssl_failed(e, FAIL_CRYPTO, "cannot generate a key");
	*out = made;
	return true;
}
