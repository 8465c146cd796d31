#include "keystore/keystore.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	char *name;
	struct secret *value;
	struct keystore_entry shown; /* the same two, as others may see them */
};

struct keystore {
	struct entry *entries;
	size_t count, room;
	size_t value_bytes; /* of all values */
	struct keystore_origin origin;
};

static bool out_of_memory(struct err *e)
{
	return err_set(e, FAIL_MEMORY, "out of memory for a keystore");
}

bool keystore_new(struct keystore **out, struct err *e)
{
	struct keystore *k = calloc(1, sizeof(*k));

	if (!k)
		return out_of_memory(e);
	*out = k;
	return true;
}

static void entry_clear(struct entry *entry)
{
	free(entry->name);
	secret_free(entry->value);
}

void keystore_free(struct keystore *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->count; i++)
		entry_clear(&k->entries[i]);
	free(k->entries);
	free(k);
}

void keystore_freep(struct keystore **k)
{
	keystore_free(*k);
}

static struct entry *find(const struct keystore *k, const char *name)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->entries[i].name, name) == 0)
			return &k->entries[i];
	return NULL;
}

static size_t value_len(const struct entry *entry)
{
	size_t n;

	(void)secret_reveal(entry->value, &n);
	return n;
}

static bool make_room(struct keystore *k, struct err *e)
{
	size_t room = k->room ? 2 * k->room : 16;
	struct entry *grown;

	if (k->count == KEYSTORE_MAX_ENTRIES)
		return err_set(e, FAIL_CONFIG, "a keystore has at most %d entries",
			       KEYSTORE_MAX_ENTRIES);
	if (k->count < k->room)
		return true;
	grown = realloc(k->entries, room * sizeof(*grown)); /* pointers only, no secret bytes */
	if (!grown)
		return out_of_memory(e);
	k->entries = grown;
	k->room = room;
	return true;
}

/* Takes value over when it succeeds. */
static bool append(struct keystore *k, const char *name, enum keystore_kind kind,
		   struct secret *value, struct err *e)
{
	char *copy;

	if (!make_room(k, e))
		return false;
	copy = strdup(name);
	if (!copy)
		return out_of_memory(e);
	k->entries[k->count++] = (struct entry){ copy, value, { copy, kind, value } };
	return true;
}

bool keystore_set_bytes(struct keystore *k, const char *name, enum keystore_kind kind,
			const void *bytes, size_t n, struct err *e)
{
	struct entry *old = find(k, name);
	size_t others = k->value_bytes - (old ? value_len(old) : 0);
	struct secret *value;

	if (n > KEYSTORE_MAX_VALUES || others + n > KEYSTORE_MAX_VALUES)
		return err_set(e, FAIL_CONFIG,
			       "'%s': the values of a keystore are at most %d MiB together", name,
			       KEYSTORE_MAX_VALUES / (1024 * 1024));
	if (!secret_new(&value, bytes, n, e))
		return false;
	if (!old) {
		if (append(k, name, kind, value, e)) {
			k->value_bytes += n;
			return true;
		}
		secret_free(value);
		return false;
	}
	k->value_bytes = others + n;
	secret_free(old->value);
	old->value = value;
	old->shown.kind = kind;
	old->shown.value = value;
	return true;
}

bool keystore_set(struct keystore *k, const char *name, enum keystore_kind kind,
		  const struct secret *value, struct err *e)
{
	size_t n;
	const char *bytes = secret_reveal(value, &n);

	return keystore_set_bytes(k, name, kind, bytes, n, e);
}

bool keystore_remove(struct keystore *k, const char *name)
{
	struct entry *entry = find(k, name);
	size_t behind;

	if (!entry)
		return false;
	k->value_bytes -= value_len(entry);
	entry_clear(entry);
	behind = k->count - 1 - (size_t)(entry - k->entries);
	memmove(entry, entry + 1, behind * sizeof(*entry));
	k->count--;
	return true;
}

const struct keystore_entry *keystore_find(const struct keystore *k, const char *name)
{
	const struct entry *entry = find(k, name);

	return entry ? &entry->shown : NULL;
}

const struct keystore_entry *keystore_at(const struct keystore *k, size_t i)
{
	return i < k->count ? &k->entries[i].shown : NULL;
}

size_t keystore_count(const struct keystore *k)
{
	return k->count;
}

struct keystore_origin keystore_origin(const struct keystore *k)
{
	return k->origin;
}

void keystore_set_origin(struct keystore *k, struct keystore_origin origin)
{
	k->origin = origin;
}

bool keystore_damaged(const char *name, const char *how, struct err *e)
{
	return err_set(e, FAIL_INPUT, "keystore '%s' is damaged: %s", name, how) ||
	       err_hint(e, "restore it from a backup, or move it away to have a new one made");
}
