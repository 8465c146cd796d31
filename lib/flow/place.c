#include "flow/place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "os/dir.h"

enum { NEW_CONFIG_MODE = 0640, WRITE_TRIES = 4 };

static bool join(const struct place *p, const char *below, char out[PATH_MAX], struct err *e)
{
	int n = snprintf(out, PATH_MAX, "%s%s%s", p->dir, *below ? "/" : "", below);

	return (n > 0 && n < PATH_MAX) ||
	       err_set(e, FAIL_CONFIG, "path is too long: '%.80s...'", p->dir);
}

void place_view_clear(struct place_view *v)
{
	free(v->path);
	str_wipe(&v->before);
	str_wipe(&v->after);
	v->path = NULL;
}

bool place_open(const char *dir, bool check, struct place *out, struct err *e)
{
	uid_t uid;
	gid_t gid;
	bool root = geteuid() == 0;

	if (!dir_owner(dir, &uid, &gid, e)) {
		if (e->code == FAIL_MISSING)
			(void)err_hint(e, "name the configuration folder with --config-dir");
		return false;
	}
	*out = (struct place){ .dir = dir, .check = check };
	out->access = (struct file_access){ 0, root ? uid : (uid_t)-1, root ? gid : (gid_t)-1 };
	return true;
}

void place_sweep(const struct place *p)
{
	if (!p->check)
		dir_sweep(p->dir, 0);
}

bool place_folder(struct place *p, const char *below, struct err *e)
{
	char path[PATH_MAX];
	struct file_access access = p->access;

	access.mode = PLACE_FOLDER_MODE;
	if (p->check)
		return true;
	if (!join(p, below, path, e) || !dir_make(path, access, e))
		return false;
	dir_sweep(path, 0);
	return true;
}

static bool write_file(struct place *p, const char *path, const struct str *content,
		       struct file_access access, struct err *e)
{
	bool changed = true, done = false;

	if (p->check)
		changed = !file_holds(path, str_text(content), content->len);
	/* FAIL_BUSY: a second prepare in this folder swept our temporary file away. */
	for (unsigned i = 0; !p->check && !done; i++) {
		done = file_update(path, str_text(content), content->len, access, &changed, e);
		if (!done && (e->code != FAIL_BUSY || i == WRITE_TRIES))
			return false;
	}
	p->changed += changed;
	if (changed)
		log_event(LOG_INFO, p->check ? "would write" : "wrote", "path", path, NULL);
	return true;
}

bool place_file(struct place *p, const char *below, const struct str *content, mode_t mode,
		struct err *e)
{
	char path[PATH_MAX];
	struct file_access access = p->access;

	access.mode = mode;
	return join(p, below, path, e) && write_file(p, path, content, access, e);
}

static void keep_access(const struct stat *st, struct file_access *access)
{
	access->mode = st->st_mode & 07777;
	if (geteuid() != 0)
		return;
	access->uid = st->st_uid;
	access->gid = st->st_gid;
}

/* What place_config() is to write is what the view is about. */
static bool fill_view(struct place_view *v, const char *path, const struct str *content,
		      struct err *e)
{
	place_view_clear(v);
	v->path = strdup(path);
	str_addn(&v->after, content->data, content->len);
	return (v->path || err_set(e, FAIL_MEMORY, "out of memory for '%s'", path)) &&
	       str_ok(&v->after, e) && (file_read(path, &v->before, e) || e->code == FAIL_MISSING);
}

bool place_config(struct place *p, const char *below, const struct str *content, mode_t refused,
		  struct err *e)
{
	char path[PATH_MAX];
	struct file_access access = p->access;
	struct stat st;

	access.mode = NEW_CONFIG_MODE;
	if (!join(p, below, path, e))
		return false;
	if (stat(path, &st) == 0)
		keep_access(&st, &access);
	if (p->view && strcmp(p->view->file, below) == 0 && !fill_view(p->view, path, content, e))
		return false;
	access.mode &= ~refused;
	return write_file(p, path, content, access, e);
}

/* Without root a file can only be given to a group that one is in. */
static bool in_group(gid_t gid)
{
	gid_t groups[64];
	int n = getgroups(ARRAY_LEN(groups), groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

bool place_owned(struct place *p, const char *below, const struct str *content, mode_t new_mode,
		 struct err *e)
{
	char path[PATH_MAX];
	struct file_access access = p->access;
	struct stat st;

	access.mode = new_mode;
	if (!join(p, below, path, e))
		return false;
	if (stat(path, &st) < 0)
		return write_file(p, path, content, access, e);
	keep_access(&st, &access);
	if (geteuid() != 0 && st.st_uid != geteuid())
		return err_set(e, FAIL_DENIED,
			       "'%s' belongs to user %u; writing it would change that", path,
			       st.st_uid) ||
		       err_hint(e, "run this as user %u or as root", st.st_uid);
	if (in_group(st.st_gid))
		access.gid = st.st_gid;
	return write_file(p, path, content, access, e);
}

bool place_read(const struct place *p, const char *below, struct str *out, bool *found,
		struct err *e)
{
	char path[PATH_MAX];

	*found = false;
	if (!join(p, below, path, e))
		return false;
	if (file_read(path, out, e)) {
		*found = true;
		return true;
	}
	return e->code == FAIL_MISSING;
}
