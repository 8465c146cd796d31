#include "conf/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/block.h"
#include "conf/stock.h"
#include "conf/user_settings.h"
#include "conf/yaml.h"

enum { VALUE_MAX_BYTES = 16 * 1024, CONFIG_MAX_BYTES = 2 * YAML_MAX_BYTES };

static const struct render_value *find_value(const struct render_value *values, const char *name,
					     size_t n)
{
	for (; values->name; values++)
		if (strlen(values->name) == n && strncmp(values->name, name, n) == 0)
			return values;
	return NULL;
}

static bool unknown_placeholder(const struct setting *s, struct err *e)
{
	return err_set(e, FAIL_BUG, "setting %s has an unknown placeholder", s->key);
}

/* Put the placeholders of a template in. */
static bool expand(const struct setting *s, const struct render_value *values, struct str *out,
		   struct err *e)
{
	for (const char *at = s->value; *at;) {
		size_t plain = strcspn(at, "{");
		size_t n;
		const struct render_value *v;

		str_addn(out, at, plain);
		at += plain;
		if (!*at)
			break;
		n = strcspn(at + 1, "}");
		v = find_value(values, at + 1, n);
		if (!v || !v->text)
			return unknown_placeholder(s, e);
		str_add(out, v->text);
		at += n + 2;
	}
	return str_ok(out, e);
}

/* The values that a setting comes out with; none: it is left out. */
static bool expand_all(const struct setting *s, const struct render_value *values, struct list *out,
		       struct err *e)
{
	auto_str text = STR_INIT(VALUE_MAX_BYTES);
	size_t n = strlen(s->value);
	const struct render_value *whole = NULL;

	if (s->kind == SETTING_LIST && s->value[0] == '{' && s->value[n - 1] == '}')
		whole = find_value(values, s->value + 1, n - 2);
	if (whole && whole->list) {
		for (size_t i = 0; i < whole->list->count; i++)
			if (!list_add(out, whole->list->items[i], e))
				return false;
		return true;
	}
	if (!expand(s, values, &text, e))
		return false;
	return text.len == 0 || list_add(out, str_text(&text), e);
}

/* One run: the user's text on its way. */
struct job {
	const struct setting_scope *scope;
	const struct render_value *values;
	struct render_secrets *secrets;
	const char *path;
	struct list *gives_way;
	struct user_settings user; /* the file without our block */
	struct str text;           /* it with it, and some lines as comments */
	struct list commented;     /* keys that these lines had set */
	struct str body;
	struct list written; /* the keys in it */
};

static void job_clear(struct job *j)
{
	user_settings_clear(&j->user);
	str_wipe(&j->text); /* these may hold secrets */
	list_clear(&j->commented);
	str_wipe(&j->body);
	list_clear(&j->written);
}
#define auto_job CLEANUP(job_clear) struct job

static bool add_line(struct job *j, const struct setting *s, const struct list *values,
		     struct err *e)
{
	struct str *out = &j->body;

	str_addf(out, "%*s%s: ", (int)j->user.column, "", s->key);
	if (s->kind == SETTING_BARE)
		str_add(out, values->items[0]);
	else if (s->kind == SETTING_TEXT)
		yaml_quote(out, values->items[0]);
	if (s->kind == SETTING_LIST) {
		str_add(out, "[");
		for (size_t i = 0; i < values->count; i++) {
			str_add(out, i ? ", " : " ");
			yaml_quote(out, values->items[i]);
		}
		str_add(out, " ]");
	}
	str_add(out, "\n");
	return str_ok(out, e) && list_add(&j->written, s->key, e);
}

/* A list may also be written as one text with commas; a text is never a list of one. */
static bool same_values(const struct setting *s, const struct list *ours,
			const struct user_setting *theirs)
{
	if (s->kind == SETTING_LIST)
		return (theirs->form == FORM_LIST || theirs->form == FORM_TEXT) &&
		       list_equal(ours, &theirs->values);
	return theirs->form == FORM_TEXT && strcmp(ours->items[0], theirs->text) == 0;
}

/* ": line 7 sets x to 'a', ..." as the whole of an error or of a note. */
static bool conflict(const struct job *j, const struct setting *s, const struct list *ours,
		     const struct user_setting *user, struct err *e)
{
	auto_str was = STR_INIT(64 * 1024), wanted = STR_INIT(64 * 1024);
	struct user_setting us = { .key = user->key,
				   .form = s->kind == SETTING_LIST ? FORM_LIST : FORM_TEXT,
				   .text = ours->count ? ours->items[0] : user->key,
				   .values = *ours };

	user_setting_show(user, &was);
	user_setting_show(&us, &wanted);
	(void)err_set(e, FAIL_CONFIG,
		      "'%.200s' sets %s to %.80s in line %zu, and level %s needs %.80s", j->path,
		      s->key, str_text(&was), user->line, level_name(j->scope->level),
		      str_text(&wanted));
	if (user->form == FORM_ALIAS)
		return err_hint(e, "write the value itself there: Elasticsearch does not follow "
				   "aliases");
	return err_hint(e, "remove that line, change the stack file to agree with it, or let it "
			   "become a comment with --override");
}

/* Turn lines (from 1) of the text into comments. */
static bool comment_out(struct str *text, size_t first, size_t last, const char *why, struct err *e)
{
	auto_str changed = STR_INIT(CONFIG_MAX_BYTES);
	const char *from = str_text(text);

	for (size_t line = first; line <= last; line++) {
		const char *at = yaml_find_line(str_text(text), line);

		if (!at || !*at)
			break;
		str_addn(&changed, from, (size_t)(at - from));
		str_addf(&changed, "# %s", why);
		from = at;
	}
	str_add(&changed, from);
	if (!str_ok(&changed, e))
		return false;
	str_clear(text);
	str_add(text, str_text(&changed));
	return str_ok(text, e);
}

static bool read_user(const char *before, const char *path, struct user_settings *out,
		      struct err *e)
{
	auto_str without = STR_INIT(CONFIG_MAX_BYTES);

	return block_take_out(before, path, &without, e) &&
	       user_settings_read(str_text(&without), path, out, e);
}

/* A key that holds nothing any more, since what it held became a comment. */
static const struct user_setting *find_emptied(const struct job *j, const struct user_settings *now,
					       const char *key)
{
	for (size_t i = 0; i < now->count; i++) {
		const struct user_setting *row = &now->rows[i];
		size_t n = strlen(row->key);

		if (row->form == FORM_NOTHING && strncmp(key, row->key, n) == 0 && key[n] == '.' &&
		    !user_settings_find(&j->user, row->key))
			return row;
	}
	return NULL;
}

static bool cannot_override(const struct job *j, const struct user_setting *theirs, struct err *e)
{
	return err_set(e, FAIL_INPUT, "line %zu of '%.200s' cannot become a comment by itself",
		       theirs->line, j->path) ||
	       err_hint(e, "remove %.100s there by hand", theirs->key);
}

/* Mappings that are empty then, which Elasticsearch would refuse, go the same way. What else the
 * file sets must come out the same: check_result() sees to that. */
static bool override(struct job *j, const struct user_setting *theirs, struct err *e)
{
	static const char why[] = "(overridden) ";
	struct err ignored = { 0 };

	if (!comment_out(&j->text, theirs->line, theirs->last_line, why, e) ||
	    !list_add(&j->commented, theirs->key, e))
		return false;
	for (;;) {
		auto_user_settings now = { 0 };
		const struct user_setting *emptied;

		if (!read_user(str_text(&j->text), j->path, &now, &ignored))
			return cannot_override(j, theirs, e);
		emptied = find_emptied(j, &now, theirs->key);
		if (!emptied)
			return true;
		if (!comment_out(&j->text, emptied->line, emptied->last_line, why, e))
			return false;
	}
}

/* The user's setting contradicts ours. true: it has given way. */
static bool settle(struct job *j, const struct user_setting *theirs, struct err *e)
{
	struct err why = *e;

	if (!j->gives_way)
		return false;
	*e = (struct err){ 0 };
	return override(j, theirs, e) && list_add(j->gives_way, why.msg, e);
}

static bool refuse_present(const struct job *j, const struct setting *s,
			   const struct user_setting *user, struct err *e)
{
	(void)err_set(e, FAIL_CONFIG, "'%.200s' sets %s in line %zu, which level %s cannot have",
		      j->path, s->key, user->line, level_name(j->scope->level));
	return err_hint(e, "remove that line, or let it become a comment with --override: what it "
			   "is for is written by init");
}

/* The placeholder that is a setting's whole value, or NULL. */
static const struct render_value *whole_value(const struct job *j, const struct setting *s)
{
	size_t n = strlen(s->value);

	if (n < 2 || s->value[0] != '{' || s->value[n - 1] != '}')
		return NULL;
	return find_value(j->values, s->value + 1, n - 2);
}

/* Whether the user's value is what the others count on: a port, or a range that begins with it; a
 * list with one of these words. */
static bool is_assumed(const struct setting *s, const char *assumed,
		       const struct user_setting *theirs)
{
	size_t n = strlen(assumed);
	auto_list words = { 0 };
	struct err ignored;

	if (s->kind == SETTING_TEXT)
		return theirs->form == FORM_TEXT && strncmp(theirs->text, assumed, n) == 0 &&
		       (theirs->text[n] == '\0' || theirs->text[n] == '-');
	if (!list_split(&words, assumed, ',', &ignored))
		return false;
	for (size_t i = 0; i < words.count; i++)
		if (list_has(&theirs->values, words.items[i]))
			return true;
	return false;
}

/* Nothing was given for this setting: the user's value, if there is one, is in force. */
static bool check_assumed(struct job *j, const struct setting *s, const struct user_setting *theirs,
			  struct err *e)
{
	const struct render_value *v = whole_value(j, s);
	auto_str was = STR_INIT(64 * 1024);

	if (!theirs || !v || !v->assumed || is_assumed(s, v->assumed, theirs))
		return true;
	user_setting_show(theirs, &was);
	(void)err_set(e, FAIL_CONFIG,
		      "'%.200s' sets %s to %.80s in line %zu, and by the stack file it is %s%s",
		      j->path, s->key, str_text(&was), theirs->line,
		      s->kind == SETTING_LIST ? "a list with " : "", v->assumed);
	(void)err_hint(e, "say the same in the stack file (%s), from which the others learn it",
		       v->name);
	return settle(j, theirs, e);
}

/* Neither side's value is said. */
static bool secret_conflict(const struct job *j, const struct setting *s,
			    const struct user_setting *theirs, struct err *e)
{
	(void)err_set(e, FAIL_CONFIG,
		      "'%.200s' sets %s in line %zu, and not to the secret of the store", j->path,
		      s->key, theirs->line);
	return err_hint(e, "remove that line: init puts it where it belongs; or give the same one "
			   "to init");
}

/* What a user refers to, as ${NAME}, is theirs to give. */
static bool is_reference(const struct user_setting *theirs)
{
	return theirs->form == FORM_TEXT && strncmp(theirs->text, "${", 2) == 0;
}

static const struct secret *find_secret(const struct render_secrets *secrets, const char *value)
{
	size_t n = strlen(value);

	for (size_t i = 0; secrets && i < secrets->count; i++)
		if (n > 2 && strlen(secrets->rows[i].name) == n - 2 &&
		    strncmp(secrets->rows[i].name, value + 1, n - 2) == 0)
			return secrets->rows[i].secret;
	return NULL;
}

static bool holds(const struct user_setting *theirs, const struct secret *secret, bool *out,
		  struct err *e)
{
	auto_secret value = NULL;
	const char *text = theirs->form == FORM_TEXT   ? theirs->text
			   : theirs->values.count == 1 ? theirs->values.items[0]
						       : NULL;

	*out = false;
	if (!text)
		return true;
	if (!secret_new(&value, text, strlen(text), e))
		return false;
	*out = secret_equal(value, secret);
	return true;
}

static bool is_stock(const struct job *j, const struct user_setting *theirs)
{
	return theirs->line == theirs->last_line &&
	       (theirs->form == FORM_TEXT || theirs->form == FORM_LIST) &&
	       stock_is(str_text(&j->text), theirs->key, &theirs->values, theirs->line);
}

static bool make_way(struct job *j, const struct user_setting *theirs, struct err *e)
{
	return stock_comment_out(&j->text, theirs->line, e) &&
	       list_add(&j->commented, theirs->key, e);
}

/* Whether the user's own line does; a stock one makes way. */
static bool is_settled(struct job *j, const struct setting *s, const struct user_setting *theirs,
		       const struct secret *secret, bool *settled, struct err *e)
{
	*settled = false;
	if (!theirs)
		return true;
	if (is_stock(j, theirs))
		return make_way(j, theirs, e);
	*settled = is_reference(theirs);
	if (!*settled && secret && !holds(theirs, secret, settled, e))
		return false;
	return *settled || secret_conflict(j, s, theirs, e) || settle(j, theirs, e);
}

/* These products look for ${NAME} in a text, whatever its quotes. */
static bool add_secret_line(struct job *j, const struct setting *s, const struct secret *secret,
			    struct err *e)
{
	if (strstr(secret_reveal(secret, NULL), "${"))
		return err_set(e, FAIL_CONFIG,
			       "the secret for %s holds '${', which its reader would replace",
			       s->key) ||
		       err_hint(e, "give one without it");
	str_addf(&j->body, "%*s%s: %s", (int)j->user.column, "", s->key,
		 s->kind == SETTING_SECRETS ? "[ " : "");
	yaml_quote(&j->body, secret_reveal(secret, NULL));
	str_add(&j->body, s->kind == SETTING_SECRETS ? " ]\n" : "\n");
	j->secrets->in_text = true;
	return true;
}

/* A secret, or in place of it the name of its entry. */
static bool add_hidden(struct job *j, const struct setting *s, const struct user_setting *theirs,
		       struct err *e)
{
	const struct secret *secret = NULL;
	bool settled;

	if (setting_is_secret(s) && !(secret = find_secret(j->secrets, s->value)))
		return true; /* with --check, it would be made */
	if (!is_settled(j, s, theirs, secret, &settled, e))
		return false;
	if (settled) {
		if (secret)
			j->secrets->in_text |= !is_reference(theirs);
		return true;
	}
	if (secret && j->secrets->keyed)
		return list_add(j->secrets->keyed, s->key, e);
	if (!secret)
		str_addf(&j->body, "%*s%s: '${%s}'\n", (int)j->user.column, "", s->key, s->value);
	else if (!add_secret_line(j, s, secret, e))
		return false;
	return str_ok(&j->body, e) && list_add(&j->written, s->key, e);
}

static bool add_setting(struct job *j, const struct setting *s, struct err *e)
{
	const struct user_setting *theirs = user_settings_find(&j->user, s->key);
	const struct render_value *v = whole_value(j, s);
	auto_list ours = { 0 };

	if (s->kind == SETTING_ABSENT)
		return !theirs || refuse_present(j, s, theirs, e) || settle(j, theirs, e);
	if (setting_is_secret(s) || s->kind == SETTING_ENTRY)
		return add_hidden(j, s, theirs, e);
	if (!expand_all(s, j->values, &ours, e))
		return false;
	/* A list that was given, though with nothing in it, is written: the roles of a
	 * coordinating node. */
	if (ours.count == 0 && !(v && v->even_empty))
		return check_assumed(j, s, theirs, e);
	if (theirs && same_values(s, &ours, theirs))
		return true;
	if (theirs && is_stock(j, theirs)) {
		if (!make_way(j, theirs, e))
			return false;
	} else if (theirs && !conflict(j, s, &ours, theirs, e) && !settle(j, theirs, e)) {
		return false;
	}
	return add_line(j, s, &ours, e);
}

/* Whether all that the user has set, but what became a comment, is what it was, and all of ours is
 * there. A block below {flow: style} or an end mark "..." is not part of the user's mapping; a line
 * end behind the last line of a "text: |" makes that longer. */
static bool holds_all(const struct job *j, const struct user_settings *now)
{
	for (size_t i = 0; i < j->user.count; i++) {
		const struct user_setting *was = &j->user.rows[i];
		const struct user_setting *is = user_settings_find(now, was->key);

		if (!list_has(&j->commented, was->key) && (!is || !user_setting_same(was, is)))
			return false;
	}
	for (size_t i = 0; i < j->written.count; i++)
		if (!user_settings_find(now, j->written.items[i]))
			return false;
	return true;
}

/* What comes out is read again before anybody else does. */
static bool check_result(const struct job *j, struct str *out, struct err *e)
{
	auto_user_settings now = { 0 };
	struct err why = { 0 };

	if (user_settings_read(str_text(out), j->path, &now, &why) && holds_all(j, &now))
		return true;
	str_clear(out);
	if (why.code == FAIL_MEMORY) {
		*e = why;
		return false;
	}
	if (j->gives_way && j->gives_way->count > 0)
		return err_set(e, FAIL_INPUT, "'%.300s' cannot be overridden as it is written",
			       j->path) ||
		       err_hint(e, "remove by hand what contradicts");
	return err_set(e, FAIL_INPUT, "settings cannot be added to '%.300s' as it is written",
		       j->path) ||
	       err_hint(e, "write it as plain lines of 'key: value', without braces around all, "
			   "without '...', and end its last line");
}

bool render_config(const struct setting_scope *scope, const struct render_value *values,
		   struct render_secrets *secrets, const char *before, const char *path,
		   struct list *gives_way, struct str *out, struct err *e)
{
	auto_job j = { .scope = scope,
		       .values = values,
		       .secrets = secrets,
		       .path = path,
		       .gives_way = gives_way,
		       .text = STR_INIT(CONFIG_MAX_BYTES),
		       .body = STR_INIT(YAML_MAX_BYTES) };
	const struct setting *s;

	if (!read_user(before, path, &j.user, e))
		return false;
	str_add(&j.text, before);
	for (size_t i = 0; (s = setting_at(scope, i)) != NULL; i++)
		if (!add_setting(&j, s, e))
			return false;
	return str_ok(&j.text, e) && block_put(str_text(&j.text), str_text(&j.body), out, e) &&
	       check_result(&j, out, e);
}
