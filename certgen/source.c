#include "certgen/source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/list.h"
#include "keystore/bundle.h"
#include "os/dir.h"
#include "os/file.h"

enum { ARCHIVE_MAX_BYTES = 64 * 1024 * 1024, MOST_FOLDERS_DEEP = 16 };

/* "path", or "path:member". Borrowed until the next call; NULL: out of memory. */
static struct source *new_source(struct sources *s, const char *path, const char *member,
				 struct err *e)
{
	size_t cap = s->cap ? 2 * s->cap : 8;
	struct source *grown =
	    s->count < s->cap ? s->items : realloc(s->items, cap * sizeof(*grown));
	char *copy;
	bool copied = asprintf(&copy, "%s%s%s", path, member ? ":" : "", member ? member : "") >= 0;

	if (grown && s->count == s->cap)
		s->cap = cap;
	if (grown)
		s->items = grown;
	if (!grown || !copied) {
		if (copied)
			free(copy);
		(void)err_set(e, FAIL_MEMORY, "out of memory for a list of files");
		return NULL;
	}
	s->items[s->count] =
	    (struct source){ .path = copy, .member = member ? copy + strlen(path) + 1 : NULL };
	return &s->items[s->count++];
}

static bool contains(const char *bytes, size_t n, const char *text)
{
	return memmem(bytes, n, text, strlen(text)) != NULL;
}

/* A damaged one in DER is known by its name alone. */
static bool is_request(const char *path, const char *bytes, size_t n)
{
	return csr_is(bytes, n) || ((str_ends_with(path, ".csr") || str_ends_with(path, ".p10")) &&
				    !contains(bytes, n, "-----BEGIN "));
}

/* Whether a file that was come across, not named, is one of ours: others are passed over. */
static bool looks_like_one(const char *path, const char *bytes, size_t n)
{
	static const char *const endings[] = { ".p12", ".pfx", ".der", ".cer", ".jks" };

	if (contains(bytes, n, "-----BEGIN ") &&
	    (contains(bytes, n, "CERTIFICATE") || contains(bytes, n, "PRIVATE KEY")))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (str_ends_with(path, endings[i]))
			return true;
	return is_request(path, bytes, n);
}

static bool is_wanted(const struct sources *s, bool named, const char *path, const char *bytes,
		      size_t n)
{
	if (s->only_requests)
		return is_request(path, bytes, n);
	return named || looks_like_one(path, bytes, n);
}

static bool read_one(const char *path, const char *bytes, size_t n, const struct secret *pass,
		     struct source *out, struct err *e)
{
	if (is_request(path, bytes, n))
		return csr_parse(bytes, n, path, &out->csr, e);
	if (!credentials_parse(bytes, n, path, pass, &out->found, e))
		return false;
	for (size_t i = 0; i < out->found.count; i++)
		out->has_secret |= out->found.items[i].key != NULL;
	return true;
}

static bool add_archive(struct sources *s, const char *path, const struct str *bytes,
			const struct secret *pass, struct err *e)
{
	auto_bundle b = { 0 };

	if (!bundle_parse(str_text(bytes), bytes->len, path, &b, e))
		return false;
	for (size_t i = 0; i < b.count; i++) {
		const struct bundle_file *f = &b.files[i];
		struct source *item;

		if (!is_wanted(s, false, f->path, str_text(&f->bytes), f->bytes.len))
			continue;
		item = new_source(s, path, f->path, e);
		if (!item ||
		    !read_one(item->path, str_text(&f->bytes), f->bytes.len, pass, item, e))
			return false;
		item->mode = f->mode;
	}
	return true;
}

static bool add_file(struct sources *s, const char *path, bool named, const struct stat *st,
		     const struct secret *pass, struct err *e)
{
	auto_str_wiped bytes = STR_INIT(ARCHIVE_MAX_BYTES);
	struct source *item;

	if (!named && st->st_size > CREDENTIALS_MAX_BYTES)
		return true;
	if (!file_read(path, &bytes, e))
		return false;
	if (bundle_is(str_text(&bytes), bytes.len))
		return add_archive(s, path, &bytes, pass, e);
	if (!is_wanted(s, named, path, str_text(&bytes), bytes.len))
		return true;
	item = new_source(s, path, NULL, e);
	if (!item)
		return false;
	item->on_disk = true;
	item->mode = st->st_mode & 07777;
	item->uid = st->st_uid;
	item->gid = st->st_gid;
	return read_one(path, str_text(&bytes), bytes.len, pass, item, e);
}

/* The folders that a path lies in. A link may lead back into one of them. */
struct above {
	const struct above *next;
	dev_t dev;
	ino_t ino;
	unsigned depth;
};

static bool is_above(const struct above *a, const struct stat *st)
{
	while (a && (a->dev != st->st_dev || a->ino != st->st_ino))
		a = a->next;
	return a != NULL;
}

static bool add_any(struct sources *s, const char *path, const struct above *above,
		    const struct secret *pass, struct err *e)
{
	unsigned depth = above ? above->depth + 1 : 0;
	auto_list names = { 0 };
	struct above here;
	struct stat st;

	if (stat(path, &st) < 0)
		return depth > 0 || err_errno(e, errno, "cannot open '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return (depth > 0 && !S_ISREG(st.st_mode)) ||
		       add_file(s, path, depth == 0, &st, pass, e);
	if (is_above(above, &st))
		return true;
	here = (struct above){ above, st.st_dev, st.st_ino, depth };
	if (depth == MOST_FOLDERS_DEEP)
		return err_set(e, FAIL_INPUT, "'%s' lies too deep", path);
	if (!dir_list(path, &names, e))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		char below[PATH_MAX];

		if (snprintf(below, sizeof(below), "%s/%s", path, names.items[i]) >=
		    (int)sizeof(below))
			return err_set(e, FAIL_INPUT, "'%.80s...' lies too deep", path);
		if (!add_any(s, below, &here, pass, e))
			return false;
	}
	return true;
}

static void cut_back(struct sources *s, size_t count)
{
	while (s->count > count) {
		struct source *last = &s->items[--s->count];

		free(last->path);
		credentials_clear(&last->found);
		csr_free(last->csr);
	}
}

bool sources_add(struct sources *s, const char *path, const struct secret *pass, struct err *e)
{
	size_t before = s->count;

	if (!add_any(s, path, NULL, pass, e)) {
		cut_back(s, before); /* the caller may try again with a passphrase */
		return false;
	}
	return s->count > before ||
	       err_set(e, FAIL_INPUT, "no %s in '%s'",
		       s->only_requests ? "signing request" : "certificate and no key", path);
}

bool sources_add_shown(struct sources *s, const char *path, const char *pem, size_t n,
		       struct err *e)
{
	struct source *item = new_source(s, path, NULL, e);

	if (!item)
		return false;
	item->shown = true;
	return read_one(path, pem, n, NULL, item, e);
}

struct credential *sources_next(const struct sources *s, struct source_at *at)
{
	for (; at->file < s->count; at->file++, at->item = 0)
		if (at->item < s->items[at->file].found.count) {
			at->from = &s->items[at->file];
			return &s->items[at->file].found.items[at->item++];
		}
	return NULL;
}

/* The key of the first item that holds just the one that fits; what was taken is NULL and passed
 * by. */
static void take_key(const struct sources *s, struct credential *c)
{
	struct source_at at = { 0 };
	struct credential *other;

	while ((other = sources_next(s, &at)) != NULL)
		if (other->key && !other->cert && cert_fits_key(c->cert, other->key)) {
			c->key = TAKE(other->key);
			c->key_origin = at.file + 1;
			c->key_behind = other->behind;
			return;
		}
}

static bool may_share(const struct credential *c, const struct credential *with,
		      enum sources_share share)
{
	return with->cert && with->key && cert_fits_key(c->cert, with->key) &&
	       (share == SOURCES_COPIES || !cert_same(c->cert, with->cert));
}

static bool share_key(const struct sources *s, struct credential *c, enum sources_share share,
		      struct err *e)
{
	struct source_at at = { 0 };
	const struct credential *with;

	while ((with = sources_next(s, &at)) != NULL)
		if (may_share(c, with, share)) {
			c->key = key_share(with->key);
			c->key_origin = with->key_origin ? with->key_origin : at.file + 1;
			c->key_behind = with->key_behind;
			return c->key || err_set(e, FAIL_MEMORY, "out of memory for a key");
		}
	return true;
}

bool sources_join_keys(struct sources *s, enum sources_share share, struct err *e)
{
	struct source_at at = { 0 };
	struct credential *c;

	while ((c = sources_next(s, &at)) != NULL)
		if (c->cert && !c->key)
			take_key(s, c);
	for (at = (struct source_at){ 0 }; (c = sources_next(s, &at)) != NULL;)
		if (c->cert && !c->key && !c->trusted && !cert_is_ca(c->cert) &&
		    !share_key(s, c, share, e))
			return false;
	return true;
}

const struct cert **sources_certs(const struct sources *s, size_t *count)
{
	struct source_at at = { 0 };
	const struct credential *c;
	const struct cert **all;
	size_t most = 1;

	for (size_t i = 0; i < s->count; i++)
		most += s->items[i].found.count;
	*count = 0;
	all = calloc(most, sizeof(const struct cert *));
	while (all && (c = sources_next(s, &at)) != NULL)
		if (c->cert)
			all[(*count)++] = c->cert;
	return all;
}

const struct cert **sources_issuers(const struct sources *s, size_t *count)
{
	size_t all;
	const struct cert **certs = sources_certs(s, &all);

	*count = 0;
	for (size_t i = 0; certs && i < all; i++)
		if (cert_is_ca(certs[i]))
			certs[(*count)++] = certs[i];
	return certs;
}

bool sources_complete(const struct sources *s, struct cert *cert, struct err *e)
{
	size_t count;
	const struct cert **pool = sources_issuers(s, &count);
	bool done = pool ? chain_complete(cert, pool, count, false, e)
			 : err_set(e, FAIL_MEMORY, "out of memory for a chain");

	free(pool);
	return done;
}

bool sources_trust(const struct sources *s, struct trust **out, struct err *e)
{
	size_t count;
	const struct cert **cas = sources_issuers(s, &count);
	bool done;

	*out = NULL;
	if (!cas)
		return err_set(e, FAIL_MEMORY, "out of memory for trusted certificates");
	done = count == 0 || trust_new(cas, count, out, e);
	free(cas);
	return done;
}

void sources_clear(struct sources *s)
{
	cut_back(s, 0);
	free(s->items);
	*s = (struct sources){ 0 };
}
