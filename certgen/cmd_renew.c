#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "certgen/authority.h"
#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "certgen/make.h"
#include "certgen/orders.h"
#include "certgen/pairs.h"
#include "pki/p12.h"

enum { FILE_MAX_BYTES = 256 * 1024, FORCED_DAYS = 100000 };

struct work {
	const struct options *o;
	const struct secret *pass;
	struct ca ca;
	struct pair_style style;
	const char *only; /* of a folder: this certificate alone; NULL: all */
};

/* What is found in one output, as the order and the place that would make it again. */
struct found {
	struct orders orders;
	struct pair_place *places; /* one an order */
	size_t most;
};

static enum cert_purpose purpose_of(const struct cert *c)
{
	return cert_serves(c, CERT_NODE)     ? CERT_NODE
	       : cert_serves(c, CERT_CLIENT) ? CERT_CLIENT
					     : CERT_SERVER;
}

static bool add(struct found *f, const char *alias, const char *cert_path, const char *key_path,
		const struct cert *cert, struct err *e)
{
	struct pair_place *place = &f->places[f->orders.count];
	auto_str subject = STR_INIT(FILE_MAX_BYTES);
	struct order *order;

	if (!cert_serves(cert, CERT_SERVER) && !cert_serves(cert, CERT_CLIENT)) {
		log_event(LOG_WARN, "not for TLS: passed over", "path", cert_path, NULL);
		return true;
	}
	if (!cert_subject(cert, &subject, e) ||
	    !orders_add(&f->orders, alias ? alias : "instance", "", str_text(&subject), &order,
			e) ||
	    !cert_san(cert, &order->san, e))
		return err_prefix(e, "'%s': ", cert_path);
	*place = (struct pair_place){ .purpose = purpose_of(cert) };
	(void)snprintf(place->cert_path, sizeof(place->cert_path), "%s", cert_path);
	(void)snprintf(place->key_path, sizeof(place->key_path), "%s", key_path);
	return true;
}

static bool find_pem(const struct output *out, const char *path, struct found *f, struct err *e)
{
	auto_str pem = STR_INIT(FILE_MAX_BYTES);
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);
	char key_path[PAIR_PATH_BYTES];
	auto_cert cert = NULL;
	char name[OUTPUT_NAME_BYTES];
	bool is_there;

	output_name(out, path, name);
	if (!output_read(out, path, &pem, &is_there, e) ||
	    !cert_parse(str_text(&pem), pem.len, name, &cert, e))
		return false;
	(void)snprintf(key_path, sizeof(key_path), "%.*s.key", (int)(strrchr(path, '.') - path),
		       path);
	if (cert_is_ca(cert) || !output_read(out, key_path, &key, &is_there, e))
		return cert_is_ca(cert);
	if (is_there)
		return add(f, NULL, path, key_path, cert, e);
	log_event(LOG_WARN, "no key beside this certificate: passed over", "path", name, NULL);
	return true;
}

static bool find_p12(const struct output *out, const char *path, const struct secret *pass,
		     struct found *f, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);
	auto_credentials all = { 0 };
	const struct credential *pair;
	char name[OUTPUT_NAME_BYTES];
	bool is_there;

	output_name(out, path, name);
	if (!output_read(out, path, &bytes, &is_there, e) ||
	    !credentials_parse(str_text(&bytes), bytes.len, name, pass, &all, e))
		return false;
	if (!p12_is(str_text(&bytes), bytes.len))
		return true;
	pair = credentials_pair(&all);
	return !pair || cert_is_ca(pair->cert) || add(f, pair->alias, path, "", pair->cert, e);
}

static bool find(const struct work *w, const struct output *out, const struct list *paths, bool pem,
		 struct found *f, struct err *e)
{
	for (size_t i = 0; i < paths->count; i++) {
		const char *path = paths->items[i];
		bool is_p12 = !*path || make_is_p12(path);

		if ((w->only && strcmp(path, w->only) != 0) || strlen(path) >= PAIR_PATH_BYTES - 4)
			continue;
		if (pem ? make_is_pem(path) && !find_pem(out, path, f, e)
			: is_p12 && !find_p12(out, path, w->pass, f, e))
			return false;
	}
	return true;
}

/* The orders moved while they grew: only now can the places point at them. */
static void join(struct found *f)
{
	for (size_t i = 0; i < f->orders.count; i++) {
		f->places[i].alias = f->orders.items[i].name;
		f->places[i].subject = f->orders.items[i].subject;
		f->places[i].san = &f->orders.items[i].san;
	}
}

static bool renew_kind(struct output *out, const struct work *w, const struct list *paths, bool pem,
		       size_t *count, struct err *e)
{
	struct found f = { .places = calloc(paths->count + 1, sizeof(struct pair_place)) };
	struct pair_style style = w->style;
	bool done;

	if (!f.places)
		return err_set(e, FAIL_MEMORY, "out of memory for %zu certificates", paths->count);
	style.pem = pem;
	done = find(w, out, paths, pem, &f, e);
	if (done && f.orders.count > 0) {
		join(&f);
		done = pairs_make(out, f.places, f.orders.count, &style, &w->ca, e);
	}
	*count += f.orders.count;
	free(f.places);
	orders_clear(&f.orders);
	return done;
}

static bool fill(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	auto_list paths = { 0 };
	size_t count = 0;

	if (out->kind != OUTPUT_FOLDER && !out->exists)
		return err_set(e, FAIL_MISSING, "there is no '%s'", out->path);
	if (!output_list(out, &paths, e) || !renew_kind(out, w, &paths, true, &count, e) ||
	    !renew_kind(out, w, &paths, false, &count, e))
		return false;
	return count > 0 ||
	       err_set(e, FAIL_INPUT, "there is no certificate with its key in '%s'", out->path);
}

/* A single PEM file is renewed in its folder. */
static bool renew_path(struct work *w, const char *path, int *status, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct output_wish wish = { .out = path, .file_name = path, .check = w->o->check };

	w->only = NULL;
	if (access(path, F_OK) < 0)
		return err_set(e, FAIL_MISSING, "there is no '%s'", path);
	if (make_is_pem(path)) {
		(void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 2,
			       slash ? path : "./");
		w->only = slash ? slash + 1 : path;
		wish.out = folder;
	}
	return make_run(w->o, &wish, fill, w, status, e);
}

static bool describe(const struct options *o, const struct secret *pass, struct work *w,
		     struct err *e)
{
	w->o = o;
	w->pass = pass;
	w->style = (struct pair_style){ .legacy = o->legacy,
					.pass = pass,
					.ca_alias = "ca",
					.within_days = o->force ? FORCED_DAYS : o->within_days,
					.new_key = o->new_key };
	w->style.request = (struct cert_request){ .valid_days = o->days ? o->days : SIGN_LEAF_DAYS,
						  .exact_days = o->days != 0 };
	if ((o->key_kind || o->keysize) && !o->new_key)
		return err_set(e, FAIL_USAGE, "--key and --keysize are for a --new-key");
	return make_key_kind(o, &w->style.kind, &w->style.kind_asked, e) &&
	       authority_load(o, &w->ca, e);
}

bool cmd_renew(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_secret pass = NULL;
	struct work w = { 0 };
	bool done;

	make_begin(o);
	if (!operands[0])
		return err_set(e, FAIL_USAGE, "what shall be renewed?") ||
		       err_hint(e, "name a folder, a zip, a .p12 or a .crt with its .key");
	done = inputs_check(o, operands, false, e) && make_passphrase(o, true, &pass, e) &&
	       describe(o, pass, &w, e);
	for (; done && *operands; operands++)
		done = renew_path(&w, *operands, status, e);
	ca_clear(&w.ca);
	return done;
}
