#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "certgen/authority.h"
#include "certgen/commands.h"
#include "certgen/make.h"
#include "certgen/inputs.h"
#include "certgen/renewal.h"
#include "os/parallel.h"
#include "os/terminal.h"

enum { QUESTION_MAX_BYTES = 256 };

/* What could not be done and kept nothing else from being done. One is the command's error; of
 * several each is a warning. */
struct problems {
	struct err first;
	size_t count;
};

struct work {
	const struct options *o;
	struct renewal_terms terms;
	struct ca ca;
	struct secret *pass;
	const char *only;                 /* of a folder: this file alone; NULL: all */
	bool asked;                       /* for the passphrase */
	struct err locked;                /* it has to be asked for; FAIL_NONE: it has not */
	bool is_all_problems;             /* there is nothing to write, and something to say */
	struct problems problems, before; /* those of the paths before this one */
};

/* The files of one output that may hold certificates. */
struct files {
	struct list paths;
	struct renewal *items; /* one a path */
};

struct crew {
	const struct output *out;
	const struct renewal_terms *terms;
	struct renewal *items;
};

static bool is_pem_path(const char *path)
{
	return str_ends_with(path, ".crt") || str_ends_with(path, ".pem") ||
	       str_ends_with(path, ".cer");
}

static void warn(const struct err *why)
{
	log_event(LOG_WARN, "not renewed", "why", why->msg, *why->hint ? "hint" : NULL, why->hint,
		  NULL);
}

static void problem_add(struct problems *p, const struct err *why)
{
	if (p->count++ == 0) {
		p->first = *why;
		return;
	}
	if (p->count == 2)
		warn(&p->first);
	warn(why);
}

static bool problems_end(const struct problems *p, struct err *e)
{
	if (p->count == 1)
		*e = p->first;
	else if (p->count > 1)
		(void)err_set(e, p->first.code, "%zu files were not renewed", p->count);
	return p->count == 0;
}

/* Renamed over, a link would become a file, and what it leads to stay as it is. */
static bool is_link(const struct output *out, const char *path)
{
	char name[OUTPUT_NAME_BYTES];
	struct stat st;

	output_name(out, path, name);
	return out->kind == OUTPUT_FOLDER && lstat(name, &st) == 0 && S_ISLNK(st.st_mode);
}

static bool is_same(const char *path, const struct stat *a)
{
	struct stat b;

	return path && stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* The CA that signs may lie among what it signed, and be locked otherwise. */
static bool is_of_ca(const struct options *o, const struct output *out, const char *path)
{
	char name[OUTPUT_NAME_BYTES];
	char *slash;
	struct stat file, folder;

	output_name(out, path, name);
	if (out->kind != OUTPUT_FOLDER || stat(name, &file) < 0)
		return false;
	slash = strrchr(name, '/');
	if (slash)
		*slash = '\0';
	return is_same(o->ca, &file) || is_same(o->ca_cert, &file) || is_same(o->ca_key, &file) ||
	       (make_is_p12(path) && stat(slash ? name : ".", &folder) == 0 &&
		is_same(o->ca, &folder) && !is_same(out->path, &folder));
}

static bool is_wanted(const struct work *w, const struct output *out, const char *path)
{
	if (w->only)
		return strcmp(path, w->only) == 0;
	if ((out->kind != OUTPUT_FILE && !is_pem_path(path) && !make_is_p12(path)) ||
	    is_of_ca(w->o, out, path))
		return false;
	if (!is_link(out, path))
		return true;
	log_event(LOG_WARN, "a symbolic link: passed over", "path", path, NULL);
	return false;
}

static bool find_files(const struct work *w, const struct output *out, struct files *f,
		       struct err *e)
{
	auto_list all = { 0 };

	if (!output_list(out, &all, e))
		return false;
	for (size_t i = 0; i < all.count; i++)
		if (is_wanted(w, out, all.items[i]) && !list_add(&f->paths, all.items[i], e))
			return false;
	f->items = calloc(f->paths.count + 1, sizeof(*f->items));
	if (!f->items)
		return err_set(e, FAIL_MEMORY, "out of memory for %zu files", f->paths.count);
	for (size_t i = 0; i < f->paths.count; i++)
		f->items[i] = (struct renewal)RENEWAL_INIT(
		    f->paths.items[i], w->only != NULL || out->kind == OUTPUT_FILE);
	return true;
}

static void files_clear(struct files *f)
{
	for (size_t i = 0; f->items && i < f->paths.count; i++)
		renewal_clear(&f->items[i]);
	free(f->items);
	list_clear(&f->paths);
}

static bool renew_nth(size_t i, void *ctx, struct err *e)
{
	const struct crew *c = ctx;

	return renewal_make(c->out, c->terms, &c->items[i], e);
}

/* The key before its certificate: should only the first be written, the next run signs for it. */
static bool put(struct output *out, struct renewal *r, struct err *e)
{
	mode_t mode = r->key_path.len > 0 ? OUTPUT_PUBLIC : OUTPUT_SECRET;

	if (r->key_bytes.len > 0 && bundle_find(&out->wanted, str_text(&r->key_path))) {
		(void)err_set(&r->problem, FAIL_CONFLICT, "'%s' shares its key with another",
			      r->path);
		return err_hint(&r->problem, "renew it without --new-key") || true;
	}
	return output_explain(out, r->path, OUTPUT_SIGNED_AGAIN, r->why, e) &&
	       (r->key_bytes.len == 0 ||
		output_put(out, str_text(&r->key_path), str_text(&r->key_bytes), r->key_bytes.len,
			   OUTPUT_SECRET, OUTPUT_REPLACES, e)) &&
	       output_put(out, r->path, str_text(&r->bytes), r->bytes.len, mode, OUTPUT_REPLACES,
			  e);
}

static bool put_all(struct output *out, struct work *w, struct files *f, struct err *e)
{
	for (size_t i = 0; i < f->paths.count; i++) {
		struct renewal *r = &f->items[i];

		if (r->passed_over)
			log_event(LOG_WARN, r->passed_over, "path", *r->path ? r->path : out->path,
				  NULL);
		if (r->bytes.len > 0 && !put(out, r, e))
			return false;
		if (r->problem.code == FAIL_AUTH && !w->terms.pass)
			(void)err_hint(&r->problem,
				       "give its passphrase: --pass-file, or CERTGEN_PASS_FILE");
		if (r->problem.code != FAIL_NONE)
			problem_add(&w->problems, &r->problem);
		str_wipe(&r->bytes); /* out has a copy now */
		str_wipe(&r->key_bytes);
	}
	return true;
}

/* Where nothing was renewed, and nothing stands in the way of it, the path or the CA is wrong. */
static void judge_all(const struct output *out, struct work *w, const struct files *f)
{
	size_t ours = 0, foreign = 0;
	struct err why = { 0 };

	for (size_t i = 0; i < f->paths.count; i++) {
		ours += f->items[i].made + f->items[i].good;
		foreign += f->items[i].foreign;
		if (f->items[i].problem.code != FAIL_NONE)
			return;
	}
	if (ours > 0)
		return;
	if (foreign > 0)
		(void)(err_set(&why, FAIL_CONFLICT, "another CA signed what is in '%s'",
			       out->path) ||
		       err_hint(&why, "renew it with that CA"));
	else
		(void)(err_set(&why, FAIL_INPUT,
			       "there is no certificate with its key in '%s', CAs apart",
			       out->path) ||
		       err_hint(&why, "a CA is not renewed: certgen ca makes another one, and all "
				      "that it signed is made anew with that"));
	problem_add(&w->problems, &why);
}

/* Whether somebody has to be asked first, which must not happen under the lock. */
static bool is_locked(struct work *w, const struct files *f)
{
	if (w->terms.pass || w->asked || !terminal_is_there())
		return false;
	for (size_t i = 0; i < f->paths.count; i++)
		if (f->items[i].problem.code == FAIL_AUTH) {
			w->locked = f->items[i].problem;
			return true;
		}
	return false;
}

static bool fill(struct output *out, void *ctx, struct err *e)
{
	struct files f CLEANUP(files_clear) = { 0 };
	struct work *w = ctx;
	struct crew c = { .out = out, .terms = &w->terms };

	w->is_all_problems = false;
	w->problems = w->before; /* it may be the second look */
	if (out->kind != OUTPUT_FOLDER && !out->exists)
		return err_set(e, FAIL_MISSING, "there is no '%s'", out->path);
	if (!find_files(w, out, &f, e))
		return false;
	c.items = f.items;
	if (!parallel_for(f.paths.count, renew_nth, &c, e))
		return false;
	if (is_locked(w, &f)) {
		*e = w->locked;
		return false;
	}
	if (!put_all(out, w, &f, e))
		return false;
	judge_all(out, w, &f);
	w->is_all_problems = w->problems.count > w->before.count && !output_changes(out);
	if (w->is_all_problems)
		*e = w->problems.first;
	return !w->is_all_problems;
}

/* A single PEM file is renewed in its folder, where its key may lie. */
static bool renew_once(struct work *w, const char *path, int *status, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct output_wish wish = {
		.out = path, .file_name = path, .in_place = true, .check = w->o->check
	};

	w->only = NULL;
	w->locked.code = FAIL_NONE;
	if (is_pem_path(path)) {
		(void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 2,
			       slash ? path : "./");
		w->only = slash ? slash + 1 : path;
		wish.out = folder;
	}
	return make_run(w->o, &wish, fill, w, status, e) || w->is_all_problems;
}

static bool ask(struct work *w, const char *path, struct err *e)
{
	const struct passphrase p = passphrase_of_files(w->o);
	char question[QUESTION_MAX_BYTES];

	(void)snprintf(question, sizeof(question), "passphrase of what is locked in '%.200s'",
		       path);
	w->asked = true;
	if (!passphrase_take_or_ask(&p, PASS_READS, question, &w->pass, e))
		return false;
	w->terms.pass = w->pass;
	return true;
}

static bool renew_path(struct work *w, const char *path, int *status, struct err *e)
{
	char real[PATH_MAX];
	struct stat st;

	w->before = w->problems;
	if (stat(path, &st) < 0)
		return err_set(e, FAIL_MISSING, "there is no '%s'", path);
	/* What a link leads to is renewed where it lies. */
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && realpath(path, real))
		path = real;
	if (renew_once(w, path, status, e))
		return true;
	return w->locked.code != FAIL_NONE && ask(w, path, e) && renew_once(w, path, status, e);
}

/* What ails one path is no reason to leave the next one to end. */
static bool may_go_on(struct work *w, const struct err *e)
{
	if (e->code == FAIL_USAGE || e->code == FAIL_MEMORY || e->code == FAIL_BUG)
		return false;
	w->problems = w->before;
	problem_add(&w->problems, e);
	return true;
}

static bool describe(const struct options *o, struct work *w, struct err *e)
{
	w->o = o;
	w->terms = (struct renewal_terms){ .ca = &w->ca,
					   .pass = w->pass,
					   .legacy = o->legacy,
					   .force = o->force,
					   .within_days = o->within_days,
					   .new_key = o->new_key,
					   .days = o->days ? o->days : SIGN_LEAF_DAYS,
					   .exact_days = o->days != 0 };
	if ((o->key_kind || o->keysize) && !o->new_key)
		return err_set(e, FAIL_USAGE, "--key and --keysize are for a --new-key");
	return make_key_kind(o, &w->terms.kind, &w->terms.kind_asked, e) &&
	       authority_load(o, &w->ca, e);
}

bool cmd_renew(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	struct work w = { 0 };
	bool done;

	make_begin(o);
	if (!operands[0])
		return err_set(e, FAIL_USAGE, "what shall be renewed?") ||
		       err_hint(e, "name a folder, a zip, a .p12 or a .crt with its .key");
	done = inputs_check(o, operands, false, e) && make_passphrase(o, true, &w.pass, e) &&
	       describe(o, &w, e);
	for (; done && *operands; operands++)
		done = renew_path(&w, *operands, status, e) || may_go_on(&w, e);
	ca_clear(&w.ca);
	secret_free(w.pass);
	return done && problems_end(&w.problems, e);
}
