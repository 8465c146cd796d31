#include "pki/extensions.h"

#include <openssl/x509v3.h>

enum { OID_TEXT_BYTES = 128 };

enum fate {
	MADE_ANEW, /* by who signs */
	OUTDATED,  /* true of the old certificate alone */
	KEY_USAGE,
	HANDED_ON, /* also when it is critical */
};

/* RFC 5280, 4.2; RFC 6962, 3.3 for the list of logs, whose signatures cover the old certificate. */
/* clang-format off */
static const struct row {
	int nid;
	enum fate fate;
} rows[] = {
	{ NID_basic_constraints,        MADE_ANEW },
	{ NID_subject_key_identifier,   MADE_ANEW },
	{ NID_authority_key_identifier, MADE_ANEW },
	{ NID_private_key_usage_period, OUTDATED },
	{ NID_ct_precert_scts,          OUTDATED },
	{ NID_key_usage,                KEY_USAGE },
	{ NID_ext_key_usage,            HANDED_ON },
	{ NID_subject_alt_name,         HANDED_ON },
};
/* clang-format on */

static const struct row *row_of(X509_EXTENSION *ext)
{
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object(ext));

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].nid == nid)
			return &rows[i];
	return NULL;
}

static bool refuse(X509_EXTENSION *ext, struct err *e)
{
	char oid[OID_TEXT_BYTES] = "?";

	(void)OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext), 0);
	return err_set(e, FAIL_CONFLICT, "it has the critical extension '%s'", oid) ||
	       err_hint(e, "have it renewed by who signed it: certgen does not know its meaning");
}

bool extensions_hand_on(const X509 *from, X509 *to, bool with_key_usage, struct err *e)
{
	for (int i = 0; i < X509_get_ext_count(from); i++) {
		X509_EXTENSION *ext = X509_get_ext(from, i);
		const struct row *row = row_of(ext);

		if (!row && X509_EXTENSION_get_critical(ext))
			return refuse(ext, e);
		if (row && (row->fate == MADE_ANEW || row->fate == OUTDATED ||
			    (row->fate == KEY_USAGE && !with_key_usage)))
			continue;
		if (X509_add_ext(to, ext, -1) != 1)
			return openssl_failed(e, FAIL_MEMORY, "cannot describe a certificate");
	}
	return true;
}
