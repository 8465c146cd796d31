#include "pki/credentials.h"

#include <string.h>

#include "pki/p12.h"

static bool same_alias(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_item(const struct credential *a, const struct credential *b)
{
	if (!a->cert != !b->cert || !a->key != !b->key || a->trusted != b->trusted ||
	    !same_alias(a->alias, b->alias))
		return false;
	if (a->cert && !cert_same(a->cert, b->cert))
		return false;
	return !a->key || key_same(a->key, b->key);
}

static bool same_order(const struct credentials *a, const struct credentials *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = same_item(&a->items[i], &b->items[i]);
	return same;
}

/* Java writes a chain's root once more, and calls what is in a chain by its subject. */
static bool is_entry(const struct credential *item)
{
	return item->key || item->trusted;
}

static bool has(const struct credentials *in, const struct credential *wanted)
{
	for (size_t i = 0; i < in->count; i++) {
		const struct credential *item = &in->items[i];

		if (is_entry(wanted) ? same_item(item, wanted)
				     : item->cert && cert_same(item->cert, wanted->cert))
			return true;
	}
	return false;
}

static bool has_all(const struct credentials *in, const struct credentials *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!has(in, &wanted->items[i]))
			return false;
	return true;
}

static bool same_lock(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
	enum key_lock a_lock, b_lock;
	bool a_locked = key_lock_of(a, a_bytes, &a_lock);
	bool b_locked = key_lock_of(b, b_bytes, &b_lock);

	if (a_locked && b_locked)
		return a_lock == b_lock;
	return !a_locked && !b_locked;
}

bool credentials_same(const char *a, size_t a_bytes, const char *b, size_t b_bytes,
		      const struct secret *pass)
{
	auto_credentials in_a = { 0 }, in_b = { 0 };
	struct err ignored;
	bool p12 = p12_is(a, a_bytes);

	if (p12 != p12_is(b, b_bytes))
		return false;
	if (p12 ? p12_form_of(a, a_bytes) != p12_form_of(b, b_bytes)
		: !same_lock(a, a_bytes, b, b_bytes))
		return false;
	return credentials_parse(a, a_bytes, "one", pass, &in_a, &ignored) &&
	       credentials_parse(b, b_bytes, "other", pass, &in_b, &ignored) &&
	       (p12 ? has_all(&in_a, &in_b) && has_all(&in_b, &in_a) : same_order(&in_a, &in_b));
}
