/* render.h - the settings that apply, as the text of an instance's configuration file. */
#ifndef CONF_RENDER_H
#define CONF_RENDER_H

#include "base/list.h"
#include "base/secret.h"
#include "base/str.h"
#include "stack/setting.h"

/* What a {name} placeholder stands for: a text, or a list of texts. */
struct render_value {
	const char *name;
	const char *text;
	const struct list *list;
	bool even_empty; /* an empty list is written, too */
	/* Nothing is written, and this is what the rest of the stack counts on: the user may set
	 * it, but to nothing else. Of a list one of these, separated by commas, must be in it. */
	const char *assumed;
};

/* What the {placeholders} of secrets stand for, and where they go. */
struct render_secret {
	const char *name;            /* of the placeholder */
	const struct secret *secret; /* borrowed; NULL: with --check, it would be made */
};

struct render_secrets {
	const struct render_secret *rows;
	size_t count;
	struct list *keyed; /* receives the keys that belong into the keystore; NULL: the product
			     * has none, they are written into the text */
	bool in_text;       /* out: the text holds one */
};

/* Put the settings of scope into the user's file.
 *
 * before  the file as it is, "" when there is none; path is its name, for messages
 * values  every placeholder, ended by a row without a name
 * secrets likewise; NULL: none of the settings is one
 * gives_way  NULL: a contradiction is refused. Else the user's lines that contradict are turned
 *         into comments, and what was done is appended here, a text each
 * out     receives the whole new text: the user's bytes as they were, ours in one block with the
 *         file's own line ends. A key that the user has set to the same value is left to the user;
 *         a line that is only the image's stock default for one of our keys is turned into a
 *         comment. Empty on failure.
 * fails   FAIL_INPUT (the file is not YAML, sets a key twice, or is written so that ours cannot
 *         stand in it, or a line cannot be turned into a comment), FAIL_CONFIG (the user's value
 *         contradicts ours: both are named, with the line) */
bool render_config(const struct setting_scope *scope, const struct render_value *values,
		   struct render_secrets *secrets, const char *before, const char *path,
		   struct list *gives_way, struct str *out, struct err *e) MUST_USE;

#endif
