#include "conf/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/block.h"
#include "conf/yaml.h"

enum { VALUE_MAX_BYTES = 16 * 1024, CONFIG_MAX_BYTES = 2 * YAML_MAX_BYTES };

/* What the official images ship in their configuration files: nobody chose it. */
static const struct stock {
	const char *key, *value;
} stock_lines[] = {
	{ "cluster.name",
	  "docker-cluster" }, /* elasticsearch and opensearch images, all versions */
};

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
	if (s->kind == SETTING_BOOL)
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

/* The line as the image has it, "key: value"; nothing else is lost when it becomes a comment. */
static bool stands_alone(const char *text, const struct user_setting *user)
{
	size_t n = strlen(user->key);

	for (size_t i = 1; text && i < user->line; i++) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text && strncmp(text, user->key, n) == 0 && text[n] == ':';
}

static bool is_stock(const char *text, const struct user_setting *user)
{
	if (!stands_alone(text, user))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(stock_lines); i++)
		if (strcmp(user->key, stock_lines[i].key) == 0 && user->values.count == 1 &&
		    strcmp(user->values.items[0], stock_lines[i].value) == 0)
			return true;
	return false;
}

static bool same_values(const struct setting *s, const struct list *ours, const struct list *theirs)
{
	if (s->kind == SETTING_BOOL)
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

/* Comment out line number `line` (from 1) of text. */
static bool comment_out(struct str *text, size_t line, struct err *e)
{
	auto_str changed = STR_INIT(CONFIG_MAX_BYTES);
	const char *at = str_text(text);

	for (size_t i = 1; i < line && at; i++) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return true;
	str_addn(&changed, str_text(text), (size_t)(at - str_text(text)));
	str_addf(&changed, "# (the image's default) %s", at);
	if (!str_ok(&changed, e))
		return false;
	str_clear(text);
	str_add(text, str_text(&changed));
	return str_ok(text, e);
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

/* written receives the keys that go into the block. */
static bool add_setting(const struct setting *s, const struct setting_scope *scope,
			const struct render_value *values, const struct user_settings *user,
			const char *path, struct str *text, struct str *body, struct list *written,
			struct err *e)
{
	const struct user_setting *theirs = find_user(user, s->key);
	auto_list ours = { 0 };

	if (s->kind == SETTING_ABSENT)
		return !theirs || refuse_present(s, theirs, path, scope->level, e);
	if (!expand_all(s, values, &ours, e))
		return false;
	if (ours.count == 0 && !is_given(s, values))
		return true;
	if (theirs && is_stock(str_text(text), theirs) && !same_values(s, &ours, &theirs->values)) {
		if (!comment_out(text, theirs->line, e))
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
	auto_str copy = STR_INIT(CONFIG_MAX_BYTES);
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
		   const char *before, const char *path, struct str *out, struct err *e)
{
	auto_user_settings user = { 0 };
	auto_str text = STR_INIT(CONFIG_MAX_BYTES);
	auto_str body = STR_INIT(YAML_MAX_BYTES);
	auto_list written = { 0 };
	const struct setting *s;

	if (!read_user(before, path, &user, e))
		return false;
	str_add(&text, before);
	for (size_t i = 0; (s = setting_at(scope, i)) != NULL; i++)
		if (!add_setting(s, scope, values, &user, path, &text, &body, &written, e))
			return false;
	return str_ok(&text, e) && block_put(str_text(&text), str_text(&body), out, e) &&
	       check_result(out, &written, path, e);
}
