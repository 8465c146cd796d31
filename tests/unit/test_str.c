#include "check.h"

#include "base/str.h"

#include <string.h>

static struct err e;

TEST(str_is_empty_text_before_anything_is_added)
{
	auto_str s = STR_INIT(16);

	CHECK_TEXT(str_text(&s), "");
	CHECK(str_ok(&s, &e));
}

TEST(str_adds_text_bytes_and_formats)
{
	auto_str s = STR_INIT(64);

	str_add(&s, "ab");
	str_addn(&s, "cdX", 2);
	str_addf(&s, "-%d-%s", 7, "e");
	CHECK_TEXT(str_text(&s), "abcd-7-e");
	CHECK_INT(s.len, 8);
}

TEST(str_keeps_bytes_after_an_embedded_nul)
{
	auto_str s = STR_INIT(16);

	str_addn(&s, "a\0b", 3);
	CHECK_INT(s.len, 3);
	CHECK(memcmp(s.data, "a\0b", 4) == 0);
}

TEST(str_takes_exactly_its_limit)
{
	auto_str s = STR_INIT(4);

	str_add(&s, "1234");
	CHECK(str_ok(&s, &e));
	CHECK_TEXT(str_text(&s), "1234");
}

TEST(str_failure_past_the_limit_sticks)
{
	auto_str s = STR_INIT(4);

	str_add(&s, "12345");
	str_add(&s, "1");
	CHECK(!str_ok(&s, &e));
	CHECK_INT(e.code, FAIL_MEMORY);
	CHECK_TEXT(str_text(&s), "");
}

TEST(str_format_past_the_limit_fails)
{
	auto_str s = STR_INIT(4);

	str_addf(&s, "%d", 12345);
	CHECK(!str_ok(&s, &e));
}

TEST(str_grows_over_many_sizes_and_keeps_its_text)
{
	auto_str s = STR_INIT(100000);

	for (int i = 0; i < 10000; i++)
		str_addf(&s, "%04d", i);
	CHECK(str_ok(&s, &e));
	CHECK_INT(s.len, 40000);
	CHECK(memcmp(s.data + 4 * 9999, "9999", 5) == 0);
	CHECK(memcmp(s.data + 4 * 1234, "1234", 4) == 0);
}

TEST(str_can_be_used_again_after_it_was_cleared)
{
	auto_str s = STR_INIT(4);

	str_add(&s, "12345");
	str_clear(&s);
	str_add(&s, "ok");
	CHECK(str_ok(&s, &e));
	CHECK_TEXT(str_text(&s), "ok");
}

TEST(str_without_memory_fails_and_keeps_what_it_had)
{
	auto_str s = STR_INIT(1000);

	str_add(&s, "kept");
	fault_alloc_at(1);
	for (int i = 0; i < 100; i++)
		str_add(&s, "more");
	fault_alloc_at(0);
	CHECK(!str_ok(&s, &e));
	CHECK_INT(e.code, FAIL_MEMORY);
	CHECK(strncmp(str_text(&s), "keptmore", 8) == 0);
}

TEST(str_takes_nothing_from_nowhere)
{
	auto_str s = STR_INIT(4);

	str_addn(&s, NULL, 0);
	CHECK_TEXT(str_text(&s), "");
	CHECK(str_ok(&s, &(struct err){ 0 }));
}

TEST(str_ends_with_what_it_ends_with_in_any_case)
{
	CHECK(str_ends_with("certs/es01.crt", ".crt"));
	CHECK(str_ends_with("STORE.P12", ".p12"));
	CHECK(str_ends_with("/", "/"));
	CHECK(str_ends_with("x", ""));
	CHECK(!str_ends_with("", "/"));
	CHECK(!str_ends_with("rt", ".crt"));
	CHECK(!str_ends_with("es01.crt.bak", ".crt"));
}
