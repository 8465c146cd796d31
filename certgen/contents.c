#include "certgen/contents.h"

#include <stdlib.h>
#include <string.h>

#include "stack/word.h"

static bool is_pair(const struct credential *c)
{
	return c->cert && c->key;
}

static bool holds_pair(const struct source *s)
{
	return credentials_pair(&s->found) != NULL;
}

static bool is_in_a_chain(const struct sources *s, const struct cert *cert)
{
	struct source_at at = { 0 };
	const struct credential *c;

	while ((c = sources_next(s, &at)) != NULL)
		if (is_pair(c) && cert_has_behind(c->cert, cert))
			return true;
	return false;
}

static bool is_only_in_a_chain(const struct sources *s, const struct source *from,
			       const struct cert *ca)
{
	return holds_pair(from) && !cert_signed_itself(ca) && is_in_a_chain(s, ca);
}

static bool is_trusted(const struct sources *s, const struct source *from,
		       const struct credential *c)
{
	return c->trusted || (cert_is_ca(c->cert) && !is_only_in_a_chain(s, from, c->cert));
}

/* What it is; false: nothing by itself. It goes with a pair: in its chain, or a key that was joined
 * with its certificate. */
static bool kind_of(const struct sources *s, const struct source *from, const struct credential *c,
		    enum content_kind *out)
{
	if (c->key) {
		*out = c->cert ? CONTENT_PAIR : CONTENT_KEY;
		return true;
	}
	if (!c->cert)
		return false;
	*out = is_trusted(s, from, c) ? CONTENT_TRUSTED : CONTENT_CERT;
	return *out == CONTENT_TRUSTED || !cert_is_ca(c->cert);
}

/* "dir/es01.crt" and "certs.zip:es01/es01.crt" are es01; a server is its address. */
static char *name_of(const struct credential *c, const struct source *from)
{
	const char *path = from->member ? from->member : from->path;
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dot = from->on_disk || from->member ? strrchr(base, '.') : NULL;

	if (c->alias && word_is_file_name(c->alias))
		return strdup(c->alias);
	return strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static bool same_alias(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_cert(const struct content *a, const struct content *b)
{
	return a->what->cert && b->what->cert && cert_same(a->what->cert, b->what->cert);
}

/* Whether what is there already says all that this one would: a pair has another name, a CA its
 * trust, but a certificate or key alone is worth no more than the same one in better company. */
static bool is_covered(const struct content *it, const struct content *by)
{
	switch (it->kind) {
	case CONTENT_PAIR:
		return by->kind == it->kind && same_cert(it, by) &&
		       strcmp(it->name, by->name) == 0 && same_alias(it->alias, by->alias);
	case CONTENT_TRUSTED:
		return by->kind == it->kind && same_cert(it, by);
	case CONTENT_CERT:
		return same_cert(it, by);
	case CONTENT_KEY:
		return by->what->key && key_same(it->what->key, by->what->key);
	case CONTENT_KINDS:
		break;
	}
	return false;
}

static bool make_room(struct contents *c, struct err *e)
{
	size_t cap = c->cap ? 2 * c->cap : 16;
	struct content *grown =
	    c->count < c->cap ? c->items : realloc(c->items, cap * sizeof(*grown));

	if (!grown)
		return err_set(e, FAIL_MEMORY, "out of memory for a list of certificates");
	if (c->count == c->cap)
		c->cap = cap;
	c->items = grown;
	return true;
}

static bool add(struct contents *c, enum content_kind kind, const struct source *from,
		struct credential *what, struct err *e)
{
	struct content it = { .kind = kind,
			      .name = name_of(what, from),
			      .alias = what->alias && *what->alias ? what->alias : NULL,
			      .from = from->path,
			      .what = what };
	bool covered = false;

	if (!it.name || !make_room(c, e)) {
		free(it.name);
		return err_set(e, FAIL_MEMORY, "out of memory for a list of certificates");
	}
	for (size_t i = 0; !covered && i < c->count; i++)
		covered = is_covered(&it, &c->items[i]);
	if (covered) {
		free(it.name);
		return true;
	}
	c->items[c->count++] = it;
	c->count_of[kind]++;
	return true;
}

static bool complete_pairs(const struct sources *s, struct err *e)
{
	struct source_at at = { 0 };
	struct credential *c;

	while ((c = sources_next(s, &at)) != NULL)
		if (is_pair(c) && !sources_complete(s, c->cert, e))
			return false;
	return true;
}

static bool add_kind(const struct sources *s, enum content_kind kind, struct contents *out,
		     struct err *e)
{
	struct source_at at = { 0 };
	struct credential *c;
	enum content_kind is;

	while ((c = sources_next(s, &at)) != NULL)
		if (kind_of(s, at.from, c, &is) && is == kind && !add(out, kind, at.from, c, e))
			return false;
	return true;
}

bool contents_sort(struct sources *s, struct contents *out, struct err *e)
{
	sources_join_keys(s);
	if (!complete_pairs(s, e))
		return false;
	for (int kind = 0; kind < CONTENT_KINDS; kind++)
		if (!add_kind(s, (enum content_kind)kind, out, e))
			return false;
	return out->count > 0 ||
	       err_set(e, FAIL_INPUT, "there is no certificate and no key in what was named");
}

const struct content *contents_first(const struct contents *c, enum content_kind kind)
{
	size_t at = 0;

	for (int k = 0; k < (int)kind; k++)
		at += c->count_of[k];
	return c->count_of[kind] > 0 ? &c->items[at] : NULL;
}

void contents_clear(struct contents *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->items[i].name);
	free(c->items);
	*c = (struct contents){ 0 };
}
