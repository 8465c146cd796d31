#include "pki/p12.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "pki/p12_safe.h"

/* SafeContents may stand within each other; nobody writes that. */
enum { MAX_DEPTH = 4 };

struct reader {
	const char *name;
	struct pbe pbe;
	PKCS12 *p12;
	ASN1_OBJECT *trusted;
	STACK_OF(PKCS7) * safes;
	STACK_OF(PKCS12_SAFEBAG) * bags; /* of all safes */
	STACK_OF(PKCS12_SAFEBAG) * from; /* borrowed: the bag that each item of found comes from */
	struct credentials found;
};

static void reader_clear(struct reader *r)
{
	credentials_clear(&r->found);
	sk_PKCS12_SAFEBAG_free(r->from);
	sk_PKCS12_SAFEBAG_pop_free(r->bags, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(r->safes, PKCS7_free);
	ASN1_OBJECT_free(r->trusted);
	PKCS12_free(r->p12);
	pbe_clear(&r->pbe);
	ERR_clear_error();
}

static bool damaged(const struct reader *r, const char *part, struct err *e)
{
	if (openssl_lacks_memory())
		return err_set(e, FAIL_MEMORY, "out of protected memory for the keys in '%s'",
			       r->name);
	return err_set(e, FAIL_INPUT, "%s '%s' is damaged or cut off", part, r->name);
}

bool p12_is(const char *bytes, size_t n)
{
	static const unsigned char version[] = { V_ASN1_INTEGER, 1, 3 };
	const unsigned char *at = (const unsigned char *)bytes;
	const unsigned char *end = at + n;
	long len;
	int tag = 0, class;

	/* 0x80: longer than n. That is said of one that was cut off, too. */
	(void)ASN1_get_object(&at, &len, &tag, &class, (long)n);
	ERR_clear_error();
	return tag == V_ASN1_SEQUENCE && (size_t)(end - at) >= sizeof(version) &&
	       memcmp(at, version, sizeof(version)) == 0;
}

enum p12_form p12_form_of(const char *bytes, size_t n)
{
	const unsigned char *at = (const unsigned char *)bytes;
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)n);
	const X509_ALGOR *digest = NULL;
	enum p12_form form = P12_MODERN;

	if (p12 && PKCS12_mac_present(p12) == 1)
		PKCS12_get0_mac(NULL, &digest, NULL, NULL, p12);
	if (digest && OBJ_obj2nid(digest->algorithm) == NID_sha1)
		form = P12_LEGACY;
	PKCS12_free(p12);
	ERR_clear_error();
	return form;
}

/* The password is right when the MAC is; without MAC it is right when things decrypt. */
static bool check_mac(struct reader *r, struct err *e)
{
	const ASN1_INTEGER *rounds;
	const X509_ALGOR *alg;
	int tries = pbe_pass_is_empty(&r->pbe) ? 2 : 1;
	bool pbmac1;

	if (PKCS12_mac_present(r->p12) != 1)
		return true;
	ERR_clear_error();
	PKCS12_get0_mac(NULL, &alg, NULL, &rounds, r->p12);
	pbmac1 = OBJ_obj2nid(alg->algorithm) == OBJ_txt2nid("1.2.840.113549.1.5.14");
	for (int i = 0; i < tries; i++) {
		int n;
		const char *pass = pbe_pass(&r->pbe, i == 1, &n);

		if (pbmac1 ? !pbe_spend_pbkdf2(&r->pbe, alg, e) : !pbe_spend(&r->pbe, rounds, e))
			return false;
		if (PKCS12_verify_mac(r->p12, pass, n) == 1)
			return true;
		/* It says nothing when only the MAC differs. */
		if (ERR_peek_error() != 0)
			return damaged(r, "the MAC of", e);
	}
	return pbe_refused(&r->pbe, e);
}

static const ASN1_TYPE *key_id(const PKCS12_SAFEBAG *bag)
{
	const ASN1_TYPE *id = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);

	return id && id->type == V_ASN1_OCTET_STRING ? id : NULL;
}

/* Takes over cert and key. */
static bool add(struct reader *r, PKCS12_SAFEBAG *bag, struct cert *cert, struct key *key,
		struct err *e)
{
	char *alias = PKCS12_get_friendlyname(bag);
	struct credential item = {
		.alias = alias ? strdup(alias) : NULL,
		.cert = cert,
		.key = key,
		.trusted = cert && X509at_get_attr_by_OBJ(PKCS12_SAFEBAG_get0_attrs(bag),
							  r->trusted, -1) >= 0,
	};
	bool lost = alias && !item.alias;

	OPENSSL_free(alias);
	if (!credentials_add(&r->found, item, r->name, e))
		return false;
	if (lost || sk_PKCS12_SAFEBAG_push(r->from, bag) <= 0)
		return err_set(e, FAIL_MEMORY, "out of memory for certificates");
	return true;
}

static bool read_cert(struct reader *r, PKCS12_SAFEBAG *bag, struct err *e)
{
	struct cert *cert;
	X509 *x;

	if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) {
		r->found.left_out++;
		return true;
	}
	x = PKCS12_SAFEBAG_get1_cert(bag);
	if (!x)
		return damaged(r, "a certificate in", e);
	return cert_wrap(x, &cert, e) && add(r, bag, cert, NULL, e);
}

static bool read_key(struct reader *r, PKCS12_SAFEBAG *bag, struct err *e)
{
	EVP_PKEY *pkey = EVP_PKCS82PKEY(PKCS12_SAFEBAG_get0_p8inf(bag));
	struct key *key;

	if (!pkey)
		return damaged(r, "a private key in", e);
	if (!key_wrap(pkey, &key, e))
		return false;
	key->form = KEY_FORM_P12_OPEN;
	return add(r, bag, NULL, key, e);
}

static bool read_sealed_key(struct reader *r, PKCS12_SAFEBAG *bag, struct err *e)
{
	const X509_SIG *sealed = PKCS12_SAFEBAG_get0_pkcs8(bag);
	struct key *key;

	return pbe_open_key(&r->pbe, sealed, &key, e) && add(r, bag, NULL, key, e);
}

static bool read_bags(struct reader *r, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth,
		      struct err *e);

/* Other bags are skipped: secret keys of Java, revocation lists. */
static bool read_bag(struct reader *r, PKCS12_SAFEBAG *bag, int depth, struct err *e)
{
	int nid = PKCS12_SAFEBAG_get_nid(bag);

	if (nid == NID_certBag)
		return read_cert(r, bag, e);
	if (nid == NID_keyBag)
		return read_key(r, bag, e);
	if (nid == NID_pkcs8ShroudedKeyBag)
		return read_sealed_key(r, bag, e);
	if (nid == NID_safeContentsBag)
		return depth < MAX_DEPTH
			   ? read_bags(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, e)
			   : damaged(r, "the nesting of", e);
	r->found.left_out++;
	return true;
}

static bool read_bags(struct reader *r, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth,
		      struct err *e)
{
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++)
		if (!read_bag(r, sk_PKCS12_SAFEBAG_value(bags, i), depth, e))
			return false;
	return true;
}

/* Keep the bags: their attributes are still needed. */
static bool read_safe(struct reader *r, PKCS7 *safe, struct err *e)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	bool ok = p12_safe_open(&r->pbe, safe, &bags, e);

	for (int i = 0; ok && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		ok = sk_PKCS12_SAFEBAG_push(r->bags, sk_PKCS12_SAFEBAG_value(bags, i)) > 0;
		if (ok)
			(void)sk_PKCS12_SAFEBAG_set(bags, i, NULL);
		else
			(void)err_set(e, FAIL_MEMORY, "out of memory for '%s'", r->name);
	}
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free); /* NULLs are skipped */
	return ok;
}

/* By localKeyID, as Java does, but only what fits. */
static bool join_by_id(struct reader *r, size_t key)
{
	const ASN1_TYPE *id = key_id(sk_PKCS12_SAFEBAG_value(r->from, (int)key));

	for (size_t i = 0; id && i < r->found.count; i++) {
		const ASN1_TYPE *other = key_id(sk_PKCS12_SAFEBAG_value(r->from, (int)i));

		if (other && ASN1_TYPE_cmp(id, other) == 0 && credentials_join(&r->found, i, key)) {
			(void)sk_PKCS12_SAFEBAG_delete(r->from, (int)key);
			return true;
		}
	}
	return false;
}

/* One thing in the file that an old Java does not know spoils all of it. */
static void note_forms(struct reader *r)
{
	const X509_ALGOR *mac = NULL;
	bool newer = r->pbe.met_pbes2;

	if (PKCS12_mac_present(r->p12) == 1) {
		PKCS12_get0_mac(NULL, &mac, NULL, NULL, r->p12);
		newer = newer || OBJ_obj2nid(mac->algorithm) != NID_sha1;
	}
	for (size_t i = 0; i < r->found.count; i++) {
		struct key *key = r->found.items[i].key;

		if (key && key->form != KEY_FORM_P12_OPEN)
			key->form = newer ? KEY_FORM_P12 : KEY_FORM_P12_SHA1;
	}
}

static bool read_all(struct reader *r, struct err *e)
{
	if (!check_mac(r, e))
		return false;
	r->safes = PKCS12_unpack_authsafes(r->p12);
	if (!r->safes)
		return damaged(r, "keystore", e);
	for (int i = 0; i < sk_PKCS7_num(r->safes); i++)
		if (!read_safe(r, sk_PKCS7_value(r->safes, i), e))
			return false;
	if (!read_bags(r, r->bags, 0, e))
		return false;
	note_forms(r);
	for (size_t i = 0; i < r->found.count;)
		if (r->found.items[i].cert || !join_by_id(r, i))
			i++;
	credentials_match(&r->found);
	return true;
}

bool p12_parse(const char *bytes, size_t n, const char *name, const struct secret *pass,
	       struct credentials *out, struct err *e)
{
	const unsigned char *at = (const unsigned char *)bytes;
	struct reader r CLEANUP(reader_clear) = {
		.name = name,
		.pbe = { .name = name, .pass = pass },
		.trusted = OBJ_txt2obj(P12_TRUSTED_OID, 1),
		.bags = sk_PKCS12_SAFEBAG_new_null(),
		.from = sk_PKCS12_SAFEBAG_new_null(),
	};

	if (!r.trusted || !r.bags || !r.from)
		return openssl_failed(e, FAIL_MEMORY, "cannot read a PKCS#12 file");
	if (n > CREDENTIALS_MAX_BYTES)
		return err_set(e, FAIL_INPUT, "'%s' is longer than %d bytes", name,
			       CREDENTIALS_MAX_BYTES);
	if (p12_is(bytes, n))
		r.p12 = d2i_PKCS12(NULL, &at, (long)n);
	if (!r.p12)
		return damaged(&r, "keystore", e);
	if (!read_all(&r, e))
		return false;
	r.found.keystore = true;
	*out = r.found;
	r.found = (struct credentials){ 0 };
	return true;
}
