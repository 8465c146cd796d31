#include "certgen/claim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "os/dir.h"
#include "os/file.h"
#include "os/lock.h"

enum { LOCK_QUIET_MS = 1000, LOCK_WAIT_MS = 29000, LOCK_TRIES = 100 };

void claim_cut_last_part(char path[PATH_MAX])
{
	char *slash = strrchr(path, '/');

	if (!slash)
		(void)snprintf(path, PATH_MAX, ".");
	else
		slash[slash == path] = '\0';
}

/* The nearest part of the folder that is there already, and must be a folder. */
static bool find_base(const char *folder, char out[PATH_MAX], struct err *e)
{
	struct stat st;

	(void)snprintf(out, PATH_MAX, "%s", folder);
	while (stat(out, &st) < 0 && (errno == ENOENT || errno == ENOTDIR) && strcmp(out, ".") != 0)
		claim_cut_last_part(out);
	if (stat(out, &st) == 0 && !S_ISDIR(st.st_mode))
		return err_set(e, FAIL_EXISTS, "cannot write into '%s': it is no folder", out) ||
		       err_hint(e, "it was left as it is; choose another --out");
	return true;
}

static bool is_still(const char *folder, int fd)
{
	struct stat there, held;

	return stat(folder, &there) == 0 && fstat(fd, &held) == 0 && there.st_ino == held.st_ino &&
	       there.st_dev == held.st_dev;
}

/* Say once that somebody else is at it, and not for the moment that most take. */
static bool lock(const char *folder, bool *told, int *out, struct err *e)
{
	if (!*told) {
		if (lock_folder(folder, LOCK_QUIET_MS, out, e) || e->code != FAIL_BUSY)
			return *out >= 0;
		log_event(LOG_INFO, "waiting for another process", "folder", folder, "at_most",
			  "30s", NULL);
		*told = true;
	}
	return lock_folder(folder, LOCK_WAIT_MS, out, e) ||
	       (e->code == FAIL_BUSY && err_hint(e, "try again when it is done"));
}

/* Lock the very folder, making it first: with a lock on one above it, who comes when it is half
 * written would lock another one. claim_drop() takes away what stayed empty, so a folder may be
 * gone when its lock is got: then again. */
bool claim_take(const char *folder, struct claim *out, struct err *e)
{
	static const struct file_access access = { CLAIM_FOLDER_MODE, (uid_t)-1, (gid_t)-1 };
	char inside[PATH_MAX + 1];
	bool told = false;

	(void)snprintf(out->folder, sizeof(out->folder), "%s", folder);
	(void)snprintf(inside, sizeof(inside), "%s/", folder);
	if (!find_base(folder, out->base, e))
		return false;
	for (unsigned tries = 0; tries < LOCK_TRIES; tries++) {
		if (dir_make_parents(inside, access, e) && lock(folder, &told, &out->lock, e)) {
			if (is_still(folder, out->lock))
				return true;
			fd_closep(&out->lock);
			out->lock = -1;
		} else if (e->code != FAIL_MISSING) {
			return false;
		}
	}
	return err_set(e, FAIL_BUSY, "folder '%s' comes and goes", folder);
}

/* Each only under its lock, since another may have claimed it; rmdir() keeps what holds something.
 */
void claim_drop(struct claim *c)
{
	struct err ignored;

	for (; strcmp(c->folder, c->base) != 0; claim_cut_last_part(c->folder)) {
		if (c->lock >= 0 || lock_folder(c->folder, 0, &c->lock, &ignored))
			(void)rmdir(c->folder);
		fd_closep(&c->lock);
		c->lock = -1;
	}
	fd_closep(&c->lock);
	*c = (struct claim)CLAIM_INIT;
}
