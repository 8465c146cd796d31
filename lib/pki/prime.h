/* prime.h - random primes for RSA keys. */
#ifndef PKI_PRIME_H
#define PKI_PRIME_H

#include <stdbool.h>

#include "pki/openssl.h"

enum { PRIME_E = 65537 }; /* the public exponent; it never divides prime - 1 */

/* A search for primes of bits bits, 1024 to 2048; each thread has its own. NULL: OpenSSL failed. */
struct prime_search;
struct prime_search *prime_search_new(unsigned bits);

/* A random prime; its two top bits are set, so that the product of two has full length.
 * False: OpenSSL failed. */
bool prime_find(struct prime_search *s, BIGNUM *out) MUST_USE;

void prime_search_free(struct prime_search *s); /* wipes; NULL is fine */

#endif
