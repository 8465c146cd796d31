#include "keystore/locked_line.h"

#include <string.h>

#include "base/utf8.h"
#include "keystore/base64.h"
#include "keystore/gcm.h"

/* The same for every product and version. */
static const struct gcm_kind lock = { .rounds = 10000, .key_bytes = 32, .salt_is_aad = false };

enum {
	FRAME_BYTES = GCM_SALT_BYTES + GCM_IV_BYTES + GCM_TAG_BYTES,
	/* So that a file of KEYSTORE_MAX_BYTES has room for it in base64, with all around it. */
	PLAIN_MAX_BYTES = KEYSTORE_MAX_BYTES / 4 * 3 - 1024,
};

/* Take the format's number off the line. */
static bool read_format(const struct locked_line *l, const char **line, size_t *left,
			const char *name, unsigned *format, struct err *e)
{
	size_t before = strlen(l->before), after = strlen(l->after), n = before + 1 + after;
	const char *at = *line;

	if (*left < n || memcmp(at, l->before, before) != 0 || at[before] < '0' ||
	    at[before] > '9' || memcmp(at + before + 1, l->after, after) != 0)
		return err_set(e, FAIL_INPUT, "'%s' is not %s", name, l->kind);
	*format = (unsigned)(at[before] - '0');
	if (*format == 0 || *format > l->newest)
		return err_set(e, FAIL_INPUT, "keystore '%s' has format %u; 1 to %u are known",
			       name, *format, l->newest) ||
		       err_hint(e, "use a newer stackseal");
	*line += n;
	*left -= n;
	return true;
}

static struct gcm_parts parts_of(const struct locked_line *l, const struct str *raw)
{
	const unsigned char *at = (const unsigned char *)raw->data;
	const unsigned char *rest = at + GCM_SALT_BYTES + GCM_IV_BYTES;
	size_t text_len = raw->len - FRAME_BYTES;

	return (struct gcm_parts){
		.salt = at,
		.salt_len = GCM_SALT_BYTES,
		.iv = at + GCM_SALT_BYTES,
		.iv_len = GCM_IV_BYTES,
		.tag = l->tag_first ? rest : rest + text_len,
		.text = l->tag_first ? rest + GCM_TAG_BYTES : rest,
		.text_len = text_len,
	};
}

/* The frame has no mark for a password: what opens without one has none. */
static bool decrypt(const struct gcm_parts *parts, const char *name, const struct secret *password,
		    struct str *out, bool *has_password, struct err *e)
{
	*has_password = false;
	if (gcm_decrypt(&lock, NULL, parts, name, out, e))
		return true;
	*has_password = true;
	if (e->code == FAIL_AUTH && password && gcm_decrypt(&lock, password, parts, name, out, e))
		return true;
	return e->code == FAIL_AUTH
		   ? err_hint(e, "unless the file was changed or cut short: it looks the same")
		   : false;
}

static bool parse_object(const struct str *plain, const char *name, struct json **out,
			 struct err *e)
{
	auto_json object = NULL;

	if (!utf8_is_text(str_text(plain), plain->len))
		return keystore_damaged(name, "its text is not UTF-8", e);
	if (!json_parse(str_text(plain), plain->len, &object, e))
		return e->code == FAIL_INPUT ? err_prefix(e, "keystore '%s' is damaged: ", name)
					     : false;
	if (!json_is_object(object))
		return keystore_damaged(name, "it holds no entries, but other JSON", e);
	*out = TAKE(object);
	return true;
}

bool locked_line_open(const struct locked_line *l, const struct str *file, const char *name,
		      const struct secret *password, struct json **out,
		      struct keystore_origin *origin, struct err *e)
{
	auto_str raw = STR_INIT(KEYSTORE_MAX_BYTES);
	auto_str_wiped plain = STR_INIT(KEYSTORE_MAX_BYTES);
	const char *line = str_text(file);
	size_t left = file->len;
	struct keystore_origin found;
	struct gcm_parts parts;

	json_setup();
	while (left > 0 && (line[left - 1] == '\n' || line[left - 1] == '\r'))
		left--;
	if (!read_format(l, &line, &left, name, &found.format, e))
		return false;
	if (!base64_decode(line, left, &raw))
		return keystore_damaged(name, "it is not base64, or cut short", e);
	if (!str_ok(&raw, e))
		return false;
	if (raw.len < FRAME_BYTES)
		return keystore_damaged(name, "it is cut short", e);
	parts = parts_of(l, &raw);
	if (!decrypt(&parts, name, password, &plain, &found.has_password, e) ||
	    !parse_object(&plain, name, out, e))
		return false;
	*origin = found;
	return true;
}

/* Salt, IV, ciphertext and tag, as they stand in the file. */
static bool lock_text(const struct locked_line *l, const struct secret *password,
		      const struct str *plain, struct str *raw, struct err *e)
{
	struct gcm_locked locked = { .text = STR_INIT(PLAIN_MAX_BYTES) };
	bool ok = gcm_encrypt(&lock, password, plain, &locked, e);

	if (ok) {
		str_addn(raw, locked.salt, GCM_SALT_BYTES);
		str_addn(raw, locked.iv, GCM_IV_BYTES);
		if (l->tag_first)
			str_addn(raw, locked.tag, GCM_TAG_BYTES);
		str_addn(raw, str_text(&locked.text), locked.text.len);
		if (!l->tag_first)
			str_addn(raw, locked.tag, GCM_TAG_BYTES);
	}
	str_clear(&locked.text);
	return ok && str_ok(raw, e);
}

bool locked_line_write(const struct locked_line *l, unsigned format, const struct secret *password,
		       const struct json *object, struct str *out, struct err *e)
{
	auto_str raw = STR_INIT(KEYSTORE_MAX_BYTES);
	auto_str_wiped plain = STR_INIT(PLAIN_MAX_BYTES);

	json_setup();
	if (format == 0 || format > l->newest)
		return err_set(e, FAIL_BUG, "no keystore is written in format %u", format);
	if (!json_format(object, false, &plain, e))
		return false;
	str_add(&plain, l->ending);
	if (!str_ok(&plain, e) || !lock_text(l, password, &plain, &raw, e))
		return false;
	str_addf(out, "%s%u%s", l->before, format, l->after);
	base64_encode(raw.data, raw.len, out);
	return str_ok(out, e);
}
