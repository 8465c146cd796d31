#include "check.h"

#include "base/num.h"

TEST(num_takes_whole_decimal_numbers_within_bounds)
{
	unsigned n = 0;

	CHECK(num_parse("0", 0, 10, &n));
	CHECK_INT(n, 0);
	CHECK(num_parse("65535", 1, 65535, &n));
	CHECK_INT(n, 65535);
	CHECK(num_parse("4294967295", 0, 4294967295u, &n));
	CHECK_INT(n, 4294967295u);
}

TEST(num_refuses_everything_else_and_leaves_the_result_alone)
{
	static const char *const bad[] = { "",    " 1",  "1 ", "+1",         "-1",          "1.0",
					   "0x1", "1e3", "a",  "4294967296", "99999999999", "11" };
	unsigned n = 7;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!num_parse(bad[i], 0, 10, &n));
	CHECK(!num_parse("0", 1, 10, &n));
	CHECK_INT(n, 7);
}

TEST(num_seconds_takes_units_up_to_a_week)
{
	static const struct {
		const char *text;
		unsigned seconds;
	} good[] = { { "0", 0 },     { "90", 90 },       { "90s", 90 },       { "5m", 300 },
		     { "2h", 7200 }, { "168h", 604800 }, { "604800", 604800 } };
	static const char *const bad[] = { "",   "s",   "m",   "169h", "604801",
					   "1d", "5 m", "-1s", "1.5h" };
	unsigned s = 0;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		CHECK(num_parse_seconds(good[i].text, &s));
		CHECK_INT(s, good[i].seconds);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!num_parse_seconds(bad[i], &s));
}

TEST(num_bool_takes_the_words_people_write)
{
	static const char *const yes[] = { "true", "YES", "on", "1" };
	static const char *const no[] = { "false", "No", "OFF", "0" };
	bool b;

	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		CHECK(num_parse_bool(yes[i], &b) && b);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		CHECK(num_parse_bool(no[i], &b) && !b);
	CHECK(!num_parse_bool("", &b));
	CHECK(!num_parse_bool("2", &b));
	CHECK(!num_parse_bool("truee", &b));
}

static const char *name_at(size_t i, const void *ctx)
{
	static const char *const names[] = { "stack", "store", "level", "config-dir" };

	(void)ctx;
	return i < ARRAY_LEN(names) ? names[i] : NULL;
}

TEST(num_nearest_names_a_small_mistake_only)
{
	CHECK_TEXT(num_nearest("stakc", name_at, NULL), "stack");
	CHECK_TEXT(num_nearest("storre", name_at, NULL), "store");
	CHECK_TEXT(num_nearest("configdir", name_at, NULL), "config-dir");
	CHECK(num_nearest("password", name_at, NULL) == NULL);
	CHECK(num_nearest("", name_at, NULL) == NULL);
}

TEST(num_nearest_gives_up_on_a_text_longer_than_any_name)
{
	CHECK(num_nearest("0123456789012345678901234567890123456789012345678901234567890123"
			  "stack",
			  name_at, NULL) == NULL);
}
