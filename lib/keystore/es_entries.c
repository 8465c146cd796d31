#include "keystore/es_entries.h"

#include <string.h>

#include "base/utf8.h"
#include "keystore/bytes.h"

/* Big-endian in every format: a count, then for each entry a 16-bit length and the name, (format 3:
 * a 16-bit length and the type,) a 32-bit length and the value. */

static const char name_chars[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

bool es_entry_is_name(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!name[i] || !strchr(name_chars, name[i]))
			return false;
	return n > 0 && n <= KEYSTORE_NAME_MAX_BYTES;
}

/* Since format 4 no file says what an entry was: whoever asks for it decides. */
static enum keystore_kind kind_of(const unsigned char *value, size_t n)
{
	return utf8_is_text((const char *)value, n) ? KEYSTORE_TEXT : KEYSTORE_FILE;
}

static bool parse_entry(struct keystore *k, struct byte_reader *r, bool typed, const char *name,
			struct err *e)
{
	size_t name_len = bytes_u16(r), value_len;
	const unsigned char *raw_name = bytes_take(r, name_len), *value;
	char entry_name[KEYSTORE_NAME_MAX_BYTES + 1];

	if (typed)
		(void)bytes_take(r, bytes_u16(r));
	value_len = bytes_u32(r, false);
	value = bytes_take(r, value_len);
	if (r->short_of)
		return keystore_damaged(name, "its entries do not fill it", e);
	if (!es_entry_is_name((const char *)raw_name, name_len))
		return keystore_damaged(name, "an entry has no proper name", e);
	memcpy(entry_name, raw_name, name_len);
	entry_name[name_len] = '\0';
	return keystore_set_bytes(k, entry_name, kind_of(value, value_len), value, value_len, e);
}

bool es_entries_parse(struct keystore *k, const struct str *plain, bool typed, const char *name,
		      struct err *e)
{
	struct byte_reader r = { (const unsigned char *)str_text(plain), plain->len, false };
	uint32_t count = bytes_u32(&r, false);

	if (count > KEYSTORE_MAX_ENTRIES)
		return keystore_damaged(name, "too many entries", e);
	for (uint32_t i = 0; i < count; i++)
		if (!parse_entry(k, &r, typed, name, e))
			return false;
	return (!r.short_of && r.left == 0) ||
	       keystore_damaged(name, "its entries do not fill it", e);
}

bool es_entries_format(const struct keystore *k, struct str *plain, struct err *e)
{
	const struct keystore_entry *entry;

	bytes_add_u32(plain, (uint32_t)keystore_count(k), false);
	for (size_t i = 0; (entry = keystore_at(k, i)) != NULL; i++) {
		size_t name_len = strlen(entry->name), n;
		const char *value = secret_reveal(entry->value, &n);

		bytes_add_u16(plain, name_len);
		str_addn(plain, entry->name, name_len);
		bytes_add_u32(plain, (uint32_t)n, false);
		str_addn(plain, value, n);
	}
	return str_ok(plain, e);
}
