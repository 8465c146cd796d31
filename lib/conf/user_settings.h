/* user_settings.h - what a settings file sets, whatever spelling it uses, as the product reads it.
 *
 * Dotted, nested and mixed keys are one key, and "key.0", "key.1" ... are a list: so
 * Settings.Builder has it (Elasticsearch). Scalars are read as its YAML
 * reader gives them, tried with the classes of 7.12.0, 8.0.0, 8.19.0: yes, On, TRUE
 * without quotes are "true", no, off, FALSE are "false", and a null is refused; in lists and quotes
 * all are texts. */
#ifndef CONF_USER_SETTINGS_H
#define CONF_USER_SETTINGS_H

#include "base/list.h"
#include "base/str.h"

enum setting_form {
	FORM_TEXT,    /* text; values has its parts between commas */
	FORM_LIST,    /* values */
	FORM_NOTHING, /* null: Elasticsearch refuses the file */
	FORM_ALIAS,   /* *name: Elasticsearch takes the name for the value, others follow it */
	FORM_OTHER,   /* a list of more than texts */
};

struct user_setting {
	char *key;
	enum setting_form form;
	char *text; /* "" for the other forms */
	struct list values;
	size_t line, last_line; /* from its key to its end */
};

struct user_settings {
	struct user_setting *rows; /* in the order of the file */
	size_t count;
	size_t column; /* where its keys begin */
};

/* out is empty before; the caller clears it.
 * name   of the file, for errors
 * fails  FAIL_INPUT: not YAML, or a key that is set twice, in whatever spelling */
bool user_settings_read(const char *text, const char *name, struct user_settings *out,
			struct err *e) MUST_USE;

const struct user_setting *user_settings_find(const struct user_settings *u, const char *key);

bool user_setting_same(const struct user_setting *a, const struct user_setting *b);

/* Append its value for a message: never a secret's. */
void user_setting_show(const struct user_setting *s, struct str *out);

/* Whether a key is one of a password, a passphrase, a token or a key for encryption. */
bool user_setting_is_secret(const char *key);

void user_settings_clear(struct user_settings *u);
#define auto_user_settings CLEANUP(user_settings_clear) struct user_settings

#endif
