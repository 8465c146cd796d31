#include "flow/passwords.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "os/env.h"
#include "os/file.h"
#include "pki/rand.h"
#include "pki/service_token.h"

enum { PATH_BYTES = 320, PASSWORD_MIN = 6, KEY_CHARS = 64 };

/* Bytes of a password without the line ends behind it: it was written with an editor, or in YAML.
 */
static size_t without_line_ends(const char *bytes, size_t n)
{
	while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
		n--;
	return n;
}

/* A password is text of one line: in HTTP, in JSON, in YAML, and for whoever hashes it. Other bytes
 * come out of these as another password, or not at all.
 * out_chars  how many characters it has; may be NULL
 * returns    what is wrong with it, NULL: nothing */
static const char *flaw_of(const char *bytes, size_t n, size_t *out_chars)
{
	const char *at = bytes, *end = bytes + n;
	size_t chars = 0;
	uint32_t c = 0;

	for (; at < end; chars++) {
		if (*at == '\0' || !utf8_next(&at, &c))
			return *at == '\0' ? "holds a NUL character" : "is not UTF-8";
		if (utf8_is_control(c))
			return "holds a control character";
	}
	if (out_chars)
		*out_chars = chars;
	return NULL;
}

/* folder and path name the file, for messages. */
static bool secret_of(struct str *text, const char *folder, const char *path, struct secret **out,
		      struct err *e)
{
	const char *flaw;

	text->len = without_line_ends(str_text(text), text->len);
	if (text->len == 0)
		return err_set(e, FAIL_INPUT, "password file '%s%s' is empty", folder, path);
	flaw = flaw_of(text->data, text->len, NULL);
	if (flaw)
		return err_set(e, FAIL_INPUT, "password file '%s%s' %s", folder, path, flaw) ||
		       err_hint(e, "write one line of text to it");
	return secret_new(out, text->data, text->len, e);
}

bool password_in_file(const char *path, struct secret **out, struct err *e)
{
	auto_str_wiped text = STR_INIT(4096);

	return file_read(path, &text, e) && secret_of(&text, "", path, out, e);
}

static bool load_secret(const struct passwords *p, const char *path, struct secret **out,
			struct err *e)
{
	auto_str_wiped text = STR_INIT(4096);
	char folder[PATH_BYTES];

	(void)snprintf(folder, sizeof(folder), "%s/", store_where(p->store));
	return store_read(p->store, path, true, &text, e) && secret_of(&text, folder, path, out, e);
}

/* Store it, or load what somebody stored first. how says in the log where it came from.
 * lost  what value was, when somebody was first; NULL: nobody wants to know */
static bool keep_secret(const struct passwords *p, const char *path, const char *how,
			struct secret **value, struct secret **lost, struct err *e)
{
	auto_str_wiped text = STR_INIT(4096);
	auto_secret ours = NULL;
	struct store_file file = { NULL, &text, true };
	bool loaded;
	size_t n;
	const char *bytes = secret_reveal(*value, &n);

	str_addn(&text, bytes, n);
	if (!str_ok(&text, e))
		return false;
	if (store_make_file(p->store, path, &file, e)) {
		log_event(LOG_INFO, "stored secret", "path", path, "from", how, NULL);
		return true;
	}
	if (e->code != FAIL_EXISTS)
		return false;
	ours = TAKE(*value);
	loaded = load_secret(p, path, value, e);
	if (lost && !(loaded && secret_equal(ours, *value)))
		*lost = TAKE(ours);
	return loaded;
}

static bool random_key(struct secret **out, struct err *e)
{
	char text[KEY_CHARS + 1];
	bool ok = rand_text(text, KEY_CHARS, e) && secret_new(out, text, KEY_CHARS, e);

	secret_wipe(text, sizeof(text));
	return ok;
}

static bool obtain_secret(const struct passwords *p, const char *path,
			  bool (*draw)(struct secret **out, struct err *e), struct secret **out,
			  struct err *e)
{
	auto_secret made = NULL;

	if (store_has(p->store, path))
		return load_secret(p, path, out, e);
	if (p->check) {
		store_note_missing(p->store, path);
		return true;
	}
	if (!draw(&made, e) || !keep_secret(p, path, "random", &made, NULL, e))
		return false;
	*out = TAKE(made);
	return true;
}

static bool take_given(const char *user, struct secret **out, char variable[96], struct err *e)
{
	auto_secret raw = NULL;
	const char *bytes, *flaw;
	size_t n, chars = 0;

	(void)snprintf(variable, 96, "STACKSEAL_PASSWORD_%s", user);
	for (char *c = variable; *c; c++)
		*c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
	if (!env_take_secret(variable, &raw, e))
		return false;
	if (!raw)
		return true;
	bytes = secret_reveal(raw, &n);
	n = without_line_ends(bytes, n);
	flaw = flaw_of(bytes, n, &chars);
	if (flaw)
		return err_set(e, FAIL_CONFIG, "the password in %s %s", variable, flaw) ||
		       err_hint(e, "give one line of text");
	if (chars >= PASSWORD_MIN)
		return secret_new(out, bytes, n, e);
	return err_set(e, FAIL_CONFIG, "the password in %s is shorter than %d characters", variable,
		       PASSWORD_MIN) ||
	       err_hint(e, "give a longer one, or none to have one generated");
}

bool password_given(const char *user, struct secret **out, struct err *e)
{
	char variable[96];

	return take_given(user, out, variable, e);
}

/* What is stored now under path: by somebody before, by somebody at once, or given just now. */
static bool store_given(const struct passwords *p, const char *path, const char *variable,
			const struct secret *given, struct secret **out, struct err *e)
{
	auto_secret stored = NULL;
	size_t n;
	const char *bytes = secret_reveal(given, &n);

	if (store_has(p->store, path))
		return load_secret(p, path, out, e);
	if (!secret_new(&stored, bytes, n, e) || !keep_secret(p, path, variable, &stored, NULL, e))
		return false;
	*out = TAKE(stored);
	return true;
}

bool password_of_user(const struct passwords *p, const char *user, struct secret **out,
		      struct err *e)
{
	auto_secret given = NULL;
	auto_secret stored = NULL;
	char path[PATH_BYTES], variable[96];

	(void)snprintf(path, sizeof(path), "passwords/%s", user);
	if (!take_given(user, &given, variable, e))
		return false;
	if (!given || p->check)
		return obtain_secret(p, path, rand_password, out, e);
	if (!store_given(p, path, variable, given, &stored, e))
		return false;
	if (secret_equal(given, stored)) {
		*out = TAKE(stored);
		return true;
	}
	(void)err_set(e, FAIL_CONFLICT, "%s is not the password of '%s' that the store holds",
		      variable, user);
	return err_hint(e, "unset it; or, before the cluster is sealed, remove '%s/%s'",
			store_where(p->store), path);
}

bool password_made(const struct passwords *p, const char *name, struct secret **out, struct err *e)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "secrets/%s", name);
	return obtain_secret(p, path, random_key, out, e);
}

bool password_bootstrap(const struct passwords *p, struct secret **out, struct err *e)
{
	return obtain_secret(p, "bootstrap.password", rand_password, out, e);
}

bool password_keep(const struct passwords *p, const char *path, struct secret **value,
		   struct secret **lost, struct err *e)
{
	return keep_secret(p, path, "the cluster", value, lost, e);
}

bool password_kept(const struct passwords *p, const char *path, struct secret **out, struct err *e)
{
	*out = NULL;
	return !store_has(p->store, path) || load_secret(p, path, out, e);
}

bool password_token(const struct passwords *p, const struct instance *i, struct secret **out,
		    struct err *e)
{
	auto_secret made = NULL;
	char path[PATH_BYTES], name[STACK_TOKEN_NAME_BYTES];

	(void)snprintf(path, sizeof(path), "tokens/%s", i->name);
	instance_token_name(i, name);
	if (store_has(p->store, path))
		return load_secret(p, path, out, e);
	if (p->check) {
		store_note_missing(p->store, path);
		return true;
	}
	if (!service_token_make(STACK_KIBANA_SERVICE, name, &made, e) ||
	    !keep_secret(p, path, "random", &made, NULL, e))
		return false;
	*out = TAKE(made);
	return true;
}
