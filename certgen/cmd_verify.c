#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "certgen/checks.h"
#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "certgen/orders.h"
#include "flow/passphrase.h"
#include "certgen/usage.h"
#include "flow/report.h"

enum { REPORT_MAX_BYTES = 64 * 1024 * 1024 };

/* Of all pairs, while they are checked. */
struct tally {
	struct json *rows; /* NULL: each is printed at once */
	size_t asked, failed;
};

/* why: NULL where it was not asked, and with FAIL_NONE where all is well. */
static bool add_row(struct json *rows, const char *path, const char *check, const struct err *why,
		    struct err *e)
{
	struct json *row;

	return json_new_object(&row, e) && json_add(rows, NULL, row, e) &&
	       json_add_text(row, "path", path, e) && json_add_text(row, "check", check, e) &&
	       json_add_bool(row, "asked", why != NULL, e) &&
	       (!why || json_add_bool(row, "ok", why->code == FAIL_NONE, e)) &&
	       (!why || why->code == FAIL_NONE ||
		(json_add_text(row, "why", why->msg, e) &&
		 json_add_text(row, "hint", why->hint, e)));
}

static void print_row(const char *check, const struct err *why)
{
	const char *text = !why ? "not asked" : why->code == FAIL_NONE ? "ok" : why->msg;
	const char *hint = why ? why->hint : "";

	printf("  %-6s ", check);
	report_text(text, VISIBLE_LINE);
	(void)fputs(*hint ? "; " : "", stdout);
	report_text(hint, VISIBLE_LINE);
	(void)putchar('\n');
}

static bool note(struct tally *t, const char *path, const char *check, const struct err *why,
		 struct err *e)
{
	if (t->rows)
		return add_row(t->rows, path, check, why, e);
	print_row(check, why);
	return true;
}

static bool run_check(const struct check *check, const struct wanted *w, const struct subject *s,
		      struct tally *t, struct err *e)
{
	struct err why = { 0 };

	if (check->is_asked && !check->is_asked(w, s))
		return note(t, s->from->path, check->name, NULL, e);
	t->asked++;
	if (!check->run(w, s, &why))
		t->failed++;
	if (why.code == FAIL_MEMORY) {
		*e = why;
		return false;
	}
	return note(t, s->from->path, check->name, &why, e);
}

static bool check_one(const struct wanted *w, const struct subject *s, struct tally *t,
		      struct err *e)
{
	if (!t->rows) {
		report_text(s->from->path, VISIBLE_LINE);
		(void)putchar('\n');
	}
	for (size_t i = 0; i < checks_count; i++)
		if (!run_check(&checks[i], w, s, t, e))
			return false;
	return true;
}

/* A pair, or a certificate that is no CA: CAs that lie beside it are only trusted. */
static bool is_subject(const struct credential *c)
{
	return c->cert && !cert_is_ca(c->cert);
}

static bool check_all(const struct wanted *w, const struct sources *s,
		      const struct cert *const *issuers, size_t issuer_count, struct tally *t,
		      struct err *e)
{
	struct source_at at = { 0 };
	const struct credential *c;

	while ((c = sources_next(s, &at)) != NULL) {
		const struct source *key_from =
		    c->key_origin ? &s->items[c->key_origin - 1] : at.from;
		const struct subject subject = { at.from, key_from, c };

		if (is_subject(c) && (!chain_complete(c->cert, issuers, issuer_count, false, e) ||
				      !check_one(w, &subject, t, e)))
			return false;
	}
	return t->asked > 0 || err_set(e, FAIL_INPUT, "there is no certificate to check but CAs");
}

/* The issuers are gathered once: there may be thousands of certificates. */
static bool check_sources(const struct wanted *w, const struct sources *s, struct tally *t,
			  struct err *e)
{
	size_t count;
	const struct cert **issuers = sources_issuers(s, &count);
	bool done = issuers ? check_all(w, s, issuers, count, t, e)
			    : err_set(e, FAIL_MEMORY, "out of memory for a chain");

	free(issuers);
	return done;
}

static bool report(const struct options *o, const struct wanted *w, const struct sources *s,
		   struct err *e)
{
	auto_json rows = NULL;
	struct tally t = { 0 };

	if (o->json && !json_new_array(&rows, e))
		return false;
	t.rows = rows;
	if (!check_sources(w, s, &t, e) || (o->json && !report_print(rows, REPORT_MAX_BYTES, e)))
		return false;
	return t.failed == 0 ||
	       err_set(e, FAIL_CONFIG, "%zu of %zu checks failed", t.failed, t.asked);
}

static bool parse_user(const char *text, struct wanted *w, struct err *e)
{
	char uid[16] = "", gid[16] = "";

	w->has_user = text != NULL;
	if (!text)
		return true;
	if (sscanf(text, "%15[0-9]:%15[0-9]", uid, gid) == 2 &&
	    strlen(text) == strlen(uid) + 1 + strlen(gid) &&
	    num_parse(uid, 0, 0x7fffffff, &w->uid) && num_parse(gid, 0, 0x7fffffff, &w->gid))
		return true;
	return err_set(e, FAIL_USAGE, "--user takes numbers such as 1000:0, not '%s'", text);
}

static bool describe(const struct options *o, struct wanted *w, struct err *e)
{
	*w = (struct wanted){ .version = { 8, 0, 0 }, .trust_name = o->ca };
	if (o->stack_version && !version_parse(o->stack_version, &w->version))
		return err_set(e, FAIL_USAGE,
			       "--stack-version takes a version such as 8.15.3, not '%s'",
			       o->stack_version);
	return usage_parse(o->usage, &w->purpose, e) && orders_names(o, &w->names, e) &&
	       parse_user(o->user, w, e);
}

/* The CAs of --ca, all of them trusted. */
static bool load_trust(const struct options *o, struct trust **out, struct err *e)
{
	const struct passphrase p = passphrase_of_ca(o);
	auto_secret pass = NULL;
	auto_sources s = { 0 };

	if (!o->ca)
		return true;
	if (!passphrase_take(&p, PASS_READS, "passphrase of the CA", &pass, e) ||
	    !inputs_add(&p, o->ca, &pass, &s, e) || !sources_trust(&s, out, e))
		return false;
	return *out || err_set(e, FAIL_INPUT, "there is no CA in '%s'", o->ca);
}

bool cmd_verify(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_sources s = { 0 };
	auto_trust trust = NULL;
	struct wanted w;
	bool done;

	(void)status;
	secret_setup(SECRET_MANY);
	done = describe(o, &w, e) && load_trust(o, &trust, e) && inputs_read(o, operands, &s, e);
	w.trust = trust;
	done = done && sources_join_keys(&s, SOURCES_COPIES, e) && report(o, &w, &s, e);
	san_clear(&w.names);
	return done;
}
