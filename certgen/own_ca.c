#include "certgen/own_ca.h"

#include "base/list.h"
#include "certgen/pair_file.h"

enum { FILE_MAX_BYTES = 256 * 1024 };

/* One that is there. */
struct found {
	struct ca *ca;
	bool unlocked; /* its key is there, and without the passphrase of the style */
	char name[OUTPUT_NAME_BYTES];
};

static bool load_pem(const struct output *out, const struct pair_style *style, struct found *f,
		     struct err *e)
{
	auto_str cert = STR_INIT(FILE_MAX_BYTES);
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);
	char key_name[OUTPUT_NAME_BYTES];
	bool has_cert, has_key;

	output_name(out, "ca/ca.crt", f->name);
	output_name(out, "ca/ca.key", key_name);
	if (!output_read(out, "ca/ca.crt", &cert, &has_cert, e) ||
	    !output_read(out, "ca/ca.key", &key, &has_key, e))
		return false;
	if (has_key && !has_cert)
		return err_set(e, FAIL_EXISTS, "'%s' is there without its certificate", key_name) ||
		       err_hint(e, "put '%s' back, or choose another --out", f->name);
	if (!has_cert)
		return true;
	if (!ca_parse(&cert, f->name, has_key ? &key : NULL, key_name, style->pass, f->ca, e))
		return false;
	f->unlocked = has_key && style->pass && key_form(f->ca->key) == KEY_FORM_PEM;
	return true;
}

/* Locked with the passphrase that it shall have, or with none at all. */
static bool parse_p12(const struct str *bytes, const struct pair_style *style, struct found *f,
		      struct credentials *found, struct err *e)
{
	struct err ignored;

	if (credentials_parse(str_text(bytes), bytes->len, f->name, style->pass, found, e))
		return true;
	if (e->code != FAIL_AUTH || !style->pass ||
	    !credentials_parse(str_text(bytes), bytes->len, f->name, NULL, found, &ignored))
		return false;
	f->unlocked = found->count == 1; /* what else is in it would be lost */
	return true;
}

/* With its key from ca/ca.p12, else only to trust. */
static bool load_p12(const struct output *out, const char *path, const struct pair_style *style,
		     struct found *f, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);
	auto_credentials found = { 0 };
	bool is_there;

	output_name(out, path, f->name);
	if (!output_read(out, path, &bytes, &is_there, e))
		return false;
	if (!is_there)
		return true;
	if (!parse_p12(&bytes, style, f, &found, e))
		return false;
	for (size_t i = 0; i < found.count; i++)
		if (found.items[i].cert && cert_is_ca(found.items[i].cert)) {
			f->ca->cert = TAKE(found.items[i].cert);
			f->ca->key = TAKE(found.items[i].key);
			return true;
		}
	return true;
}

/* Of a CA whose key was thrown away every keystore beside holds the certificate: a second CA for
 * the next one would split the stack. */
static bool load_from_any(const struct output *out, const struct pair_style *style, struct found *f,
			  struct err *e)
{
	auto_list paths = { 0 };

	if (!output_list(out, &paths, e))
		return e->code == FAIL_MISSING;
	for (size_t i = 0; !f->ca->cert && i < paths.count; i++)
		if (str_ends_with(paths.items[i], ".p12") &&
		    !load_p12(out, paths.items[i], style, f, e))
			return false;
	return true;
}

static bool load(const struct output *out, const struct own_ca_wish *wish, struct found *f,
		 struct err *e)
{
	if (wish->style->pem)
		return load_pem(out, wish->style, f, e);
	if (out->kind == OUTPUT_FILE)
		return !wish->beside || load_p12(out, wish->beside, wish->style, f, e);
	return load_p12(out, "ca/ca.p12", wish->style, f, e) &&
	       (f->ca->cert || load_from_any(out, wish->style, f, e));
}

static bool put_key(struct output *out, const struct ca *ca, const struct pair_style *style,
		    enum output_before before, struct err *e)
{
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);

	return key_format_for(ca->key, style->pass, style->legacy ? KEY_PBES1 : KEY_PBES2, &key,
			      e) &&
	       output_put(out, "ca/ca.key", str_text(&key), key.len, OUTPUT_SECRET, before, e);
}

/* The key before its certificate: a CA certificate whose key is lost would never sign again. */
static bool put_pem(struct output *out, const struct ca *ca, const struct pair_style *style,
		    bool keep_key, struct err *e)
{
	auto_str cert = STR_INIT(FILE_MAX_BYTES);

	return (!keep_key || put_key(out, ca, style, OUTPUT_ADDS, e)) &&
	       cert_format(ca->cert, &cert, e) &&
	       output_put(out, "ca/ca.crt", str_text(&cert), cert.len, OUTPUT_PUBLIC, OUTPUT_ADDS,
			  e);
}

static bool put_p12(struct output *out, const struct ca *ca, const struct pair_style *style,
		    enum output_before before, struct err *e)
{
	const struct p12_entry entry = { "ca", ca->cert, ca->key };
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);

	return p12_format(&entry, 1, style->pass, style->legacy ? P12_LEGACY : P12_MODERN, &bytes,
			  e) &&
	       output_put(out, "ca/ca.p12", str_text(&bytes), bytes.len, OUTPUT_SECRET, before, e);
}

/* What was found is what was asked for, and locked. */
static bool accept(struct output *out, const struct own_ca_wish *wish, const struct found *f,
		   struct err *e)
{
	if (!wish->any_subject && !cert_has_subject(f->ca->cert, wish->subject))
		return err_set(e, FAIL_CONFLICT, "'%s' is there, and has another name", f->name) ||
		       err_hint(e, "it was left as it is; choose another --out, or --force to "
				   "replace it");
	if (!f->unlocked || !f->ca->key)
		return true;
	if (!output_explain(out, wish->style->pem ? "ca/ca.key" : "ca/ca.p12", OUTPUT_LOCKED,
			    "it was there without the passphrase", e))
		return false;
	return wish->style->pem ? put_key(out, f->ca, wish->style, OUTPUT_REPLACES, e)
				: put_p12(out, f->ca, wish->style, OUTPUT_REPLACES, e);
}

bool own_ca_obtain(struct output *out, const struct own_ca_wish *wish, struct ca *ca, bool *made,
		   struct err *e)
{
	struct found f = { .ca = ca };

	*made = false;
	if (!load(out, wish, &f, e))
		return e->code == FAIL_AUTH && pair_file_locked(wish->style, e);
	if (ca->cert)
		return accept(out, wish, &f, e);
	if (!ca_make(wish->subject, wish->style->kind, SIGN_CA_DAYS, ca, e))
		return false;
	*made = true;
	if (wish->style->pem)
		return put_pem(out, ca, wish->style, wish->keep_key, e);
	return !wish->keep_key || out->kind == OUTPUT_FILE ||
	       put_p12(out, ca, wish->style, OUTPUT_ADDS, e);
}
