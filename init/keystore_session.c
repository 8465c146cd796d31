#include "init/keystore_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "flow/passphrase.h"
#include "os/env.h"
#include "os/terminal.h"

static const char *product_name_at(size_t i, const void *ctx)
{
	const struct keystore_product *p = keystore_product_at(i);

	(void)ctx;
	return p ? p->name : NULL;
}

/* By name, by the file's name, or Elasticsearch. */
static bool find_product(const struct options *o, const struct keystore_product **out,
			 struct err *e)
{
	const char *nearest;

	if (o->product) {
		*out = keystore_product_find(o->product);
		nearest = num_nearest(o->product, product_name_at, NULL);
		if (!*out && nearest)
			return err_set(e, FAIL_USAGE, "--product: unknown product '%.80s'",
				       o->product) ||
			       err_hint(e, "did you mean %s?", nearest);
		return *out ||
		       err_set(e, FAIL_USAGE, "--product: unknown product '%.80s'", o->product);
	}
	*out = o->keystore ? keystore_product_of_file(o->keystore)
			   : keystore_product_find("elasticsearch");
	return *out || err_set(e, FAIL_USAGE, "'%s' is nobody's usual keystore", o->keystore) ||
	       err_hint(e, "say whose it is with --product");
}

static const char *folder_of(const struct options *o, const struct keystore_product *p)
{
	const char *theirs = p->folder_variable ? env_get(p->folder_variable) : NULL;

	return o->config_dir ? o->config_dir : theirs ? theirs : p->folder;
}

/* A link is followed, so that what is replaced is the file and not the link. */
static bool find_path(const struct options *o, const struct keystore_product *p, char out[PATH_MAX],
		      struct err *e)
{
	char named[PATH_MAX];
	int n;

	n = o->keystore ? snprintf(named, sizeof(named), "%s%s",
				   strchr(o->keystore, '/') ? "" : "./", o->keystore)
			: snprintf(named, sizeof(named), "%s/%s", folder_of(o, p), p->file_name);
	if (n <= 0 || (size_t)n >= sizeof(named) || named[n - 1] == '/')
		return err_set(e, FAIL_USAGE, "--keystore: '%.80s' is no file", named);
	if (!realpath(named, out)) /* it is not there yet, or whoever opens it says why */
		memcpy(out, named, sizeof(named));
	return true;
}

/* Cut a path that has a '/' into its folder and its name. */
static const char *cut_name(char path[PATH_MAX], const char **folder)
{
	char *slash = strrchr(path, '/');

	*slash = '\0';
	*folder = slash == path ? "/" : path;
	return slash + 1;
}

bool session_begin(struct keystore_session *s, const struct options *o, enum session_use use,
		   struct err *e)
{
	struct passphrase pass = passphrase_of_keystore(o);
	const struct keystore_product *product;
	const char *folder, *name;

	s->options = o;
	if (!find_product(o, &product, e) || !find_path(o, product, s->path, e))
		return false;
	if (!product->codec->has_passwords && (o->pass.file || o->pass.fd))
		return err_set(e, FAIL_USAGE, "a keystore of %s has no password", product->name);
	name = cut_name(s->path, &folder);
	return place_open(folder, use == SESSION_READS, &s->place, e) &&
	       keystore_file_look(&s->file, product, &s->place, name, e) &&
	       (!product->codec->has_passwords ||
		passphrase_take(&pass, PASS_READS, "", &s->password, e));
}

bool session_must_exist(const struct keystore_session *s, struct err *e)
{
	return s->file.found ||
	       err_set(e, FAIL_MISSING, "there is no keystore '%s'", s->file.path) ||
	       err_hint(e, "init keystore create makes one");
}

bool session_may_create(const struct keystore_session *s, bool *yes, struct err *e)
{
	char question[SESSION_QUESTION_BYTES];

	*yes = s->file.found || s->options->force;
	if (*yes)
		return true;
	if (!terminal_is_there())
		return session_must_exist(s, e) ||
		       err_hint(e, "init keystore create makes one, and so does --force");
	(void)snprintf(question, sizeof(question), "There is no keystore '%s'. Create it? [y/N] ",
		       s->file.path);
	return terminal_confirm(question, yes, e);
}

bool session_open(struct keystore_session *s, struct err *e)
{
	char question[SESSION_QUESTION_BYTES];

	(void)snprintf(question, sizeof(question), "password of '%s': ", s->file.path);
	if (s->file.locked && !s->password && terminal_is_there() &&
	    !terminal_ask_secret(question, false, &s->password, e))
		return false;
	if (keystore_file_open(&s->file, s->password, e))
		return true;
	if (e->code == FAIL_AUTH && !s->password)
		(void)err_hint(e, "give it with --pass-file or KEYSTORE_PASSWORD_FILE");
	return false;
}

bool session_lock(struct keystore_session *s, struct err *e)
{
	return keystore_file_lock(&s->file, s->password, e);
}

static bool choose_format(const struct keystore_session *s, unsigned *out, struct err *e)
{
	const char *text = s->options->stack_version;
	struct version version;

	if (text && !version_parse(text, &version))
		return err_set(e, FAIL_USAGE, "--stack-version: '%s' is no version such as 8.15.3",
			       text);
	return keystore_file_format(&s->file, text ? &version : NULL, out, e);
}

/* Whether the product would write the file by itself when it starts. */
static bool is_complete(struct keystore_session *s, bool *out, struct err *e)
{
	const struct keystore_codec *codec = s->file.product->codec;
	size_t before = keystore_count(s->file.entries);

	if (codec->complete && !codec->complete(s->file.entries, e))
		return false;
	*out = keystore_count(s->file.entries) == before;
	return true;
}

bool session_save(struct keystore_session *s, bool changed, struct err *e)
{
	const struct keystore_file *f = &s->file;
	unsigned format;
	bool complete;

	if (!choose_format(s, &format, e) || !is_complete(s, &complete, e))
		return false;
	if (f->found && !changed && complete && keystore_origin(f->entries).format == format) {
		log_event(LOG_INFO, "up to date", "path", f->path, NULL);
		return true;
	}
	return keystore_file_save(&s->file, format, f->found && !f->locked ? NULL : s->password, e);
}

bool session_save_with(struct keystore_session *s, const struct secret *password, struct err *e)
{
	unsigned format;

	return choose_format(s, &format, e) && keystore_file_save(&s->file, format, password, e);
}

void session_clear(struct keystore_session *s)
{
	keystore_file_clear(&s->file);
	secret_free(s->password);
	s->password = NULL;
}
