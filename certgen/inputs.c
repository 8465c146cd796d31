#include "certgen/inputs.h"

#include <stdio.h>
#include <unistd.h>

#include "net/tls_peer.h"
#include "os/terminal.h"

enum { QUESTION_MAX_BYTES = 256 };

static bool add_server(struct sources *s, const char *address, unsigned timeout_s, struct err *e)
{
	auto_str pem = STR_INIT(CREDENTIALS_MAX_BYTES);

	return tls_peer_chain(address, timeout_s, &pem, e) &&
	       sources_add_shown(s, address, str_text(&pem), pem.len, e);
}

bool inputs_add(const struct passphrase *p, const char *path, struct secret **pass,
		struct sources *out, struct err *e)
{
	char question[QUESTION_MAX_BYTES];

	if (sources_add(out, path, *pass, e))
		return true;
	if (e->code != FAIL_AUTH || *pass || !terminal_is_there())
		return false;
	(void)snprintf(question, sizeof(question), "passphrase of '%.200s'", path);
	return passphrase_take_or_ask(p, PASS_READS, question, pass, e) &&
	       sources_add(out, path, *pass, e);
}

bool inputs_check(const struct options *o, char *const *words, bool servers, struct err *e)
{
	for (size_t i = 0; words[i] && passphrase_is_in_sight(o); i++)
		if (access(words[i], F_OK) < 0 && !(servers && tls_peer_is_address(words[i])))
			return err_set(e, FAIL_MISSING,
				       "word %zu of what was named is no file; it is not shown "
				       "here, where a passphrase stands on the command line",
				       i + 1) ||
			       err_hint(e, "put a passphrase that has blanks in it into quotes");
	return true;
}

static bool add_word(const struct options *o, const char *word, const struct passphrase *p,
		     struct secret **pass, struct sources *s, struct err *e)
{
	return tls_peer_is_address(word) && access(word, F_OK) < 0
		   ? add_server(s, word, o->connect_s, e)
		   : inputs_add(p, word, pass, s, e);
}

bool inputs_read(const struct options *o, char *const *words, struct sources *out, struct err *e)
{
	const struct passphrase p = passphrase_of_files(o);
	auto_secret pass = NULL;

	if (!words[0])
		return err_set(e, FAIL_USAGE, "what shall be read?") ||
		       err_hint(e, "name a file, a folder, a zip or HOST:PORT");
	if (!inputs_check(o, words, true, e) ||
	    !passphrase_take(&p, PASS_READS, "passphrase", &pass, e))
		return false;
	for (; *words; words++)
		if (!add_word(o, *words, &p, &pass, out, e))
			return false;
	return true;
}
