#include "check.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/batch.h"

enum { COUNT = 6 };

static const struct file_access access_of_all = { 0640, (uid_t)-1, (gid_t)-1 };

/* Two folders with three files each. */
static void wanted(struct batch_file files[COUNT], const char *text, enum file_publish publish)
{
	static const char *const paths[COUNT] = { "a/1", "a/2", "a/3", "b/1", "b/2", "b/3" };

	for (size_t i = 0; i < COUNT; i++)
		files[i] = (struct batch_file){ paths[i],      text,    strlen(text),
						access_of_all, publish, i == 0 };
}

/* How many files a folder holds, temporary ones too. */
static size_t entries(const char *folder)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	CHECK(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void make_folders(void)
{
	CHECK(mkdir("a", 0700) == 0 && mkdir("b", 0700) == 0);
}

TEST(batch_writes_all_with_their_modes_and_leaves_no_temporary)
{
	struct batch_file files[COUNT];
	struct err e = { 0 };
	struct stat st;

	make_folders();
	wanted(files, "one", FILE_CREATE);
	CHECK(batch_write(".", files, COUNT, &e));
	wanted(files, "two", FILE_REPLACE);
	CHECK(batch_write(".", files, COUNT, &e));
	for (size_t i = 0; i < COUNT; i++)
		CHECK(file_holds(files[i].path, "two", 3) && stat(files[i].path, &st) == 0 &&
		      (st.st_mode & 0777) == 0640);
	CHECK_INT(entries("a"), 3);
	CHECK_INT(entries("b"), 3);
}

TEST(batch_that_cannot_write_one_publishes_none)
{
	struct batch_file files[COUNT];
	struct err e = { 0 };

	make_folders();
	CHECK(rmdir("b") == 0);
	wanted(files, "one", FILE_CREATE);
	CHECK(!batch_write(".", files, COUNT, &e));
	CHECK_INT(e.code, FAIL_MISSING);
	CHECK_INT(entries("a"), 0);
}

TEST(batch_creates_nothing_over_what_is_there_and_takes_its_temporaries_away)
{
	struct batch_file files[COUNT];
	struct err e = { 0 };

	make_folders();
	CHECK(file_write("a/2", "old", 3, access_of_all, FILE_CREATE, &e));
	wanted(files, "new", FILE_CREATE);
	CHECK(!batch_write(".", files, COUNT, &e));
	CHECK_INT(e.code, FAIL_EXISTS);
	CHECK(file_holds("a/1", "new", 3) && file_holds("a/2", "old", 3));
	CHECK_INT(entries("a"), 2);
	CHECK_INT(entries("b"), 0);
}
