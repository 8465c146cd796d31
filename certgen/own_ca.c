#include "certgen/own_ca.h"

#include "base/list.h"

enum { FILE_MAX_BYTES = 256 * 1024 };

static bool load_pem(const struct output *out, const struct pair_style *style, struct ca *ca,
		     struct err *e)
{
	auto_str cert = STR_INIT(FILE_MAX_BYTES);
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);
	char cert_name[OUTPUT_NAME_BYTES], key_name[OUTPUT_NAME_BYTES];
	bool has_cert, has_key;

	output_name(out, "ca/ca.crt", cert_name);
	output_name(out, "ca/ca.key", key_name);
	if (!output_read(out, "ca/ca.crt", &cert, &has_cert, e) ||
	    !output_read(out, "ca/ca.key", &key, &has_key, e))
		return false;
	if (has_key && !has_cert)
		return err_set(e, FAIL_EXISTS, "'%s' is there without its certificate", key_name) ||
		       err_hint(e, "put '%s' back, or choose another --out", cert_name);
	return !has_cert ||
	       ca_parse(&cert, cert_name, has_key ? &key : NULL, key_name, style->pass, ca, e);
}

/* With its key from ca/ca.p12, else only to trust. */
static bool load_p12(const struct output *out, const char *path, const struct pair_style *style,
		     struct ca *ca, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);
	auto_credentials found = { 0 };
	char name[OUTPUT_NAME_BYTES];
	bool is_there;

	output_name(out, path, name);
	if (!output_read(out, path, &bytes, &is_there, e))
		return false;
	if (!is_there)
		return true;
	if (!credentials_parse(str_text(&bytes), bytes.len, name, style->pass, &found, e))
		return false;
	for (size_t i = 0; i < found.count; i++)
		if (found.items[i].cert && cert_is_ca(found.items[i].cert)) {
			ca->cert = TAKE(found.items[i].cert);
			ca->key = TAKE(found.items[i].key);
			return true;
		}
	return true;
}

/* Of a CA whose key was thrown away every keystore beside holds the certificate: a second CA for
 * the next one would split the stack. */
static bool load_from_any(const struct output *out, const struct pair_style *style, struct ca *ca,
			  struct err *e)
{
	auto_list paths = { 0 };

	if (!output_list(out, &paths, e))
		return e->code == FAIL_MISSING;
	for (size_t i = 0; !ca->cert && i < paths.count; i++)
		if (str_ends_with(paths.items[i], ".p12") &&
		    !load_p12(out, paths.items[i], style, ca, e))
			return false;
	return true;
}

static bool load(const struct output *out, const char *beside, const struct pair_style *style,
		 struct ca *ca, struct err *e)
{
	if (style->pem)
		return load_pem(out, style, ca, e);
	if (out->kind == OUTPUT_FILE)
		return !beside || load_p12(out, beside, style, ca, e);
	return load_p12(out, "ca/ca.p12", style, ca, e) &&
	       (ca->cert || load_from_any(out, style, ca, e));
}

/* The key before its certificate: a CA certificate whose key is lost would never sign again. */
static bool put_pem(struct output *out, const struct ca *ca, const struct pair_style *style,
		    bool keep_key, struct err *e)
{
	auto_str cert = STR_INIT(FILE_MAX_BYTES);
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);

	if (keep_key && (!key_format_for(ca->key, style->pass,
					 style->legacy ? KEY_PBES1 : KEY_PBES2, &key, e) ||
			 !output_put(out, "ca/ca.key", str_text(&key), key.len, OUTPUT_SECRET, e)))
		return false;
	return cert_format(ca->cert, &cert, e) &&
	       output_put(out, "ca/ca.crt", str_text(&cert), cert.len, OUTPUT_PUBLIC, e);
}

static bool put_p12(struct output *out, const struct ca *ca, const struct pair_style *style,
		    struct err *e)
{
	const struct p12_entry entry = { "ca", ca->cert, ca->key };
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);

	return p12_format(&entry, 1, style->pass, style->legacy ? P12_LEGACY : P12_MODERN, &bytes,
			  e) &&
	       output_put(out, "ca/ca.p12", str_text(&bytes), bytes.len, OUTPUT_SECRET, e);
}

bool own_ca_obtain(struct output *out, const char *beside, const char *subject,
		   const struct pair_style *style, bool keep_key, struct ca *ca, bool *made,
		   struct err *e)
{
	*made = false;
	if (!load(out, beside, style, ca, e))
		return false;
	if (ca->cert)
		return true;
	if (!ca_make(subject, style->kind, SIGN_CA_DAYS, ca, e))
		return false;
	*made = true;
	if (style->pem)
		return put_pem(out, ca, style, keep_key, e);
	return !keep_key || out->kind == OUTPUT_FILE || put_p12(out, ca, style, e);
}
