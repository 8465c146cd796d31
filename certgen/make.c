#include "certgen/make.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "certgen/commit.h"
#include "flow/passphrase.h"
#include "os/dir.h"
#include "os/file.h"

enum { TRIES = 16, SETTING_BYTES = 128 };

/* Without its value, which may be a secret. */
static const char *setting_name(const char *setting, char name[SETTING_BYTES])
{
	(void)snprintf(name, SETTING_BYTES, "%.*s", (int)strcspn(setting, "="), setting);
	return name;
}

void make_begin(const struct options *o)
{
	char name[SETTING_BYTES];

	secret_setup(SECRET_FEW);
	for (size_t i = 0; i < o->ignored.count; i++)
		log_event(LOG_WARN, "this setting has no meaning here", "setting",
			  setting_name(o->ignored.items[i], name), NULL);
}

bool make_passphrase(const struct options *o, bool pem, struct secret **out, struct err *e)
{
	const struct passphrase p = passphrase_of_files(o);
	const char *what = "passphrase for what is made";

	return pem ? passphrase_take(&p, PASS_WRITES, what, out, e)
		   : passphrase_take_or_ask(&p, PASS_WRITES, what, out, e);
}

bool make_new_passphrase(const struct options *o, struct secret **out, struct err *e)
{
	const struct passphrase p = passphrase_of_new(o);

	return passphrase_take(&p, PASS_WRITES, "passphrase for what is made", out, e);
}

bool make_is_p12(const char *path)
{
	return str_ends_with(path, ".p12") || str_ends_with(path, ".pfx");
}

bool make_write_file(const struct options *o, const char *path, const struct str *bytes,
		     mode_t mode, struct err *e)
{
	const struct file_access access = { mode, (uid_t)-1, (gid_t)-1 };
	const struct file_access folder = { 0700, (uid_t)-1, (gid_t)-1 };
	bool done = !o->force && file_holds(path, str_text(bytes), bytes->len);

	if (!done) {
		if (!dir_make_parents(path, folder, e))
			return false;
		done = file_write(path, str_text(bytes), bytes->len, access,
				  o->force ? FILE_REPLACE : FILE_CREATE, e);
		if (done) {
			log_event(LOG_INFO, "wrote", "path", path, NULL);
			return true;
		}
		/* Another process may have been quicker with the same. */
		done = e->code == FAIL_EXISTS && file_holds(path, str_text(bytes), bytes->len);
	}
	if (done)
		log_event(LOG_INFO, "up to date", "path", path, NULL);
	return done || (e->code == FAIL_EXISTS &&
			err_hint(e, "it was left as it is; choose another --out, or --force"));
}

static void say_all(const struct output *out, const char *event)
{
	for (size_t i = 0; i < out->wanted.count; i++)
		log_event(LOG_INFO, event, "path", out->path, "file", out->wanted.files[i].path,
			  NULL);
}

static void say_written(const struct output *out)
{
	char count[24];

	if (out->kind == OUTPUT_FILE) {
		log_event(LOG_INFO, "wrote", "path", out->path, NULL);
		return;
	}
	(void)snprintf(count, sizeof(count), "%zu", out->wanted.count);
	log_event(LOG_INFO, "wrote", "path", out->path, "files", count, NULL);
}

static bool attempt(const struct options *o, const struct output_wish *wish, make_fill_fn *fill,
		    void *ctx, int *status, bool *again, struct err *e)
{
	auto_output out = OUTPUT_INIT;

	*again = false;
	if (!output_open(wish, &out, e) || !fill(&out, ctx, e))
		return false;
	if (!output_changes(&out)) {
		log_event(LOG_INFO, "up to date", "path", out.path, NULL);
		return true;
	}
	if (o->check) {
		say_all(&out, "would write");
		*status = err_exit_status(FAIL_DIFFERS);
		return true;
	}
	if (output_commit(&out, e)) {
		say_written(&out);
		return true;
	}
	*again = e->code == FAIL_EXISTS || e->code == FAIL_BUSY;
	return false;
}

bool make_run(const struct options *o, const struct output_wish *wish, make_fill_fn *fill,
	      void *ctx, int *status, struct err *e)
{
	bool again = true;

	for (unsigned tries = 0; again && tries < TRIES; tries++)
		if (attempt(o, wish, fill, ctx, status, &again, e))
			return true;
	return false;
}

bool make_key_kind(const struct options *o, enum key_kind *out, bool *asked, struct err *e)
{
	char name[32];

	*out = KEY_P256;
	*asked = o->key_kind || o->keysize;
	if (o->key_kind && o->keysize)
		return err_set(e, FAIL_USAGE, "give --key or --keysize, not both");
	if (o->key_kind)
		return key_kind_parse(o->key_kind, out, e);
	if (!o->keysize)
		return true;
	(void)snprintf(name, sizeof(name), "rsa%u", o->keysize);
	if (key_kind_parse(name, out, e))
		return true;
	return err_set(e, FAIL_USAGE, "--keysize %u is not 2048, 3072 or 4096", o->keysize) ||
	       err_hint(e, o->keysize < 2048 ? "fewer bits are no longer safe"
					     : "or use --key p256, the fastest");
}
