#include "pki/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "pki/trait.h"

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
	c->items[c->count++] = item;
	return true;
}

/* The certificates, by the key that each belongs to. */
struct match {
	struct credentials *c;
	credentials_prefer_fn *prefer; /* NULL: take the first */
	const void *ctx;
	struct trait *certs;
	size_t count;
};

/* The key's own item is empty then. */
static bool join(struct credential *to, struct credential *from)
{
	if (to->key || !cert_fits_key(to->cert, from->key))
		return false;
	to->key = TAKE(from->key);
	if (from->alias) {
		free(to->alias);
		to->alias = TAKE(from->alias);
	}
	return true;
}

static void match_key(const struct match *m, size_t key)
{
	struct credential *from = &m->c->items[key];
	uint64_t value = trait_of_key(from->key);

	for (size_t i = traits_find(m->certs, m->count, value);
	     i < m->count && m->certs[i].value == value; i++) {
		size_t cert = m->certs[i].at;

		if ((!m->prefer || m->prefer(m->ctx, cert, key)) && join(&m->c->items[cert], from))
			return;
	}
}

static void match_all(const struct match *m)
{
	for (size_t i = 0; i < m->c->count; i++)
		if (m->c->items[i].key && !m->c->items[i].cert)
			match_key(m, i);
}

/* Of the keys that were joined only the alias may be left. */
static void drop_empty(struct credentials *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].cert || c->items[i].key)
			c->items[kept++] = c->items[i];
		else
			credential_clear(&c->items[i]);
	c->count = kept;
}

bool credentials_match(struct credentials *c, credentials_prefer_fn *prefer, const void *ctx,
		       struct err *e)
{
	struct match m = { .c = c, .prefer = prefer, .ctx = ctx };

	m.certs = calloc(c->count + 1, sizeof(*m.certs));
	if (!m.certs)
		return err_set(e, FAIL_MEMORY, "out of memory for certificates");
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].cert)
			m.certs[m.count++] = (struct trait){ trait_of_cert(c->items[i].cert), i };
	traits_sort(m.certs, m.count);
	if (prefer)
		match_all(&m);
	m.prefer = NULL;
	match_all(&m);
	free(m.certs);
	drop_empty(c);
	return true;
}

const struct credential *credentials_pair(const struct credentials *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].cert && c->items[i].key)
			return &c->items[i];
	return NULL;
}
