#include "certgen/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/pem.h"
#include "pki/swap.h"

/* The file as it is, and what shall come in its place. */
struct task {
	const struct output *out;
	const struct renewal_terms *terms;
	struct renewal *r;
	char name[OUTPUT_NAME_BYTES], key_name[OUTPUT_NAME_BYTES]; /* for messages */
	struct str bytes, key_bytes; /* the second: of the key beside it, if it is one */
	struct credentials found;
	struct key *beside;
	struct swap *swaps; /* each owns its cert and key; room for all that was found */
	size_t count;
};

static void task_clear(struct task *t)
{
	for (size_t i = 0; i < t->count; i++) {
		cert_free((struct cert *)(uintptr_t)t->swaps[i].cert);
		key_free((struct key *)(uintptr_t)t->swaps[i].key);
	}
	free(t->swaps);
	key_free(t->beside);
	credentials_clear(&t->found);
	str_wipe(&t->bytes);
	str_wipe(&t->key_bytes);
}

/* A folder holds what is none of ours under the same endings: parameters, requests, keys alone. */
static bool is_of_interest(const struct task *t)
{
	static const char end[] = "CERTIFICATE-----";

	return t->r->named || !pem_is(str_text(&t->bytes), t->bytes.len) ||
	       memmem(str_text(&t->bytes), t->bytes.len, end, strlen(end)) != NULL;
}

/* Whether its key must be looked for beside it: a CA's is none of our business. */
static bool lacks_key(const struct credentials *found)
{
	bool has_leaf = false;

	for (size_t i = 0; i < found->count; i++) {
		if (found->items[i].key)
			return false;
		has_leaf |= found->items[i].cert && !cert_is_ca(found->items[i].cert);
	}
	return has_leaf;
}

/* The certificate that the key beside is meant for: the one it fits, or the only one. */
static struct credential *find_partner(struct task *t)
{
	struct credential *only = NULL;
	size_t leaves = 0;

	for (size_t i = 0; i < t->found.count; i++) {
		struct credential *c = &t->found.items[i];

		if (!c->cert || cert_is_ca(c->cert))
			continue;
		if (cert_fits_key(c->cert, t->beside))
			return c;
		only = c;
		leaves++;
	}
	return leaves == 1 ? only : NULL;
}

/* X.key beside X.crt. Where the two do not belong together, a run with --new-key was killed between
 * them: the certificate is made for the key that is there. */
static bool read_key_beside(struct task *t, struct err *e)
{
	const char *path = t->r->path, *dot = strrchr(path, '.');
	struct credential *partner;
	bool is_there;

	if (!dot || strchr(dot, '/'))
		return true;
	str_addf(&t->r->key_path, "%.*s.key", (int)(dot - path), path);
	if (!str_ok(&t->r->key_path, e))
		return false;
	output_name(t->out, str_text(&t->r->key_path), t->key_name);
	if (!output_read(t->out, str_text(&t->r->key_path), &t->key_bytes, &is_there, e))
		return false;
	if (!is_there)
		return true;
	if (!key_parse(str_text(&t->key_bytes), t->key_bytes.len, t->key_name, t->terms->pass,
		       &t->beside, e))
		return false;
	partner = find_partner(t);
	if (partner)
		partner->key = TAKE(t->beside);
	return true;
}

static bool read_file(struct task *t, struct err *e)
{
	bool is_there;

	if (!output_read(t->out, t->r->path, &t->bytes, &is_there, e))
		return false;
	if (!is_there || !is_of_interest(t)) /* gone meanwhile */
		return true;
	if (!credentials_parse(str_text(&t->bytes), t->bytes.len, t->name, t->terms->pass,
			       &t->found, e))
		return false;
	return !lacks_key(&t->found) || p12_is(str_text(&t->bytes), t->bytes.len) ||
	       t->out->kind == OUTPUT_FILE || read_key_beside(t, e);
}

static enum cert_purpose purpose_of(const struct cert *c)
{
	return cert_serves(c, CERT_NODE)     ? CERT_NODE
	       : cert_serves(c, CERT_CLIENT) ? CERT_CLIENT
					     : CERT_SERVER;
}

/* Why it has to be signed again; NULL: it has not. */
static const char *fault_of(const struct renewal_terms *terms, const struct credential *c)
{
	if (!cert_fits_key(c->cert, c->key))
		return "it belongs to another key";
	if (terms->force)
		return "it was asked for";
	if (!cert_is_due(c->cert, terms->within_days))
		return NULL;
	return terms->within_days ? "it ends soon" : "less than a third of its life is left";
}

static bool new_key(const struct renewal_terms *terms, const struct key *old, struct key **out,
		    struct err *e)
{
	enum key_kind kind = terms->kind;

	if (!terms->kind_asked)
		(void)key_kind(old, &kind); /* else as it would be made today */
	return key_generate(kind, out, e);
}

static bool sign(struct task *t, const struct credential *c, struct err *e)
{
	const struct renewal_terms *terms = t->terms;
	struct cert_request rq = { .like = c->cert,
				   .key = c->key,
				   .purpose = purpose_of(c->cert),
				   .valid_days = terms->days,
				   .exact_days = terms->exact_days,
				   .for_file = !p12_is(str_text(&t->bytes), t->bytes.len) };
	auto_key key = NULL;
	auto_cert cert = NULL;

	if (terms->new_key && cert_fits_key(c->cert, c->key)) {
		if (!new_key(terms, c->key, &key, e))
			return false;
		rq.key = key;
	}
	if (!ca_sign(terms->ca, &rq, &cert, e))
		return err_prefix(e, "'%s': ", t->name);
	t->swaps[t->count++] = (struct swap){ c->cert, TAKE(cert), TAKE(key) };
	return true;
}

static bool is_foreign(struct task *t, const struct credential *c, const char *fault, struct err *e)
{
	t->r->foreign++;
	if (!fault)
		return true;
	return err_set(e, FAIL_CONFLICT, "another CA signed '%s'", t->name) ||
	       err_hint(e, cert_signed_itself(c->cert)
			       ? "it signed itself; certgen cert --force makes another"
			       : "renew it with that CA, or replace it: certgen cert --force");
}

static bool renew_one(struct task *t, const struct credential *c, struct err *e)
{
	const char *fault;

	if (!c->cert || cert_is_ca(c->cert) || c->trusted)
		return true;
	if (!c->key) {
		t->r->passed_over = "no key beside this certificate: passed over";
		return true;
	}
	if (!cert_serves(c->cert, CERT_SERVER) && !cert_serves(c->cert, CERT_CLIENT)) {
		t->r->passed_over = "not for TLS: passed over";
		return true;
	}
	fault = fault_of(t->terms, c);
	if (!cert_is_signed_by(c->cert, t->terms->ca->cert))
		return is_foreign(t, c, fault, e);
	if (!fault) {
		t->r->good++;
		return true;
	}
	t->r->why = fault;
	return sign(t, c, e);
}

static bool has_new_key(const struct task *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->swaps[i].key)
			return true;
	return false;
}

static bool swap(struct task *t, struct err *e)
{
	const struct renewal_terms *terms = t->terms;

	if (!swap_in_file(str_text(&t->bytes), t->bytes.len, t->name, terms->pass, terms->legacy,
			  t->swaps, t->count, &t->r->bytes, e))
		return false;
	return t->key_bytes.len == 0 || !has_new_key(t) ||
	       swap_in_file(str_text(&t->key_bytes), t->key_bytes.len, t->key_name, terms->pass,
			    terms->legacy, t->swaps, t->count, &t->r->key_bytes, e);
}

static void note(struct renewal *r, const struct err *e)
{
	if (r->problem.code == FAIL_NONE)
		r->problem = *e;
}

/* What fails for one certificate is no reason to leave the others of the file to end. */
static void renew_all(struct task *t)
{
	struct err why = { 0 };

	for (size_t i = 0; i < t->found.count; i++)
		if (!renew_one(t, &t->found.items[i], &why))
			note(t->r, &why);
	if (t->count == 0)
		return;
	if (swap(t, &why)) {
		t->r->made = t->count;
		return;
	}
	note(t->r, &why);
	str_wipe(&t->r->bytes); /* half of a pair is worse than none */
	str_wipe(&t->r->key_bytes);
}

bool renewal_make(const struct output *out, const struct renewal_terms *terms, struct renewal *r,
		  struct err *e)
{
	struct task t CLEANUP(task_clear) = { .out = out,
					      .terms = terms,
					      .r = r,
					      .bytes = STR_INIT(CREDENTIALS_MAX_BYTES),
					      .key_bytes = STR_INIT(CREDENTIALS_MAX_BYTES) };
	struct err why = { 0 };

	output_name(out, r->path, t.name);
	if (read_file(&t, &why)) {
		t.swaps = calloc(t.found.count + 1, sizeof(*t.swaps));
		if (!t.swaps)
			return err_set(e, FAIL_MEMORY, "out of memory for certificates");
		renew_all(&t);
	} else {
		note(r, &why);
	}
	if (r->problem.code != FAIL_MEMORY)
		return true;
	*e = r->problem;
	return false;
}

void renewal_clear(struct renewal *r)
{
	str_wipe(&r->bytes);
	str_wipe(&r->key_bytes);
	str_clear(&r->key_path);
}
