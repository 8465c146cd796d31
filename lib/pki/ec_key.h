/* ec_key.h - EC keys in DER without OpenSSL's general encoders, which take ten times as long for
 * the same bytes: a fifth of what a certificate costs. */
#ifndef PKI_EC_KEY_H
#define PKI_EC_KEY_H

#include "pki/openssl.h"

enum { EC_KEY_MAX_BYTES = 256 };

/* PKCS#8 (RFC 5958 around RFC 5915) of a P-256 or P-384 key whose point is uncompressed: length, or
 * 0 for every other key. The caller wipes out. */
size_t ec_key_pkcs8(const EVP_PKEY *key, unsigned char out[EC_KEY_MAX_BYTES]);

/* Put the public half into a certificate, as X509_set_pubkey() does, except that the certificate
 * cannot be asked for it again before it is written and read. False: not such a key. */
bool ec_key_set_public(X509 *x, const EVP_PKEY *key);

#endif
