#include "conf/user_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/yaml.h"

enum { COPY_MAX_BYTES = 2 * YAML_MAX_BYTES, MAX_NUMBERED = 10000 };

void user_settings_clear(struct user_settings *u)
{
	for (size_t i = 0; i < u->count; i++) {
		free(u->rows[i].key);
		free(u->rows[i].text);
		list_clear(&u->rows[i].values);
	}
	free(u->rows);
	*u = (struct user_settings){ 0 };
}

const struct user_setting *user_settings_find(const struct user_settings *u, const char *key)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->rows[i].key, key) == 0)
			return &u->rows[i];
	return NULL;
}

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

/* The words of YAML 1.1 in the three cases that it knows, and not its "y" and "n". */
static const char *as_read(struct yaml_node scalar)
{
	static const char *const yes[] = { "true", "True", "TRUE", "yes", "Yes",
					   "YES",  "on",   "On",   "ON" };
	static const char *const no[] = { "false", "False", "FALSE", "no", "No",
					  "NO",    "off",   "Off",   "OFF" };
	const char *text = yaml_text(scalar);

	if (!yaml_is_plain(scalar))
		return text;
	if (is_one_of(text, yes, ARRAY_LEN(yes)))
		return "true";
	return is_one_of(text, no, ARRAY_LEN(no)) ? "false" : text;
}

static bool is_null(struct yaml_node scalar)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	return yaml_is_plain(scalar) && is_one_of(yaml_text(scalar), words, ARRAY_LEN(words));
}

static bool read_value(struct yaml_node value, struct user_setting *row, struct err *e)
{
	struct yaml_node item;

	if (yaml_kind(value) == YAML_SCALAR) {
		const char *text = as_read(value);

		row->form = is_null(value) ? FORM_NOTHING : FORM_TEXT;
		free(row->text);
		row->text = strdup(text);
		return (row->text || err_set(e, FAIL_MEMORY, "out of memory for settings")) &&
		       list_split(&row->values, text, ',', e);
	}
	row->form = FORM_LIST;
	for (size_t i = 0; yaml_item(value, i, &item); i++) {
		if (yaml_kind(item) != YAML_SCALAR)
			row->form = FORM_OTHER;
		else if (!list_add(&row->values, yaml_text(item), e))
			return false;
	}
	return true;
}

static bool add_row(struct user_settings *u, const char *key, struct err *e)
{
	struct user_setting *grown = realloc(u->rows, (u->count + 1) * sizeof(*grown));
	struct user_setting row = { .key = strdup(key), .text = strdup("") };

	if (grown)
		u->rows = grown;
	if (!grown || !row.key || !row.text) {
		free(row.key);
		free(row.text);
		return err_set(e, FAIL_MEMORY, "out of memory for settings");
	}
	grown[u->count++] = row;
	return true;
}

static bool collect(const struct yaml_leaf *leaf, void *ctx, struct err *e)
{
	struct user_settings *u = ctx;
	const struct user_setting *earlier = user_settings_find(u, leaf->key);
	struct user_setting *row;

	if (earlier)
		return err_set(e, FAIL_INPUT, "%s is set a second time, after line %zu", leaf->key,
			       earlier->line) ||
		       yaml_fail_at(leaf->name, e);
	if (!add_row(u, leaf->key, e))
		return false;
	row = &u->rows[u->count - 1];
	row->line = row->last_line = yaml_line(leaf->name);
	if (leaf->aliased) {
		row->form = FORM_ALIAS;
		return true;
	}
	row->last_line = yaml_last_line(leaf->value);
	return read_value(leaf->value, row, e);
}

static void drop_row(struct user_settings *u, size_t i)
{
	struct user_setting *row = &u->rows[i];

	free(row->key);
	free(row->text);
	list_clear(&row->values);
	u->count--;
	memmove(row, row + 1, (u->count - i) * sizeof(*row));
}

/* "key.0" becomes "key", and "key.1", "key.2" ... go into it. Each of them stands for one text,
 * also one with commas. */
static bool gather(struct user_settings *u, size_t first, const char *name, struct err *e)
{
	struct user_setting *row = &u->rows[first];
	size_t n = strlen(row->key) - 2;

	row->key[n] = '\0';
	if (user_settings_find(u, row->key) != row)
		return err_set(e, FAIL_INPUT, "%.200s:%zu: %s and %s.0 are both set", name,
			       row->line, row->key, row->key);
	list_clear(&row->values);
	row->form = FORM_LIST;
	if (!list_add(&row->values, row->text, e))
		return false;
	for (unsigned i = 1; i < MAX_NUMBERED; i++) {
		auto_str key = STR_INIT(1024);
		const struct user_setting *more;

		str_addf(&key, "%s.%u", row->key, i);
		if (!str_ok(&key, e))
			return false;
		more = user_settings_find(u, str_text(&key));
		if (!more || more->form != FORM_TEXT)
			break;
		row->line = more->line < row->line ? more->line : row->line;
		row->last_line =
		    more->last_line > row->last_line ? more->last_line : row->last_line;
		if (!list_add(&row->values, more->text, e))
			return false;
		first -= more < row;
		drop_row(u, (size_t)(more - u->rows));
		row = &u->rows[first];
	}
	return true;
}

static bool gather_all(struct user_settings *u, const char *name, struct err *e)
{
	for (size_t i = 0; i < u->count; i++)
		if (u->rows[i].form == FORM_TEXT && str_ends_with(u->rows[i].key, ".0") &&
		    !gather(u, i, name, e))
			return false;
	return true;
}

bool user_settings_read(const char *text, const char *name, struct user_settings *out,
			struct err *e)
{
	auto_str copy = STR_INIT(COPY_MAX_BYTES);
	auto_yaml y = NULL;

	str_add(&copy, text);
	if (!str_ok(&copy, e) || !yaml_parse(&copy, name, &y, e) ||
	    !yaml_flatten(y, collect, out, e))
		return false;
	if (yaml_kind(yaml_root(y)) == YAML_MAP && !yaml_is_braced(yaml_root(y)))
		out->column = yaml_column(yaml_root(y));
	return gather_all(out, name, e);
}

bool user_setting_same(const struct user_setting *a, const struct user_setting *b)
{
	return a->form == b->form && strcmp(a->text, b->text) == 0 &&
	       list_equal(&a->values, &b->values);
}

bool user_setting_is_secret(const char *key)
{
	static const char *const ends[] = { "password",      "passphrase", "token",
					    "encryptionkey", "secret_key", "api_key" };

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_ends_with(key, ends[i]))
			return true;
	return false;
}

void user_setting_show(const struct user_setting *s, struct str *out)
{
	switch (s->form) {
	case FORM_NOTHING:
		str_add(out, "nothing");
		return;
	case FORM_ALIAS:
		str_add(out, "an alias");
		return;
	case FORM_OTHER:
		str_add(out, "a list of more than texts");
		return;
	case FORM_TEXT:
	case FORM_LIST:
		break;
	}
	if (user_setting_is_secret(s->key)) {
		str_add(out, "something else (not shown)");
		return;
	}
	str_add(out, s->form == FORM_LIST ? "[" : "'");
	if (s->form == FORM_TEXT)
		str_add(out, s->text);
	else
		for (size_t i = 0; i < s->values.count; i++)
			str_addf(out, "%s%s", i ? ", " : "", s->values.items[i]);
	str_add(out, s->form == FORM_LIST ? "]" : "'");
}
