#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "certgen/authority.h"
#include "certgen/commands.h"
#include "certgen/leaves.h"
#include "certgen/make.h"
#include "certgen/own_ca.h"

/* A run that is killed between such a CA and its certificates leaves nobody who could sign. */
#define LOST_HINT                                                                                  \
	"name a CA with --ca; if it was thrown away, for want of --keep-ca-key or by a run that "  \
	"was cut short, --force makes a new CA and all certificates anew"

struct work {
	const struct options *o;
	struct leaves leaves;
	struct pair_style style;
	struct ca ca;    /* that was given; empty: there is none */
	bool ca_is_lost; /* it was made, and its key is not kept */
};

static bool fill(struct output *out, void *ctx, struct err *e)
{
	struct work *w = ctx;
	const struct own_ca_wish wish = { .style = &w->style,
					  .beside = w->leaves.places[0].cert_path,
					  .subject = w->o->ca_dn ? w->o->ca_dn : "CN=stackseal CA",
					  .any_subject = !w->o->ca_dn,
					  .keep_key = w->o->keep_ca_key };
	auto_ca own = { 0 };
	bool made = false;
	const struct ca *ca = w->ca.cert ? &w->ca : w->o->self_signed ? NULL : &own;

	if (ca == &own && !own_ca_obtain(out, &wish, &own, &made, e))
		return false;
	w->ca_is_lost = made && !w->o->keep_ca_key;
	return pairs_make(out, w->leaves.places, w->leaves.orders.count, &w->style, ca, e);
}

static bool check_options(const struct options *o, struct err *e)
{
	if (o->self_signed && authority_is_named(o))
		return err_set(e, FAIL_USAGE, "--self-signed needs no CA, and one is named");
	if (o->ca_dn && !cert_check_subject(o->ca_dn, e))
		return options_blame("--ca-dn", e);
	if (o->keep_ca_key && (o->self_signed || authority_is_named(o)))
		return err_set(e, FAIL_USAGE, "--keep-ca-key is for a CA that is made here") ||
		       err_hint(e, "leave it out: the CA's key stays where it is");
	return true;
}

static bool describe(const struct options *o, const struct secret *pass, struct work *w,
		     struct err *e)
{
	w->o = o;
	w->style = (struct pair_style){ .pem = o->pem,
					.legacy = o->legacy,
					.pass = pass,
					.keyless_hint = authority_is_named(o) ? NULL : LOST_HINT,
					.ca_alias = "ca" };
	w->style.request = (struct cert_request){ .valid_days = o->days ? o->days : SIGN_LEAF_DAYS,
						  .exact_days = o->days != 0 };
	return make_key_kind(o, &w->style.kind, &w->style.kind_asked, e) &&
	       leaves_read(o, &w->style, &w->leaves, e) &&
	       (!authority_is_named(o) || authority_load(o, &w->ca, e));
}

/* "elastic-certificates.p12", or NAME.p12: what elasticsearch-certutil calls it. */
static const char *default_file(const struct options *o, char name[PAIR_PATH_BYTES])
{
	if (o->pem || o->in || o->multiple || o->keep_ca_key)
		return NULL;
	(void)snprintf(name, PAIR_PATH_BYTES, "%s.p12", o->name ? o->name : "elastic-certificates");
	return name;
}

bool cmd_cert(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	char name[PAIR_PATH_BYTES];
	const struct output_wish wish = { .out = o->out,
					  .file_name = default_file(o, name),
					  .bundle_name = "certificate-bundle.zip",
					  .force = o->force,
					  .check = o->check };
	auto_secret pass = NULL;
	struct work w = { 0 };
	bool done;

	(void)operands;
	make_begin(o);
	done = check_options(o, e) && make_passphrase(o, o->pem, &pass, e) &&
	       describe(o, pass, &w, e) && make_run(o, &wish, fill, &w, status, e);
	if (done && w.ca_is_lost)
		log_event(LOG_WARN, "the key of the new CA is thrown away: it signs nothing more",
			  "instead", "certgen ca, or --keep-ca-key", NULL);
	leaves_clear(&w.leaves);
	ca_clear(&w.ca);
	return done;
}
