#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/env.h"
#include "os/file.h"

static struct err e;
static const struct file_access private_mode = { 0600, (uid_t)-1, (gid_t)-1 };

static void check_secret(const struct secret *s, const char *want)
{
	CHECK(s != NULL);
	CHECK_TEXT(secret_reveal(s, NULL), want);
}

TEST(env_empty_variable_counts_as_absent)
{
	CHECK(setenv("T_EMPTY", "", 1) == 0 && setenv("T_SET", "x", 1) == 0);
	CHECK(env_get("T_EMPTY") == NULL);
	CHECK(env_get("T_NEVER_SET") == NULL);
	CHECK_TEXT(env_get("T_SET"), "x");
}

TEST(env_secret_of_nothing_is_null)
{
	auto_secret s = NULL;

	CHECK(env_take_secret("T_NEVER_SET", &s, &e));
	CHECK(s == NULL);
}

TEST(env_secret_is_taken_out_of_the_environment)
{
	auto_secret s = NULL;

	CHECK(setenv("T_PASS", "hunter2", 1) == 0);
	CHECK(env_take_secret("T_PASS", &s, &e));
	check_secret(s, "hunter2");
	CHECK(getenv("T_PASS") == NULL);
}

TEST(env_secret_file_loses_only_its_last_line_end)
{
	static const char *const contents[] = { "pass word", "pass word\n", "pass word\r\n" };

	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		auto_secret s = NULL;

		CHECK(file_write("p", contents[i], strlen(contents[i]), private_mode, FILE_REPLACE,
				 &e));
		CHECK(setenv("T_PASS_FILE", "p", 1) == 0);
		CHECK(env_take_secret("T_PASS", &s, &e));
		check_secret(s, "pass word");
	}
	auto_secret two = NULL;

	CHECK(file_write("p", "a\n\n", 3, private_mode, FILE_REPLACE, &e));
	CHECK(env_take_secret("T_PASS", &two, &e));
	check_secret(two, "a\n");
}

TEST(env_secret_given_twice_is_a_contradiction)
{
	auto_secret s = NULL;

	CHECK(setenv("T_PASS", "a", 1) == 0 && setenv("T_PASS_FILE", "p", 1) == 0);
	CHECK(!env_take_secret("T_PASS", &s, &e));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK_TEXT(e.msg, "both T_PASS and T_PASS_FILE are set");
	CHECK(s == NULL);
}

TEST(env_secret_file_that_is_empty_missing_or_huge_is_an_error)
{
	static char huge[8192];
	auto_secret s = NULL;

	CHECK(setenv("T_PASS_FILE", "p", 1) == 0);
	CHECK(!env_take_secret("T_PASS", &s, &e));
	CHECK_INT(e.code, FAIL_MISSING);
	CHECK(file_write("p", "\n", 1, private_mode, FILE_REPLACE, &e));
	CHECK(!env_take_secret("T_PASS", &s, &e));
	CHECK_TEXT(e.msg, "file 'p' of T_PASS_FILE is empty");
	memset(huge, 'x', sizeof(huge));
	CHECK(file_write("p", huge, sizeof(huge), private_mode, FILE_REPLACE, &e));
	CHECK(!env_take_secret("T_PASS", &s, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(s == NULL);
}

/* /proc/self/environ shows what execve() was given, so the program has to be run anew. */
static bool shown_by_proc(const char *text)
{
	static char shown[65536];
	auto_str all = STR_INIT(sizeof(shown) - 1);
	size_t n = strlen(text);

	CHECK(file_read("/proc/self/environ", &all, &e));
	for (size_t i = 0; i + n <= all.len; i++)
		if (memcmp(all.data + i, text, n) == 0)
			return true;
	return false;
}

TEST(env_secret_is_wiped_from_proc_self_environ)
{
	/* The kernel reads this process's memory: put the value where execve() left the others. */
	auto_secret s = NULL;
	char *path = getenv("PATH");
	char kept[4096];

	CHECK(path && strlen(path) < sizeof(kept) && strlen(path) >= 8);
	memcpy(kept, path, strlen(path) + 1);
	CHECK(shown_by_proc(kept));
	CHECK(env_take_secret("PATH", &s, &e));
	check_secret(s, kept);
	CHECK(!shown_by_proc(kept));
	CHECK(getenv("PATH") == NULL);
}

TEST(env_wipe_removes_every_variable_of_the_prefix_but_the_files)
{
	CHECK(setenv("T_W_ONE", "1", 1) == 0 && setenv("T_W_TWO", "2", 1) == 0);
	CHECK(setenv("T_W_THREE_FILE", "p", 1) == 0 && setenv("T_OTHER", "o", 1) == 0);
	env_wipe("T_W_");
	CHECK(getenv("T_W_ONE") == NULL && getenv("T_W_TWO") == NULL);
	CHECK_TEXT(getenv("T_W_THREE_FILE"), "p");
	CHECK_TEXT(getenv("T_OTHER"), "o");
}
