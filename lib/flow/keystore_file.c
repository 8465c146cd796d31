#include "flow/keystore_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "os/lock.h"

enum { LOCK_WAIT_MS = 60 * 1000 };

bool keystore_file_look(struct keystore_file *f, const struct keystore_product *product,
			struct place *place, const char *name, struct err *e)
{
	f->product = product;
	f->place = place;
	f->name = name;
	(void)snprintf(f->path, sizeof(f->path), "%s/%s", place->dir, name);
	f->locked = false;
	return place_read(place, name, &f->bytes, &f->found, e) &&
	       (!f->found || product->codec->is_locked(&f->bytes, f->path, &f->locked, e));
}

bool keystore_file_open(struct keystore_file *f, const struct secret *password, struct err *e)
{
	return f->found ? f->product->codec->parse(&f->bytes, f->path, password, &f->entries, e)
			: keystore_new(&f->entries, e);
}

bool keystore_file_open_new(struct keystore_file *f, struct err *e)
{
	f->fresh = true;
	return keystore_new(&f->entries, e);
}

static bool same_bytes(const struct str *a, const struct str *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* What another writer left since the last look. */
static bool open_again(struct keystore_file *f, const struct secret *password, struct err *e)
{
	struct keystore_file now = KEYSTORE_FILE_INIT;
	bool ok = keystore_file_look(&now, f->product, f->place, f->name, e);
	bool same = ok && now.found == f->found && same_bytes(&now.bytes, &f->bytes);

	if (ok && f->fresh && now.found && !f->found)
		ok = err_set(e, FAIL_EXISTS, "keystore '%s' was made by another process", f->path);
	same = same || f->fresh;
	if (ok && !same)
		ok = keystore_file_open(&now, password, e);
	if (!ok || same) {
		keystore_file_clear(&now);
		return ok;
	}
	now.lock = f->lock;
	f->lock = -1;
	keystore_file_clear(f);
	*f = now;
	return true;
}

bool keystore_file_lock(struct keystore_file *f, const struct secret *password, struct err *e)
{
	if (f->place->check)
		return true;
	if (!lock_folder(f->place->dir, LOCK_WAIT_MS, &f->lock, e))
		return false;
	place_sweep(f->place);
	return open_again(f, password, e);
}

bool keystore_file_format(const struct keystore_file *f, const struct version *version,
			  unsigned *out, struct err *e)
{
	char text[32];

	if (!version) {
		*out = keystore_format_again(f->product, keystore_origin(f->entries).format);
		return true;
	}
	*out = keystore_format_for(f->product, *version);
	version_format(*version, text, sizeof(text));
	return *out > 0 || err_set(e, FAIL_CONFIG, "%s %s is too old: its keystore is not written",
				   f->product->name, text);
}

bool keystore_file_save(struct keystore_file *f, unsigned format, const struct secret *password,
			struct err *e)
{
	const struct keystore_codec *codec = f->product->codec;
	auto_str_wiped bytes = STR_INIT(KEYSTORE_MAX_BYTES);

	return (!codec->complete || codec->complete(f->entries, e)) &&
	       codec->format(f->entries, format, password, &bytes, e) &&
	       place_owned(f->place, f->name, &bytes, KEYSTORE_FILE_MODE, e);
}

void keystore_file_clear(struct keystore_file *f)
{
	keystore_free(f->entries);
	str_clear(&f->bytes);
	if (f->lock >= 0)
		(void)close(f->lock);
	*f = (struct keystore_file)KEYSTORE_FILE_INIT;
}

void keystore_warn_misread(const struct keystore_product *p, const struct keystore_entry *entry)
{
	const char *as = p->codec->misread ? p->codec->misread(entry->value) : NULL;

	if (as)
		log_event(LOG_WARN, "the product changes this value when it reads it", "entry",
			  entry->name, "product", p->name, "as", as, NULL);
}
