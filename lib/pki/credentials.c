#include "pki/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "pki/openssl.h"

static void credential_clear(struct credential *item)
{
	free(item->alias);
	cert_free(item->cert);
	key_free(item->key);
	*item = (struct credential){ 0 };
}

void credentials_clear(struct credentials *c)
{
	for (size_t i = 0; i < c->count; i++)
		credential_clear(&c->items[i]);
	free(c->items);
	*c = (struct credentials){ 0 };
}

static bool make_room(struct credentials *c, struct err *e)
{
	struct credential *grown;

	/* Full when the count is 0 or a power of two: then the room is twice as much. */
	if (c->items && (c->count & (c->count - 1)) != 0)
		return true;
	grown = realloc(c->items, (c->count ? c->count * 2 : 1) * sizeof(*grown));
	if (!grown) {
		(void)err_set(e, FAIL_MEMORY, "out of memory for certificates");
		return false;
	}
	c->items = grown;
	return true;
}

bool credentials_add(struct credentials *c, struct credential item, const char *name, struct err *e)
{
	bool ok = c->count < CREDENTIALS_MAX ||
		  err_set(e, FAIL_INPUT, "'%s' holds more than %d certificates and keys", name,
			  CREDENTIALS_MAX);

	if (!ok || !make_room(c, e)) {
		credential_clear(&item);
		return false;
	}
	if (item.cert)
		item.cert->key_id = key_id_of(X509_get0_pubkey(item.cert->leaf));
	if (item.key)
		item.key->id = key_id_of(item.key->pkey);
	item.behind = c->count;
	c->items[c->count++] = item;
	return true;
}

bool credentials_join(struct credentials *c, size_t cert, size_t key)
{
	struct credential *to = &c->items[cert];
	struct credential *from = &c->items[key];

	if (!to->cert || to->key || from->cert || !cert_fits_key(to->cert, from->key))
		return false;
	to->key = TAKE(from->key);
	to->key_behind = from->behind;
	if (from->alias) {
		free(to->alias);
		to->alias = TAKE(from->alias);
	}
	c->count--;
	memmove(from, from + 1, (c->count - key) * sizeof(*from));
	return true;
}

static bool join_any(struct credentials *c, size_t key)
{
	for (size_t i = 0; i < c->count; i++)
		if (credentials_join(c, i, key))
			return true;
	return false;
}

void credentials_match(struct credentials *c)
{
	for (size_t i = 0; i < c->count;)
		if (c->items[i].cert || !join_any(c, i))
			i++;
}

const struct credential *credentials_pair(const struct credentials *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].cert && c->items[i].key)
			return &c->items[i];
	return NULL;
}
