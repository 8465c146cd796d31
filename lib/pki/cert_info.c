#include "pki/cert_info.h"

#include <string.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "pki/dn.h"
#include "pki/general_names.h"
#include "pki/openssl.h"

static void add_hex(struct str *out, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		str_addf(out, "%02x", bytes[i]);
}

bool cert_fingerprint(const struct cert *c, struct str *out, struct err *e)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (X509_digest(c->leaf, EVP_sha256(), digest, &n) != 1)
		return openssl_failed(e, FAIL_CRYPTO, "cannot take a fingerprint");
	add_hex(out, digest, n);
	return str_ok(out, e);
}

static void add_time(const ASN1_TIME *when, struct str *out)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(when, &tm) != 1)
		str_add(out, "damaged");
	else
		str_addf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
			 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void add_key(const X509 *x, struct str *out)
{
	EVP_PKEY *pkey = X509_get0_pubkey(x);
	struct key key = { .pkey = pkey };
	enum key_kind kind;
	const char *type = pkey ? EVP_PKEY_get0_type_name(pkey) : NULL;

	if (pkey && key_kind(&key, &kind))
		str_add(out, key_kind_name(kind));
	else if (type)
		str_addf(out, "%s %d", type, EVP_PKEY_get_bits(pkey));
	else
		str_add(out, "unknown");
}

static void add_usage(const struct cert *c, struct str *out)
{
	bool server = cert_serves(c, CERT_SERVER), client = cert_serves(c, CERT_CLIENT);

	if (cert_is_ca(c))
		str_add(out, "ca");
	else
		str_addf(out, "%s%s%s", server ? "server" : "", server && client ? ", " : "",
			 client ? "client" : "");
}

static void add_names(const struct cert *c, struct str *out)
{
	auto_san names = { 0 };
	struct err why;

	if (cert_san(c, &names, &why))
		san_format(&names, out);
	else
		str_addf(out, "(%s)", why.msg);
}

bool cert_info_read(const struct cert *c, struct cert_info *out, struct err *e)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(c->leaf);
	struct str *const texts[] = { &out->subject, &out->issuer, &out->serial,
				      &out->from,    &out->to,     &out->key,
				      &out->names,   &out->usage,  &out->sha256 };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i] = (struct str)STR_INIT(CERT_INFO_MAX_BYTES);
	add_hex(&out->serial, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
	add_time(X509_get0_notBefore(c->leaf), &out->from);
	add_time(X509_get0_notAfter(c->leaf), &out->to);
	add_key(c->leaf, &out->key);
	add_names(c, &out->names);
	add_usage(c, &out->usage);
	out->days_left = cert_days_left(c);
	if (!dn_format(X509_get_subject_name(c->leaf), &out->subject, e) ||
	    !dn_format(X509_get_issuer_name(c->leaf), &out->issuer, e) ||
	    !cert_fingerprint(c, &out->sha256, e))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!str_ok(texts[i], e))
			return false;
	return true;
}

void cert_info_clear(struct cert_info *i)
{
	str_clear(&i->subject);
	str_clear(&i->issuer);
	str_clear(&i->serial);
	str_clear(&i->from);
	str_clear(&i->to);
	str_clear(&i->key);
	str_clear(&i->names);
	str_clear(&i->usage);
	str_clear(&i->sha256);
	*i = (struct cert_info){ 0 };
}
