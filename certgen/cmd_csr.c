#include "certgen/commands.h"
#include "certgen/leaves.h"
#include "certgen/make.h"

struct work {
	struct leaves leaves;
	struct pair_style style;
};

static bool fill(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;

	return pairs_make(out, w->leaves.places, w->leaves.orders.count, &w->style, NULL, e);
}

bool cmd_csr(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	const struct output_wish wish = {
		.out = o->out, .bundle_name = "csr-bundle.zip", .force = o->force, .check = o->check
	};
	auto_secret pass = NULL;
	struct work w = { .style = { .pem = true, .csr = true, .legacy = o->legacy } };
	bool done;

	(void)operands;
	make_begin(o);
	done = make_passphrase(o, true, &pass, e) &&
	       make_key_kind(o, &w.style.kind, &w.style.kind_asked, e);
	w.style.pass = pass;
	done = done && leaves_read(o, &w.style, &w.leaves, e) &&
	       make_run(o, &wish, fill, &w, status, e);
	leaves_clear(&w.leaves);
	return done;
}
