#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "certgen/orders.h"
#include "certgen/passphrase.h"
#include "certgen/usage.h"
#include "flow/report.h"
#include "pki/chain.h"
#include "stack/version.h"

/* What one pair is checked against. */
struct wanted {
	const struct options *o;
	struct version version;
	enum cert_purpose purpose;
	struct san names;
	const struct cert *trust; /* NULL: no CA was named */
	bool has_user;
	unsigned uid, gid;
};

struct subject {
	const struct source *from;     /* of the certificate */
	const struct source *key_from; /* of its key; the same one when there is none */
	const struct credential *c;
};

/* Each sets e to why the pair would be refused. */
typedef bool check_fn(const struct wanted *w, const struct subject *s, struct err *e);

static bool check_key(const struct wanted *w, const struct subject *s, struct err *e)
{
	enum key_kind kind;

	(void)w;
	if (!s->c->key)
		return err_set(e, FAIL_CONFIG, "no key that fits is beside it");
	return key_kind(s->c->key, &kind) ||
	       err_set(e, FAIL_CONFIG, "Elasticsearch reads no key of this kind") ||
	       err_hint(e, "use an EC or RSA key");
}

static bool check_dates(const struct wanted *w, const struct subject *s, struct err *e)
{
	(void)w;
	if (!cert_has_begun(s->c->cert))
		return err_set(e, FAIL_CONFIG, "it is not valid yet") ||
		       err_hint(e, "is the clock right?");
	return cert_days_left(s->c->cert) >= 0 || err_set(e, FAIL_CONFIG, "it has expired") ||
	       err_hint(e, "certgen renew makes another with the same names");
}

static bool check_chain(const struct wanted *w, const struct subject *s, struct err *e)
{
	return chain_check(s->c->cert, s->from->path, w->trust, w->o->ca, w->purpose, e);
}

static bool check_usage(const struct wanted *w, const struct subject *s, struct err *e)
{
	return cert_serves(s->c->cert, w->purpose) ||
	       err_set(e, FAIL_CONFIG, "its extended key usage is not that of a %s",
		       usage_name(w->purpose)) ||
	       err_hint(e, "a node is server and client; see --usage");
}

static bool check_names(const struct wanted *w, const struct subject *s, struct err *e)
{
	return chain_check_names(s->c->cert, s->from->path, &w->names, e);
}

/* PBES2 is what certgen and OpenSSL 3 write, and what 7.12 and 7.13 cannot read. */
static bool check_lock(const struct wanted *w, const struct subject *s, struct err *e)
{
	static const struct version first = { 7, 14, 0 };

	return !s->key_from->pbes2 || version_cmp(w->version, first) >= 0 ||
	       err_set(e, FAIL_CONFIG, "its key is locked with PBES2, which 7.14 reads first") ||
	       err_hint(e, "certgen convert --legacy locks it the old way");
}

static bool check_mode(const struct wanted *w, const struct subject *s, struct err *e)
{
	const struct source *f = s->key_from;

	(void)w;
	return !f->on_disk || !f->has_secret || !(f->mode & 077) ||
	       err_set(e, FAIL_CONFIG, "others may read the key: '%s' has mode %04o", f->path,
		       (unsigned)f->mode) ||
	       err_hint(e, "chmod 600 '%s'", f->path);
}

static bool can_read(const struct wanted *w, const struct source *f, struct err *e)
{
	mode_t bit = f->uid == w->uid ? 0400 : f->gid == w->gid ? 040 : 04;

	return !f->on_disk || w->uid == 0 || (f->mode & bit) ||
	       err_set(e, FAIL_CONFIG,
		       "user %u:%u cannot read '%s': it belongs to %u:%u, mode %04o", w->uid,
		       w->gid, f->path, (unsigned)f->uid, (unsigned)f->gid, (unsigned)f->mode) ||
	       err_hint(e, "chown %u:%u '%s'", w->uid, w->gid, f->path);
}

static bool check_user(const struct wanted *w, const struct subject *s, struct err *e)
{
	return can_read(w, s->key_from, e) && can_read(w, s->from, e);
}

static bool has_trust(const struct wanted *w)
{
	return w->trust != NULL;
}

static bool has_names(const struct wanted *w)
{
	return !san_is_empty(&w->names);
}

static bool has_user(const struct wanted *w)
{
	return w->has_user;
}

/* clang-format off */
static const struct check {
	const char *name;
	bool (*is_asked)(const struct wanted *w); /* NULL: always. What is not asked is not called well */
	check_fn *run;
} checks[] = {
	{ "key",   NULL,      check_key },
	{ "dates", NULL,      check_dates },
	{ "chain", has_trust, check_chain },
	{ "usage", NULL,      check_usage },
	{ "names", has_names, check_names },
	{ "lock",  NULL,      check_lock },
	{ "mode",  NULL,      check_mode },
	{ "user",  has_user,  check_user },
};
/* clang-format on */

static bool add_result(struct json *all, const char *path, const char *check, const struct err *why,
		       struct err *e)
{
	struct json *row;

	return json_new_object(&row, e) && json_add(all, NULL, row, e) &&
	       json_add_text(row, "path", path, e) && json_add_text(row, "check", check, e) &&
	       json_add_bool(row, "ok", why == NULL, e) &&
	       (!why || (json_add_text(row, "why", why->msg, e) &&
			 json_add_text(row, "hint", why->hint, e)));
}

static bool check_one(const struct wanted *w, const struct subject *s, struct json *all,
		      size_t *failures, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct err why = { 0 };
		bool ok;

		if (checks[i].is_asked && !checks[i].is_asked(w))
			continue;
		ok = checks[i].run(w, s, &why);
		if (why.code == FAIL_MEMORY) {
			*e = why;
			return false;
		}
		*failures += !ok;
		if (!add_result(all, s->from->path, checks[i].name, ok ? NULL : &why, e))
			return false;
	}
	return true;
}

static void print_table(const struct json *all)
{
	const struct json *row;
	const char *last = "";

	for (size_t i = 0; (row = json_item(all, i)) != NULL; i++) {
		const char *path = json_text(row, "path"), *why = json_text(row, "why");
		const char *hint = json_text(row, "hint");

		if (strcmp(path, last) != 0)
			printf("%s\n", path);
		last = path;
		printf("  %-6s %s%s%s\n", json_text(row, "check"), why ? why : "ok",
		       hint && *hint ? "; " : "", hint ? hint : "");
	}
}

static bool print_all(const struct options *o, const struct json *all, struct err *e)
{
	if (o->json)
		return report_print(all, 16 * 1024 * 1024, e);
	print_table(all);
	return true;
}

/* A pair, or a certificate that is no CA: CAs that lie beside it are only trusted. */
static bool is_subject(const struct credential *c)
{
	return c->cert && !cert_is_ca(c->cert);
}

static bool check_all(const struct wanted *w, struct sources *s, struct err *e)
{
	size_t failures = 0, count = 0;
	struct source_at at = { 0 };
	const struct credential *c;
	auto_json all = NULL;

	if (!json_new_array(&all, e))
		return false;
	while ((c = sources_next(s, &at)) != NULL) {
		const struct source *key_from =
		    c->key_origin ? &s->items[c->key_origin - 1] : at.from;
		const struct subject subject = { at.from, key_from, c };

		if (!is_subject(c))
			continue;
		count++;
		if (!sources_complete(s, c->cert, e) || !check_one(w, &subject, all, &failures, e))
			return false;
	}
	if (count == 0)
		return err_set(e, FAIL_INPUT, "there is no certificate to check but CAs");
	if (!print_all(w->o, all, e))
		return false;
	return failures == 0 || err_set(e, FAIL_CONFIG, "%zu of %zu checks failed", failures,
					count * ARRAY_LEN(checks));
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
	*w = (struct wanted){ .o = o, .version = { 8, 0, 0 } };
	if (o->stack_version && !version_parse(o->stack_version, &w->version))
		return err_set(e, FAIL_USAGE,
			       "--stack-version takes a version such as 8.15.3, not '%s'",
			       o->stack_version);
	return usage_parse(o->usage, &w->purpose, e) && orders_names(o, &w->names, e) &&
	       parse_user(o->user, w, e);
}

/* The CAs of --ca, all of them trusted: one of them carries the others. */
static bool load_trust(const struct options *o, struct cert **out, struct err *e)
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
	auto_cert trust = NULL;
	struct wanted w;
	bool done;

	(void)status;
	secret_setup(SECRET_MANY);
	done = describe(o, &w, e) && load_trust(o, &trust, e) && inputs_read(o, operands, &s, e);
	w.trust = trust;
	done = done && sources_join_keys(&s, e) && check_all(&w, &s, e);
	san_clear(&w.names);
	return done;
}
