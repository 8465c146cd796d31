#include "pki/peer.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/attr.h"
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

enum peer_verdict peer_verdict(long result)
{
	static const struct {
		long result;
		enum peer_verdict verdict;
	} map[] = {
		{ X509_V_ERR_CERT_HAS_EXPIRED, PEER_EXPIRED },
		{ X509_V_ERR_CERT_NOT_YET_VALID, PEER_EARLY },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, PEER_STRANGER },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, PEER_STRANGER },
		{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, PEER_STRANGER },
		{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, PEER_STRANGER },
		{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, PEER_STRANGER },
		{ X509_V_ERR_CERT_SIGNATURE_FAILURE, PEER_STRANGER },
		{ X509_V_ERR_HOSTNAME_MISMATCH, PEER_WRONG_NAME },
		{ X509_V_ERR_IP_ADDRESS_MISMATCH, PEER_WRONG_NAME },
	};

	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (map[i].result == result)
			return map[i].verdict;
	return PEER_BAD;
}
