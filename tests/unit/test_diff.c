#include "check.h"

#include <string.h>

#include "conf/diff.h"

static struct err e;
static const struct diff_style plain = { false, NULL };

static void check(const char *before, const char *after, const char *want)
{
	auto_str out = STR_INIT(1 << 20);

	CHECK(diff_format("f", before, after, &plain, &out, &e));
	CHECK_TEXT(str_text(&out), want);
}

TEST(diff_of_the_same_is_nothing)
{
	check("", "", "");
	check("a\nb", "a\nb", "");
}

TEST(diff_shows_what_came_what_went_and_three_lines_around)
{
	check("", "a\nb\n", "--- /dev/null\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b\n");
	check("a\n", "", "--- f\n+++ f\n@@ -1 +0,0 @@\n-a\n");
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
	      "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n",
	      "--- f\n+++ f\n@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -6,4 +7,3 @@\n 6\n 7\n 8\n-9\n");
	check("a", "a\nb\n",
	      "--- f\n+++ f\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n");
}

TEST(diff_takes_changes_that_are_close_together_as_one)
{
	check("1\n2\n3\n4\n5\n6\n7\n8\n", "x\n2\n3\n4\n5\n6\n7\ny\n",
	      "--- f\n+++ f\n@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n");
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n",
	      "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n"
	      "+y\n");
}

static bool hides(const char *line, size_t n)
{
	return n > 6 && strncmp(line, "secret", 6) == 0;
}

TEST(diff_hides_secrets_and_steers_no_terminal)
{
	static const struct diff_style style = { true, hides };
	auto_str out = STR_INIT(4096);

	CHECK(diff_format("f", "secret: abc\n", "a\x1b[2J\n", &style, &out, &e));
	CHECK_TEXT(str_text(&out),
		   "--- f\n+++ f\n\x1b[36m@@ -1 +1 @@\x1b[0m\n\x1b[31m-secret: (not shown)\x1b[0m\n"
		   "\x1b[32m+a\\x1b[2J\x1b[0m\n");
	str_clear(&out);
	CHECK(diff_show("a\nsecret: abc", &style, &out, &e));
	CHECK_TEXT(str_text(&out), "a\nsecret: (not shown)\n");
}

TEST(diff_of_texts_that_are_too_long_for_the_table_is_all_of_both)
{
	auto_str a = STR_INIT(1 << 20), b = STR_INIT(1 << 20), out = STR_INIT(1 << 22);

	for (int i = 0; i < 5000; i++) {
		str_addf(&a, "a%d\n", i);
		str_addf(&b, "b%d\n", i);
	}
	CHECK(diff_format("f", str_text(&a), str_text(&b), &plain, &out, &e));
	CHECK(strncmp(str_text(&out), "--- f\n+++ f\n@@ -1,5000 +1,5000 @@\n-a0\n", 37) == 0);
	CHECK(strstr(str_text(&out), "-a4999\n+b0\n"));
}

TEST(diff_without_memory_says_so)
{
	for (unsigned n = 1;; n++) {
		auto_str out = STR_INIT(4096);
		bool ok;

		fault_alloc_at(n);
		ok = diff_format("f", "a\nb\n", "a\nc\n", &plain, &out, &e);
		fault_alloc_at(0);
		if (!fault_hit()) {
			CHECK(ok);
			break;
		}
		CHECK(!ok);
		CHECK_INT(e.code, FAIL_MEMORY);
	}
}
