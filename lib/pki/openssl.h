/* openssl.h - what the modules of pki share and nobody else sees: the structs around OpenSSL. */
#ifndef PKI_OPENSSL_H
#define PKI_OPENSSL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/attr.h"
#include "base/err.h"

struct key {
	EVP_PKEY *pkey;
};

struct cert {
	X509 *leaf;
	STACK_OF(X509) * chain; /* intermediates that stood behind the leaf; may be empty */
};

/* Report OpenSSL's last error; its queue is empty afterwards. Returns false. */
bool openssl_failed(struct err *e, enum fail code, const char *what);

static inline void bio_freep(BIO **b)
{
	(void)BIO_free(*b);
}
#define auto_bio CLEANUP(bio_freep) BIO *

#endif
