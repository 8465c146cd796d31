#include "certgen/pair_file.h"

enum { FILE_MAX_BYTES = 256 * 1024 };

void pair_file_names(const struct pair_site *at, char cert[OUTPUT_NAME_BYTES],
		     char key[OUTPUT_NAME_BYTES])
{
	output_name(at->out, at->place->cert_path, cert);
	output_name(at->out, at->place->key_path, key);
}

bool pair_file_conflict(const struct pair_site *at, const char *what, struct err *e)
{
	char name[OUTPUT_NAME_BYTES];

	output_name(at->out, at->place->cert_path, name);
	return err_set(e, FAIL_CONFLICT, "'%s' is there, and %s", name, what) ||
	       err_hint(e, "it was left as it is; choose another --out, or --force to replace it");
}

static bool read_key(const struct pair_site *at, const char *name, struct pair_file *p,
		     struct err *e)
{
	const struct secret *pass = at->style->pass;
	auto_str_wiped pem = STR_INIT(FILE_MAX_BYTES);
	bool found;

	if (!output_read(at->out, at->place->key_path, &pem, &found, e))
		return false;
	if (!found)
		return true;
	if (!key_parse(str_text(&pem), pem.len, name, pass, &p->key, e))
		return false;
	p->unlocked = pass && key_form(p->key) == KEY_FORM_PEM;
	return true;
}

static bool read_pem(const struct pair_site *at, struct pair_file *p, struct err *e)
{
	char cert_name[OUTPUT_NAME_BYTES], key_name[OUTPUT_NAME_BYTES];
	auto_str pem = STR_INIT(FILE_MAX_BYTES);
	bool found;

	pair_file_names(at, cert_name, key_name);
	if (!read_key(at, key_name, p, e) ||
	    !output_read(at->out, at->place->cert_path, &pem, &found, e))
		return false;
	if (!found)
		return true;
	return at->style->csr ? csr_parse(str_text(&pem), pem.len, cert_name, &p->csr, e)
			      : cert_parse(str_text(&pem), pem.len, cert_name, &p->cert, e);
}

/* More than the one key with its chain and the CA: a second key, or another trusted certificate. */
static bool holds_others(const struct pair_site *at, const struct credentials *found)
{
	size_t keys = 0;

	for (size_t i = 0; i < found->count; i++) {
		const struct credential *item = &found->items[i];

		keys += item->key != NULL;
		if (item->trusted && at->ca && !cert_same(item->cert, at->ca->cert))
			return true;
	}
	return keys > 1;
}

/* Locked with the passphrase that it shall have, or with none at all. */
static bool parse_p12(const struct pair_site *at, const struct str *bytes, const char *name,
		      struct credentials *found, bool *unlocked, struct err *e)
{
	const struct secret *pass = at->style->pass;
	struct err ignored;

	*unlocked = false;
	if (credentials_parse(str_text(bytes), bytes->len, name, pass, found, e))
		return true;
	if (e->code != FAIL_AUTH || !pass)
		return false;
	*unlocked = credentials_parse(str_text(bytes), bytes->len, name, NULL, found, &ignored);
	return *unlocked;
}

/* The first key of them, with its certificate and what brings a peer from that to the root. */
static bool take(const struct pair_site *at, struct credentials *found, struct pair_file *p,
		 struct err *e)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->items[i].key && found->items[i].cert) {
			p->key = TAKE(found->items[i].key);
			p->cert = TAKE(found->items[i].cert);
			return !at->ca || cert_add_chain(p->cert, at->ca->cert, e);
		}
	return true;
}

static bool read_p12(const struct pair_site *at, struct pair_file *p, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);
	auto_credentials found = { 0 };
	char name[OUTPUT_NAME_BYTES];
	bool is_there;

	output_name(at->out, at->place->cert_path, name);
	if (!output_read(at->out, at->place->cert_path, &bytes, &is_there, e))
		return false;
	if (!is_there)
		return true;
	if (!parse_p12(at, &bytes, name, &found, &p->unlocked, e))
		return false;
	if (holds_others(at, &found))
		return pair_file_conflict(at, "holds other entries, which would be lost", e);
	if (!take(at, &found, p, e))
		return false;
	return p->key || err_set(e, FAIL_EXISTS, "no key in '%s'", name) ||
	       err_hint(e, "it was left as it is; --force replaces it");
}

bool pair_file_read(const struct pair_site *at, struct pair_file *p, struct err *e)
{
	if (at->style->pem ? read_pem(at, p, e) : read_p12(at, p, e))
		return true;
	return e->code == FAIL_AUTH && pair_file_locked(at->style, e);
}

bool pair_file_locked(const struct pair_style *style, struct err *e)
{
	return err_hint(e, style->pass
			       ? "it was left as it is; give the passphrase that it has, or --force"
			       : "it was left as it is; give its passphrase: --pass-file, or "
				 "CERTGEN_PASS_FILE");
}

static bool format_p12(const struct pair_site *at, const struct pair_file *p, struct str *out,
		       struct err *e)
{
	const struct pair_style *style = at->style;
	const struct p12_entry entries[] = {
		{ at->place->alias, p->cert, p->key },
		{ style->ca_alias, at->ca ? at->ca->cert : NULL, NULL },
	};

	return p12_format(entries, at->ca && style->ca_alias ? 2 : 1, style->pass,
			  style->legacy ? P12_LEGACY : P12_MODERN, out, e);
}

bool pair_file_format(const struct pair_site *at, const struct pair_file *p, struct str *out,
		      struct err *e)
{
	if (!at->style->pem)
		return format_p12(at, p, out, e);
	return p->csr ? csr_format(p->csr, out, e) : cert_format(p->cert, out, e);
}

bool pair_file_format_key(const struct pair_site *at, const struct pair_file *p, struct str *out,
			  struct err *e)
{
	return key_format_for(p->key, at->style->pass, at->style->legacy ? KEY_PBES1 : KEY_PBES2,
			      out, e);
}

void pair_file_clear(struct pair_file *p)
{
	key_free(TAKE(p->key));
	cert_free(TAKE(p->cert));
	csr_free(TAKE(p->csr));
}
