#include "check.h"
#include "given.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"
#include "os/dir.h"

static struct err e;
static const struct file_access access_700 = { 0700, (uid_t)-1, (gid_t)-1 };
static const struct dir_entry pair[] = { { "tls.crt", "cert", 4, 0644 },
					 { "tls.key", "key", 3, 0600 } };

TEST(dir_make_sets_the_exact_mode_and_leaves_an_existing_folder)
{
	(void)umask(0777);
	CHECK(dir_make("d", access_700, &e));
	CHECK_INT(mode_of("d"), 0700);
	CHECK(chmod("d", 0755) == 0);
	CHECK(dir_make("d", access_700, &e));
	CHECK_INT(mode_of("d"), 0755);
}

TEST(dir_make_over_a_file_or_without_a_parent_fails)
{
	CHECK(file_write("f", "", 0, access_700, FILE_REPLACE, &e));
	CHECK(!dir_make("f", access_700, &e));
	CHECK_TEXT(e.msg, "cannot create folder 'f': Not a directory");
	CHECK(!dir_make("no/d", access_700, &e));
	CHECK_INT(e.code, FAIL_MISSING);
}

TEST(dir_publish_shows_the_whole_folder_with_its_modes)
{
	(void)umask(0);
	CHECK(dir_publish("unit", pair, 2, access_700, &e));
	CHECK_INT(mode_of("unit"), 0700);
	CHECK_INT(mode_of("unit/tls.crt"), 0644);
	CHECK_INT(mode_of("unit/tls.key"), 0600);
	check_content("unit/tls.key", "key");
	CHECK_INT(entry_count("."), 1);
}

TEST(dir_publish_never_replaces_a_folder_that_holds_files)
{
	static const struct dir_entry other[] = { { "tls.crt", "other", 5, 0644 } };

	CHECK(dir_publish("unit", pair, 2, access_700, &e));
	CHECK(!dir_publish("unit", other, 1, access_700, &e));
	CHECK_INT(e.code, FAIL_EXISTS);
	CHECK_TEXT(e.msg, "'unit' exists already");
	check_content("unit/tls.crt", "cert");
	CHECK_INT(entry_count("unit"), 2);
	CHECK_INT(entry_count("."), 1);
}

TEST(dir_publish_never_replaces_a_file)
{
	CHECK(file_write("unit", "file", 4, access_700, FILE_REPLACE, &e));
	CHECK(!dir_publish("unit", pair, 2, access_700, &e));
	CHECK_INT(e.code, FAIL_EXISTS);
	check_content("unit", "file");
	CHECK_INT(entry_count("."), 1);
}

TEST(dir_publish_that_fails_leaves_nothing)
{
	static const struct dir_entry bad[] = { { "good", "x", 1, 0644 },
						{ "no/such", "x", 1, 0644 } };

	CHECK(!dir_publish("unit", bad, 2, access_700, &e));
	CHECK_INT(entry_count("."), 0);
	CHECK(!dir_publish("none/unit", pair, 2, access_700, &e));
	CHECK_INT(e.code, FAIL_MISSING);
}

TEST(dir_publish_has_one_winner_among_twenty_processes)
{
	int winners = 0, status;

	for (int i = 0; i < 20; i++)
		if (fork() == 0) {
			char mine[2] = { (char)('a' + i), '\0' };
			struct dir_entry files[] = { { "one", mine, 1, 0600 },
						     { "two", mine, 1, 0600 } };
			bool won = dir_publish("unit", files, 2, access_700, &e);

			_exit(won ? 0 : e.code == FAIL_EXISTS ? 1 : 2);
		}
	for (int i = 0; i < 20; i++) {
		CHECK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 2);
		winners += WEXITSTATUS(status) == 0;
	}
	CHECK_INT(winners, 1);
	CHECK_INT(entry_count("."), 1);
	CHECK_INT(entry_count("unit"), 2);
	auto_str one = STR_INIT(8);
	auto_str two = STR_INIT(8);
	CHECK(file_read("unit/one", &one, &e) && file_read("unit/two", &two, &e));
	CHECK_TEXT(str_text(&one), str_text(&two));
}

TEST(dir_publish_beside_a_busy_sweeper_publishes_whole_or_asks_to_try_again)
{
	pid_t sweeper = fork();
	unsigned made = 0;

	if (sweeper == 0)
		for (;;)
			dir_sweep(".", 0);
	for (unsigned i = 0; i < 200; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "unit%u", i);
		if (dir_publish(name, pair, 2, access_700, &e)) {
			made++;
			CHECK_INT(entry_count(name), 2);
		} else {
			CHECK_INT(e.code, FAIL_BUSY);
			CHECK(access(name, F_OK) < 0);
		}
	}
	CHECK(kill(sweeper, SIGKILL) == 0 && waitpid(sweeper, NULL, 0) == sweeper);
	dir_sweep(".", 0);
	CHECK_INT(entry_count("."), made);
}

TEST(dir_sweep_removes_leftovers_and_spares_everything_else)
{
	static const char *const spared[] = { ".lock", ".hidden.tmp", "a.0123456789abcdef.tmp",
					      "ca" };

	for (size_t i = 0; i < ARRAY_LEN(spared); i++)
		CHECK(file_write(spared[i], "x", 1, access_700, FILE_REPLACE, &e));
	CHECK(file_write(".f.0123456789abcdef.tmp", "x", 1, access_700, FILE_REPLACE, &e));
	CHECK(mkdir(".d.0123456789abcdef.tmp", 0700) == 0);
	CHECK(file_write(".d.0123456789abcdef.tmp/tls.key", "x", 1, access_700, FILE_REPLACE, &e));
	CHECK(symlink("ca", ".l.0123456789abcdef.tmp") == 0);
	dir_sweep(".", 0);
	CHECK_INT(entry_count("."), ARRAY_LEN(spared));
	check_content("ca", "x");
	dir_sweep("not-there", 0);
}

TEST(dir_list_is_sorted_and_leaves_dot_files_out)
{
	auto_list names = { 0 };

	CHECK(file_write("b", "", 0, access_700, FILE_REPLACE, &e));
	CHECK(file_write("a", "", 0, access_700, FILE_REPLACE, &e));
	CHECK(file_write(".c", "", 0, access_700, FILE_REPLACE, &e));
	CHECK(dir_list(".", &names, &e));
	CHECK_INT(names.count, 2);
	CHECK_TEXT(names.items[0], "a");
	CHECK_TEXT(names.items[1], "b");
	CHECK(!dir_list("none", &names, &e));
	CHECK_INT(e.code, FAIL_MISSING);
}

TEST(dir_owner_is_the_folders_and_a_file_has_none)
{
	uid_t uid = 0;
	gid_t gid = 0;
	struct stat st;

	CHECK(mkdir("d", 0700) == 0 && stat("d", &st) == 0);
	CHECK(dir_owner("d", &uid, &gid, &e));
	CHECK(uid == st.st_uid && gid == st.st_gid);
	CHECK(file_write("f", "", 0, access_700, FILE_REPLACE, &e));
	CHECK(!dir_owner("f", &uid, &gid, &e));
	CHECK(!dir_owner("none", &uid, &gid, &e));
	CHECK_INT(e.code, FAIL_MISSING);
}
