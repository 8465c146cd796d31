#include "check.h"

#include <string.h>

#include "base/visible.h"
#include "net/json.h"

static struct err e;

static const struct row {
	const char *text, *line, *json;
} rows[] = {
	{ "", "", "" },
	{ "es01.crt", "es01.crt", "es01.crt" },
	{ "Gr\xc3\xb6\xc3\x9f"
	  "e \xe6\x97\xa5 \xf0\x9f\x98\x80",
	  "Gr\xc3\xb6\xc3\x9f"
	  "e \xe6\x97\xa5 \xf0\x9f\x98\x80",
	  "Gr\xc3\xb6\xc3\x9f"
	  "e \xe6\x97\xa5 \xf0\x9f\x98\x80" },
	{ "a\x1b[2J\r\n\t\x07\x7f", "a\\x1b[2J\\x0d\\x0a\\x09\\x07\\x7f",
	  "a\\u001b[2J\\u000d\\u000a\\u0009\\u0007\\u007f" },
	{ "\xc2\x85\xc2\x9b"
	  "31m",
	  "\\u0085\\u009b31m", "\\u0085\\u009b31m" }, /* C1: a CSI in one character */
	{ "\xe2\x80\xae\xe2\x81\xa6", "\\u202e\\u2066", "\\u202e\\u2066" }, /* right to left */
	{ "\xe2\x80\x8b\xef\xbb\xbf\xc2\xad", "\\u200b\\ufeff\\u00ad", "\\u200b\\ufeff\\u00ad" },
	{ "\xf3\xa0\x81\xa1", "\\U000e0061", "\\udb40\\udc61" }, /* a tag character */
	{ "\xff\xc0\xaf\xe2\x80", "\\xff\\xc0\\xaf\\xe2\\x80",
	  "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd" }, /* a surrogate */
	{ "a\"b\\c", "a\"b\\c", "a\\\"b\\\\c" },
};

TEST(visible_writes_out_what_could_steer_hide_or_reorder)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str line = STR_INIT(256);
		auto_str json = STR_INIT(256);

		visible_add(VISIBLE_LINE, rows[i].text, &line);
		visible_add(VISIBLE_JSON, rows[i].text, &json);
		CHECK_TEXT(str_text(&line), rows[i].line);
		CHECK_TEXT(str_text(&json), rows[i].json);
	}
}

TEST(visible_leaves_our_own_line_ends_and_nothing_else_of_controls)
{
	auto_str out = STR_INIT(256);

	visible_add(VISIBLE_LINES, "a\nb\r\n\x1b", &out);
	CHECK_TEXT(str_text(&out), "a\nb\\x0d\n\\x1b");
}

TEST(visible_json_of_every_character_reads_back_as_it_was)
{
	for (unsigned c = 1; c < 0x11000; c++) {
		char text[5] = "";
		auto_str doc = STR_INIT(64);
		auto_json j = NULL;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		if (c < 0x80) {
			text[0] = (char)c;
		} else if (c < 0x800) {
			text[0] = (char)(0xc0 | c >> 6);
			text[1] = (char)(0x80 | (c & 0x3f));
		} else if (c < 0x10000) {
			text[0] = (char)(0xe0 | c >> 12);
			text[1] = (char)(0x80 | (c >> 6 & 0x3f));
			text[2] = (char)(0x80 | (c & 0x3f));
		} else {
			text[0] = (char)(0xf0 | c >> 18);
			text[1] = (char)(0x80 | (c >> 12 & 0x3f));
			text[2] = (char)(0x80 | (c >> 6 & 0x3f));
			text[3] = (char)(0x80 | (c & 0x3f));
		}
		str_add(&doc, "{\"x\":\"");
		visible_add(VISIBLE_JSON, text, &doc);
		str_add(&doc, "\"}");
		CHECK(json_parse(str_text(&doc), doc.len, &j, &e));
		CHECK_TEXT(json_text(j, "x"), text);
	}
}

TEST(visible_cut_cuts_between_characters)
{
	char out[9];

	visible_cut(out, sizeof(out), "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
	CHECK_TEXT(out, "\xc3\xa9\xc3\xa9...");
	visible_cut(out, sizeof(out), "12345");
	CHECK_TEXT(out, "12345");
	visible_cut(out, sizeof(out), "\xff");
	CHECK_TEXT(out, "\\xff");
	visible_cut(out, sizeof(out), "");
	CHECK_TEXT(out, "");
}
