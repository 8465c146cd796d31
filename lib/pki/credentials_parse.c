#include "pki/credentials.h"

#include <string.h>

#include <openssl/err.h>

#include "pki/key_block.h"
#include "pki/p12.h"

/* What is given to us in place of a form that we read, by its first bytes. */
/* clang-format off */
static const struct foreign {
	const char *magic;
	const char *what;
	bool keystore; /* keytool converts it */
} foreigners[] = {
	{ "\xfe\xed\xfe\xed", "a JKS keystore",    true },
	{ "\xce\xce\xce\xce", "a JCEKS keystore",  true },
	{ "\xff\xfe",         "text in UTF-16",    false },
	{ "\xfe\xff",         "text in UTF-16",    false },
	{ "PK\x03\x04",       "a zip archive",     false },
	{ "PuTTY-User-Key",   "a key of PuTTY's",  false },
};
/* clang-format on */

struct source {
	const char *bytes;
	size_t n;
	const char *name;
	struct pbe pbe;
	struct credentials found;
};

static void source_clear(struct source *s)
{
	credentials_clear(&s->found);
	pbe_clear(&s->pbe);
}

static bool add_cert(struct source *s, X509 *x, struct err *e)
{
	struct cert *cert;

	return cert_wrap(x, &cert, e) &&
	       credentials_add(&s->found, (struct credential){ .cert = cert }, s->name, e);
}

static bool add_der_key(struct source *s, struct key *key, struct err *e)
{
	key->form = KEY_FORM_DER;
	return credentials_add(&s->found, (struct credential){ .key = key }, s->name, e);
}

static bool add_pkey(struct source *s, EVP_PKEY *pkey, struct err *e)
{
	struct key *key;

	ERR_clear_error(); /* what was tried before it was read */
	return key_wrap(pkey, &key, e) && add_der_key(s, key, e);
}

static bool add_sealed_key(struct source *s, X509_SIG *sealed, struct err *e)
{
	struct key *key;
	bool ok = (s->pbe.pass || pbe_refused(&s->pbe, e)) &&
		  pbe_open_key(&s->pbe, sealed, &key, e) && add_der_key(s, key, e);

	X509_SIG_free(sealed);
	return ok;
}

static bool add_cert_block(struct source *s, const struct pem_reader *r, const struct pem_block *b,
			   struct err *e)
{
	auto_pem_content c = { 0 };
	const unsigned char *at;
	X509 *x;

	if (!pem_decode(r, b, false, &c, e))
		return false;
	at = c.bytes;
	/* TRUSTED: openssl's own settings stand behind the certificate. */
	x = pem_label_is(b, "TRUSTED CERTIFICATE") ? d2i_X509_AUX(NULL, &at, c.n)
						   : d2i_X509(NULL, &at, c.n);
	if (x && at == c.bytes + c.n)
		return add_cert(s, x, e);
	X509_free(x);
	return pem_damaged(r, b, e);
}

static bool is_cert_block(const struct pem_block *b)
{
	return pem_label_is(b, "CERTIFICATE") || pem_label_is(b, "X509 CERTIFICATE") ||
	       pem_label_is(b, "TRUSTED CERTIFICATE");
}

static bool add_key_block(struct source *s, const struct pem_reader *r, const struct pem_block *b,
			  struct err *e)
{
	struct key *key;

	return key_block_open(&s->pbe, r, b, &key, e) &&
	       credentials_add(&s->found, (struct credential){ .key = key }, s->name, e);
}

static bool read_pem(struct source *s, struct err *e)
{
	struct pem_reader r = { .at = s->bytes, .end = s->bytes + s->n, .name = s->name };
	struct pem_block b, other = { 0 };

	for (;;) {
		if (!pem_next(&r, &b, e))
			return false;
		if (!b.text)
			break;
		if (is_cert_block(&b) ? !add_cert_block(s, &r, &b, e)
				      : key_block_is(&b) && !add_key_block(s, &r, &b, e))
			return false;
		if (!is_cert_block(&b) && !key_block_is(&b))
			other = b;
	}
	credentials_match(&s->found);
	if (s->found.count > 0 || !other.text)
		return true;
	return err_set(e, FAIL_INPUT, "'%s' holds no certificate and no private key, but %.*s",
		       s->name, other.label_len, other.label);
}

/* How long the outermost DER value says it is; 0: it is not one, or BER's open form. */
static size_t der_length(const char *bytes, size_t n)
{
	const unsigned char *at = (const unsigned char *)bytes;
	const unsigned char *start = at;
	long len = 0;
	int tag = 0, class = 0, how = ASN1_get_object(&at, &len, &tag, &class, (long)n);

	/* 0x80 is said of what is longer than n, and it is what we are after. */
	ERR_clear_error();
	if ((how & 0x80 && at == start) || how & 1 || tag != V_ASN1_SEQUENCE)
		return 0;
	return (size_t)(at - start) + (size_t)len;
}

/* BouncyCastle's keystore starts with a sequence within a sequence within a sequence, its store's
 * algorithm; no certificate or key does. */
static bool is_bcfks(const char *bytes, size_t n)
{
	const unsigned char *at = (const unsigned char *)bytes;
	const unsigned char *end = at + n;
	long len = (long)n;
	int tag = 0, class, how = 0;

	for (int i = 0; i < 3; i++) {
		how = ASN1_get_object(&at, &len, &tag, &class, end - at);
		if (how & 0x80 || tag != V_ASN1_SEQUENCE)
			break;
	}
	ERR_clear_error();
	return !(how & 0x80) && tag == V_ASN1_SEQUENCE && at < end && *at == V_ASN1_OBJECT;
}

static bool read_der(struct source *s, struct err *e)
{
	const unsigned char *start = (const unsigned char *)s->bytes;
	const unsigned char *at = start;
	X509 *x = d2i_X509(NULL, &at, (long)s->n);
	EVP_PKEY *pkey = NULL;
	X509_SIG *sealed = NULL;

	if (x)
		return add_cert(s, x, e);
	at = start;
	sealed = d2i_X509_SIG(NULL, &at, (long)s->n);
	if (sealed) {
		ERR_clear_error();
		return add_sealed_key(s, sealed, e);
	}
	at = start;
	pkey = d2i_AutoPrivateKey(NULL, &at, (long)s->n);
	ERR_clear_error();
	if (pkey)
		return add_pkey(s, pkey, e);
	if (der_length(s->bytes, s->n) > s->n)
		return err_set(e, FAIL_INPUT, "'%s' is cut off: %zu of %zu bytes", s->name, s->n,
			       der_length(s->bytes, s->n));
	return err_set(e, FAIL_INPUT, "'%s' is DER, but no certificate and no private key",
		       s->name);
}

static bool refuse(const char *name, const char *what, bool keystore, struct err *e)
{
	(void)err_set(e, FAIL_INPUT, "'%s' is %s", name, what);
	if (keystore)
		return err_hint(e, "convert it: keytool -importkeystore -srckeystore FILE "
				   "-destkeystore NEW.p12 -deststoretype PKCS12");
	return err_hint(e, "give PEM, DER or PKCS#12");
}

static bool refuse_foreign(const struct source *s, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(foreigners); i++) {
		const struct foreign *f = &foreigners[i];
		size_t n = strlen(f->magic);

		if (s->n >= n && memcmp(s->bytes, f->magic, n) == 0)
			return refuse(s->name, f->what, f->keystore, e) || true;
	}
	return false;
}

static bool read_any(struct source *s, struct err *e)
{
	if (s->n > CREDENTIALS_MAX_BYTES)
		return err_set(e, FAIL_INPUT, "'%s' is longer than %d bytes", s->name,
			       CREDENTIALS_MAX_BYTES);
	if (refuse_foreign(s, e))
		return false;
	if (p12_is(s->bytes, s->n))
		return p12_parse(s->bytes, s->n, s->name, s->pbe.pass, &s->found, e);
	if (pem_is(s->bytes, s->n))
		return read_pem(s, e);
	if (is_bcfks(s->bytes, s->n))
		return refuse(s->name, "a BCFKS keystore", true, e);
	if (s->n > 0 && s->bytes[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
		return read_der(s, e);
	(void)err_set(e, FAIL_INPUT, "'%s' is neither PEM nor DER nor PKCS#12", s->name);
	return err_hint(e, "PEM has -----BEGIN at the start of a line");
}

bool credentials_parse(const char *bytes, size_t n, const char *name, const struct secret *pass,
		       struct credentials *out, struct err *e)
{
	struct source s CLEANUP(source_clear) = {
		.bytes = bytes, .n = n, .name = name, .pbe = { .name = name, .pass = pass }
	};

	if (!read_any(&s, e))
		return false;
	if (s.found.count == 0)
		return err_set(e, FAIL_INPUT, "'%s' holds no certificate and no private key", name);
	*out = s.found;
	s.found = (struct credentials){ 0 };
	return true;
}
