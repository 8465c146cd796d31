#include "certgen/accepts.h"

#include <string.h>

/* Source of both tables: the TLS classes of Elasticsearch 7.12.0, 7.17.28, 8.0.0, 8.19.0, 9.0.0 and
 * 9.2.0, each with a Java of its age, were given such files; tests/peers does it again. That 7.13
 * reads newer PKCS#12 is its Java 16, that 7.14 reads PBES2 its change log. */

/* What is in no row is taken by none. */
/* clang-format off */
static const struct kind_row {
	const char *type; /* as key_type() has it */
	bool pem;         /* also as PEM; else as PKCS#12 alone */
} kinds[] = {
	{ "RSA",           true },
	{ "EC prime256v1", true },
	{ "EC secp384r1",  true },
	{ "EC secp521r1",  true },
	{ "ED25519",       false },
	{ "RSA-PSS",       false },
};

#define NEVER { 0, 0, 0 }
#define ALL   { 1, 0, 0 }

static const struct form_row {
	enum key_form form;
	struct version since; /* NEVER: no version yet */
	const char *what, *hint;
} forms[] = {
	{ KEY_FORM_PEM,         ALL,          "", "" },
	{ KEY_FORM_DEK,         ALL,          "", "" },
	{ KEY_FORM_DEK_OTHER,   NEVER,        "its key is locked with another cipher than AES or DES", "certgen convert --new-pass-file FILE locks it anew" },
	{ KEY_FORM_PBES1,       ALL,          "", "" },
	{ KEY_FORM_PBES2,       { 7, 14, 0 }, "its key is locked with PBES2, which 7.14 reads first", "certgen convert --legacy locks it the old way" },
	{ KEY_FORM_PBES2_OTHER, NEVER,        "its key is locked with PBES2 and another cipher than AES", "certgen convert --new-pass-file FILE locks it anew" },
	{ KEY_FORM_DER,         NEVER,        "its key is DER, and only PEM and PKCS#12 are read", "certgen convert --out X.key writes PEM" },
	{ KEY_FORM_P12_SHA1,    ALL,          "", "" },
	{ KEY_FORM_P12,         { 7, 13, 0 }, "it is PKCS#12 of the newer kind, which the Java of 7.13 reads first", "certgen convert --legacy writes the older kind" },
	{ KEY_FORM_P12_OPEN,    NEVER,        "it is PKCS#12 with a key that nothing locks, which Java passes over", "certgen convert --out X.p12 writes it anew" },
};
/* clang-format on */

static bool is_keystore(const struct key *k)
{
	enum key_form form = key_form(k);

	return form == KEY_FORM_P12 || form == KEY_FORM_P12_SHA1 || form == KEY_FORM_P12_OPEN;
}

bool accepts_kind(const struct key *k, struct err *e)
{
	char type[KEY_TYPE_BYTES];

	key_type(k, type);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0 && (kinds[i].pem || is_keystore(k)))
			return true;
	return err_set(e, FAIL_CONFIG, "Elasticsearch reads no key of this kind: %s", type) ||
	       err_hint(e, "use an RSA key, or an EC key of the curve P-256 or P-384");
}

bool accepts_form(const struct key *k, struct version v, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const struct form_row *row = &forms[i];

		if (row->form != key_form(k))
			continue;
		return (row->since.major > 0 && version_cmp(v, row->since) >= 0) ||
		       err_set(e, FAIL_CONFIG, "%s", row->what) || err_hint(e, "%s", row->hint);
	}
	return err_set(e, FAIL_BUG, "a key of an unknown form");
}
