#include "pki/ec_key.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>

enum { MOST_POINT_BYTES = 97 };

/* Everything in the DER text that is not the key's own bytes, up to each of its two halves. */
/* clang-format off */
static const struct curve {
	const char *name;
	int nid;
	size_t size; /* bytes of the private number; the point has two of them and the 04 */
	unsigned char head[40];
	size_t head_bytes;
	unsigned char middle[5];
} curves[] = {
	{ SN_X9_62_prime256v1, NID_X9_62_prime256v1, 32,
	  { 0x30, 0x81, 0x87, 0x02, 0x01, 0x00,                                     /* SEQUENCE, version 0 */
	    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,       /* ecPublicKey */
	    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,             /* prime256v1 */
	    0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20 }, 36,             /* ECPrivateKey, version 1 */
	  { 0xa1, 0x44, 0x03, 0x42, 0x00 } },                                       /* [1] BIT STRING */
	{ SN_secp384r1, NID_secp384r1, 48,
	  { 0x30, 0x81, 0xb6, 0x02, 0x01, 0x00,
	    0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	    0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22,                               /* secp384r1 */
	    0x04, 0x81, 0x9e, 0x30, 0x81, 0x9b, 0x02, 0x01, 0x01, 0x04, 0x30 }, 35,
	  { 0xa1, 0x64, 0x03, 0x62, 0x00 } },
};
/* clang-format on */

/* The curve and the uncompressed point; NULL: another kind of key. */
static const struct curve *read_point(const EVP_PKEY *key, unsigned char point[MOST_POINT_BYTES])
{
	char name[32];
	size_t n = 0;

	if (EVP_PKEY_is_a(key, "EC") != 1 ||
	    EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1 ||
	    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, MOST_POINT_BYTES,
					    &n) != 1)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (strcmp(name, curves[i].name) == 0)
			return n == 2 * curves[i].size + 1 &&
				       point[0] == POINT_CONVERSION_UNCOMPRESSED
				   ? &curves[i]
				   : NULL;
	return NULL;
}

static bool read_number(const EVP_PKEY *key, unsigned char *out, size_t n)
{
	BIGNUM *number = BN_secure_new();
	bool ok = number && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
		  BN_bn2binpad(number, out, (int)n) == (int)n;

	BN_clear_free(number);
	return ok;
}

size_t ec_key_pkcs8(const EVP_PKEY *key, unsigned char out[EC_KEY_MAX_BYTES])
{
	unsigned char point[MOST_POINT_BYTES], *at = out;
	const struct curve *c = read_point(key, point);

	if (!c)
		return 0;
	memcpy(at, c->head, c->head_bytes);
	at += c->head_bytes;
	if (!read_number(key, at, c->size))
		return 0;
	at += c->size;
	memcpy(at, c->middle, sizeof(c->middle));
	at += sizeof(c->middle);
	memcpy(at, point, 2 * c->size + 1);
	return (size_t)(at - out) + 2 * c->size + 1;
}

bool ec_key_set_public(X509 *x, const EVP_PKEY *key)
{
	unsigned char point[MOST_POINT_BYTES], *copy;
	const struct curve *c = read_point(key, point);
	int n = c ? (int)(2 * c->size + 1) : 0;

	if (!c || !(copy = OPENSSL_memdup(point, (size_t)n)))
		return false;
	if (X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x), OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
				   V_ASN1_OBJECT, OBJ_nid2obj(c->nid), copy, n) == 1)
		return true;
	OPENSSL_free(copy);
	return false;
}
