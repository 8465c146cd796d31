#include "pki/csr.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "pki/dn.h"
#include "pki/general_names.h"
#include "pki/openssl.h"

static bool wrap(X509_REQ *req, struct csr **out, struct err *e)
{
	struct csr *r = malloc(sizeof(*r));

	if (!r) {
		X509_REQ_free(req);
		return err_set(e, FAIL_MEMORY, "out of memory for a certificate request");
	}
	r->req = req;
	*out = r;
	return true;
}

static bool set_subject(X509_REQ *req, const char *subject, struct err *e)
{
	X509_NAME *name;
	bool ok;

	if (!dn_parse(subject, &name, e))
		return false;
	ok = X509_REQ_set_subject_name(req, name) == 1;
	X509_NAME_free(name);
	return ok || openssl_failed(e, FAIL_CRYPTO, "cannot name a certificate request");
}

static bool add_san(X509_REQ *req, const struct san *san)
{
	STACK_OF(X509_EXTENSION) * extensions;
	X509_EXTENSION *ext;
	bool ok;

	if (!san || san_is_empty(san))
		return true;
	extensions = sk_X509_EXTENSION_new_null();
	ext = extensions ? general_names_encode(san) : NULL;
	ok = ext && sk_X509_EXTENSION_push(extensions, ext) > 0;
	if (!ok)
		X509_EXTENSION_free(ext);
	ok = ok && X509_REQ_add_extensions(req, extensions) == 1;
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return ok;
}

bool csr_make(const char *subject, const struct san *san, const struct key *key, struct csr **out,
	      struct err *e)
{
	X509_REQ *req = X509_REQ_new();
	auto_csr made = NULL;

	if (!req)
		return openssl_failed(e, FAIL_MEMORY, "cannot make a certificate request");
	if (!wrap(req, &made, e) || !set_subject(req, subject, e))
		return false;
	if (X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(req, key->pkey) != 1 || !add_san(req, san) ||
	    X509_REQ_sign(req, key->pkey, EVP_sha256()) <= 0)
		return openssl_failed(e, FAIL_CRYPTO, "cannot sign a certificate request");
	*out = TAKE(made);
	return true;
}

/* A SEQUENCE, and long enough for its length to need more than one byte, as each request is; no
 * text starts so. */
static bool is_der(const char *bytes, size_t n)
{
	return n > 2 && bytes[0] == 0x30 && ((unsigned char)bytes[1] & 0x80);
}

static X509_REQ *read_der(const char *bytes, size_t n)
{
	const unsigned char *at = (const unsigned char *)bytes;
	X509_REQ *req = d2i_X509_REQ(NULL, &at, (long)n);

	if (req && at == (const unsigned char *)bytes + n)
		return req;
	X509_REQ_free(req);
	return NULL;
}

bool csr_is(const char *bytes, size_t n)
{
	static const char *const heads[] = { "-----BEGIN CERTIFICATE REQUEST-----",
					     "-----BEGIN NEW CERTIFICATE REQUEST-----" };
	X509_REQ *req;

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		if (memmem(bytes, n, heads[i], strlen(heads[i])))
			return true;
	req = is_der(bytes, n) && n <= LONG_MAX ? read_der(bytes, n) : NULL;
	ERR_clear_error();
	X509_REQ_free(req);
	return req != NULL;
}

static X509_REQ *read_pem(const char *bytes, size_t n, bool *out_more)
{
	auto_bio bio = BIO_new_mem_buf(bytes, (int)n);
	X509_REQ *req = bio ? PEM_read_bio_X509_REQ(bio, NULL, openssl_give_pass, NULL) : NULL;
	X509_REQ *next = req ? PEM_read_bio_X509_REQ(bio, NULL, openssl_give_pass, NULL) : NULL;

	*out_more = req && (next || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE);
	X509_REQ_free(next);
	return req;
}

/* Only who holds the private key can have made this signature. */
static bool is_signed_by_itself(X509_REQ *req)
{
	EVP_PKEY *pkey = X509_REQ_get0_pubkey(req);
	bool ok = pkey && X509_REQ_verify(req, pkey) == 1;

	ERR_clear_error();
	return ok;
}

bool csr_parse(const char *bytes, size_t n, const char *name, struct csr **out, struct err *e)
{
	X509_REQ *req = NULL;
	bool more = false;
	auto_csr made = NULL;

	if (n <= INT_MAX)
		req = is_der(bytes, n) ? read_der(bytes, n) : read_pem(bytes, n, &more);
	ERR_clear_error();
	if (!req)
		return err_set(e, FAIL_INPUT, "cannot read a certificate request from '%s'",
			       name) ||
		       err_hint(e, "it must be DER, or PEM that starts with "
				   "-----BEGIN CERTIFICATE REQUEST-----");
	if (!wrap(req, &made, e))
		return false;
	if (more)
		return err_set(e, FAIL_INPUT, "'%s' holds more than one certificate request", name);
	if (!is_signed_by_itself(req))
		return err_set(e, FAIL_INPUT, "request '%s' is not signed with the key in it",
			       name) ||
		       err_hint(
			   e, "it was changed, or its key is of a kind unknown here: make it anew");
	*out = TAKE(made);
	return true;
}

bool csr_format(const struct csr *r, struct str *out_pem, struct err *e)
{
	auto_bio bio = BIO_new(BIO_s_mem());
	char *bytes;
	long n;

	if (!bio || PEM_write_bio_X509_REQ(bio, r->req) != 1)
		return openssl_failed(e, FAIL_CRYPTO, "cannot encode a certificate request");
	n = BIO_get_mem_data(bio, &bytes);
	str_addn(out_pem, bytes, (size_t)n);
	return str_ok(out_pem, e);
}

/* How many lists of extensions there are: OpenSSL reads the first and keeps silent about others,
 * and another reader may take another one. */
static int count_lists(X509_REQ *req)
{
	int count = 0;

	for (int i = 0; i < X509_REQ_get_attr_count(req); i++) {
		X509_ATTRIBUTE *a = X509_REQ_get_attr(req, i);
		int nid = OBJ_obj2nid(X509_ATTRIBUTE_get0_object(a));

		if (nid == NID_ext_req || nid == NID_ms_ext_req)
			count += X509_ATTRIBUTE_count(a) == 1 ? 1 : 2; /* none is as bad as two */
	}
	return count;
}

static bool read_names(const STACK_OF(X509_EXTENSION) * extensions, struct san *out, struct err *e)
{
	auto_san all = { 0 };
	const char *other;

	if (!general_names_decode(extensions, "the request", &all, &other, e))
		return false;
	if (other)
		return err_set(e, FAIL_INPUT, "the request asks for %s, which is not supported",
			       other) ||
		       err_hint(e, "ask for dns, ip, email, uri and cn names only");
	*out = all;
	all = (struct san){ 0 };
	return true;
}

bool csr_san(const struct csr *r, struct san *out, struct err *e)
{
	int lists = count_lists(r->req);
	STACK_OF(X509_EXTENSION) * extensions;
	bool ok;

	if (lists == 0)
		return true;
	if (lists > 1)
		return err_set(e, FAIL_INPUT, "the request holds more than one list of extensions");
	extensions = X509_REQ_get_extensions(r->req);
	ERR_clear_error();
	if (!extensions)
		return err_set(e, FAIL_INPUT, "cannot read the extensions of the request: damaged");
	ok = read_names(extensions, out, e);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return ok;
}

bool csr_subject(const struct csr *r, struct str *out, struct err *e)
{
	return dn_format(X509_REQ_get_subject_name(r->req), out, e);
}

bool csr_has_subject(const struct csr *r, const char *dn)
{
	return dn_is(X509_REQ_get_subject_name(r->req), dn);
}

bool csr_same(const struct csr *a, const struct csr *b)
{
	unsigned char *of_a = NULL, *of_b = NULL;
	int n = i2d_X509_REQ(a->req, &of_a);
	bool same = n > 0 && i2d_X509_REQ(b->req, &of_b) == n && memcmp(of_a, of_b, (size_t)n) == 0;

	OPENSSL_free(of_a);
	OPENSSL_free(of_b);
	return same;
}

bool csr_fits_key(const struct csr *r, const struct key *k)
{
	bool fits = X509_REQ_check_private_key(r->req, k->pkey) == 1;

	ERR_clear_error();
	return fits;
}

bool csr_fits_cert(const struct csr *r, const struct cert *c)
{
	bool fits = EVP_PKEY_eq(X509_REQ_get0_pubkey(r->req), X509_get0_pubkey(c->leaf)) == 1;

	ERR_clear_error();
	return fits;
}

bool csr_check_key(const struct csr *r, struct err *e)
{
	const EVP_PKEY *key = X509_REQ_get0_pubkey(r->req);
	static const char *const curves[] = { "prime256v1", "secp384r1", "secp521r1" };
	bool rsa = key && EVP_PKEY_is_a(key, "RSA") == 1;
	char curve[64] = "";

	if (rsa && EVP_PKEY_get_bits(key) >= 2048)
		return true;
	if (key && !rsa)
		(void)EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL);
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (strcmp(curve, curves[i]) == 0)
			return true;
	ERR_clear_error();
	return err_set(e, FAIL_INPUT, "its key is too weak, or of a kind that is not read") ||
	       err_hint(e, "RSA of 2048 bits and more, P-256, P-384 and P-521 are signed");
}

void csr_free(struct csr *r)
{
	if (!r)
		return;
	X509_REQ_free(r->req);
	free(r);
}

void csr_freep(struct csr **r)
{
	csr_free(*r);
}
