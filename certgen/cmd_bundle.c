#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "certgen/make.h"
#include "pki/p12.h"

#define OUT_HINT "give --out: a .pem or .crt file, or a .p12 or .pfx truststore"

enum { FILE_MAX_BYTES = CREDENTIALS_MAX_BYTES };

/* Certificates, borrowed: each once, an issuer behind what it signed. */
struct work {
	const struct options *o;
	const struct cert **pool; /* all that were named */
	size_t pool_count;
	const struct cert **certs;
	size_t count;
	struct secret *pass; /* of a truststore */
};

static bool has(const struct work *w, const struct cert *c)
{
	for (size_t i = 0; i < w->count; i++)
		if (cert_same(w->certs[i], c))
			return true;
	return false;
}

static void add_with_issuers(struct work *w, const struct cert *c);

static void add_issuers_of(struct work *w, const struct cert *c)
{
	for (size_t i = 0; i < w->pool_count; i++)
		if (cert_is_signed_by(c, w->pool[i]))
			add_with_issuers(w, w->pool[i]);
}

/* Ends, since each certificate is added once. */
static void add_with_issuers(struct work *w, const struct cert *c)
{
	if (has(w, c))
		return;
	w->certs[w->count++] = c;
	add_issuers_of(w, c);
}

/* What is no CA first: a chain begins with it. */
static bool collect(struct work *w, const struct sources *s, struct err *e)
{
	w->pool = sources_certs(s, &w->pool_count);
	w->certs = calloc(w->pool_count + 1, sizeof(const struct cert *));
	if (!w->pool || !w->certs)
		return err_set(e, FAIL_MEMORY, "out of memory for a list of certificates");
	for (int ca = 0; ca <= 1; ca++)
		for (size_t i = 0; i < w->pool_count; i++)
			if (cert_is_ca(w->pool[i]) == ca)
				add_with_issuers(w, w->pool[i]);
	return w->count > 0 || err_set(e, FAIL_INPUT, "there is no certificate in what was named");
}

static bool format_pem(const struct work *w, struct str *out, struct err *e)
{
	for (size_t i = 0; i < w->count; i++)
		if (!cert_format(w->certs[i], out, e))
			return false;
	return true;
}

/* A truststore: "ca", "ca-2" ... */
static bool format_p12(const struct work *w, struct str *out, struct err *e)
{
	struct p12_entry *entries = calloc(w->count, sizeof(*entries));
	char(*names)[24] = calloc(w->count, sizeof(*names));
	bool done = entries && names;

	if (!done)
		(void)err_set(e, FAIL_MEMORY, "out of memory for a truststore");
	for (size_t i = 0; done && i < w->count; i++) {
		(void)snprintf(names[i], sizeof(names[i]), i ? "ca-%zu" : "ca", i + 1);
		entries[i] = (struct p12_entry){ names[i], w->certs[i], NULL };
	}
	done = done && p12_format(entries, w->count, w->pass,
				  w->o->legacy ? P12_LEGACY : P12_MODERN, out, e);
	free(entries);
	free(names);
	return done;
}

static bool fill(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);

	if (out->kind != OUTPUT_FILE)
		return err_set(e, FAIL_EXISTS, "cannot write '%s': it is a folder", out->path) ||
		       err_hint(e, "it was left as it is; choose another --out");
	return make_is_p12(out->path)
		   ? format_p12(w, &bytes, e) &&
			 make_keep(out, "", &bytes, OUTPUT_SECRET, w->pass, e)
		   : format_pem(w, &bytes, e) && make_keep(out, "", &bytes, OUTPUT_PUBLIC, NULL, e);
}

static bool check_out(const char *path, struct err *e)
{
	static const char *const endings[] = { ".pem", ".crt", ".p12", ".pfx" };
	const char *slash = path ? strrchr(path, '/') : NULL, *name = slash ? slash + 1 : path;

	if (!path)
		return err_set(e, FAIL_USAGE, "where shall the bundle go?") ||
		       err_hint(e, OUT_HINT);
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (strcasecmp(name, endings[i]) != 0 && str_ends_with(path, endings[i]))
			return true;
	return err_set(e, FAIL_USAGE, "a bundle cannot be '%s'", path) || err_hint(e, OUT_HINT);
}

bool cmd_bundle(const void *options, char *const *operands, int *status, struct err *e)
{
	struct work w = { .o = options };
	const struct output_wish wish = {
		.out = w.o->out, .file_name = w.o->out, .force = w.o->force, .check = w.o->check
	};
	auto_sources s = { 0 };
	bool done;

	secret_setup(SECRET_MANY);
	done = check_out(w.o->out, e) && make_new_passphrase(w.o, &w.pass, e) &&
	       inputs_read(w.o, operands, &s, e) && collect(&w, &s, e) &&
	       make_run(w.o, &wish, fill, &w, status, e);
	free(w.pool);
	free(w.certs);
	secret_free(w.pass);
	return done;
}
