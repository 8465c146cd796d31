#include "pki/swap.h"

#include <openssl/err.h>

#include "pki/p12_safe.h"

enum { OID_TEXT_BYTES = 128 };

struct rewriting {
	struct pbe pbe;
	enum p12_form form;
	const struct swap *swaps;
	size_t count;
	ASN1_OBJECT *trusted;
	STACK_OF(PKCS7) * safes;
	STACK_OF(X509) * held; /* every certificate that will be in the file */
	size_t certs, keys;    /* that were swapped so far */
};

static void rewriting_clear(struct rewriting *w)
{
	sk_PKCS7_pop_free(w->safes, PKCS7_free);
	sk_X509_pop_free(w->held, X509_free);
	ASN1_OBJECT_free(w->trusted);
	pbe_clear(&w->pbe);
	ERR_clear_error();
}

static bool failed(struct err *e)
{
	return openssl_failed(e, FAIL_CRYPTO, "cannot change a PKCS#12 file");
}

/* Names and IDs, by which Java knows what belongs together. Each has one value (RFC 2985, 5.5). */
static bool copy_attributes(PKCS12_SAFEBAG *from, PKCS12_SAFEBAG *to)
{
	const STACK_OF(X509_ATTRIBUTE) *all = PKCS12_SAFEBAG_get0_attrs(from);

	for (int i = 0; i < sk_X509_ATTRIBUTE_num(all); i++) {
		X509_ATTRIBUTE *attr = sk_X509_ATTRIBUTE_value(all, i);
		const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attr, 0);
		char oid[OID_TEXT_BYTES];

		if (!value ||
		    OBJ_obj2txt(oid, sizeof(oid), X509_ATTRIBUTE_get0_object(attr), 1) <= 0 ||
		    PKCS12_add1_attr_by_txt(to, oid, value->type,
					    (const unsigned char *)value->value.ptr, -1) != 1)
			return false;
	}
	return true;
}

/* Takes over fresh. */
static bool replace(STACK_OF(PKCS12_SAFEBAG) * bags, int at, PKCS12_SAFEBAG *fresh, struct err *e)
{
	PKCS12_SAFEBAG *old = sk_PKCS12_SAFEBAG_value(bags, at);

	if (!fresh || !copy_attributes(old, fresh)) {
		PKCS12_SAFEBAG_free(fresh);
		return failed(e);
	}
	(void)sk_PKCS12_SAFEBAG_set(bags, at, fresh);
	PKCS12_SAFEBAG_free(old);
	return true;
}

static bool is_trusted(const struct rewriting *w, const PKCS12_SAFEBAG *bag)
{
	return X509at_get_attr_by_OBJ(PKCS12_SAFEBAG_get0_attrs(bag), w->trusted, -1) >= 0;
}

static bool is_held(const struct rewriting *w, const X509 *x)
{
	for (int i = 0; i < sk_X509_num(w->held); i++)
		if (X509_cmp(sk_X509_value(w->held, i), x) == 0)
			return true;
	return false;
}

static bool hold(struct rewriting *w, X509 *x)
{
	if (X509_up_ref(x) != 1)
		return false;
	if (sk_X509_push(w->held, x) > 0)
		return true;
	X509_free(x);
	return false;
}

/* What the signer brings and is not there; Java finds the chain by the names of the issuers. */
static bool add_chain(struct rewriting *w, STACK_OF(PKCS12_SAFEBAG) * bags, const struct cert *c,
		      struct err *e)
{
	for (int i = 0; i < sk_X509_num(c->chain); i++) {
		X509 *x = sk_X509_value(c->chain, i);
		PKCS12_SAFEBAG *bag;

		if (is_held(w, x))
			continue;
		bag = PKCS12_SAFEBAG_create_cert(x);
		if (!bag || sk_PKCS12_SAFEBAG_push(bags, bag) <= 0) {
			PKCS12_SAFEBAG_free(bag);
			return failed(e);
		}
		if (!hold(w, x))
			return failed(e);
	}
	return true;
}

static bool swap_cert(struct rewriting *w, STACK_OF(PKCS12_SAFEBAG) * bags, int at, bool *changed,
		      struct err *e)
{
	PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, at);
	X509 *x = is_trusted(w, bag) ? NULL : PKCS12_SAFEBAG_get1_cert(bag);
	bool done = true;

	for (size_t i = 0; x && i < w->count; i++) {
		const struct swap *s = &w->swaps[i];

		if (X509_cmp(s->old->leaf, x) != 0)
			continue;
		*changed = true;
		w->certs++;
		done = replace(bags, at, PKCS12_SAFEBAG_create_cert(s->cert->leaf), e) &&
		       add_chain(w, bags, s->cert, e);
		break;
	}
	X509_free(x);
	return done;
}

static bool open_key(struct rewriting *w, PKCS12_SAFEBAG *bag, struct key **out, struct err *e)
{
	EVP_PKEY *pkey;

	if (PKCS12_SAFEBAG_get_nid(bag) == NID_pkcs8ShroudedKeyBag)
		return pbe_open_key(&w->pbe, PKCS12_SAFEBAG_get0_pkcs8(bag), out, e);
	pkey = EVP_PKCS82PKEY(PKCS12_SAFEBAG_get0_p8inf(bag));
	return pkey ? key_wrap(pkey, out, e) : failed(e);
}

static bool swap_key(struct rewriting *w, STACK_OF(PKCS12_SAFEBAG) * bags, int at, bool *changed,
		     struct err *e)
{
	auto_key key = NULL;

	for (size_t i = 0; i < w->count; i++) {
		const struct swap *s = &w->swaps[i];

		if (!s->key)
			continue;
		if (!key && !open_key(w, sk_PKCS12_SAFEBAG_value(bags, at), &key, e))
			return false;
		if (!cert_fits_key(s->old, key))
			continue;
		*changed = true;
		w->keys++;
		return replace(bags, at, p12_safe_key(&w->pbe, w->form, s->key), e);
	}
	return true;
}

/* Bags within bags are left alone: nobody writes them. */
static bool swap_bag(struct rewriting *w, STACK_OF(PKCS12_SAFEBAG) * bags, int at, bool *changed,
		     struct err *e)
{
	const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, at);
	int nid = PKCS12_SAFEBAG_get_nid(bag);

	if (nid == NID_certBag && PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate)
		return swap_cert(w, bags, at, changed, e);
	return (nid != NID_pkcs8ShroudedKeyBag && nid != NID_keyBag) ||
	       swap_key(w, bags, at, changed, e);
}

static bool close_safe(struct rewriting *w, int at, STACK_OF(PKCS12_SAFEBAG) * bags, struct err *e)
{
	PKCS7 *old = sk_PKCS7_value(w->safes, at);
	PKCS7 *safe = PKCS7_type_is_data(old) ? PKCS12_pack_p7data(bags)
					      : p12_safe_close(&w->pbe, w->form, bags);

	if (!safe)
		return failed(e);
	(void)sk_PKCS7_set(w->safes, at, safe);
	PKCS7_free(old);
	return true;
}

/* A safe in which nothing changes stays as its bytes are. */
static bool swap_in_safe(struct rewriting *w, int at, struct err *e)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	bool changed = false;
	bool done = p12_safe_open(&w->pbe, sk_PKCS7_value(w->safes, at), &bags, e);
	int count = done ? sk_PKCS12_SAFEBAG_num(bags) : 0; /* chains are added behind */

	for (int i = 0; done && i < count; i++)
		done = swap_bag(w, bags, i, &changed, e);
	done = done && (!changed || close_safe(w, at, bags, e));
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return done;
}

/* What Java and OpenSSL wrote before 2021 has a MAC of SHA-1, and so may its reader. */
static enum p12_form form_of(const PKCS12 *p12, bool legacy)
{
	const X509_ALGOR *alg = NULL;

	if (PKCS12_mac_present(p12) == 1)
		PKCS12_get0_mac(NULL, &alg, NULL, NULL, p12);
	return legacy || (alg && OBJ_obj2nid(alg->algorithm) == NID_sha1) ? P12_LEGACY : P12_MODERN;
}

static bool hold_all(struct rewriting *w, const struct credentials *found, struct err *e)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->items[i].cert && !hold(w, found->items[i].cert->leaf))
			return failed(e);
	return true;
}

/* Half of a change would part a key from its certificate. */
static bool check_whole(const struct rewriting *w, struct err *e)
{
	size_t keys = 0;

	for (size_t i = 0; i < w->count; i++)
		keys += w->swaps[i].key != NULL;
	return (w->certs >= w->count && w->keys >= keys) ||
	       err_set(e, FAIL_INPUT, "'%s' has its entries where they cannot be changed",
		       w->pbe.name) ||
	       err_hint(e, "write it anew: certgen convert");
}

bool swap_in_p12(const char *bytes, size_t n, const char *name, const struct secret *pass,
		 bool legacy, const struct swap *swaps, size_t count, struct str *out,
		 struct err *e)
{
	struct rewriting w CLEANUP(rewriting_clear) = {
		.pbe = { .name = name, .pass = pass },
		.swaps = swaps,
		.count = count,
		.trusted = OBJ_txt2obj(P12_TRUSTED_OID, 1),
		.held = sk_X509_new_null(),
	};
	const unsigned char *at = (const unsigned char *)bytes;
	auto_credentials found = { 0 };
	PKCS12 *p12;
	bool done;

	/* It looks at the MAC, and whether all in it can be read. */
	if (!p12_parse(bytes, n, name, pass, &found, e))
		return false;
	p12 = d2i_PKCS12(NULL, &at, (long)n);
	w.safes = p12 ? PKCS12_unpack_authsafes(p12) : NULL;
	w.form = p12 ? form_of(p12, legacy) : P12_MODERN;
	PKCS12_free(p12);
	if (!w.safes || !w.trusted || !w.held)
		return failed(e);
	done = hold_all(&w, &found, e);
	for (int i = 0; done && i < sk_PKCS7_num(w.safes); i++)
		done = swap_in_safe(&w, i, e);
	return done && check_whole(&w, e) && p12_safe_format(&w.pbe, w.form, w.safes, out, e);
}
