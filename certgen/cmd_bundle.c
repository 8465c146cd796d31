#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "certgen/make.h"
#include "pki/p12.h"

enum { FILE_MAX_BYTES = CREDENTIALS_MAX_BYTES };

/* Certificates, borrowed: each once, an issuer behind what it signed. */
struct work {
	const struct options *o;
	const struct cert **pool; /* all that were named */
	size_t pool_count;
	const struct cert **certs;
	size_t count;
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
static bool format_p12(const struct work *w, const struct secret *pass, struct str *out,
		       struct err *e)
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
	done = done &&
	       p12_format(entries, w->count, pass, w->o->legacy ? P12_LEGACY : P12_MODERN, out, e);
	free(entries);
	free(names);
	return done;
}

static bool write_bundle(const struct work *w, const struct secret *pass, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);
	bool p12 = make_is_p12(w->o->out);

	return (p12 ? format_p12(w, pass, &bytes, e) : format_pem(w, &bytes, e)) &&
	       make_write_file(w->o, w->o->out, &bytes, p12 ? OUTPUT_SECRET : OUTPUT_PUBLIC, e);
}

bool cmd_bundle(const void *options, char *const *operands, int *status, struct err *e)
{
	struct work w = { .o = options };
	auto_sources s = { 0 };
	auto_secret pass = NULL;
	bool done;

	(void)status;
	secret_setup(SECRET_MANY);
	if (!w.o->out)
		return err_set(e, FAIL_USAGE, "where shall the bundle go?") ||
		       err_hint(e, "give --out: a .pem or .crt file, or a .p12 truststore");
	done = make_new_passphrase(w.o, &pass, e) && inputs_read(w.o, operands, &s, e) &&
	       collect(&w, &s, e) && write_bundle(&w, pass, e);
	free(w.pool);
	free(w.certs);
	return done;
}
