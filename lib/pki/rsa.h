/* rsa.h - RSA keys, made faster than OpenSSL's own generator and no weaker. */
#ifndef PKI_RSA_H
#define PKI_RSA_H

#include "pki/openssl.h"

/* Generate a key of 2048, 3072 or 4096 bits and e = 65537 from random probable primes, as
 * in FIPS 186-5, A.1.3. The caller frees it. Threads may call it at the same time.
 * fails  FAIL_CRYPTO */
bool rsa_generate(unsigned bits, EVP_PKEY **out, struct err *e) MUST_USE;

#endif
