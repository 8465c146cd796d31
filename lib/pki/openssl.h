/* openssl.h - what the modules of pki share and nobody else sees: the structs around OpenSSL. */
#ifndef PKI_OPENSSL_H
#define PKI_OPENSSL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "pki/key.h"
#include "pki/key_id.h"

struct key {
	EVP_PKEY *pkey;
	enum key_form form;
	struct key_id id;
};

struct cert {
	X509 *leaf;
	STACK_OF(X509) * chain; /* intermediates that stood behind the leaf; may be empty */
	struct key_id key_id;
};

struct csr {
	X509_REQ *req;
};

/* Put our struct around it, without chain. Takes it over, also when it fails. */
bool key_wrap(EVP_PKEY *pkey, struct key **out, struct err *e) MUST_USE;
bool cert_wrap(X509 *leaf, struct cert **out, struct err *e) MUST_USE;

/* Report OpenSSL's last error; its queue is empty afterwards. Returns false. */
bool openssl_failed(struct err *e, enum fail code, const char *what);

/* Whether OpenSSL failed for want of memory: the secure heap holds some hundred keys. Its queue is
 * empty afterwards. */
bool openssl_lacks_memory(void);

/* A pem_password_cb whose context is a const struct secret *, or NULL: then an encrypted key fails
 * instead of asking on a terminal. */
int openssl_give_pass(char *buf, int size, int rwflag, void *pass);

static inline void bio_freep(BIO **b)
{
	(void)BIO_free(*b);
}
#define auto_bio CLEANUP(bio_freep) BIO *

#endif
