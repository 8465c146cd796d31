#include "check.h"
#include "given.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file.h"

static struct err e;
static const struct file_access secret_mode = { 0600, (uid_t)-1, (gid_t)-1 };
static const struct file_access public_mode = { 0644, (uid_t)-1, (gid_t)-1 };

TEST(file_has_its_exact_mode_under_any_umask)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };

	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		(void)umask(masks[i]);
		CHECK(file_write("key", "k", 1, secret_mode, FILE_REPLACE, &e));
		CHECK_INT(mode_of("key"), 0600);
		CHECK(file_write("crt", "c", 1, public_mode, FILE_REPLACE, &e));
		CHECK_INT(mode_of("crt"), 0644);
	}
}

TEST(file_create_lets_the_first_writer_win)
{
	CHECK(file_write("ca.key", "one", 3, secret_mode, FILE_CREATE, &e));
	CHECK(!file_write("ca.key", "two", 3, secret_mode, FILE_CREATE, &e));
	CHECK_INT(e.code, FAIL_EXISTS);
	CHECK_TEXT(e.msg, "cannot write 'ca.key': File exists");
	check_content("ca.key", "one");
	CHECK_INT(entry_count("."), 1);
}

TEST(file_create_has_one_winner_among_twenty_processes)
{
	int winners = 0, status;

	for (int i = 0; i < 20; i++)
		if (fork() == 0) {
			char text[3] = { (char)('a' + i), (char)('a' + i), '\0' };
			bool won = file_write("once", text, 2, secret_mode, FILE_CREATE, &e);

			_exit(won ? 0 : e.code == FAIL_EXISTS ? 1 : 2);
		}
	for (int i = 0; i < 20; i++) {
		CHECK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 2);
		winners += WEXITSTATUS(status) == 0;
	}
	CHECK_INT(winners, 1);
	CHECK_INT(entry_count("."), 1);
}

TEST(file_replace_lets_the_last_writer_win_and_leaves_no_temporary)
{
	CHECK(file_write("f", "one", 3, public_mode, FILE_REPLACE, &e));
	CHECK(file_write("f", "two", 3, public_mode, FILE_REPLACE, &e));
	check_content("f", "two");
	CHECK_INT(entry_count("."), 1);
}

TEST(file_replace_replaces_a_symbolic_link_and_not_its_target)
{
	struct stat st;

	CHECK(file_write("target", "t", 1, public_mode, FILE_REPLACE, &e));
	CHECK(symlink("target", "link") == 0);
	CHECK(file_write("link", "new", 3, secret_mode, FILE_REPLACE, &e));
	check_content("target", "t");
	CHECK(lstat("link", &st) == 0 && S_ISREG(st.st_mode));
}

TEST(file_replace_leaves_a_pipe_as_it_is)
{
	struct stat st;

	CHECK(mkfifo("pipe", 0600) == 0);
	CHECK(!file_write("pipe", "x", 1, secret_mode, FILE_REPLACE, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_TEXT(e.msg, "'pipe' is not a regular file");
	CHECK(stat("pipe", &st) == 0 && S_ISFIFO(st.st_mode));
}

TEST(file_write_into_a_missing_folder_says_which)
{
	CHECK(!file_write("none/f", "x", 1, public_mode, FILE_REPLACE, &e));
	CHECK_INT(e.code, FAIL_MISSING);
	CHECK_TEXT(e.msg, "cannot open directory 'none': No such file or directory");
}

TEST(file_write_over_a_folder_fails_and_leaves_no_temporary)
{
	CHECK(mkdir("d", 0700) == 0);
	CHECK(!file_write("d", "x", 1, public_mode, FILE_REPLACE, &e));
	CHECK_INT(entry_count("."), 1);
}

TEST(file_update_of_the_same_content_keeps_the_file_and_its_times)
{
	struct stat before, after;
	bool changed;

	CHECK(file_update("f", "same", 4, public_mode, &changed, &e));
	CHECK(changed);
	CHECK(stat("f", &before) == 0);
	CHECK(file_update("f", "same", 4, public_mode, &changed, &e));
	CHECK(!changed);
	CHECK(stat("f", &after) == 0);
	CHECK_INT(after.st_ino, before.st_ino);
	CHECK_INT(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
}

TEST(file_update_repairs_content_and_mode)
{
	bool changed;

	CHECK(file_update("f", "old", 3, public_mode, &changed, &e));
	CHECK(file_update("f", "old", 3, secret_mode, &changed, &e));
	CHECK(changed);
	CHECK_INT(mode_of("f"), 0600);
	CHECK(file_update("f", "older", 5, secret_mode, &changed, &e));
	CHECK(changed);
	check_content("f", "older");
	CHECK(file_update("f", "", 0, secret_mode, &changed, &e));
	CHECK(changed);
	check_content("f", "");
	CHECK(file_update("f", "", 0, secret_mode, &changed, &e));
	CHECK(!changed);
}

TEST(file_read_stops_at_the_limit)
{
	auto_str exact = STR_INIT(5);
	auto_str less = STR_INIT(4);

	CHECK(file_write("f", "12345", 5, public_mode, FILE_REPLACE, &e));
	CHECK(file_read("f", &exact, &e));
	CHECK(!file_read("f", &less, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_TEXT(e.msg, "'f' is larger than the 4 bytes expected");
}

TEST(file_read_follows_links_and_refuses_what_is_no_regular_file)
{
	auto_str got = STR_INIT(64);

	CHECK(file_write("f", "x", 1, public_mode, FILE_REPLACE, &e));
	CHECK(symlink("f", "l") == 0);
	CHECK(file_read("l", &got, &e));
	CHECK(!file_read(".", &got, &e));
	CHECK_TEXT(e.msg, "'.' is not a regular file");
	CHECK(mkfifo("pipe", 0600) == 0);
	CHECK(!file_read("pipe", &got, &e)); /* and does not wait for a writer */
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(!file_read("none", &got, &e));
	CHECK_INT(e.code, FAIL_MISSING);
}

TEST(file_temp_names_are_recognised_and_no_other_name_is)
{
	static const char *const spared[] = { ".hidden.tmp",
					      "a.0123456789abcdef.tmp",
					      ".a.0123456789abcdeg.tmp",
					      ".a.0123456789abcdef.tm",
					      ".0123456789abcdef.tmp",
					      "",
					      ".lock",
					      ".a.0123456789ABCDEF.tmp" };
	char name[256], base[256];

	memset(base, 'b', sizeof(base) - 1);
	base[sizeof(base) - 1] = '\0';
	CHECK(file_temp_name("x", name, sizeof(name), &e));
	CHECK(file_is_temp_name(name));
	CHECK(file_temp_name(base, name, sizeof(name), &e));
	CHECK(file_is_temp_name(name));
	for (size_t i = 0; i < ARRAY_LEN(spared); i++)
		CHECK(!file_is_temp_name(spared[i]));
}

TEST(file_without_memory_fails_and_leaves_the_old_file)
{
	CHECK(file_write("f", "old", 3, public_mode, FILE_REPLACE, &e));
	for (unsigned n = 1;; n++) {
		auto_str got = STR_INIT(64);
		bool ok;

		fault_alloc_at(n);
		ok = file_read("f", &got, &e);
		fault_alloc_at(0);
		if (!fault_hit()) {
			CHECK(ok && n > 1);
			break;
		}
		CHECK(!ok);
	}
	for (unsigned n = 1;; n++) {
		bool ok, changed;

		fault_alloc_at(n);
		ok = file_update("f", "new", 3, public_mode, &changed, &e);
		fault_alloc_at(0);
		check_content("f", ok ? "new" : "old");
		CHECK_INT(entry_count("."), 1);
		if (!fault_hit())
			break;
	}
}
