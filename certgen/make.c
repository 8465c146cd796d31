#include "certgen/make.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "certgen/commit.h"
#include "flow/passphrase.h"
#include "pki/credentials.h"
#include "pki/p12.h"

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

bool make_is_pem(const char *path)
{
	return str_ends_with(path, ".crt") || str_ends_with(path, ".pem") ||
	       str_ends_with(path, ".cer");
}

bool make_is_p12(const char *path)
{
	return str_ends_with(path, ".p12") || str_ends_with(path, ".pfx");
}

/* What is there, appended to now, and whether it is just these bytes. */
static bool look(const struct output *out, const char *path, const struct str *bytes,
		 struct str *now, bool *found, bool *same, struct err *e)
{
	if (!output_read(out, path, now, found, e))
		return false;
	*same = *found && now->len == bytes->len &&
		memcmp(str_text(now), str_text(bytes), now->len) == 0;
	return true;
}

bool make_put(struct output *out, const char *path, const struct str *bytes, mode_t mode,
	      struct err *e)
{
	auto_str_wiped now = STR_INIT(CREDENTIALS_MAX_BYTES);
	bool found, same;

	return str_ok(bytes, e) && look(out, path, bytes, &now, &found, &same, e) &&
	       (same || output_put(out, path, str_text(bytes), bytes->len, mode,
				   found ? OUTPUT_REPLACES : OUTPUT_ADDS, e));
}

/* Salts are new each time. */
static bool is_salted(const struct str *bytes)
{
	enum key_lock lock;

	return p12_is(str_text(bytes), bytes->len) ||
	       key_lock_of(str_text(bytes), bytes->len, &lock);
}

bool make_keep(struct output *out, const char *path, const struct str *bytes, mode_t mode,
	       const struct secret *pass, struct err *e)
{
	auto_str_wiped now = STR_INIT(CREDENTIALS_MAX_BYTES);
	char name[OUTPUT_NAME_BYTES];
	bool found, same;

	if (!str_ok(bytes, e) || !look(out, path, bytes, &now, &found, &same, e))
		return false;
	if (found && !same && is_salted(bytes))
		same = credentials_same(str_text(bytes), bytes->len, str_text(&now), now.len, pass);
	if (same)
		return true;
	if (!found)
		return output_put(out, path, str_text(bytes), bytes->len, mode, OUTPUT_ADDS, e);
	output_name(out, path, name);
	return err_set(e, FAIL_EXISTS, "'%s' is there already, and not what this would write",
		       name) ||
	       err_hint(e, "it was left as it is; choose another --out, or --force");
}

static void say_notes(const struct output *out, bool done)
{
	static const struct {
		const char *done, *wanted;
	} events[] = {
		[OUTPUT_SIGNED_AGAIN] = { "signed again", "would sign again" },
		[OUTPUT_LOCKED] = { "locked", "would lock" },
	};

	for (size_t i = 0; i < out->note_count; i++) {
		const struct output_note *note = &out->notes[i];

		log_event(LOG_INFO, done ? events[note->change].done : events[note->change].wanted,
			  "path", note->name, "why", note->why, NULL);
	}
}

static void say_wanted(const struct output *out)
{
	say_notes(out, false);
	for (size_t i = 0; i < out->wanted.count; i++)
		log_event(LOG_INFO, "would write", "path", out->path,
			  out->kind == OUTPUT_FILE ? NULL : "file", out->wanted.files[i].path,
			  NULL);
}

static void say_written(const struct output *out)
{
	char count[24];

	say_notes(out, true);
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
		say_wanted(&out);
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
