#include "flow/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "os/env.h"
#include "os/file.h"
#include "os/terminal.h"

enum { PASS_MAX_BYTES = 4096 };

static bool keep(struct str *text, const char *name, struct secret **out, struct err *e)
{
	str_cut_line_end(text);
	return text->len > 0 ? secret_new(out, text->data, text->len, e)
			     : err_set(e, FAIL_CONFIG, "the passphrase in '%s' is empty", name) ||
				   err_hint(e, "leave the option out to have none");
}

static bool from_file(const char *path, struct secret **out, struct err *e)
{
	auto_str_wiped text = STR_INIT(PASS_MAX_BYTES);

	return file_read(path, &text, e) && keep(&text, path, out, e);
}

static bool from_descriptor(const struct passphrase *p, struct secret **out, struct err *e)
{
	auto_str_wiped text = STR_INIT(PASS_MAX_BYTES);
	unsigned fd;

	if (!num_parse(p->options->fd, 0, INT_MAX, &fd))
		return err_set(e, FAIL_USAGE, "%s-fd takes the number of an open descriptor",
			       p->flag);
	if (fcntl((int)fd, F_GETFD) < 0)
		return err_set(e, FAIL_USAGE, "%s-fd: descriptor %u is not open", p->flag, fd);
	return file_read_fd((int)fd, p->options->fd, &text, e) &&
	       keep(&text, p->options->fd, out, e);
}

static bool from_word(const struct passphrase *p, struct secret **out, struct err *e)
{
	char *word = p->options->word.value;
	size_t n = strlen(word);

	if (n == 0)
		return true;
	log_event(LOG_WARN, "a passphrase on the command line is there for everybody to read",
		  "option", p->flag, "instead", "a file, a descriptor or a variable", NULL);
	if (!secret_new(out, word, n, e))
		return false;
	secret_wipe(word, n);
	return true;
}

static bool ask(enum pass_need need, const char *what, struct secret **out, struct err *e)
{
	char question[512];

	(void)snprintf(question, sizeof(question), "%s%s: ", what,
		       need == PASS_WRITES ? " (enter for none)" : "");
	return terminal_ask_secret(question, need == PASS_WRITES, out, e);
}

static bool check_sources(const struct passphrase *p, struct err *e)
{
	const struct pass_options *o = p->options;

	if (o->word.given + (o->file != NULL) + (o->fd != NULL) > 1)
		return err_set(e, FAIL_USAGE, "give one of %s, %s-file and %s-fd", p->flag, p->flag,
			       p->flag);
	if (o->word.given && !o->word.value && !terminal_is_there())
		return err_set(e, FAIL_USAGE,
			       "%s without a value asks on the terminal, and there is none",
			       p->flag) ||
		       err_hint(e, "give %s-file, or set %s_FILE", p->flag, p->variable);
	return true;
}

bool passphrase_take(const struct passphrase *p, enum pass_need need, const char *what,
		     struct secret **out, struct err *e)
{
	const struct pass_options *o = p->options;

	*out = NULL;
	if (!check_sources(p, e))
		return false;
	if (o->file)
		return from_file(o->file, out, e);
	if (o->fd)
		return from_descriptor(p, out, e);
	if (o->word.given)
		return o->word.value ? from_word(p, out, e) : ask(need, what, out, e);
	return env_take_secret(p->variable, out, e);
}

bool passphrase_take_or_ask(const struct passphrase *p, enum pass_need need, const char *what,
			    struct secret **out, struct err *e)
{
	const struct pass_options *o = p->options;

	if (!passphrase_take(p, need, what, out, e))
		return false;
	if (*out || o->file || o->fd || o->word.given || !terminal_is_there())
		return true;
	return ask(need, what, out, e);
}

bool passphrase_is_in_sight(const struct options *o)
{
	return o->pass.word.value || o->ca_pass.word.value || o->new_pass.word.value;
}

struct passphrase passphrase_of_files(const struct options *o)
{
	return (struct passphrase){ &o->pass, "--pass", "CERTGEN_PASS" };
}

struct passphrase passphrase_of_ca(const struct options *o)
{
	return (struct passphrase){ &o->ca_pass, "--ca-pass", "CERTGEN_CA_PASS" };
}

struct passphrase passphrase_of_new(const struct options *o)
{
	return (struct passphrase){ &o->new_pass, "--new-pass", "CERTGEN_NEW_PASS" };
}

struct passphrase passphrase_of_keystore(const struct options *o)
{
	return (struct passphrase){ &o->pass, "--pass", "KEYSTORE_PASSWORD" };
}

struct passphrase passphrase_of_new_keystore(const struct options *o)
{
	return (struct passphrase){ &o->new_pass, "--new-pass", "KEYSTORE_NEW_PASSWORD" };
}
