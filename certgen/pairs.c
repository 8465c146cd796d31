#include "certgen/pairs.h"

#include <stdio.h>
#include <stdlib.h>

#include "certgen/pair_file.h"
#include "os/parallel.h"

enum { FILE_MAX_BYTES = 256 * 1024 };

struct job {
	struct pair_site at;
	struct pair_file pair;            /* what is there; later what shall be */
	const char *why;                  /* it has to be signed; NULL: it is as it shall be */
	bool is_new;                      /* its key is made here */
	bool was_there;                   /* the file of the certificate or request */
	struct str cert_bytes, key_bytes; /* what was made; empty: what is there stays */
};

struct crew {
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

static bool has_other_kind(const struct pair_style *style, const struct key *key)
{
	enum key_kind kind;

	return style->kind_asked && (!key_kind(key, &kind) || kind != style->kind);
}

static bool has_names(const struct job *job)
{
	static const struct san none = { 0 };
	const struct san *wanted = job->at.place->san;
	auto_san names = { 0 };
	struct err ignored;
	bool read = job->pair.csr ? csr_san(job->pair.csr, &names, &ignored)
				  : cert_san(job->pair.cert, &names, &ignored);

	return read && san_equal(&names, wanted ? wanted : &none);
}

/* A CA that is there stays: what it signed would be lost with it. */
static bool judge_ca(const struct job *job, struct err *e)
{
	const struct cert *ca = job->pair.cert;
	const struct pair_place *place = job->at.place;
	const char *difference = sign_difference(ca, &job->at.style->request);
	char cert_name[OUTPUT_NAME_BYTES], key_name[OUTPUT_NAME_BYTES];

	if (!cert_is_ca(ca))
		return pair_file_conflict(&job->at, "is no CA", e);
	if (!place->any_subject && !cert_has_subject(ca, place->subject))
		return pair_file_conflict(&job->at, "has another name", e);
	if (job->at.ca && !cert_is_signed_by(ca, job->at.ca->cert))
		return pair_file_conflict(&job->at, "another CA signed it", e);
	if (difference)
		return pair_file_conflict(&job->at, difference, e);
	pair_file_names(&job->at, cert_name, key_name);
	return ca_check(ca, job->pair.key, cert_name, key_name, e) ||
	       err_hint(e, "it was left as it is; --force replaces it");
}

static const char *csr_fault_of(const struct job *job)
{
	if (!csr_fits_key(job->pair.csr, job->pair.key))
		return "it belongs to another key";
	if (!csr_has_subject(job->pair.csr, job->at.place->subject))
		return "its subject is another";
	return has_names(job) ? NULL : "its names are others";
}

/* Why what is there does not do; NULL: it does. */
static const char *fault_of(const struct job *job)
{
	const struct cert *cert = job->pair.cert;

	if (!cert_fits_key(cert, job->pair.key))
		return "it belongs to another key";
	if (!cert_has_subject(cert, job->at.place->subject))
		return "its subject is another";
	if (!has_names(job))
		return "its names are others";
	if (!cert_serves_only(cert, job->at.place->purpose))
		return "its usage is another";
	return cert_is_due(cert, 0) ? "less than a third of its life is left" : NULL;
}

static bool judge_signer(const struct job *job, struct err *e)
{
	const struct ca *ca = job->at.ca;

	if (ca ? cert_is_signed_by(job->pair.cert, ca->cert) : cert_signed_itself(job->pair.cert))
		return true;
	return pair_file_conflict(&job->at, ca ? "another CA signed it" : "it did not sign itself",
				  e);
}

static bool without_key(const struct job *job, struct err *e)
{
	char name[OUTPUT_NAME_BYTES];

	output_name(job->at.out, job->at.place->cert_path, name);
	return err_set(e, FAIL_EXISTS, "'%s' is there without its key", name) ||
	       err_hint(e, "it was left as it is; choose another --out, or --force");
}

static bool judge(struct job *job, struct err *e)
{
	const struct pair_file *p = &job->pair;

	job->is_new = !p->key;
	job->was_there = p->cert || p->csr;
	job->why = p->key ? "there was only its key" : "it was missing";
	if (!p->key)
		return (!p->cert && !p->csr) || without_key(job, e);
	if (has_other_kind(job->at.style, p->key))
		return pair_file_conflict(&job->at, "its key is of another kind", e);
	if (p->csr)
		job->why = csr_fault_of(job);
	if (!p->cert)
		return true;
	if (job->at.place->purpose == CERT_CA) {
		job->why = NULL;
		return judge_ca(job, e);
	}
	job->why = fault_of(job);
	return judge_signer(job, e);
}

static bool certify(const struct crew *c, struct job *job, struct err *e)
{
	struct cert_request rq = job->at.style->request;
	struct pair_file *p = &job->pair;

	rq.for_file = job->at.style->pem && job->at.ca;
	rq.purpose = job->at.place->purpose;
	rq.subject = job->at.place->subject;
	rq.san = job->at.place->san;
	rq.key = p->key;
	cert_free(TAKE(p->cert));
	if (p->key ? ca_sign(job->at.ca, &rq, &p->cert, e)
		   : ca_issue(job->at.ca, &rq, job->at.style->kind, &p->cert, &p->key, e))
		return true;
	if (job->at.ca && !job->at.ca->key && job->at.style->keyless_hint)
		(void)err_hint(e, "%s", job->at.style->keyless_hint);
	return c->count > 1 && err_prefix(e, "instance '%s': ", job->at.place->alias);
}

static bool request(struct job *job, struct err *e)
{
	struct pair_file *p = &job->pair;

	csr_free(TAKE(p->csr));
	return (p->key || key_generate(job->at.style->kind, &p->key, e)) &&
	       csr_make(job->at.place->subject, job->at.place->san, p->key, &p->csr, e);
}

static bool make(const struct crew *c, struct job *job, struct err *e)
{
	const struct pair_style *style = job->at.style;
	bool lock = job->pair.unlocked;

	if (job->why && !(style->csr ? request(job, e) : certify(c, job, e)))
		return false;
	/* PKCS#12 is one file: who locks its key writes all of it. */
	if ((job->why || (lock && !style->pem)) &&
	    !pair_file_format(&job->at, &job->pair, &job->cert_bytes, e))
		return false;
	return !style->pem || !(job->is_new || lock) ||
	       pair_file_format_key(&job->at, &job->pair, &job->key_bytes, e);
}

static bool work(size_t i, void *ctx, struct err *e)
{
	struct crew *c = ctx;
	struct job *job = &c->jobs[i];
	bool done = pair_file_read(&job->at, &job->pair, e) && judge(job, e) && make(c, job, e);

	pair_file_clear(&job->pair); /* of a thousand, only what is written may stay in memory */
	return done;
}

static bool explain(struct output *out, const struct job *job, struct err *e)
{
	const struct pair_place *place = job->at.place;
	const char *locked = job->at.style->pem ? place->key_path : place->cert_path;

	if (job->why && !job->is_new &&
	    !output_explain(out, place->cert_path, OUTPUT_SIGNED_AGAIN, job->why, e))
		return false;
	return !job->pair.unlocked ||
	       output_explain(out, locked, OUTPUT_LOCKED, "it was there without the passphrase", e);
}

/* The key before its certificate: should only the first be written, the next run signs for it. */
static bool put(struct output *out, const struct job *job, struct err *e)
{
	const struct pair_place *place = job->at.place;
	const struct str *key = &job->key_bytes, *cert = &job->cert_bytes;

	return explain(out, job, e) &&
	       (key->len == 0 ||
		output_put(out, place->key_path, str_text(key), key->len, OUTPUT_SECRET,
			   job->is_new ? OUTPUT_ADDS : OUTPUT_REPLACES, e)) &&
	       (cert->len == 0 || output_put(out, place->cert_path, str_text(cert), cert->len,
					     job->at.style->pem ? OUTPUT_PUBLIC : OUTPUT_SECRET,
					     job->was_there ? OUTPUT_REPLACES : OUTPUT_ADDS, e));
}

static void job_clear(struct job *job)
{
	pair_file_clear(&job->pair);
	str_wipe(&job->cert_bytes); /* PKCS#12 holds the key as well */
	str_wipe(&job->key_bytes);
}

static bool run(struct output *out, struct crew *c, struct err *e)
{
	if (!parallel_for(c->count, work, c, e))
		return false;
	for (size_t i = 0; i < c->count; i++) {
		if (!put(out, &c->jobs[i], e))
			return false;
		job_clear(&c->jobs[i]); /* out has a copy now */
	}
	return true;
}

bool pairs_make(struct output *out, const struct pair_place *places, size_t count,
		const struct pair_style *style, const struct ca *ca, struct err *e)
{
	struct crew c = { calloc(count, sizeof(*c.jobs)), count };
	bool done;

	if (!c.jobs)
		return err_set(e, FAIL_MEMORY, "out of memory for %zu certificates", count);
	for (size_t i = 0; i < count; i++)
		c.jobs[i] = (struct job){ .at = { out, &places[i], style, ca },
					  .cert_bytes = STR_INIT(FILE_MAX_BYTES),
					  .key_bytes = STR_INIT(FILE_MAX_BYTES) };
	done = run(out, &c, e);
	for (size_t i = 0; i < count; i++)
		job_clear(&c.jobs[i]);
	free(c.jobs);
	return done;
}
