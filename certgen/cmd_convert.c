#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/log.h"
#include "certgen/commands.h"
#include "certgen/contents.h"
#include "certgen/inputs.h"
#include "certgen/make.h"
#include "pki/p12.h"

#define OUT_HINT                                                                                   \
	"give --out: a .p12, a .crt (with its .key), a .key, a .zip or a folder, with '/' at its " \
	"end"

enum {
	FILE_MAX_BYTES = CREDENTIALS_MAX_BYTES,
	NAME_BYTES = 256,
	GENERATED_BYTES = 16, /* "ca-4096" */
};

struct work {
	const struct options *o;
	struct contents c;
	struct secret *pass; /* of what is written */
	char beside[PATH_MAX];
};

static bool put_key(const struct work *w, struct output *out, const char *path,
		    const struct content *it, struct err *e)
{
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);

	return key_format_for(it->what->key, w->pass, w->o->legacy ? KEY_PBES1 : KEY_PBES2, &key,
			      e) &&
	       make_keep(out, path, &key, OUTPUT_SECRET, w->pass, e);
}

static bool put_cert(struct output *out, const char *path, const struct content *it, struct err *e)
{
	auto_str cert = STR_INIT(FILE_MAX_BYTES);

	return cert_format(it->what->cert, &cert, e) &&
	       make_keep(out, path, &cert, OUTPUT_PUBLIC, NULL, e);
}

/* What one file cannot hold is said, not left out. */
static bool refuse_halves(const struct work *w, struct err *e)
{
	const struct content *key = contents_first(&w->c, CONTENT_KEY);
	const struct content *cert = contents_first(&w->c, CONTENT_CERT);

	if (!key && !cert)
		return true;
	return (key ? err_set(e, FAIL_INPUT,
			      "the certificate of key '%s' is not among what was named", key->from)
		    : err_set(e, FAIL_INPUT,
			      "the key of certificate '%s' is not among what was named",
			      cert->from)) ||
	       err_hint(e, "name it too, or choose %sa .zip or a folder as --out",
			key ? "a .key, " : "");
}

/* For --out that names one file, and is a folder. */
static bool check_is_file(const struct output *out, struct err *e)
{
	return out->kind == OUTPUT_FILE ||
	       err_set(e, FAIL_EXISTS, "cannot write '%s': it is a folder", out->path) ||
	       err_hint(e, "it was left as it is; choose another --out");
}

struct entries {
	struct p12_entry *items;
	char (*generated)[GENERATED_BYTES];
	size_t count;
	unsigned number; /* of the last alias that was generated */
};

static bool has_alias(const struct entries *s, const char *alias)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcasecmp(s->items[i].alias, alias) == 0)
			return true;
	return false;
}

/* Its own where it has one that is free, else ca, ca-2 ...: nobody asks for a CA by name. */
static const char *alias_for_trusted(struct entries *s, const struct content *it)
{
	char *made = s->generated[s->count];

	if (it->alias && !has_alias(s, it->alias))
		return it->alias;
	do {
		s->number++;
		(void)snprintf(made, GENERATED_BYTES, s->number == 1 ? "ca" : "ca-%u", s->number);
	} while (has_alias(s, made));
	return made;
}

/* Pairs as key entries with their chains, CAs as trusted ones. */
static bool format_p12(const struct work *w, struct entries *s, struct str *out, struct err *e)
{
	for (size_t i = 0; i < w->c.count; i++) {
		const struct content *it = &w->c.items[i];
		const char *alias = it->kind == CONTENT_TRUSTED ? alias_for_trusted(s, it)
				    : it->alias                 ? it->alias
								: it->name;

		s->items[s->count++] = (struct p12_entry){ alias, it->what->cert, it->what->key };
	}
	return p12_format(s->items, s->count, w->pass, w->o->legacy ? P12_LEGACY : P12_MODERN, out,
			  e);
}

static bool fill_p12(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);
	struct entries s = { .items = calloc(w->c.count, sizeof(*s.items)),
			     .generated = calloc(w->c.count, sizeof(*s.generated)) };
	bool done = check_is_file(out, e) && refuse_halves(w, e);

	if (done && (!s.items || !s.generated))
		done = err_set(e, FAIL_MEMORY, "out of memory for a keystore");
	done = done && format_p12(w, &s, &bytes, e) &&
	       make_keep(out, "", &bytes, OUTPUT_SECRET, w->pass, e);
	free(s.items);
	free(s.generated);
	return done;
}

/* All trusted certificates but that of a pair that is there. */
static bool put_trusted(const struct work *w, struct output *out, const char *path,
			const struct content *but, struct err *e)
{
	const struct content *first = contents_first(&w->c, CONTENT_TRUSTED);
	auto_str pem = STR_INIT(FILE_MAX_BYTES);

	for (size_t i = 0; i < w->c.count_of[CONTENT_TRUSTED]; i++)
		if (!(but && cert_same(first[i].what->cert, but->what->cert)) &&
		    !cert_format(first[i].what->cert, &pem, e))
			return false;
	return pem.len == 0 || make_keep(out, path, &pem, OUTPUT_PUBLIC, NULL, e);
}

/* X.crt with the chain, X.key, and X-ca.crt with the CAs. The key first: a certificate that is
 * there has one. */
static bool fill_pem(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	const struct content *pair = contents_first(&w->c, CONTENT_PAIR);
	const char *slash = strrchr(w->o->out, '/'), *cert = slash ? slash + 1 : w->o->out;
	const char *ending = strrchr(cert, '.');
	char key[PATH_MAX], cas[PATH_MAX];

	if (!refuse_halves(w, e))
		return false;
	if (w->c.count_of[CONTENT_PAIR] > 1)
		return err_set(e, FAIL_INPUT, "more than one key with its certificate") ||
		       err_hint(e, "choose a folder, a .zip or a .p12 as --out");
	if (!pair)
		return err_set(e, FAIL_INPUT, "there is no key with its certificate") ||
		       err_hint(e, "certgen bundle writes certificates alone");
	(void)snprintf(key, sizeof(key), "%.*s.key", (int)(ending - cert), cert);
	(void)snprintf(cas, sizeof(cas), "%.*s-ca%s", (int)(ending - cert), cert, ending);
	return put_key(w, out, key, pair, e) && put_cert(out, cert, pair, e) &&
	       put_trusted(w, out, cas, NULL, e);
}

static bool fill_key(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	const struct content *pair = contents_first(&w->c, CONTENT_PAIR);
	const struct content *key = contents_first(&w->c, CONTENT_KEY);

	if (w->c.count_of[CONTENT_PAIR] + w->c.count_of[CONTENT_KEY] > 1)
		return err_set(e, FAIL_INPUT, "more than one key");
	if (!pair && !key)
		return err_set(e, FAIL_INPUT, "there is no key");
	return check_is_file(out, e) && put_key(w, out, "", pair ? pair : key, e);
}

/* Of what is no trusted certificate, in whatever case: not all filesystems know the difference. */
static const struct content *find(const struct work *w, const char *name, const struct content *but)
{
	for (size_t i = 0; i < w->c.count; i++) {
		const struct content *it = &w->c.items[i];

		if (it != but && it->kind != CONTENT_TRUSTED && strcasecmp(it->name, name) == 0)
			return it;
	}
	return NULL;
}

/* NAME/NAME.crt and NAME/NAME.key, or that of them which there is. */
static bool put_named(const struct work *w, struct output *out, const struct content *it,
		      struct err *e)
{
	const char *name = it->name;
	char key[2 * NAME_BYTES + 8], cert[2 * NAME_BYTES + 8];

	if (find(w, name, it))
		return err_set(e, FAIL_INPUT, "two keys or certificates would both be '%s'",
			       name) ||
		       err_hint(e, "rename one, or convert them one by one");
	(void)snprintf(key, sizeof(key), "%s/%s.key", name, name);
	(void)snprintf(cert, sizeof(cert), "%s/%s.crt", name, name);
	return (!it->what->key || put_key(w, out, key, it, e)) &&
	       (!it->what->cert || put_cert(out, cert, it, e));
}

/* An authority with its key has ca/ca.crt for itself. */
static bool fill_all(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	const struct content *ca = find(w, "ca", NULL);

	for (size_t i = 0; i < w->c.count; i++)
		if (w->c.items[i].kind != CONTENT_TRUSTED && !put_named(w, out, &w->c.items[i], e))
			return false;
	return put_trusted(w, out, ca ? "ca/trusted.crt" : "ca/ca.crt",
			   ca && ca->what->cert ? ca : NULL, e);
}

/* clang-format off */
static const struct form {
	const char *ending;
	make_fill_fn *fill;
	enum { WHOLE, ONE_FILE, FILES_BESIDE } shape;
} forms[] = {
	{ ".p12",    fill_p12, ONE_FILE },
	{ ".pfx",    fill_p12, ONE_FILE },
	{ ".key",    fill_key, ONE_FILE },
	{ ".crt",    fill_pem, FILES_BESIDE },
	{ ".pem",    fill_pem, FILES_BESIDE },
	{ ".zip",    fill_all, WHOLE },
	{ ".tar.gz", fill_all, WHOLE },
	{ ".tgz",    fill_all, WHOLE },
	{ "/",       fill_all, WHOLE }, /* as is any folder that is there */
};
/* clang-format on */

static const struct form *form_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (strcasecmp(name, forms[i].ending) != 0 && /* more than an ending */
		    str_ends_with(path, forms[i].ending))
			return &forms[i];
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? &forms[ARRAY_LEN(forms) - 1] : NULL;
}

static bool find_form(const struct options *o, const struct form **out, struct err *e)
{
	if (!o->out)
		return err_set(e, FAIL_USAGE, "where shall it go?") || err_hint(e, OUT_HINT);
	if (strlen(o->out) >= PATH_MAX)
		return err_set(e, FAIL_USAGE, "--out is too long");
	*out = form_of(o->out);
	return *out || err_set(e, FAIL_USAGE, "what shall '%s' be?", o->out) ||
	       err_hint(e, OUT_HINT);
}

static void tell_what_is_left_out(const struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].found.left_out > 0)
			log_event(LOG_WARN, "left out what is neither key nor certificate", "path",
				  s->items[i].path, NULL);
}

/* The folder that the files lie in, of which --out names one. */
static const char *beside(struct work *w)
{
	const char *slash = strrchr(w->o->out, '/');

	(void)snprintf(w->beside, sizeof(w->beside), "%.*s",
		       slash ? (int)(slash - w->o->out) + 1 : 2, slash ? w->o->out : "./");
	return w->beside;
}

static bool write_all(struct work *w, const struct form *form, int *status, struct err *e)
{
	const char *path = form->shape == FILES_BESIDE ? beside(w) : w->o->out;
	const struct output_wish wish = { .out = path,
					  .file_name = form->shape == ONE_FILE ? path : NULL,
					  .bundle_name = path,
					  .force = w->o->force,
					  .check = w->o->check };

	return make_run(w->o, &wish, form->fill, w, status, e);
}

bool cmd_convert(const void *options, char *const *operands, int *status, struct err *e)
{
	struct work w = { .o = options };
	const struct form *form = NULL;
	auto_sources s = { 0 };
	bool done;

	secret_setup(SECRET_MANY);
	done = find_form(w.o, &form, e) && make_new_passphrase(w.o, &w.pass, e) &&
	       inputs_read(w.o, operands, &s, e) && contents_sort(&s, &w.c, e);
	tell_what_is_left_out(&s);
	done = done && write_all(&w, form, status, e);
	contents_clear(&w.c);
	secret_free(w.pass);
	return done;
}
