/* key_id.h - what tells two public keys apart at once. Among a thousand certificates and keys each
 * key is held against each certificate, and OpenSSL takes microseconds to say no. Seen only by the
 * modules of pki. */
#ifndef PKI_KEY_ID_H
#define PKI_KEY_ID_H

#include <stdbool.h>

#include <openssl/evp.h>

struct key_id {
	bool known; /* false: not asked for, or of a kind that has none; it may fit anything */
	unsigned char digest[32];
};

/* The numbers of the public key, whatever form they stood in. */
struct key_id key_id_of(const EVP_PKEY *pkey);

/* Both known, and not the same: one does not belong to the other. */
bool key_id_differ(const struct key_id *a, const struct key_id *b);

#endif
