#include "keystore/kibana_keystore.h"

#include <string.h>

#include "base/utf8.h"
#include "keystore/locked_line.h"

/* The file is "1:" and base64 of
 *
 *    0 64  salt
 *   64 12  IV
 *   76 16  tag
 *   92     ciphertext of a JSON object: {"elasticsearch.password":"...","server.port":5601} */
static const struct locked_line line = {
	.kind = "a Kibana keystore",
	.before = "",
	.after = ":",
	.newest = KIBANA_KEYSTORE_V1,
	.tag_first = true,
	.ending = "",
};

/* Kibana asks no more of a name than that lodash's set() takes it. */
static bool is_name(const char *name)
{
	return *name && strlen(name) <= KEYSTORE_NAME_MAX_BYTES && utf8_is_printable(name);
}

static bool take_value(struct keystore *k, const struct json *member, struct err *e)
{
	auto_str_wiped other = STR_INIT(KEYSTORE_MAX_BYTES);
	const char *text = json_text(member, "");

	if (text)
		return keystore_set_bytes(k, json_name(member), KEYSTORE_TEXT, text, strlen(text),
					  e);
	return json_format(member, false, &other, e) &&
	       keystore_set_bytes(k, json_name(member), KEYSTORE_JSON, other.data, other.len, e);
}

static bool parse(const struct str *bytes, const char *name, const struct secret *password,
		  struct keystore **out, struct err *e)
{
	auto_keystore k = NULL;
	auto_json settings = NULL;
	struct keystore_origin origin;

	if (!locked_line_open(&line, bytes, name, password, &settings, &origin, e) ||
	    !keystore_new(&k, e))
		return false;
	for (const struct json *m = json_first(settings); m; m = json_next(m)) {
		if (!is_name(json_name(m)))
			return keystore_damaged(name, "an entry has no proper name", e);
		if (!take_value(k, m, e))
			return false;
	}
	keystore_set_origin(k, origin);
	*out = TAKE(k);
	return true;
}

static bool is_locked(const struct str *bytes, const char *name, bool *out, struct err *e)
{
	auto_json settings = NULL;
	struct keystore_origin origin;
	struct err why;
	bool open = locked_line_open(&line, bytes, name, NULL, &settings, &origin, &why);

	if (!open && why.code != FAIL_AUTH) {
		*e = why;
		return false;
	}
	*out = !open;
	return true;
}

static bool add_value(struct json *settings, const struct keystore_entry *entry, struct err *e)
{
	struct json *other;
	size_t n;
	const char *value = secret_reveal(entry->value, &n);

	if (entry->kind == KEYSTORE_JSON)
		return json_parse(value, n, &other, e) && json_add(settings, entry->name, other, e);
	if (!utf8_is_text(value, n))
		return err_set(e, FAIL_CONFIG, "the value of '%s' is not UTF-8 text",
			       entry->name) ||
		       err_hint(e, "Kibana keeps nothing else");
	return json_add_text(settings, entry->name, value, e);
}

static bool format(const struct keystore *k, unsigned format, const struct secret *password,
		   struct str *out, struct err *e)
{
	auto_json settings = NULL;
	const struct keystore_entry *entry;

	if (!json_new_object(&settings, e))
		return false;
	for (size_t i = 0; (entry = keystore_at(k, i)) != NULL; i++)
		if (!add_value(settings, entry, e))
			return false;
	return locked_line_write(&line, format, password, settings, out, e);
}

const struct keystore_codec kibana_keystore_codec = {
	.kind = "a Kibana keystore",
	.has_passwords = true,
	.has_files = false,
	.parse = parse,
	.format = format,
	.is_locked = is_locked,
	.is_name = is_name,
};
