#include "pki/cert_info.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/visible.h"
#include "pki/openssl.h"

enum { INDENT = 16, MOST_NESTED = 16 };

/* Tags of texts: universal ones, and those that a GeneralName (RFC 5280) gives to its texts. */
static bool is_text(int class, int tag)
{
	if (class == V_ASN1_CONTEXT_SPECIFIC)
		return tag == GEN_EMAIL || tag == GEN_DNS || tag == GEN_URI;
	return class == V_ASN1_UNIVERSAL &&
	       (tag == V_ASN1_UTF8STRING || tag == V_ASN1_NUMERICSTRING ||
		tag == V_ASN1_PRINTABLESTRING || tag == V_ASN1_T61STRING ||
		tag == V_ASN1_IA5STRING || tag == V_ASN1_VISIBLESTRING);
}

static bool has_line_end(const unsigned char *text, long n)
{
	return memchr(text, '\n', (size_t)n) || memchr(text, '\r', (size_t)n);
}

/* Whether a text somewhere in the DER bytes ends a line; what is no DER has none. */
static bool holds_line_end(const unsigned char *at, long n, int nested)
{
	const unsigned char *end = at + n;

	while (at < end && nested < MOST_NESTED) {
		int tag, class;
		long len;
		int how = ASN1_get_object(&at, &len, &tag, &class, end - at);

		if (how & 0x80 || how & 1) /* damaged, or BER's open form */
			return false;
		if (how & V_ASN1_CONSTRUCTED ? holds_line_end(at, len, nested + 1)
					     : is_text(class, tag) && has_line_end(at, len))
			return true;
		at += len;
	}
	return false;
}

static void move(BIO *bio, struct str *out)
{
	char *bytes;
	long n = BIO_get_mem_data(bio, &bytes);

	str_addn(out, bytes, (size_t)n);
	(void)BIO_reset(bio);
}

/* OpenSSL prints the texts in extensions as they are. One with a line end would look like lines of
 * the certificate's own, so that extension stays on one line. */
static bool add_extension(X509_EXTENSION *x, struct str *out)
{
	const ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(x);
	bool hostile = holds_line_end(ASN1_STRING_get0_data(data), ASN1_STRING_length(data), 0);
	auto_bio bio = BIO_new(BIO_s_mem());
	auto_str text = STR_INIT(out->max);

	if (!bio || BIO_printf(bio, "%*s", INDENT - 4, "") < 0 ||
	    i2a_ASN1_OBJECT(bio, X509_EXTENSION_get_object(x)) <= 0 ||
	    BIO_printf(bio, ":%s\n", X509_EXTENSION_get_critical(x) ? " critical" : "") < 0)
		return false;
	move(bio, out);
	if (X509V3_EXT_print(bio, x, X509V3_EXT_DUMP_UNKNOWN, INDENT) != 1)
		return false;
	move(bio, &text);
	visible_add(hostile ? VISIBLE_LINE : VISIBLE_LINES, str_text(&text), out);
	str_add(out, "\n");
	return !text.failed;
}

static bool add_extensions(const X509 *x, struct str *out)
{
	int count = X509_get_ext_count(x);

	if (count > 0)
		str_add(out, "        X509v3 extensions:\n");
	for (int i = 0; i < count; i++)
		if (!add_extension(X509_get_ext(x, i), out))
			return false;
	return true;
}

static bool add_signature(const X509 *x, BIO *bio)
{
	const X509_ALGOR *how;
	const ASN1_BIT_STRING *bits;

	X509_get0_signature(&bits, &how, x);
	return X509_signature_print(bio, how, bits) == 1;
}

bool cert_info_text(const struct cert *c, struct str *out, struct err *e)
{
	const unsigned long parts = X509_FLAG_NO_EXTENSIONS | X509_FLAG_NO_SIGDUMP;
	auto_bio bio = BIO_new(BIO_s_mem());

	if (!bio ||
	    X509_print_ex(bio, c->leaf, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB, parts) != 1)
		return openssl_failed(e, FAIL_CRYPTO, "cannot print a certificate");
	move(bio, out);
	if (!add_extensions(c->leaf, out) || !add_signature(c->leaf, bio))
		return str_ok(out, e) &&
		       openssl_failed(e, FAIL_CRYPTO, "cannot print a certificate");
	move(bio, out);
	ERR_clear_error();
	return str_ok(out, e);
}
