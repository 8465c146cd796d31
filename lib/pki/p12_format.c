#include "pki/p12.h"

#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include "pki/p12_safe.h"

struct writer {
	enum p12_form form;
	struct pbe pbe;                   /* for the password */
	STACK_OF(PKCS12_SAFEBAG) * certs; /* encrypted together */
	STACK_OF(PKCS12_SAFEBAG) * keys;  /* each encrypted by itself */
	STACK_OF(X509) * chain;           /* borrowed: intermediates that are in certs */
	STACK_OF(PKCS7) * safes;
};

static void writer_clear(struct writer *w)
{
	sk_PKCS12_SAFEBAG_pop_free(w->certs, PKCS12_SAFEBAG_free);
	sk_PKCS12_SAFEBAG_pop_free(w->keys, PKCS12_SAFEBAG_free);
	sk_X509_free(w->chain);
	sk_PKCS7_pop_free(w->safes, PKCS7_free);
}

/* What Java's PBEKey takes: printable ASCII. */
static bool check_pass(const struct secret *pass, struct err *e)
{
	size_t n = 0;
	const char *bytes = pass ? secret_reveal(pass, &n) : "";

	for (size_t i = 0; i < n; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			return err_set(e, FAIL_INPUT,
				       "a password of PKCS#12 must be plain ASCII") ||
			       err_hint(e, "choose one of letters, digits and signs");
	return true;
}

/* Java forgets the case of aliases, and keeps only the last of those that are the same then. */
static bool check_entries(const struct p12_entry *entries, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		const struct p12_entry *it = &entries[i];

		if (it->key && !cert_fits_key(it->cert, it->key))
			return err_set(e, FAIL_INPUT,
				       "the key of '%s' does not fit its certificate", it->alias);
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(it->alias, entries[k].alias) == 0)
				return err_set(e, FAIL_INPUT,
					       "two entries of a PKCS#12 file have the alias '%s'",
					       it->alias) ||
				       err_hint(e, "rename one: Java keeps only the last");
	}
	return true;
}

/* Takes over bag. */
static bool push(STACK_OF(PKCS12_SAFEBAG) * bags, PKCS12_SAFEBAG *bag)
{
	if (bag && sk_PKCS12_SAFEBAG_push(bags, bag) > 0)
		return true;
	PKCS12_SAFEBAG_free(bag);
	return false;
}

/* UTF-16, as Java has it: PKCS12_add_friendlyname_utf8() stops at U+FFFF. */
static bool add_alias(PKCS12_SAFEBAG *bag, const char *alias)
{
	unsigned char *utf16 = NULL;
	int n = 0;
	bool ok = OPENSSL_utf82uni(alias, -1, &utf16, &n) &&
		  PKCS12_add_friendlyname_uni(bag, utf16, n - 2) == 1; /* without the NUL */

	OPENSSL_free(utf16);
	return ok;
}

/* By the same name and the same ID Java knows that a key and a certificate are one entry. */
static bool add_names(PKCS12_SAFEBAG *bag, const char *alias, X509 *leaf)
{
	unsigned char id[EVP_MAX_MD_SIZE];
	unsigned n;

	return add_alias(bag, alias) && X509_digest(leaf, EVP_sha256(), id, &n) == 1 &&
	       PKCS12_add_localkeyid(bag, id, (int)n) == 1;
}

static bool chain_has(const struct writer *w, const X509 *x)
{
	for (int i = 0; i < sk_X509_num(w->chain); i++)
		if (X509_cmp(sk_X509_value(w->chain, i), x) == 0)
			return true;
	return false;
}

/* Java finds the chain again by the names of the issuers; once is enough for all entries. */
static bool add_chain(struct writer *w, const struct cert *cert)
{
	for (int i = 0; i < sk_X509_num(cert->chain); i++) {
		X509 *x = sk_X509_value(cert->chain, i);

		if (!chain_has(w, x) && (!push(w->certs, PKCS12_SAFEBAG_create_cert(x)) ||
					 sk_X509_push(w->chain, x) <= 0))
			return false;
	}
	return true;
}

static bool add_key_entry(struct writer *w, const struct p12_entry *it)
{
	PKCS12_SAFEBAG *key = p12_safe_key(&w->pbe, w->form, it->key);
	PKCS12_SAFEBAG *leaf;

	if (!push(w->keys, key) || !add_names(key, it->alias, it->cert->leaf))
		return false;
	leaf = PKCS12_SAFEBAG_create_cert(it->cert->leaf);
	return push(w->certs, leaf) && add_names(leaf, it->alias, it->cert->leaf) &&
	       add_chain(w, it->cert);
}

static bool add_trusted_entry(struct writer *w, const struct p12_entry *it)
{
	PKCS12_SAFEBAG *bag = PKCS12_SAFEBAG_create_cert(it->cert->leaf);
	const ASN1_OBJECT *any = OBJ_nid2obj(NID_anyExtendedKeyUsage);

	return push(w->certs, bag) && add_alias(bag, it->alias) &&
	       PKCS12_add1_attr_by_txt(bag, P12_TRUSTED_OID, V_ASN1_OBJECT,
				       (const unsigned char *)any, -1) == 1;
}

/* Takes over safe. */
static bool add_safe(struct writer *w, PKCS7 *safe)
{
	if (safe && sk_PKCS7_push(w->safes, safe) > 0)
		return true;
	PKCS7_free(safe);
	return false;
}

static bool pack(struct writer *w, struct str *out, struct err *e)
{
	if (!add_safe(w, p12_safe_close(&w->pbe, w->form, w->certs)) ||
	    (sk_PKCS12_SAFEBAG_num(w->keys) > 0 && !add_safe(w, PKCS12_pack_p7data(w->keys))))
		return openssl_failed(e, FAIL_CRYPTO, "cannot make a PKCS#12 file");
	return p12_safe_format(&w->pbe, w->form, w->safes, out, e);
}

bool p12_format(const struct p12_entry *entries, size_t count, const struct secret *pass,
		enum p12_form form, struct str *out, struct err *e)
{
	struct writer w CLEANUP(writer_clear) = {
		.form = form,
		.pbe = { .pass = pass },
		.certs = sk_PKCS12_SAFEBAG_new_null(),
		.keys = sk_PKCS12_SAFEBAG_new_null(),
		.chain = sk_X509_new_null(),
		.safes = sk_PKCS7_new_null(),
	};

	if (!w.certs || !w.keys || !w.chain || !w.safes)
		return openssl_failed(e, FAIL_MEMORY, "cannot make a PKCS#12 file");
	if (!check_pass(pass, e) || !check_entries(entries, count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct p12_entry *it = &entries[i];

		if (it->key ? !add_key_entry(&w, it) : !add_trusted_entry(&w, it)) {
			ERR_clear_error();
			return err_set(e, FAIL_CRYPTO, "cannot put '%s' into a PKCS#12 file",
				       it->alias);
		}
	}
	return pack(&w, out, e);
}
