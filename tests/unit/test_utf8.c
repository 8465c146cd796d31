#include "check.h"

#include <string.h>

#include "base/utf8.h"

TEST(utf8_reads_characters_of_every_length)
{
	static const uint32_t want[] = { 'a', 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff };
	const char *at =
	    "a\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
	uint32_t c = 0;

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		CHECK(utf8_next(&at, &c));
		CHECK_INT(c, want[i]);
	}
	CHECK_TEXT(at, "");
}

TEST(utf8_refuses_what_is_torn_too_long_or_no_character)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc3",
		"\xc3(",
		"\xe2\x82",
		"\xe2(\x82",
		"\xf0\x9f\x98",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xff",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *at = bad[i];
		uint32_t c = 7;

		CHECK(!utf8_next(&at, &c));
		CHECK(at == bad[i] && c == 7);
	}
}

TEST(utf8_knows_both_blocks_of_controls)
{
	CHECK(utf8_is_control(0) && utf8_is_control('\n') && utf8_is_control(0x7f));
	CHECK(utf8_is_control(0x80) && utf8_is_control(0x9f));
	CHECK(!utf8_is_control(' ') && !utf8_is_control('~') && !utf8_is_control(0xa0));
}

TEST(utf8_printable_text_has_no_controls_and_nothing_torn)
{
	CHECK(utf8_is_printable("") && utf8_is_printable("a b ~ \xc3\xa4 \xf0\x9f\x94\x91"));
	CHECK(!utf8_is_printable("a\nb") && !utf8_is_printable("\xc2\x85"));
	CHECK(!utf8_is_printable("\x7f") && !utf8_is_printable("a\xc3"));
}
