#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "certgen/authority.h"
#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "certgen/make.h"
#include "certgen/orders.h"
#include "certgen/source.h"
#include "certgen/usage.h"

enum { FILE_MAX_BYTES = 256 * 1024 };

struct work {
	const struct options *o;
	struct ca ca;
	struct cert_request request;
	struct san names; /* instead of what the requests ask for; empty: as they ask */
	const struct source *from;
	char path[PATH_MAX]; /* of the certificate, below the output */
};

static bool has_subject(const struct cert *c, const struct csr *csr)
{
	auto_str wanted = STR_INIT(FILE_MAX_BYTES);
	auto_str has = STR_INIT(FILE_MAX_BYTES);
	struct err ignored;

	return csr_subject(csr, &wanted, &ignored) && cert_subject(c, &has, &ignored) &&
	       strcmp(str_text(&wanted), str_text(&has)) == 0;
}

static bool as_wanted(const struct work *w, const struct cert *c, const struct san *names)
{
	auto_san has = { 0 };
	struct err ignored;

	return cert_is_signed_by(c, w->ca.cert) && csr_fits_cert(w->from->csr, c) &&
	       has_subject(c, w->from->csr) && cert_serves(c, w->request.purpose) &&
	       !cert_is_due(c, 0) && cert_san(c, &has, &ignored) && san_equal(&has, names);
}

/* Whether what is there does; a certificate of another CA is not replaced. */
static bool look(const struct work *w, const struct output *out, const struct san *names,
		 bool *up_to_date, struct err *e)
{
	auto_str pem = STR_INIT(FILE_MAX_BYTES);
	auto_cert cert = NULL;
	char name[OUTPUT_NAME_BYTES];
	bool is_there;

	output_name(out, w->path, name);
	*up_to_date = false;
	if (!output_read(out, w->path, &pem, &is_there, e))
		return false;
	if (!is_there)
		return true;
	if (!cert_parse(str_text(&pem), pem.len, name, &cert, e))
		return false;
	*up_to_date = as_wanted(w, cert, names);
	if (*up_to_date || cert_is_signed_by(cert, w->ca.cert))
		return true;
	return err_set(e, FAIL_CONFLICT, "'%s' is there, and another CA signed it", name) ||
	       err_hint(e, "it was left as it is; choose another --out, or --force");
}

static bool names_for(const struct work *w, struct san *names, struct err *e)
{
	const struct san *given = san_is_empty(&w->names) ? NULL : &w->names;

	for (int k = 0; given && k < SAN_KINDS; k++)
		if (!san_add_list(names, (enum san_kind)k, &given->of[k], e))
			return false;
	if (given || csr_san(w->from->csr, names, e))
		return true;
	return err_prefix(e, "'%s': ", w->from->path) ||
	       err_hint(e, "give the names yourself: --dns, --ip ...");
}

static bool fill(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	struct cert_request rq = w->request;
	auto_str pem = STR_INIT(FILE_MAX_BYTES);
	auto_san names = { 0 };
	auto_cert cert = NULL;
	bool up_to_date;

	rq.csr = w->from->csr;
	rq.san = &names;
	if (!names_for(w, &names, e) || !look(w, out, &names, &up_to_date, e))
		return false;
	if (up_to_date)
		return true;
	if (!csr_check_key(w->from->csr, e) || !ca_sign(&w->ca, &rq, &cert, e))
		return err_prefix(e, "'%s': ", w->from->path);
	return cert_format(cert, &pem, e) &&
	       output_put(out, w->path, str_text(&pem), pem.len, OUTPUT_PUBLIC, e);
}

/* "bundle.zip:es01/es01.csr" becomes es01/es01.crt in the output, "dir/es01.csr" es01.crt: beside
 * the request, unless --out says where. */
static bool place(struct work *w, char folder[PATH_MAX], struct err *e)
{
	const char *path = w->from->path, *base = strrchr(path, '/'), *member = strchr(path, ':');
	const char *name = !w->from->on_disk && member ? member + 1 : base ? base + 1 : path;
	size_t n = strlen(name);

	if (n > 4 && strcmp(name + n - 4, ".csr") == 0)
		n -= 4;
	(void)snprintf(w->path, sizeof(w->path), "%.*s.crt", (int)n, name);
	if (w->o->out) {
		(void)snprintf(folder, PATH_MAX, "%s", w->o->out);
		return true;
	}
	if (!w->from->on_disk)
		return err_set(e, FAIL_USAGE, "where shall the certificate for '%s' go?", path) ||
		       err_hint(e, "give --out: a folder, with '/' at its end, or a .zip");
	(void)snprintf(folder, PATH_MAX, "%.*s", base ? (int)(base - path) + 1 : 2,
		       base ? path : "./");
	return true;
}

static bool sign_all(struct work *w, const struct sources *s, int *status, struct err *e)
{
	char folder[PATH_MAX];
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct output_wish wish = { .out = folder,
					    .bundle_name = folder,
					    .force = w->o->force,
					    .check = w->o->check };

		w->from = &s->items[i];
		if (!w->from->csr)
			continue;
		count++;
		if (!place(w, folder, e) || !make_run(w->o, &wish, fill, w, status, e))
			return false;
	}
	return count > 0 || err_set(e, FAIL_INPUT, "there is no signing request in what was named");
}

bool cmd_sign(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_sources s = { 0 };
	struct work w = { .o = o };
	bool done;

	make_begin(o);
	w.request = (struct cert_request){ .valid_days = o->days ? o->days : SIGN_LEAF_DAYS,
					   .exact_days = o->days != 0,
					   .permitted = &o->permit };
	if (!operands[0])
		return err_set(e, FAIL_USAGE, "which request shall be signed?") ||
		       err_hint(e, "name a .csr file, a folder or a zip of them");
	if (!sign_check_permitted(&o->permit, e))
		return options_blame("--permit", e);
	done = inputs_check(o, operands, false, e) &&
	       usage_parse(o->usage, &w.request.purpose, e) && orders_names(o, &w.names, e) &&
	       authority_load(o, &w.ca, e);
	for (; done && *operands; operands++)
		done = sources_add(&s, *operands, NULL, e);
	done = done && sign_all(&w, &s, status, e);
	san_clear(&w.names);
	ca_clear(&w.ca);
	return done;
}
