#include "flow/instance_keystore.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "base/utf8.h"
#include "flow/keystore_file.h"
#include "flow/passwords.h"
#include "os/dir.h"
#include "os/env.h"
#include "os/file.h"

static const char bootstrap_name[] = "bootstrap.password";
static const char seed_name[] = "keystore.seed";

/* A line end behind a single line was put there by an editor; in anything else it belongs to it. */
static void cut_end_of_single_line(struct str *s)
{
	const char *newline = memchr(str_text(s), '\n', s->len);

	if (newline && newline + 1 == s->data + s->len && utf8_is_text(s->data, s->len))
		str_cut_line_end(s);
}

/* The product of a role has the role's name. OpenSearch's keystore is not written. */
static const struct keystore_product *product_of(const struct instance *i)
{
	return keystore_product_find(role_row(i->role)->name);
}

bool instance_has_keystore(const struct instance *i)
{
	return product_of(i) != NULL;
}

const char *instance_keystore_file(const struct instance *i)
{
	return product_of(i) ? product_of(i)->file_name : NULL;
}

static bool check_name(const struct keystore_product *product, const char *folder, const char *name,
		       struct err *e)
{
	if (!product->codec->is_name(name))
		return err_set(e, FAIL_CONFIG, "file '%s/%.80s' has no name of a secure setting",
			       folder, name) ||
		       err_hint(e, "the name of the file is the name of the entry in %s",
				product->file_name);
	if (strcmp(name, bootstrap_name) == 0)
		return err_set(e, FAIL_CONFIG, "'%s/%s': init makes this password itself", folder,
			       name) ||
		       err_hint(e, "give the superuser's with STACKSEAL_PASSWORD_ELASTIC_FILE");
	if (strcmp(name, seed_name) == 0)
		return err_set(e, FAIL_CONFIG, "'%s/%s': a keystore draws its seed itself", folder,
			       name);
	return true;
}

/* One file of the folder into the entries that are wanted. */
static bool add_file(struct keystore *wanted, const struct keystore_product *product,
		     const char *folder, const char *name, struct err *e)
{
	auto_str_wiped value = STR_INIT(KEYSTORE_MAX_VALUES);
	char path[PATH_MAX];
	enum keystore_kind kind;

	if (!check_name(product, folder, name, e))
		return false;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!file_read(path, &value, e))
		return false;
	cut_end_of_single_line(&value);
	if (value.len == 0)
		return err_set(e, FAIL_CONFIG, "secure setting '%s' is empty", path);
	kind = utf8_is_text(value.data, value.len) ? KEYSTORE_TEXT : KEYSTORE_FILE;
	if (!keystore_set_bytes(wanted, name, kind, value.data, value.len, e))
		return false;
	keystore_warn_misread(product, keystore_find(wanted, name));
	return true;
}

static bool add_folder(struct keystore *wanted, const struct keystore_product *product,
		       const char *folder, struct err *e)
{
	auto_list names = { 0 };

	if (!dir_list(folder, &names, e))
		return false;
	for (size_t i = 0; i < names.count; i++)
		if (!add_file(wanted, product, folder, names.items[i], e))
			return false;
	return true;
}

/* Nobody needs one in the file realm, and a sealed cluster has forgotten it. */
static bool needs_bootstrap(const struct material *m)
{
	return stack_sealer(m->stack) == SEALER_BOOTSTRAP && !material_is_sealed(m);
}

/* With --check it may not be made yet. */
static bool add_bootstrap(struct keystore *wanted, const struct material *m, struct err *e)
{
	const struct passwords where = { m->store, m->check };
	auto_secret bootstrap = NULL;

	if (!needs_bootstrap(m))
		return true;
	return password_bootstrap(&where, &bootstrap, e) &&
	       (!bootstrap || keystore_set(wanted, bootstrap_name, KEYSTORE_TEXT, bootstrap, e));
}

static bool is_conflict(const struct keystore_file *f, const struct keystore_entry *want,
			struct err *e)
{
	if (strcmp(want->name, bootstrap_name) != 0)
		return false;
	(void)err_set(e, FAIL_CONFLICT,
		      "keystore '%s' holds another bootstrap.password than the store", f->path);
	(void)err_hint(e, "remove it there, and unset ELASTIC_PASSWORD");
	return true;
}

/* Make the entries of the file what is wanted, and count what differed. */
static bool merge(struct keystore_file *f, const struct keystore *wanted, unsigned *differences,
		  struct err *e)
{
	const struct keystore_entry *want, *old;

	*differences = 0;
	for (size_t i = 0; (want = keystore_at(wanted, i)) != NULL; i++) {
		old = keystore_find(f->entries, want->name);
		if (old && secret_equal(old->value, want->value))
			continue;
		if (old && is_conflict(f, want, e))
			return false;
		if (!keystore_set(f->entries, want->name, want->kind, want->value, e))
			return false;
		log_event(LOG_INFO, f->place->check ? "would set" : "set", "entry", want->name,
			  "keystore", f->path, NULL);
		++*differences;
	}
	return true;
}

/* The version's own format, so that a node has nothing to rewrite. A newer one that is there stays:
 * a newer product wrote it. */
static bool choose_format(const struct keystore_file *f, const struct stack *s, unsigned *out,
			  struct err *e)
{
	unsigned found = keystore_origin(f->entries).format;

	if (!keystore_file_format(f, s->has_version ? &s->version : NULL, out, e))
		return false;
	if (found > *out)
		*out = found;
	return true;
}

/* What a node would do by itself, and write: another format, a seed. */
static bool product_would_rewrite(const struct keystore_file *f, unsigned format)
{
	return !f->found || keystore_origin(f->entries).format != format ||
	       (f->product->codec->complete && !keystore_find(f->entries, seed_name));
}

static bool update(struct keystore_file *f, const struct stack *s, const struct keystore *wanted,
		   const struct secret *password, struct err *e)
{
	unsigned format, differences;

	if (!merge(f, wanted, &differences, e) || !choose_format(f, s, &format, e))
		return false;
	if (differences == 0 && !product_would_rewrite(f, format))
		return true;
	if (f->found && !f->locked)
		password = NULL; /* it has none, and keeps that */
	return keystore_file_save(f, format, password, e);
}

/* Whether the file, as it was looked at, is what it should be: mostly it is, and needs no lock. */
static bool is_up_to_date(const struct keystore_file *f, const struct stack *s,
			  const struct keystore *wanted)
{
	const struct keystore_entry *want, *old;
	struct err ignored;
	unsigned format;

	if (!choose_format(f, s, &format, &ignored) || product_would_rewrite(f, format))
		return false;
	for (size_t i = 0; (want = keystore_at(wanted, i)) != NULL; i++) {
		old = keystore_find(f->entries, want->name);
		if (!old || !secret_equal(old->value, want->value))
			return false;
	}
	return true;
}

static bool add_all(struct keystore *wanted, const struct keystore *more, struct err *e)
{
	const struct keystore_entry *entry;

	for (size_t i = 0; more && (entry = keystore_at(more, i)) != NULL; i++)
		if (!keystore_set(wanted, entry->name, entry->kind, entry->value, e))
			return false;
	return true;
}

static bool gather(struct keystore *wanted, struct material *m, const struct instance *i,
		   const struct keystore *settings, const char *secure_settings, struct err *e)
{
	return add_all(wanted, settings, e) &&
	       (!instance_is_node(i) || add_bootstrap(wanted, m, e)) &&
	       (!secure_settings || add_folder(wanted, product_of(i), secure_settings, e));
}

/* The folder that the file lies in, as a place of its own: `init keystore` locks that one too, and
 * a volume mounted there may have another owner. path: of PATH_MAX; *name: the file in it. */
static bool open_folder(struct place *place, const char *file_name, char *path, struct place *out,
			const char **name, struct err *e)
{
	const char *slash = strrchr(file_name, '/');
	char below[64];

	*out = *place;
	*name = file_name;
	if (!slash)
		return true;
	(void)snprintf(below, sizeof(below), "%.*s", (int)(slash - file_name), file_name);
	(void)snprintf(path, PATH_MAX, "%s/%s", place->dir, below);
	*name = slash + 1;
	out->dir = path;
	return place->check || /* it may not be there yet */
	       (place_folder(place, below, e) && place_open(path, false, out, e));
}

/* The file with these entries in it. */
static bool bring_up_to_date(const struct keystore_product *product, const struct stack *s,
			     const struct keystore *wanted, struct place *folder, const char *name,
			     struct err *e)
{
	auto_keystore_file f = KEYSTORE_FILE_INIT;
	auto_secret password = NULL;

	if (product->codec->has_passwords && !env_take_secret("KEYSTORE_PASSWORD", &password, e))
		return false;
	if (!keystore_file_look(&f, product, folder, name, e) ||
	    !keystore_file_open(&f, password, e))
		return false;
	if (is_up_to_date(&f, s, wanted))
		return true;
	return keystore_file_lock(&f, password, e) && update(&f, s, wanted, password, e);
}

bool instance_keystore_update(struct material *m, const struct instance *i,
			      const struct keystore *settings, const char *secure_settings,
			      struct place *place, struct err *e)
{
	const struct keystore_product *product = product_of(i);
	auto_keystore wanted = NULL;
	struct place folder;
	char path[PATH_MAX];
	const char *name;
	bool ok;

	if (!product)
		return true;
	if (!keystore_new(&wanted, e) || !gather(wanted, m, i, settings, secure_settings, e))
		return false;
	if (keystore_count(wanted) == 0)
		return true;
	if (!open_folder(place, product->file_name, path, &folder, &name, e))
		return false;
	folder.changed = 0;
	ok = bring_up_to_date(product, m->stack, wanted, &folder, name, e);
	place->changed += folder.changed;
	return ok;
}
