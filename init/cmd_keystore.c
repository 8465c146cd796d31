#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"
#include "flow/passphrase.h"
#include "init/commands.h"
#include "init/keystore_values.h"
#include "os/terminal.h"

/* has-passwd answers "no" as elasticsearch-keystore does: it is an answer, not a failure. */
enum { STATUS_NO_PASSWORD = 1 };

static bool needs_names(char *const *operands, struct err *e)
{
	return operands[0] || err_set(e, FAIL_USAGE, "which entries?");
}

/* A person said no. */
static bool left_alone(const struct keystore_session *s)
{
	log_event(LOG_INFO, "nothing was changed", "path", s->file.path, NULL);
	return true;
}

/* A new one's password: as given, or asked for with -p. */
static bool take_new_password(struct keystore_session *s, struct err *e)
{
	char question[SESSION_QUESTION_BYTES];

	if (!s->options->with_password || s->password)
		return true;
	if (!s->file.product->codec->has_passwords)
		return err_set(e, FAIL_USAGE, "a keystore of %s has no password",
			       s->file.product->name);
	if (!terminal_is_there())
		return err_set(e, FAIL_USAGE,
			       "--password asks on the terminal, and there is none") ||
		       err_hint(e, "give --pass-file, or set KEYSTORE_PASSWORD_FILE");
	(void)snprintf(question, sizeof(question),
		       "password of '%s' (enter for none): ", s->file.path);
	return terminal_ask_secret(question, true, &s->password, e);
}

static bool may_replace_all(const struct keystore_session *s, bool *yes, struct err *e)
{
	char question[SESSION_QUESTION_BYTES];

	*yes = true;
	if (!s->file.found || s->options->force)
		return true;
	if (!terminal_is_there())
		return err_set(e, FAIL_EXISTS, "keystore '%s' is there already", s->file.path) ||
		       err_hint(e, "--force makes a new one in its place, without its entries");
	(void)snprintf(question, sizeof(question),
		       "'%s' is there already. Replace it and lose its entries? [y/N] ",
		       s->file.path);
	return terminal_confirm(question, yes, e);
}

static bool keystore_create(const void *options, char *const *operands, int *status, struct err *e)
{
	auto_keystore_session s = KEYSTORE_SESSION_INIT;
	bool yes;

	(void)operands;
	(void)status;
	secret_setup(SECRET_FEW);
	if (!session_begin(&s, options, SESSION_CHANGES, e) || !may_replace_all(&s, &yes, e))
		return false;
	if (!yes)
		return left_alone(&s);
	return take_new_password(&s, e) && keystore_file_open_new(&s.file, e) &&
	       session_lock(&s, e) && session_save_with(&s, s.password, e);
}

static int by_name(const void *a, const void *b)
{
	const struct keystore_entry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static bool keystore_list(const void *options, char *const *operands, int *status, struct err *e)
{
	auto_keystore_session s = KEYSTORE_SESSION_INIT;
	const struct keystore_entry *sorted[KEYSTORE_MAX_ENTRIES];
	size_t n;

	(void)operands;
	(void)status;
	secret_setup(SECRET_FEW);
	if (!session_begin(&s, options, SESSION_READS, e) || !session_must_exist(&s, e) ||
	    !session_open(&s, e))
		return false;
	n = keystore_count(s.file.entries);
	for (size_t i = 0; i < n; i++)
		sorted[i] = keystore_at(s.file.entries, i);
	qsort(sorted, n, sizeof(sorted[0]), by_name);
	for (size_t i = 0; i < n; i++)
		puts(sorted[i]->name);
	return true;
}

/* The values that were gathered, into the file. */
static bool apply_and_save(const struct keystore_values *v, struct keystore_session *s,
			   struct err *e)
{
	bool changed;

	return session_lock(s, e) && values_apply(v, s, &changed, e) && session_save(s, changed, e);
}

/* Where nobody can be asked, or with -x, the values are lines of standard input. */
static bool add_lines(struct keystore_session *s, char *const *names, struct err *e)
{
	auto_str_wiped text = STR_INIT(KEYSTORE_MAX_VALUES);
	auto_keystore_values v = { .wanted = NULL };

	return file_read_fd(STDIN_FILENO, "standard input", &text, e) &&
	       values_from_lines(&v, s, names, &text, e) && session_open(s, e) &&
	       apply_and_save(&v, s, e);
}

static bool add_asking(struct keystore_session *s, char *const *names, struct err *e)
{
	auto_keystore_values v = { .wanted = NULL };
	bool go_on;

	if (!session_open(s, e) || !values_ask(&v, s, names, &go_on, e))
		return false;
	return go_on ? apply_and_save(&v, s, e) : left_alone(s);
}

static bool keystore_add(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_keystore_session s = KEYSTORE_SESSION_INIT;
	bool yes;

	(void)status;
	secret_setup(SECRET_FEW);
	if (!needs_names(operands, e) || !session_begin(&s, o, SESSION_CHANGES, e) ||
	    !session_may_create(&s, &yes, e))
		return false;
	if (!yes)
		return left_alone(&s);
	return o->from_stdin || !terminal_is_there() ? add_lines(&s, operands, e)
						     : add_asking(&s, operands, e);
}

static bool keystore_add_file(const void *options, char *const *operands, int *status,
			      struct err *e)
{
	auto_keystore_session s = KEYSTORE_SESSION_INIT;
	auto_keystore_values v = { .wanted = NULL };
	bool yes;

	(void)status;
	secret_setup(SECRET_FEW);
	if (!needs_names(operands, e) || !session_begin(&s, options, SESSION_CHANGES, e) ||
	    !values_from_files(&v, &s, operands, e) || !session_may_create(&s, &yes, e))
		return false;
	if (!yes)
		return left_alone(&s);
	if (!session_open(&s, e) || !values_confirm(&v, &s, &yes, e))
		return false;
	return yes ? apply_and_save(&v, &s, e) : left_alone(&s);
}

static bool no_such_entry(const struct keystore_session *s, const char *name, struct err *e)
{
	return err_set(e, FAIL_CONFIG, "keystore '%s' has no entry '%.80s'", s->file.path, name) ||
	       err_hint(e, "init keystore list names those that it has");
}

static bool keystore_drop(const void *options, char *const *operands, int *status, struct err *e)
{
	auto_keystore_session s = KEYSTORE_SESSION_INIT;

	(void)status;
	secret_setup(SECRET_FEW);
	if (!needs_names(operands, e) || !session_begin(&s, options, SESSION_CHANGES, e) ||
	    !session_must_exist(&s, e) || !session_open(&s, e) || !session_lock(&s, e))
		return false;
	for (size_t i = 0; operands[i]; i++)
		if (!keystore_remove(s.file.entries, operands[i]))
			return no_such_entry(&s, operands[i], e);
	return session_save(&s, true, e);
}

/* Text, and a line end behind it: what is read by a person or by a shell's $(...). */
static bool print_value(const struct keystore_entry *entry, struct err *e)
{
	size_t n;
	const char *bytes = secret_reveal(entry->value, &n);

	if (!utf8_is_text(bytes, n))
		return err_set(e, FAIL_IO, "the value of '%s' is no text", entry->name) ||
		       err_hint(e, "write it to a file with -o FILE");
	return (fwrite(bytes, 1, n, stdout) == n && putchar('\n') != EOF) ||
	       err_errno(e, errno, "cannot write to standard output");
}

static bool write_value(const struct keystore_entry *entry, const char *path, bool force,
			struct err *e)
{
	const struct file_access access = { KEYSTORE_FILE_MODE, (uid_t)-1, (gid_t)-1 };
	size_t n;
	const char *bytes = secret_reveal(entry->value, &n);

	if (file_write(path, bytes, n, access, force ? FILE_REPLACE : FILE_CREATE, e))
		return true;
	if (e->code == FAIL_EXISTS)
		(void)err_hint(e, "--force replaces it");
	return false;
}

static bool keystore_show(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_keystore_session s = KEYSTORE_SESSION_INIT;
	const struct keystore_entry *entry;

	(void)status;
	secret_setup(SECRET_FEW);
	if (!operands[0] || operands[1])
		return err_set(e, FAIL_USAGE, "show takes the name of one entry");
	if (!session_begin(&s, o, SESSION_READS, e) || !session_must_exist(&s, e) ||
	    !session_open(&s, e))
		return false;
	entry = keystore_find(s.file.entries, operands[0]);
	if (!entry)
		return no_such_entry(&s, operands[0], e);
	return o->output ? write_value(entry, o->output, o->force, e) : print_value(entry, e);
}

static bool take_other_password(const struct keystore_session *s, struct secret **out,
				struct err *e)
{
	struct passphrase pass = passphrase_of_new_keystore(s->options);
	char what[SESSION_QUESTION_BYTES];

	*out = NULL;
	if (s->options->no_password)
		return true;
	(void)snprintf(what, sizeof(what), "new password of '%s'", s->file.path);
	if (!passphrase_take_or_ask(&pass, PASS_WRITES, what, out, e))
		return false;
	return *out || terminal_is_there() ||
	       err_set(e, FAIL_USAGE, "no new password was given, and there is no terminal") ||
	       err_hint(e, "give --new-pass-file or KEYSTORE_NEW_PASSWORD_FILE, or --no-password");
}

static bool keystore_passwd(const void *options, char *const *operands, int *status, struct err *e)
{
	auto_keystore_session s = KEYSTORE_SESSION_INIT;
	auto_secret other = NULL;

	(void)operands;
	(void)status;
	secret_setup(SECRET_FEW);
	if (!session_begin(&s, options, SESSION_CHANGES, e) || !session_must_exist(&s, e))
		return false;
	if (!s.file.product->codec->has_passwords)
		return err_set(e, FAIL_USAGE, "a keystore of %s has no password",
			       s.file.product->name);
	return session_open(&s, e) && take_other_password(&s, &other, e) && session_lock(&s, e) &&
	       session_save_with(&s, other, e);
}

static bool keystore_has_passwd(const void *options, char *const *operands, int *status,
				struct err *e)
{
	auto_keystore_session s = KEYSTORE_SESSION_INIT;

	(void)operands;
	secret_setup(SECRET_FEW);
	if (!session_begin(&s, options, SESSION_READS, e) || !session_must_exist(&s, e))
		return false;
	*status = s.file.locked ? 0 : STATUS_NO_PASSWORD;
	log_event(LOG_INFO, s.file.locked ? "it has a password" : "it has no password", "path",
		  s.file.path, NULL);
	return true;
}

static bool has_one_format(const struct keystore_product *p)
{
	const struct version newest = { UINT_MAX, 0, 0 };

	return keystore_format_for(p, newest) == keystore_format_again(p, 0);
}

static bool keystore_upgrade(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_keystore_session s = KEYSTORE_SESSION_INIT;

	(void)operands;
	(void)status;
	secret_setup(SECRET_FEW);
	if (!session_begin(&s, o, SESSION_CHANGES, e) || !session_must_exist(&s, e))
		return false;
	if (!o->stack_version && !has_one_format(s.file.product))
		return err_set(e, FAIL_USAGE, "upgrade to which version of %s?",
			       s.file.product->name) ||
		       err_hint(e, "say it with --stack-version");
	return session_open(&s, e) && session_lock(&s, e) && session_save(&s, false, e);
}

/* clang-format off */
const struct command keystore_commands[] = {
	{ "create",     KEYSTORE_CREATE,     "",             "make a keystore", keystore_create },
	{ "list",       KEYSTORE_LIST,       "",             "name its entries, one a line", keystore_list },
	{ "add",        KEYSTORE_ADD,        "NAME...",      "set entries, their values asked for or read from standard input", keystore_add },
	{ "add-file",   KEYSTORE_ADD_FILE,   "NAME FILE...", "set entries to the bytes of files", keystore_add_file },
	{ "remove",     KEYSTORE_REMOVE,     "NAME...",      "take entries out", keystore_drop },
	{ "show",       KEYSTORE_SHOW,       "NAME",         "print the value of an entry, or write it to a file", keystore_show },
	{ "passwd",     KEYSTORE_PASSWD,     "",             "change, set or take away its password", keystore_passwd },
	{ "has-passwd", KEYSTORE_HAS_PASSWD, "",             "status 0 when it has a password, 1 when it has none", keystore_has_passwd },
	{ "upgrade",    KEYSTORE_UPGRADE,    "",             "write it in the format of another version", keystore_upgrade },
};
/* clang-format on */

const size_t keystore_command_count = ARRAY_LEN(keystore_commands);
