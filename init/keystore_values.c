#include "init/keystore_values.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "os/file.h"
#include "os/terminal.h"

static bool add_value(struct keystore_values *v, const struct keystore_session *s, const char *name,
		      enum keystore_kind kind, const char *bytes, size_t n, struct err *e)
{
	const struct keystore_product *p = s->file.product;

	if (!v->wanted && !keystore_new(&v->wanted, e))
		return false;
	if (!p->codec->is_name(name))
		return err_set(e, FAIL_USAGE, "'%.80s' is no name of an entry of %s", name,
			       p->name);
	if (keystore_find(v->wanted, name))
		return err_set(e, FAIL_USAGE, "'%s' is named twice", name);
	if (kind == KEYSTORE_TEXT && !utf8_is_text(bytes, n))
		return err_set(e, FAIL_INPUT, "the value of '%s' is not UTF-8", name) ||
		       err_hint(e, "init keystore add-file takes any bytes");
	if (n == 0)
		log_event(LOG_WARN, "an empty value", "entry", name, NULL);
	if (!keystore_set_bytes(v->wanted, name, kind, bytes, n, e))
		return false;
	keystore_warn_misread(p, keystore_find(v->wanted, name));
	return true;
}

/* A line of text that begins at *at; *at moves behind its end: "\n", "\r" or "\r\n". */
static bool next_line(const struct str *text, size_t *at, const char **line, size_t *n)
{
	const char *all = str_text(text);
	size_t end = *at;

	if (*at >= text->len)
		return false;
	while (end < text->len && all[end] != '\n' && all[end] != '\r')
		end++;
	*line = all + *at;
	*n = end - *at;
	end += end + 1 < text->len && all[end] == '\r' && all[end + 1] == '\n';
	*at = end + 1;
	return true;
}

static size_t count_lines(const struct str *text)
{
	const char *line;
	size_t n, at = 0, count = 0;

	while (next_line(text, &at, &line, &n))
		count++;
	return count;
}

static size_t count_words(char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

/* Who pipes the password in before the values, as into elasticsearch-keystore, may have given it in
 * the variable too, as the image's entry point does. */
static bool is_password(struct keystore_session *s, const char *line, size_t n, bool *out,
			struct err *e)
{
	auto_secret first = NULL;

	if (!secret_new(&first, line, n, e))
		return false;
	if (!s->password)
		s->password = TAKE(first);
	*out = !first || secret_equal(first, s->password);
	return true;
}

bool values_from_lines(struct keystore_values *v, struct keystore_session *s, char *const *names,
		       const struct str *text, struct err *e)
{
	size_t wanted = count_words(names), found = count_lines(text), n, at = 0;
	const char *line;

	if (found == wanted + 1 && s->file.locked) {
		bool took;

		if (!next_line(text, &at, &line, &n) || !is_password(s, line, n, &took, e))
			return false;
		found -= took;
		at = took ? at : 0;
	}
	if (found < wanted)
		return err_set(e, FAIL_INPUT, "standard input has %zu lines, and %zu are wanted",
			       found, wanted);
	if (found > wanted)
		return err_set(e, FAIL_INPUT, "standard input has %zu lines, and %zu are wanted",
			       found, wanted) ||
		       err_hint(e, "init keystore add-file takes a value of several lines");
	for (size_t i = 0; names[i] && next_line(text, &at, &line, &n); i++)
		if (!add_value(v, s, names[i], KEYSTORE_TEXT, line, n, e))
			return false;
	return true;
}

/* Whether a person lets an entry be replaced that is there. */
static bool may_replace(struct keystore_values *v, const struct keystore_session *s,
			const char *name, bool *yes, struct err *e)
{
	char question[KEYSTORE_NAME_MAX_BYTES + 64];

	*yes = true;
	if (s->options->force || !keystore_find(s->file.entries, name))
		return true;
	(void)snprintf(question, sizeof(question), "'%s' is there already. Replace it? [y/N] ",
		       name);
	return terminal_confirm(question, yes, e) && (!*yes || list_add(&v->replace, name, e));
}

bool values_ask(struct keystore_values *v, const struct keystore_session *s, char *const *names,
		bool *go_on, struct err *e)
{
	*go_on = true;
	for (size_t i = 0; names[i]; i++) {
		char question[KEYSTORE_NAME_MAX_BYTES + 64];
		auto_secret value = NULL;
		const char *bytes = "";
		size_t n = 0;

		if (!may_replace(v, s, names[i], go_on, e))
			return false;
		if (!*go_on)
			return true;
		(void)snprintf(question, sizeof(question), "value of '%s': ", names[i]);
		if (!terminal_ask_secret(question, false, &value, e))
			return false;
		if (value)
			bytes = secret_reveal(value, &n);
		if (!add_value(v, s, names[i], KEYSTORE_TEXT, bytes, n, e))
			return false;
	}
	return true;
}

bool values_from_files(struct keystore_values *v, const struct keystore_session *s,
		       char *const *operands, struct err *e)
{
	if (count_words(operands) % 2 != 0)
		return err_set(e, FAIL_USAGE, "names and files come in pairs: NAME FILE ...");
	if (!s->file.product->codec->has_files)
		return err_set(e, FAIL_USAGE, "a keystore of %s holds no files",
			       s->file.product->name);
	for (size_t i = 0; operands[i]; i += 2) {
		auto_str_wiped bytes = STR_INIT(KEYSTORE_MAX_VALUES);

		if (!file_read(operands[i + 1], &bytes, e) ||
		    !add_value(v, s, operands[i], KEYSTORE_FILE, str_text(&bytes), bytes.len, e))
			return false;
	}
	return true;
}

/* An entry is in the way of another value, and nothing yet says that it may be replaced. */
static bool is_in_the_way(const struct keystore_values *v, const struct keystore_session *s,
			  const struct keystore_entry *want)
{
	const struct keystore_entry *old = keystore_find(s->file.entries, want->name);

	return old && !secret_equal(old->value, want->value) && !s->options->force &&
	       !list_has(&v->replace, want->name);
}

bool values_confirm(struct keystore_values *v, const struct keystore_session *s, bool *go_on,
		    struct err *e)
{
	const struct keystore_entry *want;

	*go_on = true;
	for (size_t i = 0; terminal_is_there() && (want = keystore_at(v->wanted, i)) != NULL; i++)
		if (is_in_the_way(v, s, want)) {
			if (!may_replace(v, s, want->name, go_on, e))
				return false;
			if (!*go_on)
				return true;
		}
	return true;
}

bool values_apply(const struct keystore_values *v, struct keystore_session *s, bool *changed,
		  struct err *e)
{
	struct keystore_file *f = &s->file;
	const struct keystore_entry *want, *old;

	*changed = false;
	for (size_t i = 0; (want = keystore_at(v->wanted, i)) != NULL; i++) {
		old = keystore_find(f->entries, want->name);
		if (old && secret_equal(old->value, want->value))
			continue;
		if (is_in_the_way(v, s, want))
			return err_set(e, FAIL_CONFLICT,
				       "keystore '%s' has '%s' already, with another value; "
				       "nothing was changed",
				       f->path, want->name) ||
			       err_hint(e, "--force replaces it");
		if (!keystore_set(f->entries, want->name, want->kind, want->value, e))
			return false;
		*changed = true;
	}
	return true;
}

void values_clear(struct keystore_values *v)
{
	keystore_free(v->wanted);
	list_clear(&v->replace);
}
