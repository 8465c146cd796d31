#include "certgen/authority.h"

#include <stdio.h>

#include "certgen/inputs.h"
#include "os/terminal.h"

enum { QUESTION_MAX_BYTES = 256 };

bool authority_is_named(const struct options *o)
{
	return o->ca || o->ca_cert || o->ca_key;
}

static bool check_options(const struct options *o, struct err *e)
{
	if (o->ca && (o->ca_cert || o->ca_key))
		return err_set(e, FAIL_USAGE, "give --ca, or --ca-cert and --ca-key, not both");
	if (!o->ca && (!o->ca_cert || !o->ca_key))
		return err_set(e, FAIL_USAGE, "which CA shall sign?") ||
		       err_hint(e, "give --ca, or --ca-cert and --ca-key; certgen ca makes one");
	return true;
}

/* Read what the options name. */
static bool read_sources(const struct options *o, struct sources *s, struct err *e)
{
	const struct passphrase of_ca = passphrase_of_ca(o);
	const char *with_key = o->ca ? o->ca : o->ca_key;
	char question[QUESTION_MAX_BYTES];
	auto_secret pass = NULL;
	bool asked;

	(void)snprintf(question, sizeof(question), "passphrase of '%.200s'", with_key);
	if (!passphrase_take(&of_ca, PASS_READS, question, &pass, e))
		return false;
	if (o->ca_cert && !sources_add(s, o->ca_cert, NULL, e))
		return false;
	asked = !pass && terminal_is_there();
	if (inputs_add(&of_ca, with_key, &pass, s, e))
		return true;
	if (e->code != FAIL_AUTH || asked)
		return false;
	return err_hint(e, pass ? "check the passphrase of the CA"
				: "give its passphrase: --ca-pass-file, or "
				  "CERTGEN_CA_PASS_FILE");
}

/* The first certificate of a CA that a key was found for; without one, the first of a CA, else the
 * first: what there is to complain about. */
static struct credential *find_ca(const struct sources *s, const struct source **from)
{
	struct source_at at = { 0 };
	struct credential *c, *best = NULL;
	int best_rank = 0;

	while ((c = sources_next(s, &at)) != NULL) {
		int rank = !c->cert ? 0 : 1 + 2 * cert_is_ca(c->cert) + (c->key != NULL);

		if (rank > best_rank) {
			best = c;
			best_rank = rank;
			*from = at.from;
		}
	}
	return best;
}

static bool pick(const struct options *o, const struct sources *s, struct ca *out, struct err *e)
{
	const struct source *from = NULL;
	struct credential *c = find_ca(s, &from);

	if (!c)
		return err_set(e, FAIL_INPUT, "no certificate in '%s'", o->ca ? o->ca : o->ca_cert);
	if (!ca_check(c->cert, c->key, from->path, o->ca ? o->ca : o->ca_key, e))
		return false;
	if (!c->key && o->ca_key)
		return err_set(e, FAIL_INPUT, "key '%s' does not belong to certificate '%s'",
			       o->ca_key, from->path);
	if (!c->key)
		return err_set(e, FAIL_INPUT, "no key for certificate '%s' in '%s'", from->path,
			       o->ca);
	if (!sources_complete(s, c->cert, e))
		return false;
	out->cert = TAKE(c->cert);
	out->key = TAKE(c->key);
	return true;
}

bool authority_load(const struct options *o, struct ca *out, struct err *e)
{
	auto_sources s = { 0 };

	return check_options(o, e) && read_sources(o, &s, e) &&
	       sources_join_keys(&s, SOURCES_EACH_ONCE, e) && pick(o, &s, out, e);
}
