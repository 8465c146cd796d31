#include <stdlib.h>
#include <string.h>

#include "certgen/authority.h"
#include "certgen/commands.h"
#include "certgen/make.h"
#include "certgen/orders.h"
#include "certgen/requests.h"
#include "certgen/usage.h"
#include "os/parallel.h"

enum { FILE_MAX_BYTES = 256 * 1024 };

/* What became of one request. */
struct signature {
	const char *why; /* what is there has to be signed again; NULL: it has not */
	bool was_there;
	struct str pem; /* empty: what is there stays */
};

struct work {
	const struct options *o;
	struct ca ca;
	struct cert_request style;
	struct san names; /* instead of what the requests ask for; empty: as they ask */
	struct requests requests;
	size_t first, end; /* of the requests: those for the output that is being filled */
};

/* Those requests on all cores. */
struct crew {
	const struct work *w;
	const struct output *out;
	struct signature *signatures;
};

static bool has_subject(const struct cert *c, const struct csr *csr)
{
	auto_str wanted = STR_INIT(FILE_MAX_BYTES);
	auto_str has = STR_INIT(FILE_MAX_BYTES);
	struct err ignored;

	return csr_subject(csr, &wanted, &ignored) && cert_subject(c, &has, &ignored) &&
	       strcmp(str_text(&wanted), str_text(&has)) == 0;
}

static bool has_names(const struct cert *c, const struct san *names)
{
	auto_san has = { 0 };
	struct err ignored;

	return cert_san(c, &has, &ignored) && san_equal(&has, names);
}

/* Why what is there does not do; NULL: it does. */
static const char *fault_of(const struct work *w, const struct csr *csr, const struct cert *c,
			    const struct san *names)
{
	if (!has_subject(c, csr))
		return "its subject is another";
	if (!has_names(c, names))
		return "its names are others";
	if (!cert_serves_only(c, w->style.purpose))
		return "its usage is another";
	return cert_is_due(c, 0) ? "less than a third of its life is left" : NULL;
}

static bool conflict(const char *name, const char *what, struct err *e)
{
	return err_set(e, FAIL_CONFLICT, "'%s' is there, and %s", name, what) ||
	       err_hint(e, "it was left as it is; choose another --out, or --force");
}

/* Whether what is there does, and if not, why; a certificate of another CA or for another key is
 * not replaced. */
static bool look(const struct work *w, const struct request *r, const struct san *names,
		 const struct output *out, struct signature *s, bool *up_to_date, struct err *e)
{
	auto_str pem = STR_INIT(FILE_MAX_BYTES);
	auto_cert cert = NULL;
	char name[OUTPUT_NAME_BYTES];

	output_name(out, r->path, name);
	*up_to_date = false;
	if (!output_read(out, r->path, &pem, &s->was_there, e))
		return false;
	if (!s->was_there)
		return true;
	if (!cert_parse(str_text(&pem), pem.len, name, &cert, e))
		return false;
	if (!cert_is_signed_by(cert, w->ca.cert))
		return conflict(name, "another CA signed it", e);
	if (!csr_fits_cert(r->from->csr, cert))
		return conflict(name, "it belongs to another key", e);
	s->why = fault_of(w, r->from->csr, cert, names);
	*up_to_date = s->why == NULL;
	return true;
}

static bool names_for(const struct work *w, const struct source *from, struct san *names,
		      struct err *e)
{
	const struct san *given = san_is_empty(&w->names) ? NULL : &w->names;

	for (int k = 0; given && k < SAN_KINDS; k++)
		if (!san_add_list(names, (enum san_kind)k, &given->of[k], e))
			return false;
	if (given || csr_san(from->csr, names, e))
		return true;
	return err_prefix(e, "'%s': ", from->path) ||
	       err_hint(e, "give the names yourself: --dns, --ip ...");
}

static bool sign_one(const struct work *w, const struct request *r, const struct output *out,
		     struct signature *s, struct err *e)
{
	struct cert_request rq = w->style;
	auto_san names = { 0 };
	auto_cert cert = NULL;
	bool up_to_date;

	if (!names_for(w, r->from, &names, e) || !look(w, r, &names, out, s, &up_to_date, e))
		return false;
	if (up_to_date)
		return true;
	rq.csr = r->from->csr;
	rq.san = &names;
	if (!csr_check_key(rq.csr, e) || !ca_sign(&w->ca, &rq, &cert, e))
		return err_prefix(e, "'%s': ", r->from->path);
	return cert_format(cert, &s->pem, e);
}

static bool sign_nth(size_t i, void *ctx, struct err *e)
{
	const struct crew *c = ctx;

	return sign_one(c->w, &c->w->requests.items[c->w->first + i], c->out, &c->signatures[i], e);
}

static bool put(struct output *out, const char *path, const struct signature *s, struct err *e)
{
	return (!s->why || output_explain(out, path, OUTPUT_SIGNED_AGAIN, s->why, e)) &&
	       (s->pem.len == 0 ||
		output_put(out, path, str_text(&s->pem), s->pem.len, OUTPUT_PUBLIC,
			   s->was_there ? OUTPUT_REPLACES : OUTPUT_ADDS, e));
}

static bool fill(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	size_t count = w->end - w->first;
	struct crew c = { w, out, calloc(count, sizeof(*c.signatures)) };
	bool done;

	if (!c.signatures)
		return err_set(e, FAIL_MEMORY, "out of memory for %zu certificates", count);
	for (size_t i = 0; i < count; i++)
		c.signatures[i].pem = (struct str)STR_INIT(FILE_MAX_BYTES);
	done = parallel_for(count, sign_nth, &c, e);
	for (size_t i = 0; i < count; i++) {
		done = done && put(out, w->requests.items[w->first + i].path, &c.signatures[i], e);
		str_clear(&c.signatures[i].pem);
	}
	free(c.signatures);
	return done;
}

/* The requests for the next output; false: there is none. */
static bool next_output(struct work *w, struct output_wish *wish)
{
	const struct requests *all = &w->requests;

	w->first = w->end;
	if (w->first == all->count)
		return false;
	*wish = (struct output_wish){ .out = all->items[w->first].out,
				      .bundle_name = all->items[w->first].out,
				      .force = w->o->force,
				      .check = w->o->check };
	wish->file_name = all->one_file ? wish->out : NULL;
	while (w->end < all->count && strcmp(all->items[w->end].out, wish->out) == 0)
		w->end++;
	return true;
}

/* That all can be signed, and nothing that is there is a conflict. */
static bool rehearse(struct work *w, struct err *e)
{
	struct output_wish wish;

	for (w->end = 0; next_output(w, &wish);) {
		auto_output out = OUTPUT_INIT;

		wish.check = true;
		if (!output_open(&wish, &out, e) || !fill(&out, w, e))
			return false;
	}
	return true;
}

/* One output after the other, each written once; none, if one of several cannot be. */
static bool sign_all(struct work *w, int *status, struct err *e)
{
	const struct requests *all = &w->requests;
	struct output_wish wish;

	if (strcmp(all->items[0].out, all->items[all->count - 1].out) != 0 && !rehearse(w, e))
		return false;
	for (w->end = 0; next_output(w, &wish);)
		if (!make_run(w->o, &wish, fill, w, status, e))
			return false;
	return true;
}

bool cmd_sign(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	struct work w = { .o = o };
	bool done;

	make_begin(o);
	w.style = (struct cert_request){ .valid_days = o->days ? o->days : SIGN_LEAF_DAYS,
					 .exact_days = o->days != 0,
					 .permitted = &o->permit };
	done = (sign_check_permitted(&o->permit, e) || options_blame("--permit", e)) &&
	       usage_parse(o->usage, &w.style.purpose, e) && orders_names(o, &w.names, e) &&
	       requests_read(o, operands, &w.requests, e) && authority_load(o, &w.ca, e) &&
	       sign_all(&w, status, e);
	requests_clear(&w.requests);
	san_clear(&w.names);
	ca_clear(&w.ca);
	return done;
}
