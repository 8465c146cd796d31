#include "certgen/checks.h"

#include "certgen/accepts.h"
#include "certgen/usage.h"

static bool has_file(const struct wanted *w, const struct subject *s)
{
	(void)w;
	return !s->from->shown;
}

static bool has_key(const struct wanted *w, const struct subject *s)
{
	(void)w;
	return s->c->key != NULL;
}

static bool is_in_pem(const struct wanted *w, const struct subject *s)
{
	return has_file(w, s) && !s->from->found.keystore;
}

static bool has_key_on_disk(const struct wanted *w, const struct subject *s)
{
	return has_key(w, s) && s->key_from->on_disk;
}

static bool has_trust(const struct wanted *w, const struct subject *s)
{
	(void)s;
	return w->trust != NULL;
}

static bool has_names(const struct wanted *w, const struct subject *s)
{
	(void)s;
	return !san_is_empty(&w->names);
}

static bool has_user(const struct wanted *w, const struct subject *s)
{
	return w->has_user && s->from->on_disk;
}

static bool check_key(const struct wanted *w, const struct subject *s, struct err *e)
{
	(void)w;
	if (!s->c->key)
		return err_set(e, FAIL_CONFIG, "no key that fits is beside it");
	return accepts_kind(s->c->key, e);
}

static bool check_form(const struct wanted *w, const struct subject *s, struct err *e)
{
	return accepts_form(s->c->key, w->version, e);
}

/* Elasticsearch takes the first key and the first certificate of a file for those that are meant,
 * and reads no certificates from a file with a key in it. */
static bool check_place(const struct wanted *w, const struct subject *s, struct err *e)
{
	(void)w;
	if (s->from->has_secret)
		return err_set(e, FAIL_CONFIG, "a key is in the file with the certificate") ||
		       err_hint(e, "certgen convert --out X.crt writes X.crt and X.key");
	if (s->c->behind > 0)
		return err_set(e, FAIL_CONFIG,
			       "it is not the first certificate of its file, which is what counts");
	return !s->c->key || s->key_from->found.keystore || s->c->key_behind == 0 ||
	       err_set(e, FAIL_CONFIG, "its key is not the first thing in '%s'",
		       s->key_from->path) ||
	       err_hint(e, "the key must stand alone in its file");
}

static bool check_dates(const struct wanted *w, const struct subject *s, struct err *e)
{
	(void)w;
	if (!cert_has_begun(s->c->cert))
		return err_set(e, FAIL_CONFIG, "it is not valid yet") ||
		       err_hint(e, "is the clock right?");
	return cert_days_left(s->c->cert) >= 0 || err_set(e, FAIL_CONFIG, "it has expired") ||
	       err_hint(e, "certgen renew makes another with the same names");
}

static bool check_chain(const struct wanted *w, const struct subject *s, struct err *e)
{
	return trust_check(w->trust, w->trust_name, s->c->cert, s->from->path, w->purpose, e);
}

static bool check_usage(const struct wanted *w, const struct subject *s, struct err *e)
{
	return cert_serves(s->c->cert, w->purpose) ||
	       err_set(e, FAIL_CONFIG, "its extended key usage is not that of a %s",
		       usage_name(w->purpose)) ||
	       err_hint(e, "a node is server and client; see --usage");
}

static bool check_names(const struct wanted *w, const struct subject *s, struct err *e)
{
	return chain_check_names(s->c->cert, s->from->path, &w->names, e);
}

static bool check_mode(const struct wanted *w, const struct subject *s, struct err *e)
{
	const struct source *f = s->key_from;

	(void)w;
	return !(f->mode & 077) ||
	       err_set(e, FAIL_CONFIG, "others may read the key: '%s' has mode %04o", f->path,
		       (unsigned)f->mode) ||
	       err_hint(e, "chmod 600 '%s'", f->path);
}

static bool can_read(const struct wanted *w, const struct source *f, struct err *e)
{
	mode_t bit = f->uid == w->uid ? 0400 : f->gid == w->gid ? 040 : 04;

	return !f->on_disk || w->uid == 0 || (f->mode & bit) ||
	       err_set(e, FAIL_CONFIG,
		       "user %u:%u cannot read '%s': it belongs to %u:%u, mode %04o", w->uid,
		       w->gid, f->path, (unsigned)f->uid, (unsigned)f->gid, (unsigned)f->mode) ||
	       err_hint(e, "chown %u:%u '%s'", w->uid, w->gid, f->path);
}

static bool check_user(const struct wanted *w, const struct subject *s, struct err *e)
{
	return can_read(w, s->key_from, e) && can_read(w, s->from, e);
}

/* clang-format off */
const struct check checks[] = {
	{ "key",   has_file,        check_key },
	{ "lock",  has_key,         check_form },
	{ "place", is_in_pem,       check_place },
	{ "dates", NULL,            check_dates },
	{ "chain", has_trust,       check_chain },
	{ "usage", NULL,            check_usage },
	{ "names", has_names,       check_names },
	{ "mode",  has_key_on_disk, check_mode },
	{ "user",  has_user,        check_user },
};
/* clang-format on */

const size_t checks_count = ARRAY_LEN(checks);
