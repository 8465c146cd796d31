#include "check.h"

#include <string.h>

#include "keystore/base64.h"

static void check_both_ways(const char *bytes, size_t n, const char *text)
{
	auto_str encoded = STR_INIT(1024), decoded = STR_INIT(1024);

	base64_encode(bytes, n, &encoded);
	CHECK_TEXT(str_text(&encoded), text);
	CHECK(base64_decode(text, strlen(text), &decoded));
	CHECK_INT(decoded.len, n);
	CHECK(memcmp(str_text(&decoded), bytes, n) == 0);
}

TEST(base64_of_the_examples_of_rfc_4648)
{
	check_both_ways("", 0, "");
	check_both_ways("f", 1, "Zg==");
	check_both_ways("fo", 2, "Zm8=");
	check_both_ways("foo", 3, "Zm9v");
	check_both_ways("foob", 4, "Zm9vYg==");
	check_both_ways("fooba", 5, "Zm9vYmE=");
	check_both_ways("foobar", 6, "Zm9vYmFy");
	check_both_ways("\xfb\xff\xbf", 3, "+/+/");
}

TEST(base64_of_any_length_comes_back)
{
	char bytes[200];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 37 + 11);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		auto_str text = STR_INIT(1024), again = STR_INIT(1024);

		base64_encode(bytes, n, &text);
		CHECK_INT(text.len, (n + 2) / 3 * 4);
		CHECK(base64_decode(text.data, text.len, &again));
		CHECK(again.len == n && memcmp(str_text(&again), bytes, n) == 0);
	}
}

TEST(base64_is_appended_to_what_the_text_holds)
{
	auto_str text = STR_INIT(64), bytes = STR_INIT(64);

	str_add(&text, "v1");
	base64_encode("foo", 3, &text);
	CHECK_TEXT(text.data, "v1Zm9v");
	str_add(&bytes, "=");
	CHECK(base64_decode("Zm9v", 4, &bytes));
	CHECK_TEXT(bytes.data, "=foo");
}

TEST(base64_that_is_none_is_refused_and_nothing_appended)
{
	static const char *const bad[] = {
		"Z",        "Zg",         "Zg=",     "Zm9",       "=",          "====",    "Z===",
		"Zg==Zg==", "Zm9v=Zm9",   "Zg==\n",  " Zm9vZm9",  "Zm9v\nZm9v", "Zm-v",    "Zm_v",
		"Zm9v----", "Zm\xc3\xa4", "Zm9v Zm", "Zm9vZm9v,", "Zm9v====",   "Zm9\xff",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_str bytes = STR_INIT(64);

		CHECK(!base64_decode(bad[i], strlen(bad[i]), &bytes));
		CHECK_INT(bytes.len, 0);
	}
	auto_str bytes = STR_INIT(64);
	CHECK(!base64_decode("Zm\0v", 4, &bytes));
}

TEST(base64_longer_than_the_text_may_be_is_a_failed_text)
{
	auto_str bytes = STR_INIT(2);
	struct err e;

	CHECK(base64_decode("Zm9v", 4, &bytes));
	CHECK(!str_ok(&bytes, &e));
}
