#include "check.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file.h"
#include "os/lock.h"

static struct err e;

static int open_lock(void)
{
	int fd = -1;

	CHECK(lock_open("lock", (unsigned)getuid(), (unsigned)getgid(), &fd, &e));
	return fd;
}

TEST(lock_file_is_private)
{
	auto_fd fd = open_lock();
	struct stat st;

	CHECK(fstat(fd, &st) == 0);
	CHECK_INT(st.st_mode & 07777, 0600);
}

TEST(lock_exclusive_keeps_a_second_one_out)
{
	auto_fd a = open_lock();
	auto_fd b = open_lock();

	CHECK(lock_take(a, LOCK_CA, LOCK_EXCLUSIVE, 0, &e));
	CHECK(!lock_take(b, LOCK_CA, LOCK_EXCLUSIVE, 0, &e));
	CHECK_INT(e.code, FAIL_BUSY);
	CHECK(!lock_take(b, LOCK_CA, LOCK_SHARED, 0, &e));
	CHECK(lock_take(a, LOCK_CA, LOCK_NONE, 0, &e));
	CHECK(lock_take(b, LOCK_CA, LOCK_EXCLUSIVE, 0, &e));
}

TEST(lock_shared_admits_others_and_can_be_made_exclusive_alone)
{
	auto_fd a = open_lock();
	auto_fd b = open_lock();

	CHECK(lock_take(a, LOCK_WRITERS, LOCK_SHARED, 0, &e));
	CHECK(lock_take(b, LOCK_WRITERS, LOCK_SHARED, 0, &e));
	CHECK(!lock_take(a, LOCK_WRITERS, LOCK_EXCLUSIVE, 0, &e));
	CHECK(lock_take(b, LOCK_WRITERS, LOCK_NONE, 0, &e));
	CHECK(lock_take(a, LOCK_WRITERS, LOCK_EXCLUSIVE, 0, &e));
}

TEST(lock_of_one_thing_does_not_lock_another)
{
	auto_fd a = open_lock();
	auto_fd b = open_lock();

	CHECK(lock_take(a, LOCK_CA, LOCK_EXCLUSIVE, 0, &e));
	CHECK(lock_take(b, LOCK_SEAL, LOCK_EXCLUSIVE, 0, &e));
	CHECK(lock_take(b, LOCK_WRITERS, LOCK_EXCLUSIVE, 0, &e));
}

TEST(lock_dies_with_its_holder)
{
	auto_fd mine = open_lock();
	int ready[2];
	char byte;
	pid_t child;

	CHECK(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		auto_fd fd = open_lock();

		CHECK(lock_take(fd, LOCK_SEAL, LOCK_EXCLUSIVE, 0, &e));
		CHECK(write(ready[1], "x", 1) == 1);
		for (;;)
			(void)pause();
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(!lock_take(mine, LOCK_SEAL, LOCK_EXCLUSIVE, 0, &e));
	CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
	CHECK(lock_take(mine, LOCK_SEAL, LOCK_EXCLUSIVE, 0, &e));
	(void)close(ready[0]);
	(void)close(ready[1]);
}

TEST(lock_is_taken_while_waiting_once_it_is_free)
{
	auto_fd mine = open_lock();
	pid_t child;

	CHECK(lock_take(mine, LOCK_CA, LOCK_EXCLUSIVE, 0, &e));
	child = fork();
	if (child == 0) {
		auto_fd fd = open_lock();

		_exit(lock_take(fd, LOCK_CA, LOCK_EXCLUSIVE, 15000, &e) ? 0 : 1);
	}
	CHECK(lock_take(mine, LOCK_CA, LOCK_NONE, 0, &e));
	int status;
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(lock_in_a_missing_folder_fails)
{
	int fd = -1;

	CHECK(!lock_open("none/lock", 0, 0, &fd, &e));
	CHECK_INT(e.code, FAIL_MISSING);
	CHECK_INT(fd, -1);
}
