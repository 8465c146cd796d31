#include "pki/general_names.h"

#include <arpa/inet.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/str.h"

enum { TEXT_MAX_BYTES = 4096 };

static ASN1_STRING *new_string(int type, const void *bytes, size_t n)
{
	ASN1_STRING *s = ASN1_STRING_type_new(type);

	if (s && ASN1_STRING_set(s, bytes, (int)n) == 1)
		return s;
	ASN1_STRING_free(s);
	return NULL;
}

static bool set_string(GENERAL_NAME *name, int kind, ASN1_STRING *value)
{
	if (value)
		GENERAL_NAME_set0_value(name, kind, value);
	return value != NULL;
}

static bool set_address(GENERAL_NAME *name, const char *text)
{
	bool v6 = strchr(text, ':') != NULL;
	unsigned char bytes[16];

	return inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes) == 1 &&
	       set_string(name, GEN_IPADD, new_string(V_ASN1_OCTET_STRING, bytes, v6 ? 16 : 4));
}

static bool set_common_name(GENERAL_NAME *name, const char *text)
{
	ASN1_STRING *s = new_string(V_ASN1_UTF8STRING, text, strlen(text));
	ASN1_TYPE *value = s ? ASN1_TYPE_new() : NULL;

	if (!value) {
		ASN1_STRING_free(s);
		return false;
	}
	ASN1_TYPE_set(value, V_ASN1_UTF8STRING, s);
	if (GENERAL_NAME_set0_othername(name, OBJ_nid2obj(NID_commonName), value) == 1)
		return true;
	ASN1_TYPE_free(value);
	return false;
}

static bool set_ia5(GENERAL_NAME *name, int kind, const char *text)
{
	return set_string(name, kind, new_string(V_ASN1_IA5STRING, text, strlen(text)));
}

static bool set_name(GENERAL_NAME *name, enum san_kind kind, const char *text)
{
	switch (kind) {
	case SAN_DNS:
		return set_ia5(name, GEN_DNS, text);
	case SAN_IP:
		return set_address(name, text);
	case SAN_EMAIL:
		return set_ia5(name, GEN_EMAIL, text);
	case SAN_URI:
		return set_ia5(name, GEN_URI, text);
	case SAN_CN:
		return set_common_name(name, text);
	case SAN_KINDS:
		break;
	}
	return false;
}

static bool push_name(GENERAL_NAMES *names, enum san_kind kind, const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();

	if (name && set_name(name, kind, text) && sk_GENERAL_NAME_push(names, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

/* Built from values, not from text: a name can never smuggle in a second one. */
X509_EXTENSION *general_names_encode(const struct san *san)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	X509_EXTENSION *made = NULL;
	bool ok = names != NULL;

	for (unsigned kind = 0; kind < SAN_KINDS; kind++)
		for (size_t i = 0; ok && i < san->of[kind].count; i++)
			ok = push_name(names, (enum san_kind)kind, san->of[kind].items[i]);
	if (ok)
		made = X509V3_EXT_i2d(NID_subject_alt_name, 0, names);
	GENERAL_NAMES_free(names);
	return made;
}

/* san_add() knows nothing of bytes behind a NUL, and would encode what is not ASCII: a certificate
 * holds host names as A-labels. No such text is repeated in the error. */
static bool add_text(struct san *s, enum san_kind kind, const ASN1_STRING *value, const char *whose,
		     struct err *e)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(value);
	size_t n = (size_t)ASN1_STRING_length(value);
	auto_str text = STR_INIT(TEXT_MAX_BYTES);

	for (size_t i = 0; i < n; i++)
		if (bytes[i] == 0 || (kind != SAN_CN && (bytes[i] < 0x20 || bytes[i] > 0x7e)))
			return err_set(e, FAIL_INPUT,
				       "%s holds a name of kind %s that is not plain text", whose,
				       san_kind_name(kind));
	if (n > TEXT_MAX_BYTES)
		return err_set(e, FAIL_INPUT, "%s holds a name of %zu bytes", whose, n);
	str_addn(&text, bytes, n);
	return str_ok(&text, e) && san_add(s, kind, str_text(&text), e);
}

static bool add_address(struct san *s, const ASN1_STRING *value, const char *whose, struct err *e)
{
	int n = ASN1_STRING_length(value);
	char text[INET6_ADDRSTRLEN];

	if ((n != 4 && n != 16) || !inet_ntop(n == 4 ? AF_INET : AF_INET6,
					      ASN1_STRING_get0_data(value), text, sizeof(text)))
		return err_set(e, FAIL_INPUT, "%s holds an address of %d bytes", whose, n);
	return san_add(s, SAN_IP, text, e);
}

static bool is_common_name(const OTHERNAME *name)
{
	return OBJ_obj2nid(name->type_id) == NID_commonName;
}

static bool add_common_name(struct san *s, const ASN1_TYPE *value, const char *whose, struct err *e)
{
	if (value->type != V_ASN1_UTF8STRING && value->type != V_ASN1_PRINTABLESTRING)
		return err_set(e, FAIL_INPUT, "%s holds a name of kind cn that is not a text",
			       whose);
	return add_text(s, SAN_CN, value->value.asn1_string, whose, e);
}

static bool add_name(struct san *s, const GENERAL_NAME *name, const char *whose, const char **other,
		     struct err *e)
{
	switch (name->type) {
	case GEN_DNS:
		return add_text(s, SAN_DNS, name->d.dNSName, whose, e);
	case GEN_IPADD:
		return add_address(s, name->d.iPAddress, whose, e);
	case GEN_EMAIL:
		return add_text(s, SAN_EMAIL, name->d.rfc822Name, whose, e);
	case GEN_URI:
		return add_text(s, SAN_URI, name->d.uniformResourceIdentifier, whose, e);
	case GEN_OTHERNAME:
		if (is_common_name(name->d.otherName))
			return add_common_name(s, name->d.otherName->value, whose, e);
		*other = "an otherName";
		return true;
	case GEN_DIRNAME:
		*other = "a directory name";
		return true;
	default:
		*other = "a registered ID, an X.400 or an EDI name";
		return true;
	}
}

bool general_names_decode(const STACK_OF(X509_EXTENSION) * extensions, const char *whose,
			  struct san *out, const char **out_other, struct err *e)
{
	int found = 0;
	GENERAL_NAMES *names = X509V3_get_d2i(extensions, NID_subject_alt_name, &found, NULL);
	const char *other = NULL;
	auto_san all = { 0 };
	bool ok = true;

	if (!names && found != -1) {
		ERR_clear_error();
		return err_set(e, FAIL_INPUT, "cannot read the names in %s: %s", whose,
			       found == -2 ? "subjectAltName is there twice" : "damaged");
	}
	for (int i = 0; ok && i < sk_GENERAL_NAME_num(names); i++)
		ok = add_name(&all, sk_GENERAL_NAME_value(names, i), whose, &other, e);
	GENERAL_NAMES_free(names);
	if (!ok)
		return false;
	*out = all;
	*out_other = other;
	all = (struct san){ 0 };
	return true;
}
