#include "keystore/beat_keystore.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "keystore/base64.h"
#include "keystore/locked_line.h"

/* The file is "v1" or "v2" and base64 of
 *
 *    0 64  salt
 *   64 12  IV
 *   76     ciphertext of a JSON object and a line end: {"ES_PWD":{"value":"base64 of the bytes"}}
 *      16  tag */
static const struct locked_line line = {
	.kind = "a Beats keystore",
	.before = "v",
	.after = "",
	.newest = BEAT_KEYSTORE_V2,
	.tag_first = false,
	.ending = "\n",
};

/* What ends a reference: ${NAME}, ${NAME:default}. */
static const char not_in_names[] = " ${}:\"";

static bool is_name(const char *name)
{
	return *name && strlen(name) <= KEYSTORE_NAME_MAX_BYTES && utf8_is_printable(name) &&
	       !strpbrk(name, not_in_names);
}

static bool is_word_for_bool(const char *value)
{
	static const char *const words[] = { "t", "T", "TRUE",  "True",  "on",  "ON",
					     "f", "F", "FALSE", "False", "off", "OFF" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

/* Whatever Go's strconv may take: 007, 0x1f, 1_000, 1.50, 1e3, Inf. */
static bool is_number(const char *value)
{
	static const char *const words[] = { "inf", "infinity", "nan" };
	const char *at = value + (*value == '+' || *value == '-');

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(at, words[i]) == 0)
			return true;
	if (at[0] == '0' && at[1] && strchr("xXoObB", at[1]))
		return at[2] && !at[2 + strspn(at + 2, "0123456789abcdefABCDEF_.pP+-")];
	at += strspn(at, "_.");
	if (*at < '0' || *at > '9')
		return false;
	at += strspn(at, "0123456789_.");
	if (*at != 'e' && *at != 'E')
		return !*at;
	at += 1 + (at[1] == '+' || at[1] == '-');
	return *at && !at[strspn(at, "0123456789_")];
}

/* A number that Go writes as it read it. */
static bool is_plain_number(const char *value)
{
	enum { DIGITS_THAT_FIT = 18 };
	size_t digits = strspn(value, "0123456789");

	return !value[digits] && digits <= DIGITS_THAT_FIT && (value[0] != '0' || digits == 1);
}

/* go-ucfg, which resolves ${NAME} for the Beats, parses what it gets (parse/parse.go), and makes a
 * text again where a setting wants one. No release leaves a secret alone; up to 8.2 quotes, commas
 * and brackets mean something too. */
static const char *misread(const struct secret *secret)
{
	size_t n;
	const char *value = secret_reveal(secret, &n);

	if (n == 0 || memchr(value, '\0', n))
		return NULL;
	if (strchr(" \t\r\n\v\f", value[0]) || strchr(" \t\r\n\v\f", value[n - 1]))
		return "a text without the blanks at its ends";
	if (is_word_for_bool(value))
		return "yes or no";
	return is_number(value) && !is_plain_number(value) ? "a number" : NULL;
}

static bool take_value(struct keystore *k, const struct json *member, const char *name,
		       struct err *e)
{
	auto_str_wiped bytes = STR_INIT(KEYSTORE_MAX_BYTES);
	const struct json *value = json_find(member, "value");
	const char *text =
	    json_is_null(value) ? "" : json_text(value, ""); /* Go's null: no bytes */

	if (!text || !base64_decode(text, strlen(text), &bytes))
		return keystore_damaged(name, "the value of an entry is not base64", e);
	return str_ok(&bytes, e) &&
	       keystore_set_bytes(k, json_name(member),
				  utf8_is_text(str_text(&bytes), bytes.len) ? KEYSTORE_TEXT
									    : KEYSTORE_FILE,
				  str_text(&bytes), bytes.len, e);
}

static bool parse(const struct str *bytes, const char *name, const struct secret *password,
		  struct keystore **out, struct err *e)
{
	auto_keystore k = NULL;
	auto_json secrets = NULL;
	struct keystore_origin origin;

	if (!locked_line_open(&line, bytes, name, password, &secrets, &origin, e))
		return !password && e->code == FAIL_AUTH
			   ? keystore_damaged(name, "it was changed, or cut short", e)
			   : false;
	if (!keystore_new(&k, e))
		return false;
	for (const struct json *m = json_first(secrets); m; m = json_next(m)) {
		if (!utf8_is_printable(json_name(m)))
			return keystore_damaged(name, "an entry has no proper name", e);
		if (!take_value(k, m, name, e))
			return false;
	}
	keystore_set_origin(k, origin);
	*out = TAKE(k);
	return true;
}

/* No Beat can be given a password: a file that does not open is damaged, as parse() says. */
static bool is_locked(const struct str *bytes, const char *name, bool *out, struct err *e)
{
	(void)bytes;
	(void)name;
	(void)e;
	*out = false;
	return true;
}

static bool add_value(struct json *secrets, const struct keystore_entry *entry, struct err *e)
{
	auto_str_wiped text = STR_INIT(KEYSTORE_MAX_BYTES);
	struct json *secret;
	size_t n;
	const char *bytes = secret_reveal(entry->value, &n);

	base64_encode(bytes, n, &text);
	if (!str_ok(&text, e) || !json_new_object(&secret, e))
		return false;
	if (!json_add_text(secret, "value", str_text(&text), e)) {
		json_free(secret);
		return false;
	}
	return json_add(secrets, entry->name, secret, e);
}

/* The second format goes with a build, not with a version: a file of that build stays one. */
static unsigned format_kept(const struct keystore *k, unsigned format)
{
	return keystore_origin(k).format == BEAT_KEYSTORE_V2 ? BEAT_KEYSTORE_V2 : format;
}

static bool format(const struct keystore *k, unsigned format, const struct secret *password,
		   struct str *out, struct err *e)
{
	auto_json secrets = NULL;
	const struct keystore_entry *entry;

	if (!json_new_object(&secrets, e))
		return false;
	for (size_t i = 0; (entry = keystore_at(k, i)) != NULL; i++)
		if (!add_value(secrets, entry, e))
			return false;
	return locked_line_write(&line, format_kept(k, format), password, secrets, out, e);
}

const struct keystore_codec beat_keystore_codec = {
	.kind = "a Beats keystore",
	.has_passwords = false,
	.has_files = true,
	.parse = parse,
	.format = format,
	.is_locked = is_locked,
	.is_name = is_name,
	.misread = misread,
};
