#include "pki/cert.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "pki/dn.h"
#include "pki/general_names.h"
#include "pki/openssl.h"

enum { MAX_CHAIN = 16 };

bool cert_wrap(X509 *leaf, struct cert **out, struct err *e)
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
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, openssl_give_pass, NULL) : NULL;

	if (!x) {
		ERR_clear_error();
		(void)err_set(e, FAIL_INPUT, "cannot read a certificate from '%s'", name);
		return err_hint(e, "it must be PEM, starting with -----BEGIN CERTIFICATE-----");
	}
	if (!cert_wrap(x, &made, e))
		return false;
	while ((x = PEM_read_bio_X509(bio, NULL, openssl_give_pass, NULL)) != NULL) {
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

bool cert_check_subject(const char *text, struct err *e)
{
	X509_NAME *name = NULL;
	bool good = dn_parse(text, &name, e);

	X509_NAME_free(name);
	return good;
}

bool cert_subject(const struct cert *c, struct str *out, struct err *e)
{
	return dn_format(X509_get_subject_name(c->leaf), out, e);
}

bool cert_san(const struct cert *c, struct san *out, struct err *e)
{
	const char *other;

	return general_names_decode(X509_get0_extensions(c->leaf), "the certificate", out, &other,
				    e);
}

bool cert_fits_key(const struct cert *c, const struct key *k)
{
	bool fits;

	if (key_id_differ(&c->key_id, &k->id))
		return false;
	fits = X509_check_private_key(c->leaf, k->pkey) == 1;
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

bool cert_has_behind(const struct cert *c, const struct cert *link)
{
	for (int i = 0; i < sk_X509_num(c->chain); i++)
		if (X509_cmp(sk_X509_value(c->chain, i), link->leaf) == 0)
			return true;
	return false;
}

/* X509_check_issued() asks for a signer that may sign others: too much for one that signed itself.
 */
bool cert_is_signed_by(const struct cert *c, const struct cert *ca)
{
	bool is = X509_cmp(c->leaf, ca->leaf) == 0
		      ? X509_self_signed(c->leaf, 1) == 1
		      : X509_check_issued(ca->leaf, c->leaf) == X509_V_OK &&
			    X509_verify(c->leaf, X509_get0_pubkey(ca->leaf)) == 1;

	ERR_clear_error();
	return is;
}

bool cert_signed_itself(const struct cert *c)
{
	bool is = X509_self_signed(c->leaf, 1) == 1;

	ERR_clear_error();
	return is;
}

bool cert_has_subject(const struct cert *c, const char *dn)
{
	return dn_is(X509_get_subject_name(c->leaf), dn);
}

bool cert_serves(const struct cert *c, enum cert_purpose purpose)
{
	bool server = X509_check_purpose(c->leaf, X509_PURPOSE_SSL_SERVER, 0) == 1;
	bool client = X509_check_purpose(c->leaf, X509_PURPOSE_SSL_CLIENT, 0) == 1;

	switch (purpose) {
	case CERT_CA:
		return cert_is_ca(c);
	case CERT_NODE:
		return server && client;
	case CERT_SERVER:
		return server;
	case CERT_CLIENT:
		return client;
	}
	return false;
}

bool cert_serves_only(const struct cert *c, enum cert_purpose purpose)
{
	return cert_serves(c, purpose) && (purpose == CERT_NODE || !cert_serves(c, CERT_NODE));
}

static const long DAY_S = 24L * 60 * 60;

bool cert_is_due(const struct cert *c, unsigned within_days)
{
	const ASN1_TIME *from = X509_get0_notBefore(c->leaf), *to = X509_get0_notAfter(c->leaf);
	int life = 0, left = 0, life_s = 0, left_s = 0;

	if (ASN1_TIME_diff(&life, &life_s, from, to) != 1 ||
	    ASN1_TIME_diff(&left, &left_s, NULL, to) != 1 || left < 0 || left_s < 0)
		return true;
	/* In seconds: a third of two days is not none. */
	return within_days ? left < (int)within_days
			   : left * DAY_S + left_s <= (life * DAY_S + life_s) / 3L;
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
