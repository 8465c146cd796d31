#include "certgen/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/parallel.h"

enum { FILE_MAX_BYTES = 256 * 1024 };

struct job {
	const struct pair_place *place;
	struct key *key;   /* what is there */
	struct cert *cert; /* likewise */
	struct csr *csr;   /* likewise, with style.csr */
	const char *why;   /* it has to be signed; NULL: it is as it shall be */
	bool new_key;
	const char *cert_name, *key_name; /* for messages, while it is examined */
	struct str cert_bytes, key_bytes; /* what was made */
};

struct crew {
	const struct output *out;
	const struct pair_style *style;
	const struct ca *ca;
	struct job *jobs;
	size_t count;
};

void pair_place_at(struct pair_place *p, const char *folder, const char *name,
		   const struct pair_style *style)
{
	const char *ending = style->csr ? "csr" : style->pem ? "crt" : "p12";

	(void)snprintf(p->cert_path, sizeof(p->cert_path), "%s/%s.%s", folder, name, ending);
	(void)snprintf(p->key_path, sizeof(p->key_path), "%s/%s.key", folder, name);
}

static bool read_pem(const struct crew *c, struct job *job, struct err *e)
{
	auto_str_wiped key = STR_INIT(FILE_MAX_BYTES);
	auto_str cert = STR_INIT(FILE_MAX_BYTES);
	bool found;

	if (!output_read(c->out, job->place->key_path, &key, &found, e))
		return false;
	if (found &&
	    !key_parse(str_text(&key), key.len, job->key_name, c->style->pass, &job->key, e))
		return false;
	if (!output_read(c->out, job->place->cert_path, &cert, &found, e))
		return false;
	if (!found)
		return true;
	return c->style->csr ? csr_parse(str_text(&cert), cert.len, job->cert_name, &job->csr, e)
			     : cert_parse(str_text(&cert), cert.len, job->cert_name, &job->cert, e);
}

static bool conflict(const struct job *job, const char *what, struct err *e)
{
	return err_set(e, FAIL_CONFLICT, "'%s' is there, and %s", job->cert_name, what) ||
	       err_hint(e, "it was left as it is; choose another --out, or --force to replace it");
}

/* More than the one key with its chain and the CA: a second key, or another trusted certificate. */
static bool holds_others(const struct crew *c, const struct credentials *found)
{
	size_t keys = 0;

	for (size_t i = 0; i < found->count; i++) {
		const struct credential *item = &found->items[i];

		keys += item->key != NULL;
		if (item->trusted && c->ca && !cert_same(item->cert, c->ca->cert))
			return true;
	}
	return keys > 1;
}

static bool read_p12(const struct crew *c, struct job *job, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(FILE_MAX_BYTES);
	auto_credentials found = { 0 };
	bool is_there;

	if (!output_read(c->out, job->place->cert_path, &bytes, &is_there, e))
		return false;
	if (!is_there)
		return true;
	if (!credentials_parse(str_text(&bytes), bytes.len, job->cert_name, c->style->pass, &found,
			       e))
		return false;
	if (holds_others(c, &found))
		return conflict(job, "holds other entries, which would be lost", e);
	for (size_t i = 0; i < found.count; i++)
		if (found.items[i].key && found.items[i].cert) {
			job->key = TAKE(found.items[i].key);
			job->cert = TAKE(found.items[i].cert);
			return true;
		}
	return err_set(e, FAIL_EXISTS, "no key in '%s'", job->cert_name) ||
	       err_hint(e, "it was left as it is; --force replaces it");
}

static bool has_other_kind(const struct crew *c, const struct key *key)
{
	enum key_kind kind;

	return c->style->kind_asked && !c->style->new_key &&
	       (!key_kind(key, &kind) || kind != c->style->kind);
}

static bool has_names(const struct job *job)
{
	static const struct san none = { 0 };
	auto_san names = { 0 };
	struct err ignored;
	bool read =
	    job->csr ? csr_san(job->csr, &names, &ignored) : cert_san(job->cert, &names, &ignored);

	return read && san_equal(&names, job->place->san ? job->place->san : &none);
}

/* A CA that is there stays: what it signed would be lost with it. */
static bool judge_ca(const struct crew *c, struct job *job, struct err *e)
{
	job->why = NULL;
	if (!cert_is_ca(job->cert) || !cert_has_subject(job->cert, job->place->subject))
		return conflict(job, "is not this CA", e);
	if (c->ca && !cert_is_signed_by(job->cert, c->ca->cert))
		return conflict(job, "another CA signed it", e);
	if (!cert_fits_request(job->cert, &c->style->request))
		return conflict(job, "has other limits than were asked for", e);
	return ca_check(job->cert, job->key, job->cert_name, job->key_name, e) ||
	       err_hint(e, "it was left as it is; --force replaces it");
}

static const char *csr_fault_of(const struct job *job)
{
	if (!csr_fits_key(job->csr, job->key))
		return "it belongs to another key";
	if (!csr_has_subject(job->csr, job->place->subject))
		return "its subject is another";
	return has_names(job) ? NULL : "its names are others";
}

/* Why what is there does not do; NULL: it does. */
static const char *fault_of(const struct crew *c, const struct job *job)
{
	if (!cert_fits_key(job->cert, job->key))
		return "it belongs to another key";
	if (!cert_has_subject(job->cert, job->place->subject))
		return "its subject is another";
	if (!has_names(job))
		return "its names are others";
	if (!cert_serves_only(job->cert, job->place->purpose))
		return "its usage is another";
	if (!cert_is_due(job->cert, c->style->within_days))
		return NULL;
	return c->style->within_days ? "it ends soon" : "less than a third of its life is left";
}

static bool judge(const struct crew *c, struct job *job, struct err *e)
{
	if (!job->key && (job->cert || job->csr))
		return err_set(e, FAIL_EXISTS, "'%s' is there without its key", job->cert_name) ||
		       err_hint(e, "it was left as it is; choose another --out, or --force");
	job->why = job->key ? "there was only its key" : "it was missing";
	if (!job->key)
		return true;
	if (has_other_kind(c, job->key))
		return conflict(job, "its key is of another kind", e);
	if (job->csr)
		job->why = csr_fault_of(job);
	if (!job->cert)
		return true;
	if (job->place->purpose == CERT_CA)
		return judge_ca(c, job, e);
	if (c->ca ? !cert_is_signed_by(job->cert, c->ca->cert) : !cert_signed_itself(job->cert))
		return conflict(job, c->ca ? "another CA signed it" : "it did not sign itself", e);
	job->why = fault_of(c, job);
	return true;
}

static bool examine(const struct crew *c, struct job *job, struct err *e)
{
	char cert_name[OUTPUT_NAME_BYTES], key_name[OUTPUT_NAME_BYTES];
	bool done;

	output_name(c->out, job->place->cert_path, cert_name);
	output_name(c->out, job->place->key_path, key_name);
	job->cert_name = cert_name;
	job->key_name = key_name;
	done = (c->style->pem ? read_pem(c, job, e) : read_p12(c, job, e)) && judge(c, job, e);
	job->cert_name = job->key_name = NULL;
	return done;
}

static bool sign(const struct crew *c, struct job *job, struct cert **out, struct err *e)
{
	struct cert_request rq = c->style->request;
	enum key_kind kind = c->style->kind;

	if (c->style->new_key && job->key) {
		if (!c->style->kind_asked)
			(void)key_kind(job->key, &kind); /* else as it would be made today */
		key_free(TAKE(job->key));
	}
	rq.for_file = c->style->pem && c->ca;
	rq.purpose = job->place->purpose;
	rq.subject = job->place->subject;
	rq.san = job->place->san;
	rq.key = job->key;
	job->new_key = job->key == NULL;
	if (job->key ? ca_sign(c->ca, &rq, out, e) : ca_issue(c->ca, &rq, kind, out, &job->key, e))
		return true;
	if (c->ca && !c->ca->key && c->style->keyless_hint)
		(void)err_hint(e, "%s", c->style->keyless_hint);
	return c->count > 1 && err_prefix(e, "instance '%s': ", job->place->alias);
}

static bool request(const struct crew *c, struct job *job, struct err *e)
{
	auto_csr csr = NULL;

	job->new_key = job->key == NULL;
	return (job->key || key_generate(c->style->kind, &job->key, e)) &&
	       csr_make(job->place->subject, job->place->san, job->key, &csr, e) &&
	       csr_format(csr, &job->cert_bytes, e);
}

static bool format_p12(const struct crew *c, struct job *job, const struct cert *cert,
		       struct err *e)
{
	const struct p12_entry entries[] = {
		{ job->place->alias, cert, job->key },
		{ c->style->ca_alias, c->ca ? c->ca->cert : NULL, NULL },
	};

	return p12_format(entries, c->ca && c->style->ca_alias ? 2 : 1, c->style->pass,
			  c->style->legacy ? P12_LEGACY : P12_MODERN, &job->cert_bytes, e);
}

static bool format_key(const struct crew *c, struct job *job, struct err *e)
{
	return !job->new_key ||
	       key_format_for(job->key, c->style->pass, c->style->legacy ? KEY_PBES1 : KEY_PBES2,
			      &job->key_bytes, e);
}

static bool certify(const struct crew *c, struct job *job, struct err *e)
{
	auto_cert cert = NULL;

	return sign(c, job, &cert, e) && (c->style->pem ? cert_format(cert, &job->cert_bytes, e)
							: format_p12(c, job, cert, e));
}

static void release(struct job *job)
{
	key_free(TAKE(job->key));
	cert_free(TAKE(job->cert));
	csr_free(TAKE(job->csr));
}

static bool make(const struct crew *c, struct job *job, struct err *e)
{
	return !job->why || ((c->style->csr ? request(c, job, e) : certify(c, job, e)) &&
			     (!c->style->pem || format_key(c, job, e)));
}

static bool work(size_t i, void *ctx, struct err *e)
{
	struct crew *c = ctx;
	struct job *job = &c->jobs[i];
	bool done = examine(c, job, e) && make(c, job, e);

	release(job); /* of a thousand, only what is written may stay in memory */
	return done;
}

/* The key before its certificate: should only the first be written, the next run signs for it. */
static bool put(struct output *out, const struct crew *c, const struct job *job, struct err *e)
{
	if (!job->why)
		return true;
	if (!job->new_key && !output_explain(out, job->place->cert_path, job->why, e))
		return false;
	if (!c->style->pem)
		return output_put(out, job->place->cert_path, str_text(&job->cert_bytes),
				  job->cert_bytes.len, OUTPUT_SECRET, e);
	return (!job->new_key || output_put(out, job->place->key_path, str_text(&job->key_bytes),
					    job->key_bytes.len, OUTPUT_SECRET, e)) &&
	       output_put(out, job->place->cert_path, str_text(&job->cert_bytes),
			  job->cert_bytes.len, OUTPUT_PUBLIC, e);
}

static void job_clear(struct job *job)
{
	release(job);
	str_wipe(&job->cert_bytes); /* PKCS#12 holds the key as well */
	str_wipe(&job->key_bytes);
}

static bool run(struct output *out, struct crew *c, struct err *e)
{
	if (!parallel_for(c->count, work, c, e))
		return false;
	for (size_t i = 0; i < c->count; i++) {
		if (!put(out, c, &c->jobs[i], e))
			return false;
		job_clear(&c->jobs[i]); /* out has a copy now */
		c->jobs[i] = (struct job){ 0 };
	}
	return true;
}

bool pairs_make(struct output *out, const struct pair_place *places, size_t count,
		const struct pair_style *style, const struct ca *ca, struct err *e)
{
	struct crew c = { out, style, ca, calloc(count, sizeof(*c.jobs)), count };
	bool done;

	if (!c.jobs)
		return err_set(e, FAIL_MEMORY, "out of memory for %zu certificates", count);
	for (size_t i = 0; i < count; i++)
		c.jobs[i] = (struct job){ .place = &places[i],
					  .cert_bytes = STR_INIT(FILE_MAX_BYTES),
					  .key_bytes = STR_INIT(FILE_MAX_BYTES) };
	done = run(out, &c, e);
	for (size_t i = 0; i < count; i++)
		job_clear(&c.jobs[i]);
	free(c.jobs);
	return done;
}
