#include "pki/dn.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/str.h"

enum { TEXT_MAX_BYTES = 1024 };

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " ");
}

/* Take one "type=value" from *at, leaving it behind the comma. */
static bool take_pair(const char **at, struct str *type, struct str *value, const char *whole,
		      struct err *e)
{
	const char *p = skip_blanks(*at);
	size_t n = strcspn(p, "=,");

	if (n == 0 || p[n] != '=')
		return err_set(e, FAIL_INPUT, "'%s' is not a distinguished name", whole) ||
		       err_hint(e, "write it as CN=name,OU=unit,O=organisation");
	str_addn(type, p, n);
	for (p = skip_blanks(p + n + 1); *p && *p != ','; p++) {
		if (*p == '\\' && p[1])
			p++;
		str_addn(value, p, 1);
	}
	if (*p == ',' && *skip_blanks(p + 1) == '\0')
		return err_set(e, FAIL_INPUT, "'%s' ends with a comma", whole);
	*at = *p == ',' ? p + 1 : p;
	return str_ok(type, e) && str_ok(value, e);
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
