#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "certgen/make.h"
#include "pki/p12.h"
#include "stack/schema.h"

#define OUT_HINT                                                                                   \
	"give --out: a .p12, a .crt (with its .key), a .key, a .zip or a folder, with '/' at its " \
	"end"

enum { FILE_MAX_BYTES = CREDENTIALS_MAX_BYTES, NAME_BYTES = 256, P12_MOST = 32 };

struct work {
	const struct options *o;
	struct sources s;
	struct secret *pass; /* of what is written */
};

static bool format_key(const struct work *w, const struct key *key, struct str *out, struct err *e)
{
	return key_format_for(key, w->pass, w->o->legacy ? KEY_PBES1 : KEY_PBES2, out, e);
}

static bool is_pair(const struct credential *c)
{
	return c->cert && c->key;
}

static struct credential *only_pair(const struct work *w, struct err *e)
{
	struct source_at at = { 0 };
	struct credential *c, *pair = NULL;

	while ((c = sources_next(&w->s, &at)) != NULL) {
		if (is_pair(c) && pair) {
			(void)err_set(e, FAIL_INPUT, "more than one key with its certificate");
			(void)err_hint(e, "choose a folder, a .zip or a .p12 as --out");
			return NULL;
		}
		if (is_pair(c))
			pair = c;
	}
	if (!pair)
		(void)err_set(e, FAIL_INPUT, "there is no key with its certificate");
	return pair;
}

/* "dir/es01.crt" or the alias: what a pair is called in what is written. */
static void name_of(const struct credential *c, const struct source *from, char out[NAME_BYTES])
{
	const char *base = strrchr(from->path, '/');
	const char *name = base ? base + 1 : from->path, *dot = strrchr(name, '.');

	if (c->alias && schema_is_file_name(c->alias))
		(void)snprintf(out, NAME_BYTES, "%s", c->alias);
	else
		(void)snprintf(out, NAME_BYTES, "%.*s",
			       dot && dot > name ? (int)(dot - name) : (int)strlen(name), name);
}

/* Pairs as key entries with their chains, other CAs as trusted ones. */
static bool format_p12(const struct work *w, struct str *out, struct err *e)
{
	struct p12_entry entries[P12_MOST];
	char names[P12_MOST][NAME_BYTES];
	struct source_at at = { 0 };
	struct credential *c;
	size_t n = 0, cas = 0;

	while ((c = sources_next(&w->s, &at)) != NULL) {
		if (!c->cert || (!c->key && !cert_is_ca(c->cert)))
			continue;
		if (n == P12_MOST)
			return err_set(e, FAIL_INPUT, "more than %d certificates", P12_MOST);
		if (c->key && !sources_complete(&w->s, c->cert, e))
			return false;
		if (c->key)
			name_of(c, at.from, names[n]);
		else
			(void)snprintf(names[n], NAME_BYTES, cas ? "ca-%zu" : "ca", cas + 1);
		cas += c->key == NULL;
		entries[n] = (struct p12_entry){ names[n], c->cert, c->key };
		n++;
	}
	if (n == 0)
		return err_set(e, FAIL_INPUT, "there is no key with its certificate, and no CA");
	return p12_format(entries, n, w->pass, w->o->legacy ? P12_LEGACY : P12_MODERN, out, e);
}

static bool write_p12(const struct work *w, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);

	return format_p12(w, &bytes, e) &&
	       make_write_file(w->o, w->o->out, &bytes, OUTPUT_SECRET, e);
}

/* X.crt with the chain, and X.key. The key first: a certificate that is there has one. */
static bool write_pem(const struct work *w, struct err *e)
{
	const char *out = w->o->out;
	struct credential *c = only_pair(w, e);
	auto_str cert = STR_INIT(FILE_MAX_BYTES);
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);
	char key_path[PATH_MAX];

	(void)snprintf(key_path, sizeof(key_path), "%.*s.key", (int)(strrchr(out, '.') - out), out);
	return c && sources_complete(&w->s, c->cert, e) && cert_format(c->cert, &cert, e) &&
	       format_key(w, c->key, &key, e) &&
	       make_write_file(w->o, key_path, &key, OUTPUT_SECRET, e) &&
	       make_write_file(w->o, out, &cert, OUTPUT_PUBLIC, e);
}

static bool write_key(const struct work *w, struct err *e)
{
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);
	struct source_at at = { 0 };
	struct credential *c, *with_key = NULL;

	while ((c = sources_next(&w->s, &at)) != NULL)
		if (c->key && with_key)
			return err_set(e, FAIL_INPUT, "more than one key");
		else if (c->key)
			with_key = c;
	if (!with_key)
		return err_set(e, FAIL_INPUT, "there is no key");
	return format_key(w, with_key->key, &key, e) &&
	       make_write_file(w->o, w->o->out, &key, OUTPUT_SECRET, e);
}

/* Put a file that is not there; one that is there must hold just this. */
static bool put_new(const struct work *w, struct output *out, const char *path,
		    const struct str *bytes, mode_t mode, struct err *e)
{
	auto_str_wiped now = STR_INIT(FILE_MAX_BYTES);
	bool found;

	if (!output_read(out, path, &now, &found, e))
		return false;
	if (found && now.len == bytes->len && memcmp(str_text(&now), str_text(bytes), now.len) == 0)
		return true;
	if (found && !w->o->force)
		return err_set(e, FAIL_EXISTS, "'%s' is there already, and something else", path) ||
		       err_hint(e, "it was left as it is; choose another --out, or --force");
	return output_put(out, path, str_text(bytes), bytes->len, mode, e);
}

static bool put_pair(const struct work *w, struct output *out, const char *name,
		     struct credential *c, struct err *e)
{
	auto_str cert = STR_INIT(FILE_MAX_BYTES);
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);
	char cert_path[2 * NAME_BYTES + 8], key_path[2 * NAME_BYTES + 8];

	(void)snprintf(cert_path, sizeof(cert_path), "%s/%s.crt", name, name);
	(void)snprintf(key_path, sizeof(key_path), "%s/%s.key", name, name);
	if (bundle_find(&out->wanted, key_path))
		return err_set(e, FAIL_INPUT, "two pairs would both be '%s'", name) ||
		       err_hint(e, "convert them one by one");
	return sources_complete(&w->s, c->cert, e) && cert_format(c->cert, &cert, e) &&
	       format_key(w, c->key, &key, e) &&
	       put_new(w, out, key_path, &key, OUTPUT_SECRET, e) &&
	       put_new(w, out, cert_path, &cert, OUTPUT_PUBLIC, e);
}

static bool fill(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	auto_str cas = STR_INIT(FILE_MAX_BYTES);
	struct source_at at = { 0 };
	struct credential *c;
	char name[NAME_BYTES];

	while ((c = sources_next(&w->s, &at)) != NULL) {
		name_of(c, at.from, name);
		if (is_pair(c) ? !put_pair(w, out, name, c, e)
			       : c->cert && cert_is_ca(c->cert) && !cert_format(c->cert, &cas, e))
			return false;
	}
	return cas.len == 0 || bundle_find(&out->wanted, "ca/ca.crt") ||
	       put_new(w, out, "ca/ca.crt", &cas, OUTPUT_PUBLIC, e);
}

static bool is_archive_or_folder(const char *path)
{
	struct stat st;

	return str_ends_with(path, ".zip") || str_ends_with(path, ".tar.gz") ||
	       str_ends_with(path, ".tgz") || str_ends_with(path, "/") ||
	       (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static bool write_all(struct work *w, int *status, struct err *e)
{
	const struct output_wish wish = { .out = w->o->out,
					  .bundle_name = w->o->out,
					  .force = w->o->force };

	if (make_is_p12(w->o->out))
		return write_p12(w, e);
	if (str_ends_with(w->o->out, ".crt") || str_ends_with(w->o->out, ".pem"))
		return write_pem(w, e);
	if (str_ends_with(w->o->out, ".key"))
		return write_key(w, e);
	if (!is_archive_or_folder(w->o->out))
		return err_set(e, FAIL_USAGE, "what shall '%s' be?", w->o->out) ||
		       err_hint(e, OUT_HINT);
	return make_run(w->o, &wish, fill, w, status, e);
}

bool cmd_convert(const void *options, char *const *operands, int *status, struct err *e)
{
	struct work w = { .o = options };
	bool done;

	secret_setup(SECRET_MANY);
	if (!w.o->out)
		return err_set(e, FAIL_USAGE, "where shall it go?") || err_hint(e, OUT_HINT);
	done = make_new_passphrase(w.o, &w.pass, e) && inputs_read(w.o, operands, &w.s, e);
	if (done)
		sources_join_keys(&w.s);
	done = done && write_all(&w, status, e);
	secret_free(w.pass);
	sources_clear(&w.s);
	return done;
}
