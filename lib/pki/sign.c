#include "pki/sign.h"

#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/num.h"
#include "pki/constraint.h"
#include "pki/dn.h"
#include "pki/ec_key.h"
#include "pki/extensions.h"
#include "pki/general_names.h"
#include "pki/openssl.h"

enum { SERIAL_BITS = 159, BACKDATE_S = 600 };

/* What RFC 5280 extensions each purpose carries, in OpenSSL's own notation. */
/* clang-format off */
static const struct purpose_row {
	const char *key_usage, *key_usage_rsa, *extended;
} purposes[] = {
	[CERT_CA]     = { "keyCertSign,cRLSign", "keyCertSign,cRLSign", NULL },
	[CERT_NODE]   = { "digitalSignature", "digitalSignature,keyEncipherment", "serverAuth,clientAuth" },
	[CERT_SERVER] = { "digitalSignature", "digitalSignature,keyEncipherment", "serverAuth" },
	[CERT_CLIENT] = { "digitalSignature", "digitalSignature,keyEncipherment", "clientAuth" },
};

/* By their bits in RFC 5280, 4.2.1.3. */
static const char *const key_usages[] = {
	"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
	"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
};
/* clang-format on */

static const char *key_usage_at(size_t i, const void *ctx)
{
	(void)ctx;
	return i < ARRAY_LEN(key_usages) ? key_usages[i] : NULL;
}

static bool set_serial(X509 *x)
{
	BIGNUM *serial = BN_new();
	bool ok = serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x));

	BN_free(serial);
	return ok;
}

static bool outlives(const struct cert_request *rq, const ASN1_TIME *ca_end, struct err *e)
{
	int days = 0, seconds = 0;

	(void)ASN1_TIME_diff(&days, &seconds, NULL, ca_end);
	return err_set(e, FAIL_CONFIG, "%u days would outlive the signing CA, which has %d left",
		       rq->valid_days, days) ||
	       err_hint(e, "ask for fewer days, or for none to end with the CA");
}

static bool set_validity(X509 *x, const struct cert_request *rq, const X509 *ca, struct err *e)
{
	const ASN1_TIME *ca_end = ca ? X509_get0_notAfter(ca) : NULL;

	if (ca_end && X509_cmp_current_time(ca_end) < 0)
		return err_set(e, FAIL_CONFIG, "the signing CA has expired") ||
		       err_hint(e, "make a new one, and certificates that it signs");
	if (!X509_gmtime_adj(X509_getm_notBefore(x), -BACKDATE_S) ||
	    !X509_time_adj_ex(X509_getm_notAfter(x), (int)rq->valid_days, 0, NULL))
		return openssl_failed(e, FAIL_CRYPTO, "cannot set the validity");
	if (!ca_end || ASN1_TIME_compare(X509_get0_notAfter(x), ca_end) <= 0)
		return true;
	if (rq->exact_days)
		return outlives(rq, ca_end, e);
	return X509_set1_notAfter(x, ca_end) == 1 ||
	       openssl_failed(e, FAIL_CRYPTO, "cannot set the validity");
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

static bool add_basic(X509 *x, X509V3_CTX *ctx, const struct cert_request *rq)
{
	char value[64] = "critical,CA:FALSE";

	if (rq->purpose == CERT_CA)
		(void)snprintf(value, sizeof(value),
			       rq->path_length < 0 ? "critical,CA:TRUE"
						   : "critical,CA:TRUE,pathlen:%d",
			       rq->path_length);
	return add_extension(x, ctx, NID_basic_constraints, value);
}

/* The names were checked by sign_check_key_usage(), and cannot smuggle in anything. */
static bool add_key_usage(X509 *x, X509V3_CTX *ctx, const struct cert_request *rq,
			  const EVP_PKEY *key)
{
	const struct purpose_row *row = &purposes[rq->purpose];
	auto_str value = STR_INIT(512);
	struct err e;

	str_add(&value, "critical");
	if (rq->key_usage && rq->key_usage->count > 0)
		for (size_t i = 0; i < rq->key_usage->count; i++)
			str_addf(&value, ",%s", rq->key_usage->items[i]);
	else
		str_addf(&value, ",%s",
			 EVP_PKEY_is_a(key, "RSA") == 1 ? row->key_usage_rsa : row->key_usage);
	return str_ok(&value, &e) && add_extension(x, ctx, NID_key_usage, str_text(&value));
}

bool sign_check_key_usage(const struct list *usages, struct err *e)
{
	for (size_t i = 0; usages && i < usages->count; i++) {
		const char *nearest, *name = usages->items[i];
		size_t k = 0;

		while (k < ARRAY_LEN(key_usages) && strcmp(name, key_usages[k]) != 0)
			k++;
		if (k < ARRAY_LEN(key_usages))
			continue;
		nearest = num_nearest(name, key_usage_at, NULL);
		(void)err_set(e, FAIL_USAGE, "unknown key usage '%s'", name);
		return nearest ? err_hint(e, "did you mean %s?", nearest)
			       : err_hint(e, "keyCertSign and cRLSign are those of a CA");
	}
	if (!usages || usages->count == 0 || list_has(usages, "keyCertSign"))
		return true;
	return err_set(e, FAIL_USAGE, "a key usage without keyCertSign makes no CA") ||
	       err_hint(e, "keyCertSign,cRLSign is what a CA needs");
}

bool sign_check_permitted(const struct list *permitted, struct err *e)
{
	NAME_CONSTRAINTS *nc = NULL;
	bool good = constraint_parse(permitted, &nc, e);

	NAME_CONSTRAINTS_free(nc);
	return good;
}

static bool add_constraints(X509 *x, const struct cert_request *rq, struct err *e)
{
	NAME_CONSTRAINTS *nc;
	bool ok;

	if (rq->purpose != CERT_CA || !rq->permitted || rq->permitted->count == 0)
		return true;
	if (!constraint_parse(rq->permitted, &nc, e))
		return false;
	ok = X509_add1_ext_i2d(x, NID_name_constraints, nc, 1, X509V3_ADD_DEFAULT) == 1;
	NAME_CONSTRAINTS_free(nc);
	return ok || openssl_failed(e, FAIL_CRYPTO, "cannot constrain a CA");
}

static bool add_san(X509 *x, const struct san *san, struct err *e)
{
	X509_EXTENSION *names;
	bool ok;

	if (!san || san_is_empty(san))
		return true;
	names = general_names_encode(san);
	ok = names && X509_add_ext(x, names, -1) == 1;
	X509_EXTENSION_free(names);
	return ok || openssl_failed(e, FAIL_CRYPTO, "cannot name a certificate");
}

/* "always", because OpenSSL would leave it empty in a certificate that signs itself, and verifiers
 * of the web's profile refuse that. The CA of somebody else may have no identifier to point to. */
static bool add_authority(X509 *x, X509V3_CTX *ctx, X509 *issuer)
{
	if (issuer != x && !X509_get0_subject_key_id(issuer))
		return true;
	return add_extension(x, ctx, NID_authority_key_identifier, "keyid:always");
}

/* What a certificate is for, and for whom. */
static bool add_content(X509 *x, X509V3_CTX *ctx, const struct cert_request *rq,
			const EVP_PKEY *key, struct err *e)
{
	/* What the old key could be used for says nothing of one of another kind. */
	bool same_key = rq->like && EVP_PKEY_eq(X509_get0_pubkey(rq->like->leaf), key) == 1;

	if (!same_key && !add_key_usage(x, ctx, rq, key))
		return openssl_failed(e, FAIL_CRYPTO, "cannot describe a certificate");
	if (rq->like)
		return extensions_hand_on(rq->like->leaf, x, same_key, e);
	return (add_extension(x, ctx, NID_ext_key_usage, purposes[rq->purpose].extended) ||
		openssl_failed(e, FAIL_CRYPTO, "cannot describe a certificate")) &&
	       add_constraints(x, rq, e) && add_san(x, rq->san, e);
}

static bool add_extensions(X509 *x, const struct cert_request *rq, EVP_PKEY *key, X509 *issuer,
			   struct err *e)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	if (!add_basic(x, &ctx, rq) ||
	    !add_extension(x, &ctx, NID_subject_key_identifier, "hash") ||
	    !add_authority(x, &ctx, issuer))
		return openssl_failed(e, FAIL_CRYPTO, "cannot describe a certificate");
	return add_content(x, &ctx, rq, key, e);
}

static bool set_subject(X509 *x, const struct cert_request *rq, const X509 *ca, struct err *e)
{
	X509_NAME *parsed = NULL;
	const X509_NAME *name;
	bool ok;

	if (!rq->csr && !rq->like && !dn_parse(rq->subject, &parsed, e))
		return false;
	name = rq->csr    ? X509_REQ_get_subject_name(rq->csr->req)
	       : rq->like ? X509_get_subject_name(rq->like->leaf)
			  : parsed;
	ok = X509_set_subject_name(x, name) == 1 &&
	     X509_set_issuer_name(x, ca ? X509_get_subject_name(ca) : name) == 1;
	X509_NAME_free(parsed);
	return ok || openssl_failed(e, FAIL_CRYPTO, "cannot name a certificate");
}

/* Edwards curves hash by themselves. */
static const EVP_MD *digest_for(const EVP_PKEY *signer)
{
	if (EVP_PKEY_is_a(signer, "ED25519") == 1 || EVP_PKEY_is_a(signer, "ED448") == 1)
		return NULL;
	return EVP_PKEY_is_a(signer, "EC") == 1 && EVP_PKEY_get_bits(signer) > 256 ? EVP_sha384()
										   : EVP_sha256();
}

static bool check_policy(X509 *x, const struct cert_request *rq, struct err *e)
{
	if (rq->purpose == CERT_CA || !rq->permitted || rq->permitted->count == 0)
		return true;
	return constraint_check_policy(x, rq->san, rq->permitted, e);
}

static bool check_ca(const struct cert_request *rq, X509 *ca, struct err *e)
{
	if (rq->purpose == CERT_CA && X509_get_pathlen(ca) == 0)
		return err_set(e, FAIL_CONFIG, "the signing CA may not sign another CA") ||
		       err_hint(e, "make it with --path-length 1");
	return true;
}

static bool set_public_key(X509 *x, const struct cert_request *rq, EVP_PKEY *key)
{
	return (rq->for_file && ec_key_set_public(x, key)) || X509_set_pubkey(x, key) == 1;
}

bool cert_sign(const struct cert_request *rq, const struct cert *ca, const struct key *ca_key,
	       struct cert **out, struct err *e)
{
	X509 *x = X509_new(), *signer = ca ? ca->leaf : NULL;
	EVP_PKEY *key = rq->csr ? X509_REQ_get0_pubkey(rq->csr->req) : rq->key->pkey;
	EVP_PKEY *signing = ca_key ? ca_key->pkey : key;
	auto_cert made = NULL;

	if (!x)
		return openssl_failed(e, FAIL_MEMORY, "cannot make a certificate");
	if (!cert_wrap(x, &made, e))
		return false;
	if ((signer && !check_ca(rq, signer, e)) || !sign_check_key_usage(rq->key_usage, e) ||
	    !set_subject(x, rq, signer, e) || !set_validity(x, rq, signer, e))
		return false;
	if (X509_set_version(x, X509_VERSION_3) != 1 || !set_serial(x) ||
	    !set_public_key(x, rq, key))
		return openssl_failed(e, FAIL_CRYPTO, "cannot make a certificate");
	if (!add_extensions(x, rq, key, signer ? signer : x, e))
		return false;
	if (X509_sign(x, signing, digest_for(signing)) <= 0)
		return openssl_failed(e, FAIL_CRYPTO, "cannot sign a certificate");
	if ((signer && !constraint_check(x, signer, e)) || !check_policy(x, rq, e))
		return false;
	*out = TAKE(made);
	return true;
}

/* Of the whole life: the days that were asked for when it was made. */
static bool lasts(const X509 *x, unsigned days)
{
	int have = 0, seconds = 0;

	/* Ours begin ten minutes early. */
	return ASN1_TIME_diff(&have, &seconds, X509_get0_notBefore(x), X509_get0_notAfter(x)) ==
		   1 &&
	       have == (int)days;
}

static bool has_key_usage(const X509 *x, const struct list *wanted)
{
	ASN1_BIT_STRING *bits = X509_get_ext_d2i(x, NID_key_usage, NULL, NULL);
	bool same = bits != NULL;

	for (size_t i = 0; same && i < ARRAY_LEN(key_usages); i++) {
		bool is = ASN1_BIT_STRING_get_bit(bits, (int)i) == 1;

		same = is == list_has(wanted, key_usages[i]);
	}
	ASN1_BIT_STRING_free(bits);
	return same;
}

const char *sign_difference(const struct cert *ca, const struct cert_request *rq)
{
	if (rq->exact_days && !lasts(ca->leaf, rq->valid_days))
		return "lasts another number of days";
	if (rq->exact_length && X509_get_pathlen(ca->leaf) != rq->path_length)
		return "has another path length";
	if (rq->permitted && rq->permitted->count > 0 && !constraint_is(ca->leaf, rq->permitted))
		return "may sign other names";
	if (rq->key_usage && rq->key_usage->count > 0 && !has_key_usage(ca->leaf, rq->key_usage))
		return "has another key usage";
	return NULL;
}
