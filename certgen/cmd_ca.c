#include <string.h>

#include "base/num.h"
#include "certgen/authority.h"
#include "certgen/commands.h"
#include "certgen/make.h"
#include "certgen/pairs.h"
#include "flow/passphrase.h"

enum { MOST_CAS_BELOW = 16 };

struct work {
	struct pair_place place;
	struct pair_style style;
	struct ca signer; /* of an intermediate; empty: it signs itself */
};

static bool fill(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;

	return pairs_make(out, &w->place, 1, &w->style, w->signer.cert ? &w->signer : NULL, e);
}

static bool parse_length(const char *text, int *out, struct err *e)
{
	bool any = text && strcmp(text, "any") == 0;
	unsigned n = 0;

	if (text && !any && !num_parse(text, 0, MOST_CAS_BELOW, &n))
		return err_set(e, FAIL_USAGE, "--path-length takes 0 to %d or any, not '%s'",
			       MOST_CAS_BELOW, text);
	*out = any ? SIGN_ANY_LENGTH : (int)n;
	return true;
}

static bool check_values(const struct options *o, struct err *e)
{
	if (o->ca_dn && !cert_check_subject(o->ca_dn, e))
		return options_blame("--ca-dn", e);
	return sign_check_key_usage(&o->key_usage, e) &&
	       (sign_check_permitted(&o->permit, e) || options_blame("--permit", e));
}

static bool describe(const struct options *o, const struct secret *pass, struct work *w,
		     struct err *e)
{
	w->style = (struct pair_style){ .pem = o->pem, .legacy = o->legacy, .pass = pass };
	w->style.request = (struct cert_request){ .valid_days = o->days ? o->days : SIGN_CA_DAYS,
						  .exact_days = o->days != 0,
						  .exact_length = o->path_length != NULL,
						  .permitted = &o->permit,
						  .key_usage = &o->key_usage };
	w->place = (struct pair_place){ .alias = "ca",
					.purpose = CERT_CA,
					.subject = o->ca_dn ? o->ca_dn : "CN=stackseal CA",
					.any_subject = o->ca_dn == NULL };
	pair_place_at(&w->place, "ca", "ca", &w->style);
	return make_key_kind(o, &w->style.kind, &w->style.kind_asked, e) &&
	       parse_length(o->path_length, &w->style.request.path_length, e) &&
	       (!authority_is_named(o) || authority_load(o, &w->signer, e));
}

bool cmd_ca(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	const struct output_wish wish = { .out = o->out,
					  .file_name = o->pem ? NULL : "elastic-stack-ca.p12",
					  .bundle_name = "elastic-stack-ca.zip",
					  .force = o->force,
					  .check = o->check };
	auto_secret pass = NULL;
	struct work w = { 0 };
	bool done;

	(void)operands;
	make_begin(o);
	done = check_values(o, e) && make_passphrase(o, o->pem, &pass, e) &&
	       describe(o, pass, &w, e) && make_run(o, &wish, fill, &w, status, e);
	ca_clear(&w.signer);
	return done;
}
