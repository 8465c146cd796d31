#include "pki/dn.h"

#include <ctype.h>
#include <string.h>

#include <openssl/err.h>

enum { TEXT_MAX_BYTES = 1024 };

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " ");
}

static bool refuse(struct err *e, const char *whole, const char *why, const char *hint)
{
	return err_set(e, FAIL_INPUT, "'%s' is not a distinguished name: %s", whole, why) ||
	       err_hint(e, "%s", hint);
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The character that p, behind a \, stands for; moves p to the last byte of the escape. */
static bool take_escape(const char **p, unsigned char *out)
{
	int high = hex_digit((*p)[0]), low = high >= 0 ? hex_digit((*p)[1]) : -1;

	if (low >= 0) {
		*out = (unsigned char)(high << 4 | low);
		++*p;
		return true;
	}
	*out = (unsigned char)**p;
	return *out != '\0' && strchr(" \"#+,;<=>\\", *out);
}

/* One character of a value, at *p. */
static bool take_char(const char **p, struct str *value, const char *whole, struct err *e)
{
	unsigned char c = (unsigned char)**p;

	if (c == '+')
		return refuse(e, whole, "a part of several values is not supported",
			      "write \\+ for a plus sign");
	if (strchr("\";<>", c))
		return refuse(e, whole, "a character that must be escaped",
			      "write a \\ before each of \" ; < and >");
	if (c == '\\') {
		++*p;
		if (!take_escape(p, &c))
			return refuse(e, whole, "a \\ before a character that needs none",
				      "write \\\\ for the character itself");
	}
	if (c < 0x20 || c == 0x7f)
		return refuse(e, whole, "it holds a control character", "leave it out");
	str_addn(value, &c, 1);
	return true;
}

/* Take a value, up to a comma or the end. */
static bool take_value(const char **at, struct str *value, const char *whole, struct err *e)
{
	const char *p = skip_blanks(*at);
	size_t used = 0; /* up to the last character that is not a bare blank */

	if (*p == '#')
		return refuse(e, whole, "a value in hexadecimal is not supported",
			      "write \\# for the character itself");
	for (; *p && *p != ','; p++) {
		bool blank = *p == ' ';

		if (!take_char(&p, value, whole, e))
			return false;
		if (!blank)
			used = value->len;
	}
	if (value->data)
		value->data[value->len = used] = '\0';
	*at = p;
	return str_ok(value, e);
}

/* Take one "type=value" from *at, leaving it behind the comma. */
static bool take_pair(const char **at, struct str *type, struct str *value, const char *whole,
		      struct err *e)
{
	const char *p = skip_blanks(*at);
	size_t n = strcspn(p, "=,"), used = n;

	if (n == 0 || p[n] != '=')
		return err_set(e, FAIL_INPUT, "'%s' is not a distinguished name", whole) ||
		       err_hint(e, "write it as CN=name,OU=unit,O=organisation");
	while (used > 0 && p[used - 1] == ' ')
		used--;
	str_addn(type, p, used);
	p += n + 1;
	if (!take_value(&p, value, whole, e))
		return false;
	if (*p == ',' && *skip_blanks(p + 1) == '\0')
		return err_set(e, FAIL_INPUT, "'%s' ends with a comma", whole);
	*at = *p == ',' ? p + 1 : p;
	return str_ok(type, e);
}

bool dn_parse(const char *text, X509_NAME **out, struct err *e)
{
	X509_NAME *name = X509_NAME_new();
	const char *at = text;

	if (!name)
		return openssl_failed(e, FAIL_MEMORY, "cannot make a name");
	if (strlen(text) > TEXT_MAX_BYTES) {
		X509_NAME_free(name);
		return err_set(e, FAIL_INPUT, "distinguished name '%.80s...' is too long", text);
	}
	do {
		auto_str type = STR_INIT(TEXT_MAX_BYTES);
		auto_str value = STR_INIT(TEXT_MAX_BYTES);

		if (!take_pair(&at, &type, &value, text, e)) {
			X509_NAME_free(name);
			return false;
		}
		/* Position 0: DER holds the names the other way round, the root first. */
		if (X509_NAME_add_entry_by_txt(name, str_text(&type), MBSTRING_UTF8,
					       (const unsigned char *)str_text(&value),
					       (int)value.len, 0, 0) != 1) {
			ERR_clear_error();
			X509_NAME_free(name);
			return err_set(e, FAIL_INPUT, "'%s=%s' cannot stand in a certificate",
				       str_text(&type), str_text(&value)) ||
			       err_hint(e, "use CN, OU, O, L, ST, C or DC, and a value that fits");
		}
	} while (*at);
	*out = name;
	return true;
}

bool dn_format(const X509_NAME *name, struct str *out, struct err *e)
{
	auto_bio bio = BIO_new(BIO_s_mem());
	char *bytes;
	long n;

	if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
		return openssl_failed(e, FAIL_CRYPTO, "cannot print a subject");
	n = BIO_get_mem_data(bio, &bytes);
	str_addn(out, bytes, (size_t)n);
	return str_ok(out, e);
}

bool dn_is(const X509_NAME *name, const char *text)
{
	X509_NAME *wanted;
	struct err ignored;
	bool same;

	if (!dn_parse(text, &wanted, &ignored))
		return false;
	same = X509_NAME_cmp(wanted, name) == 0;
	X509_NAME_free(wanted);
	return same;
}
