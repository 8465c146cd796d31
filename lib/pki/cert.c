#include "pki/cert.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "pki/dn.h"
#include "pki/openssl.h"

enum { SERIAL_BITS = 159, BACKDATE_S = 600, DAY_S = 86400, MAX_CHAIN = 16 };

/* What RFC 5280 extensions each purpose carries, in OpenSSL's own notation. */
/* clang-format off */
static const struct purpose_row {
	const char *basic, *key_usage, *key_usage_rsa, *extended;
} purposes[] = {
	[CERT_CA]     = { "critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign",
			  "critical,keyCertSign,cRLSign", NULL },
	[CERT_NODE]   = { "critical,CA:FALSE", "critical,digitalSignature",
			  "critical,digitalSignature,keyEncipherment", "serverAuth,clientAuth" },
	[CERT_SERVER] = { "critical,CA:FALSE", "critical,digitalSignature",
			  "critical,digitalSignature,keyEncipherment", "serverAuth" },
	[CERT_CLIENT] = { "critical,CA:FALSE", "critical,digitalSignature",
			  "critical,digitalSignature,keyEncipherment", "clientAuth" },
};
/* clang-format on */

static bool wrap(X509 *leaf, struct cert **out, struct err *e)
{
	struct cert *c = calloc(1, sizeof(*c));

	if (c)
		c->chain = sk_X509_new_null();
	if (!c || !c->chain) {
		free(c);
		X509_free(leaf);
		return err_set(e, FAIL_MEMORY, "out of memory for a certificate");
	}
	c->leaf = leaf;
	*out = c;
	return true;
}

static bool set_serial(X509 *x)
{
	BIGNUM *serial = BN_new();
	bool ok = serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x));

	BN_free(serial);
	return ok;
}

static bool set_validity(X509 *x, unsigned valid_days, const X509 *ca, struct err *e)
{
	const ASN1_TIME *ca_end = ca ? X509_get0_notAfter(ca) : NULL;

	if (ca_end && X509_cmp_current_time(ca_end) < 0)
		return err_set(e, FAIL_CONFIG, "the signing CA has expired") ||
		       err_hint(e, "roll the CA over: init renew --ca");
	if (!X509_gmtime_adj(X509_getm_notBefore(x), -BACKDATE_S) ||
	    !X509_time_adj_ex(X509_getm_notAfter(x), (int)valid_days, 0, NULL))
		return openssl_failed(e, FAIL_CRYPTO, "cannot set the validity");
	if (ca_end && ASN1_TIME_compare(X509_get0_notAfter(x), ca_end) > 0 &&
	    X509_set1_notAfter(x, ca_end) != 1)
		return openssl_failed(e, FAIL_CRYPTO, "cannot set the validity");
	return true;
}

static bool add_extension(X509 *x, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *ext;
	bool ok;

	if (!value)
		return true;
	ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	ok = ext && X509_add_ext(x, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

static bool add_name(GENERAL_NAMES *names, int type, void *value)
{
	GENERAL_NAME *name = value ? GENERAL_NAME_new() : NULL;

	if (!name)
		return false;
	GENERAL_NAME_set0_value(name, type, value);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

static ASN1_STRING *ia5(const char *text)
{
	ASN1_STRING *s = ASN1_IA5STRING_new();

	if (s && ASN1_STRING_set(s, text, -1) == 1)
		return s;
	ASN1_STRING_free(s);
	return NULL;
}

/* Built from values, not from text: a name can never smuggle in a second one. */
static bool add_san(X509 *x, const struct san *san)
{
	GENERAL_NAMES *names;
	bool ok = true;

	if (!san || san->dns.count + san->ip.count == 0)
		return true;
	names = GENERAL_NAMES_new();
	if (!names)
		return false;
	for (size_t i = 0; ok && i < san->dns.count; i++)
		ok = add_name(names, GEN_DNS, ia5(san->dns.items[i]));
	for (size_t i = 0; ok && i < san->ip.count; i++)
		ok = add_name(names, GEN_IPADD, a2i_IPADDRESS(san->ip.items[i]));
	ok = ok && X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
	GENERAL_NAMES_free(names);
	return ok;
}

static bool add_extensions(X509 *x, const struct cert_request *rq, X509 *issuer)
{
	const struct purpose_row *row = &purposes[rq->purpose];
	bool rsa = EVP_PKEY_is_a(rq->key->pkey, "RSA") == 1;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	return add_extension(x, &ctx, NID_basic_constraints, row->basic) &&
	       add_extension(x, &ctx, NID_key_usage, rsa ? row->key_usage_rsa : row->key_usage) &&
	       add_extension(x, &ctx, NID_ext_key_usage, row->extended) &&
	       add_extension(x, &ctx, NID_subject_key_identifier, "hash") &&
	       add_extension(x, &ctx, NID_authority_key_identifier, "keyid") && add_san(x, rq->san);
}

static bool set_subject(X509 *x, const char *subject, const X509 *ca, struct err *e)
{
	X509_NAME *name;
	bool ok;

	if (!dn_parse(subject, &name, e))
		return false;
	ok = X509_set_subject_name(x, name) == 1 &&
	     X509_set_issuer_name(x, ca ? X509_get_subject_name(ca) : name) == 1;
	X509_NAME_free(name);
	return ok || openssl_failed(e, FAIL_CRYPTO, "cannot name a certificate");
}

bool cert_sign(const struct cert_request *rq, const struct cert *ca, const struct key *ca_key,
	       struct cert **out, struct err *e)
{
	X509 *x = X509_new();
	auto_cert made = NULL;

	if (!x)
		return openssl_failed(e, FAIL_MEMORY, "cannot make a certificate");
	if (!wrap(x, &made, e))
		return false;
	if (!set_subject(x, rq->subject, ca ? ca->leaf : NULL, e) ||
	    !set_validity(x, rq->valid_days, ca ? ca->leaf : NULL, e))
		return false;
	if (X509_set_version(x, X509_VERSION_3) != 1 || !set_serial(x) ||
	    X509_set_pubkey(x, rq->key->pkey) != 1 || !add_extensions(x, rq, ca ? ca->leaf : x) ||
	    X509_sign(x, ca_key ? ca_key->pkey : rq->key->pkey, EVP_sha256()) <= 0)
		return openssl_failed(e, FAIL_CRYPTO, "cannot sign a certificate");
	*out = TAKE(made);
	return true;
}

static bool add_intermediate(struct cert *c, X509 *x)
{
	if (X509_self_signed(x, 0) == 1)
		return true;
	if (!X509_up_ref(x))
		return false;
	if (sk_X509_push(c->chain, x) > 0)
		return true;
	X509_free(x);
	return false;
}

bool cert_add_chain(struct cert *c, const struct cert *ca, struct err *e)
{
	bool ok = add_intermediate(c, ca->leaf);

	for (int i = 0; ok && i < sk_X509_num(ca->chain); i++)
		ok = add_intermediate(c, sk_X509_value(ca->chain, i));
	return ok || openssl_failed(e, FAIL_MEMORY, "cannot put a chain together");
}

bool cert_parse(const char *pem, size_t n, const char *name, struct cert **out, struct err *e)
{
	auto_bio bio = n <= INT_MAX ? BIO_new_mem_buf(pem, (int)n) : NULL;
	auto_cert made = NULL;
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	if (!x) {
		ERR_clear_error();
		(void)err_set(e, FAIL_INPUT, "cannot read a certificate from '%s'", name);
		return err_hint(e, "it must be PEM, starting with -----BEGIN CERTIFICATE-----");
	}
	if (!wrap(x, &made, e))
		return false;
	while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		if (sk_X509_num(made->chain) >= MAX_CHAIN || sk_X509_push(made->chain, x) <= 0) {
			X509_free(x);
			return err_set(e, FAIL_INPUT, "'%s' holds more than %d certificates", name,
				       MAX_CHAIN);
		}
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
		ERR_clear_error();
		return err_set(e, FAIL_INPUT, "a later certificate in '%s' is damaged", name);
	}
	ERR_clear_error();
	*out = TAKE(made);
	return true;
}

bool cert_format(const struct cert *c, struct str *out_pem, struct err *e)
{
	auto_bio bio = BIO_new(BIO_s_mem());
	char *bytes;
	long n;

	if (!bio || PEM_write_bio_X509(bio, c->leaf) != 1)
		return openssl_failed(e, FAIL_CRYPTO, "cannot encode a certificate");
	for (int i = 0; i < sk_X509_num(c->chain); i++)
		if (PEM_write_bio_X509(bio, sk_X509_value(c->chain, i)) != 1)
			return openssl_failed(e, FAIL_CRYPTO, "cannot encode a certificate");
	n = BIO_get_mem_data(bio, &bytes);
	str_addn(out_pem, bytes, (size_t)n);
	return str_ok(out_pem, e);
}

bool cert_subject(const struct cert *c, struct str *out, struct err *e)
{
	auto_bio bio = BIO_new(BIO_s_mem());
	char *bytes;
	long n;

	if (!bio || X509_NAME_print_ex(bio, X509_get_subject_name(c->leaf), 0,
				       XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
		return openssl_failed(e, FAIL_CRYPTO, "cannot print a subject");
	n = BIO_get_mem_data(bio, &bytes);
	str_addn(out, bytes, (size_t)n);
	return str_ok(out, e);
}

bool cert_fits_key(const struct cert *c, const struct key *k)
{
	bool fits = X509_check_private_key(c->leaf, k->pkey) == 1;

	ERR_clear_error();
	return fits;
}

bool cert_is_ca(const struct cert *c)
{
	return X509_check_ca(c->leaf) == 1;
}

long cert_days_left(const struct cert *c)
{
	int days = 0, seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(c->leaf)) != 1)
		return -1;
	return days == 0 && seconds < 0 ? -1 : days;
}

bool cert_has_begun(const struct cert *c)
{
	return X509_cmp_current_time(X509_get0_notBefore(c->leaf)) < 0;
}

bool cert_same(const struct cert *a, const struct cert *b)
{
	return X509_cmp(a->leaf, b->leaf) == 0;
}

bool cert_covers(const struct cert *c, const char *host_or_ip)
{
	/* A wildcard that is asked for must be there as such. */
	unsigned flags = host_or_ip[0] == '*' ? X509_CHECK_FLAG_NO_WILDCARDS : 0;

	return X509_check_ip_asc(c->leaf, host_or_ip, 0) == 1 ||
	       X509_check_host(c->leaf, host_or_ip, 0, flags, NULL) == 1;
}

void cert_free(struct cert *c)
{
	if (!c)
		return;
	X509_free(c->leaf);
	sk_X509_pop_free(c->chain, X509_free);
	free(c);
}

void cert_freep(struct cert **c)
{
	cert_free(*c);
}
