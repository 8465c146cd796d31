#include "pki/pbe.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

/* clang-format off */
static const struct scheme {
	int nid;
	bool legacy; /* needs OpenSSL's legacy provider */
	bool pkcs12; /* derives from UTF-16 with a NUL at the end: two empty passwords */
} schemes[] = {
	{ NID_pbes2,                               false, false },
	{ NID_pbe_WithSHA1And3_Key_TripleDES_CBC,  false, true },
	{ NID_pbe_WithSHA1And2_Key_TripleDES_CBC,  false, true },
	{ NID_pbe_WithSHA1And40BitRC2_CBC,         true,  true }, /* certificates of JDK 8 */
	{ NID_pbe_WithSHA1And128BitRC2_CBC,        true,  true },
	{ NID_pbe_WithSHA1And40BitRC4,             true,  true },
	{ NID_pbe_WithSHA1And128BitRC4,            true,  true },
	{ NID_pbeWithMD5AndDES_CBC,                true,  false },
	{ NID_pbeWithMD5AndRC2_CBC,                true,  false },
	{ NID_pbeWithSHA1AndDES_CBC,               true,  false },
	{ NID_pbeWithSHA1AndRC2_CBC,               true,  false },
};
/* clang-format on */

bool pbe_spend(struct pbe *p, const ASN1_INTEGER *rounds, struct err *e)
{
	int64_t n = 1;

	if (rounds && (ASN1_INTEGER_get_int64(&n, rounds) != 1 || n < 1 || n > PBE_MAX_ROUNDS)) {
		ERR_clear_error();
		return err_set(e, FAIL_INPUT, "'%s' wants a password hashed more than %d times",
			       p->name, PBE_MAX_ROUNDS);
	}
	p->spent += (long)n;
	if (p->spent > PBE_FILE_ROUNDS)
		return err_set(e, FAIL_INPUT,
			       "'%s' wants a password hashed more than %d times in all", p->name,
			       PBE_FILE_ROUNDS);
	return true;
}

bool pbe_spend_pbkdf2(struct pbe *p, const X509_ALGOR *alg, struct err *e)
{
	/* PBES2 and PBMAC1 have the same shape: how to derive, then what to do with it. */
	PBE2PARAM *both = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), alg->parameter);
	PBKDF2PARAM *kdf = NULL;
	bool ok;

	if (both && OBJ_obj2nid(both->keyfunc->algorithm) == NID_id_pbkdf2)
		kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
						both->keyfunc->parameter);
	ok = kdf ? pbe_spend(p, kdf->iter, e)
		 : err_set(e, FAIL_INPUT, "'%s' derives keys in a way that is not supported",
			   p->name) ||
		       err_hint(e, "encrypt it again with PBKDF2, as openssl does by default");
	ERR_clear_error();
	PBKDF2PARAM_free(kdf);
	PBE2PARAM_free(both);
	return ok;
}

static bool spend_pbe(struct pbe *p, const X509_ALGOR *alg, struct err *e)
{
	PBEPARAM *own = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), alg->parameter);
	bool ok = own ? pbe_spend(p, own->iter, e)
		      : err_set(e, FAIL_INPUT, "the encryption in '%s' is damaged", p->name);

	ERR_clear_error();
	PBEPARAM_free(own);
	return ok;
}

const char *pbe_pass(const struct pbe *p, bool absent, int *n)
{
	size_t len = 0;
	const char *bytes = p->pass ? secret_reveal(p->pass, &len) : "";

	*n = (int)len;
	return absent ? NULL : bytes;
}

bool pbe_pass_is_empty(const struct pbe *p)
{
	int n;

	(void)pbe_pass(p, false, &n);
	return n == 0;
}

bool pbe_refused(const struct pbe *p, struct err *e)
{
	ERR_clear_error();
	(void)err_set(e, FAIL_AUTH, "cannot decrypt '%s'", p->name);
	return err_hint(e, pbe_pass_is_empty(p) ? "give its password" : "check its password");
}

/* In a context of its own: the rest of the process never sees the old ciphers. The default provider
 * is needed there too, MD5 and SHA-1 are fetched from it. */
static bool use_legacy(struct pbe *p, struct err *e)
{
	static const char *const names[] = { "default", "legacy" };

	if (p->old)
		return true;
	p->old = OSSL_LIB_CTX_new();
	for (size_t i = 0; p->old && i < ARRAY_LEN(names); i++)
		p->providers[i] = OSSL_PROVIDER_load(p->old, names[i]);
	if (p->old && p->providers[0] && p->providers[1])
		return true;
	pbe_clear(p);
	return openssl_failed(e, FAIL_CRYPTO, "cannot use the ciphers of old files");
}

/* A wrong password shows in the padding, or, once in 256 times, in what should be ASN.1. */
static bool looks_refused(void)
{
	unsigned long code;
	bool refused = false;

	while ((code = ERR_get_error()) != 0) {
		int reason = ERR_GET_REASON(code);

		refused = refused || (ERR_GET_LIB(code) == ERR_LIB_PKCS12 &&
				      (reason == PKCS12_R_PKCS12_CIPHERFINAL_ERROR ||
				       reason == PKCS12_R_DECODE_ERROR));
	}
	return refused;
}

static const struct scheme *scheme_of(const X509_ALGOR *alg)
{
	int nid = OBJ_obj2nid(alg->algorithm);

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (schemes[i].nid == nid)
			return &schemes[i];
	return NULL;
}

static bool attempt(struct pbe *p, const struct scheme *scheme, const X509_ALGOR *alg,
		    const ASN1_ITEM *as, const ASN1_OCTET_STRING *bytes, bool absent, void **out,
		    struct err *e)
{
	bool paid = scheme->nid == NID_pbes2 ? pbe_spend_pbkdf2(p, alg, e) : spend_pbe(p, alg, e);
	const char *pass;
	void *opened;
	int n;

	if (!paid)
		return false;
	p->met_pbes2 |= scheme->nid == NID_pbes2;
	pass = pbe_pass(p, absent, &n);
	opened = PKCS12_item_decrypt_d2i_ex(alg, as, pass, n, bytes, 1,
					    scheme->legacy ? p->old : NULL, NULL);
	if (opened) {
		*out = opened;
		return true;
	}
	if (looks_refused())
		return pbe_refused(p, e);
	return err_set(e, FAIL_INPUT, "'%s' is encrypted in a way that is not supported", p->name);
}

bool pbe_open(struct pbe *p, const X509_ALGOR *alg, const ASN1_ITEM *as,
	      const ASN1_OCTET_STRING *bytes, void **out, struct err *e)
{
	const struct scheme *scheme = scheme_of(alg);

	if (!scheme || !bytes)
		return err_set(e, FAIL_INPUT, "'%s' is encrypted in a way that is not supported",
			       p->name);
	if (scheme->legacy && !use_legacy(p, e))
		return false;
	if (attempt(p, scheme, alg, as, bytes, false, out, e))
		return true;
	if (e->code != FAIL_AUTH || !scheme->pkcs12 || !pbe_pass_is_empty(p))
		return false;
	return attempt(p, scheme, alg, as, bytes, true, out, e);
}

static enum key_form form_of(const X509_ALGOR *alg)
{
	PBE2PARAM *how;
	int cipher = NID_undef;

	if (OBJ_obj2nid(alg->algorithm) != NID_pbes2)
		return KEY_FORM_PBES1;
	how = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), alg->parameter);
	if (how)
		cipher = OBJ_obj2nid(how->encryption->algorithm);
	PBE2PARAM_free(how);
	return cipher == NID_aes_128_cbc || cipher == NID_aes_192_cbc || cipher == NID_aes_256_cbc
		   ? KEY_FORM_PBES2
		   : KEY_FORM_PBES2_OTHER;
}

bool pbe_open_key(struct pbe *p, const X509_SIG *sealed, struct key **out, struct err *e)
{
	const X509_ALGOR *alg;
	const ASN1_OCTET_STRING *bytes;
	void *p8;
	EVP_PKEY *pkey;

	X509_SIG_get0(sealed, &alg, &bytes);
	if (!pbe_open(p, alg, ASN1_ITEM_rptr(PKCS8_PRIV_KEY_INFO), bytes, &p8, e))
		return false;
	pkey = EVP_PKCS82PKEY(p8);
	PKCS8_PRIV_KEY_INFO_free(p8); /* wipes */
	if (pkey) {
		if (!key_wrap(pkey, out, e))
			return false;
		(*out)->form = form_of(alg);
		return true;
	}
	if (openssl_lacks_memory())
		return err_set(e, FAIL_MEMORY, "out of protected memory for the keys in '%s'",
			       p->name);
	return err_set(e, FAIL_INPUT, "'%s' holds a private key of a kind that is not supported",
		       p->name);
}

void pbe_clear(struct pbe *p)
{
	for (size_t i = 0; i < ARRAY_LEN(p->providers); i++) {
		if (p->providers[i])
			(void)OSSL_PROVIDER_unload(p->providers[i]);
		p->providers[i] = NULL;
	}
	OSSL_LIB_CTX_free(p->old);
	p->old = NULL;
}
