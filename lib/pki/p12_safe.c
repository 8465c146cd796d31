#include "pki/p12_safe.h"

enum { ROUNDS = 10000, SALT_BYTES = 20 }; /* as JDK 17 */

/* clang-format off */
static const struct form_row {
	int pbe; /* of a cipher: PBES2 with it and PBKDF2-HMAC-SHA256 */
	const EVP_MD *(*mac)(void);
} forms[] = {
	[P12_MODERN] = { NID_aes_256_cbc,                        EVP_sha256 },
	[P12_LEGACY] = { NID_pbe_WithSHA1And3_Key_TripleDES_CBC, EVP_sha1 },
};
/* clang-format on */

static bool damaged(const struct pbe *pbe, struct err *e)
{
	if (openssl_lacks_memory())
		return err_set(e, FAIL_MEMORY, "out of protected memory for the keys in '%s'",
			       pbe->name);
	return err_set(e, FAIL_INPUT, "a part of '%s' is damaged or cut off", pbe->name);
}

bool p12_safe_open(struct pbe *pbe, PKCS7 *safe, STACK_OF(PKCS12_SAFEBAG) * *out, struct err *e)
{
	const PKCS7_ENC_CONTENT *sealed;
	void *bags = NULL;

	if (!safe->d.ptr) /* content is optional */
		return damaged(pbe, e);
	if (PKCS7_type_is_data(safe)) {
		*out = PKCS12_unpack_p7data(safe);
		return *out || damaged(pbe, e);
	}
	if (!PKCS7_type_is_encrypted(safe))
		return err_set(e, FAIL_INPUT, "'%s' is not encrypted with a password", pbe->name);
	sealed = safe->d.encrypted->enc_data;
	if (!sealed || !sealed->enc_data)
		return damaged(pbe, e);
	if (!pbe_open(pbe, sealed->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), sealed->enc_data,
		      &bags, e))
		return false;
	*out = bags;
	return true;
}

PKCS7 *p12_safe_close(const struct pbe *pbe, enum p12_form form, STACK_OF(PKCS12_SAFEBAG) * bags)
{
	int n;
	const char *pass = pbe_pass(pbe, false, &n);

	return PKCS12_pack_p7encdata_ex(forms[form].pbe, pass, n, NULL, SALT_BYTES, ROUNDS, bags,
					NULL, NULL);
}

PKCS12_SAFEBAG *p12_safe_key(const struct pbe *pbe, enum p12_form form, const struct key *key)
{
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key->pkey);
	PKCS12_SAFEBAG *bag = NULL;
	int n;
	const char *pass = pbe_pass(pbe, false, &n);

	if (p8)
		bag = PKCS12_SAFEBAG_create_pkcs8_encrypt_ex(forms[form].pbe, pass, n, NULL,
							     SALT_BYTES, ROUNDS, p8, NULL, NULL);
	PKCS8_PRIV_KEY_INFO_free(p8); /* wipes */
	return bag;
}

bool p12_safe_format(const struct pbe *pbe, enum p12_form form, STACK_OF(PKCS7) * safes,
		     struct str *out, struct err *e)
{
	int n;
	const char *pass = pbe_pass(pbe, false, &n);
	PKCS12 *p12 = PKCS12_add_safes(safes, 0);
	unsigned char *der = NULL;
	int len = -1;

	if (p12 && PKCS12_set_mac(p12, pass, n, NULL, SALT_BYTES, ROUNDS, forms[form].mac()) == 1)
		len = i2d_PKCS12(p12, &der);
	if (len > 0)
		str_addn(out, der, (size_t)len);
	OPENSSL_free(der);
	PKCS12_free(p12);
	return len > 0 ? str_ok(out, e)
		       : openssl_failed(e, FAIL_CRYPTO, "cannot make a PKCS#12 file");
}
