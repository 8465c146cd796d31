#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/file.h"

bool lock_open(const char *path, unsigned uid, unsigned gid, int *out, struct err *e)
{
	auto_fd fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) {
		fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 && fchown(fd, uid, gid) < 0 && geteuid() == 0)
			return err_errno(e, errno, "cannot set the owner of '%s'", path);
	}
	if (fd < 0)
		return err_errno(e, errno, "cannot open lock '%s'", path);
	*out = fd;
	fd = -1; /* the caller closes it */
	return true;
}

bool lock_take(int fd, enum lock_what what, enum lock_kind kind, unsigned wait_ms, struct err *e)
{
	static const short type[] = {
		[LOCK_SHARED] = F_RDLCK, [LOCK_EXCLUSIVE] = F_WRLCK, [LOCK_NONE] = F_UNLCK
	};
	struct deadline until = { clock_now_ms() + wait_ms };
	struct backoff pause = BACKOFF_INIT(2, 100);

	for (;;) {
		struct flock one = { .l_type = type[kind],
				     .l_whence = SEEK_SET,
				     .l_start = (off_t)what,
				     .l_len = 1 };

		if (fcntl(fd, F_OFD_SETLK, &one) == 0)
			return true;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return err_errno(e, errno, "cannot take a lock");
		if (deadline_passed(until))
			return err_set(e, FAIL_BUSY, "another container holds the lock");
		backoff_sleep(&pause, until);
	}
}

bool lock_folder(const char *path, unsigned wait_ms, int *out, struct err *e)
{
	auto_fd fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct deadline until = { clock_now_ms() + wait_ms };
	struct backoff pause = BACKOFF_INIT(2, 100);

	if (fd < 0)
		return err_errno(e, errno, "cannot open folder '%s'", path);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == ENOLCK || errno == EOPNOTSUPP || errno == EBADF)
			break; /* a filesystem without such locks: they only save work */
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_errno(e, errno, "cannot lock folder '%s'", path);
		if (deadline_passed(until))
			return err_set(e, FAIL_BUSY, "another process holds folder '%s'", path);
		backoff_sleep(&pause, until);
	}
	*out = fd;
	fd = -1; /* the caller closes it */
	return true;
}
