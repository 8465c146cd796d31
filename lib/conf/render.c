#include "conf/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/block.h"
#include "conf/stock.h"
#include "conf/yaml.h"

enum { VALUE_MAX_BYTES = 16 * 1024, CONFIG_MAX_BYTES = 2 * YAML_MAX_BYTES };

/* One of the user's own settings. */
struct user_setting {
	char *key;
	struct list values;
	size_t line;
};

struct user_settings {
	struct user_setting *rows;
	size_t count;
};

static void user_settings_clear(struct user_settings *u)
{
	for (size_t i = 0; i < u->count; i++) {
		free(u->rows[i].key);
		list_clear(&u->rows[i].values);
	}
	free(u->rows);
}
#define auto_user_settings CLEANUP(user_settings_clear) struct user_settings

static const struct user_setting *find_user(const struct user_settings *u, const char *key)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->rows[i].key, key) == 0)
			return &u->rows[i];
	return NULL;
}

static bool collect(const char *key, struct yaml_node value, void *ctx, struct err *e)
{
	struct user_settings *u = ctx;
	const struct user_setting *earlier = find_user(u, key);
	struct user_setting *grown;
	struct user_setting *row;

	if (earlier)
		return err_set(e, FAIL_INPUT, "%s is set a second time, after line %zu", key,
			       earlier->line) ||
		       yaml_fail_at(value, e);
	grown = realloc(u->rows, (u->count + 1) * sizeof(*grown));
	if (!grown)
		return err_set(e, FAIL_MEMORY, "out of memory for settings");
	u->rows = grown;
	row = &grown[u->count];
	*row = (struct user_setting){ .key = strdup(key), .line = yaml_line(value) };
	if (!row->key)
		return err_set(e, FAIL_MEMORY, "out of memory for settings");
	u->count++;
	/* A list may also be written as one text with commas; anything deeper is none of ours. */
	if (yaml_kind(value) == YAML_SCALAR)
		return list_split(&row->values, yaml_text(value), ',', e);
	if (!yaml_texts(value, &row->values, e))
		list_clear(&row->values);
	return true;
}

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

static void add_line(const struct setting *s, const struct list *values, struct str *out)
{
	str_addf(out, "%s: ", s->key);
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
}

static bool same_values(const struct setting *s, const struct list *ours, const struct list *theirs)
{
	if (s->kind == SETTING_BARE)
		return theirs->count == 1 && strcasecmp(ours->items[0], theirs->items[0]) == 0;
	return list_equal(ours, theirs);
}

static bool conflict(const struct setting *s, const struct list *ours,
		     const struct user_setting *user, const char *path, enum level level,
		     struct err *e)
{
	(void)err_set(e, FAIL_CONFIG,
		      "'%.200s' sets %s to '%.80s' in line %zu, and level %s needs '%.80s'", path,
		      s->key, user->values.count ? user->values.items[0] : "something else",
		      user->line, level_name(level), ours->count ? ours->items[0] : "");
	return err_hint(e, "remove that line, or change the stack file to agree with it");
}

static bool refuse_present(const struct setting *s, const struct user_setting *user,
			   const char *path, enum level level, struct err *e)
{
	(void)err_set(e, FAIL_CONFIG, "'%.200s' sets %s in line %zu, which level %s cannot have",
		      path, s->key, user->line, level_name(level));
	return err_hint(e, "remove that line: what it is for is written by init");
}

/* A list that was given, though with nothing in it, such as the roles of a coordinating node. */
static bool is_given(const struct setting *s, const struct render_value *values)
{
	size_t n = strlen(s->value);
	const struct render_value *v =
	    s->kind == SETTING_LIST ? find_value(values, s->value + 1, n - 2) : NULL;

	return v && v->even_empty;
}

/* Neither side's value is said. */
static bool secret_conflict(const struct setting *s, const struct user_setting *user,
			    const char *path, struct err *e)
{
	(void)err_set(e, FAIL_CONFIG,
		      "'%.200s' sets %s in line %zu, and not to the secret of the store", path,
		      s->key, user->line);
	return err_hint(e, "remove that line: init puts it where it belongs; or give the same one "
			   "to init");
}

/* What a user refers to, as ${NAME}, is theirs to give. */
static bool is_reference(const struct list *values)
{
	return values->count == 1 && strncmp(values->items[0], "${", 2) == 0;
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

static bool holds(const struct list *values, const struct secret *secret, bool *out, struct err *e)
{
	auto_secret theirs = NULL;

	*out = false;
	if (values->count != 1)
		return true;
	if (!secret_new(&theirs, values->items[0], strlen(values->items[0]), e))
		return false;
	*out = secret_equal(theirs, secret);
	return true;
}

/* Whether the user's own line does; a stock one makes way. */
static bool is_settled(const struct setting *s, const struct user_setting *theirs,
		       const struct secret *secret, const char *path, struct str *text,
		       bool *settled, struct err *e)
{
	*settled = false;
	if (!theirs)
		return true;
	if (stock_is(str_text(text), s->key, &theirs->values, theirs->line))
		return stock_comment_out(text, theirs->line, e);
	*settled = is_reference(&theirs->values);
	if (!*settled && secret && !holds(&theirs->values, secret, settled, e))
		return false;
	return *settled || secret_conflict(s, theirs, path, e);
}

/* These products look for ${NAME} in a text, whatever its quotes. */
static bool add_secret_line(const struct setting *s, const struct secret *secret, struct str *body,
			    struct err *e)
{
	if (strstr(secret_reveal(secret, NULL), "${"))
		return err_set(e, FAIL_CONFIG,
			       "the secret for %s holds '${', which its reader would replace",
			       s->key) ||
		       err_hint(e, "give one without it");
	str_addf(body, "%s: %s", s->key, s->kind == SETTING_SECRETS ? "[ " : "");
	yaml_quote(body, secret_reveal(secret, NULL));
	str_add(body, s->kind == SETTING_SECRETS ? " ]\n" : "\n");
	return true;
}

/* A secret, or in place of it the name of its entry. */
static bool add_hidden(const struct setting *s, struct render_secrets *secrets,
		       const struct user_setting *theirs, const char *path, struct str *text,
		       struct str *body, struct list *written, struct err *e)
{
	const struct secret *secret = NULL;
	bool settled;

	if (setting_is_secret(s) && !(secret = find_secret(secrets, s->value)))
		return true; /* with --check, it would be made */
	if (!is_settled(s, theirs, secret, path, text, &settled, e))
		return false;
	if (settled) {
		if (secret)
			secrets->in_text |= !is_reference(&theirs->values);
		return true;
	}
	if (secret && secrets->keyed)
		return list_add(secrets->keyed, s->key, e);
	if (!secret)
		str_addf(body, "%s: '${%s}'\n", s->key, s->value);
	else if (!add_secret_line(s, secret, body, e))
		return false;
	else
		secrets->in_text = true;
	return str_ok(body, e) && list_add(written, s->key, e);
}

/* written receives the keys that go into the block. */
static bool add_setting(const struct setting *s, const struct setting_scope *scope,
			const struct render_value *values, struct render_secrets *secrets,
			const struct user_settings *user, const char *path, struct str *text,
			struct str *body, struct list *written, struct err *e)
{
	const struct user_setting *theirs = find_user(user, s->key);
	auto_list ours = { 0 };

	if (s->kind == SETTING_ABSENT)
		return !theirs || refuse_present(s, theirs, path, scope->level, e);
	if (setting_is_secret(s) || s->kind == SETTING_ENTRY)
		return add_hidden(s, secrets, theirs, path, text, body, written, e);
	if (!expand_all(s, values, &ours, e))
		return false;
	if (ours.count == 0 && !is_given(s, values))
		return true;
	if (theirs && stock_is(str_text(text), s->key, &theirs->values, theirs->line) &&
	    !same_values(s, &ours, &theirs->values)) {
		if (!stock_comment_out(text, theirs->line, e))
			return false;
	} else if (theirs) {
		return same_values(s, &ours, &theirs->values) ||
		       conflict(s, &ours, theirs, path, scope->level, e);
	}
	add_line(s, &ours, body);
	return str_ok(body, e) && list_add(written, s->key, e);
}

static bool read_settings(const char *text, const char *path, struct user_settings *out,
			  struct err *e)
{
	auto_str_wiped copy = STR_INIT(CONFIG_MAX_BYTES);
	auto_yaml y = NULL;

	str_add(&copy, text);
	return str_ok(&copy, e) && yaml_parse(&copy, path, &y, e) &&
	       yaml_flatten(y, collect, out, e);
}

static bool read_user(const char *before, const char *path, struct user_settings *out,
		      struct err *e)
{
	auto_str without = STR_INIT(YAML_MAX_BYTES);

	return block_take_out(before, path, &without, e) &&
	       read_settings(str_text(&without), path, out, e);
}

/* A block below {flow: style}, an indented mapping or an end mark "..." is not part of the user's
 * mapping: what comes out is read again before anybody else does. */
static bool check_result(const struct str *out, const struct list *written, const char *path,
			 struct err *e)
{
	auto_user_settings now = { 0 };
	struct err why = { 0 };
	bool whole = read_settings(str_text(out), path, &now, &why);

	if (!whole && why.code == FAIL_MEMORY) {
		*e = why;
		return false;
	}
	for (size_t i = 0; whole && i < written->count; i++)
		whole = find_user(&now, written->items[i]) != NULL;
	return whole ||
	       err_set(e, FAIL_INPUT, "settings cannot be added to '%.300s' as it is written",
		       path) ||
	       err_hint(e, "write it as plain lines of 'key: value' from the first column on, "
			   "without braces around all and without '...'");
}

bool render_config(const struct setting_scope *scope, const struct render_value *values,
		   struct render_secrets *secrets, const char *before, const char *path,
		   struct str *out, struct err *e)
{
	auto_user_settings user = { 0 };
	auto_str_wiped text = STR_INIT(CONFIG_MAX_BYTES);
	auto_str_wiped body = STR_INIT(YAML_MAX_BYTES);
	auto_list written = { 0 };
	const struct setting *s;

	if (!read_user(before, path, &user, e))
		return false;
	str_add(&text, before);
	for (size_t i = 0; (s = setting_at(scope, i)) != NULL; i++)
		if (!add_setting(s, scope, values, secrets, &user, path, &text, &body, &written, e))
			return false;
	return str_ok(&text, e) && block_put(str_text(&text), str_text(&body), out, e) &&
	       check_result(out, &written, path, e);
}
