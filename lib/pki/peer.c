#include "pki/peer.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "pki/openssl.h"

static int capture(X509_STORE_CTX *ctx, void *out)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(ctx);

	for (int i = 0; i < sk_X509_num(chain); i++) {
		auto_bio bio = BIO_new(BIO_s_mem());
		char *bytes;
		long n;

		if (!bio || PEM_write_bio_X509(bio, sk_X509_value(chain, i)) != 1)
			return 0;
		n = BIO_get_mem_data(bio, &bytes);
		str_addn(out, bytes, (size_t)n);
	}
	return 1;
}

void peer_capture(void *ssl_ctx, struct str *out)
{
	SSL_CTX_set_cert_verify_callback(ssl_ctx, capture, out);
	SSL_CTX_set_max_cert_list(ssl_ctx, PEER_MAX_BYTES);
}
