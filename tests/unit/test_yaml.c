#include "check.h"

#include <string.h>

#include "conf/yaml.h"

static struct err e;

static void parse(const char *text, struct yaml **out)
{
	auto_str s = STR_INIT(YAML_MAX_BYTES);

	str_add(&s, text);
	CHECK(yaml_parse(&s, "f.yml", out, &e));
}

static bool parses(const char *text)
{
	auto_str s = STR_INIT(YAML_MAX_BYTES);
	auto_yaml y = NULL;

	str_add(&s, text);
	return yaml_parse(&s, "f.yml", &y, &e);
}

/* What stands in the file, read back: as a value, and twice in a list. */
static void check_round_trip(const char *text)
{
	auto_str file = STR_INIT(YAML_MAX_BYTES);
	auto_yaml y = NULL;
	struct yaml_node key, value, item;

	str_add(&file, "k: ");
	yaml_quote(&file, text);
	str_add(&file, "\nl: [ ");
	yaml_quote(&file, text);
	str_add(&file, ", ");
	yaml_quote(&file, text);
	str_add(&file, " ]\nlast: 1\n");
	CHECK(yaml_parse(&file, "f.yml", &y, &e));
	CHECK(yaml_pair(yaml_root(y), 0, &key, &value));
	CHECK_INT(yaml_kind(value), YAML_SCALAR);
	CHECK_TEXT(yaml_text(value), text);
	CHECK(yaml_pair(yaml_root(y), 1, &key, &value));
	CHECK(yaml_item(value, 1, &item));
	CHECK_TEXT(yaml_text(item), text);
	CHECK(!yaml_item(value, 2, &item));
	CHECK(yaml_pair(yaml_root(y), 2, &key, &value));
	CHECK_TEXT(yaml_text(key), "last");
}

static void add_utf8(struct str *s, unsigned code)
{
	char out[4];
	size_t n = 0;

	if (code < 0x80) {
		out[n++] = (char)code;
	} else if (code < 0x800) {
		out[n++] = (char)(0xc0 | code >> 6);
		out[n++] = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		out[n++] = (char)(0xe0 | code >> 12);
		out[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		out[n++] = (char)(0x80 | (code & 0x3f));
	} else {
		out[n++] = (char)(0xf0 | code >> 18);
		out[n++] = (char)(0x80 | (code >> 12 & 0x3f));
		out[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		out[n++] = (char)(0x80 | (code & 0x3f));
	}
	str_addn(s, out, n);
}

TEST(yaml_quote_brings_every_single_character_back)
{
	for (unsigned code = 1; code < 0x3000; code++) {
		auto_str s = STR_INIT(16);

		add_utf8(&s, code);
		check_round_trip(str_text(&s));
	}
}

TEST(yaml_quote_brings_random_texts_back)
{
	static const unsigned special[] = { '\'',   '"',    '\\',   '\n',   '\r',    '\t',
					    ' ',    ':',    '#',    '-',    '{',     '[',
					    ',',    '&',    '*',    '!',    '%',     '@',
					    0x7f,   0x85,   0xa0,   0x2028, 0x2029,  0xfeff,
					    0xfffd, 0xfffe, 0xffff, 0x1b,   0x1f600, 0x10ffff };
	unsigned seed = 42;

	for (int round = 0; round < 5000; round++) {
		auto_str s = STR_INIT(256);

		for (unsigned i = 0; i < (unsigned)round % 24; i++) {
			unsigned draw;

			seed = seed * 1664525u + 1013904223u;
			draw = seed >> 8;
			if (draw & 1)
				add_utf8(&s, special[(draw >> 1) % ARRAY_LEN(special)]);
			else if (draw & 2)
				add_utf8(&s, 1 + (draw >> 2) % 0x7f);
			else
				add_utf8(&s, 0xe000 + (draw >> 2) % (0x110000 - 0xe000));
		}
		check_round_trip(str_text(&s));
	}
}

TEST(yaml_quote_prefers_single_quotes)
{
	auto_str s = STR_INIT(64);

	yaml_quote(&s, "it's \\n");
	CHECK_TEXT(str_text(&s), "'it''s \\n'");
}

TEST(yaml_knows_kinds_lines_items_and_pairs)
{
	auto_yaml y = NULL;
	struct yaml_node root, key, value, item;

	parse("a: x\nb:\n  - 1\n  - 2\nc: {d: e}\n", &y);
	root = yaml_root(y);
	CHECK_INT(yaml_kind(root), YAML_MAP);
	CHECK(yaml_pair(root, 1, &key, &value));
	CHECK_TEXT(yaml_text(key), "b");
	CHECK_INT(yaml_line(key), 2);
	CHECK_INT(yaml_kind(value), YAML_LIST);
	CHECK(yaml_item(value, 1, &item));
	CHECK_INT(yaml_line(item), 4);
	CHECK_TEXT(yaml_text(item), "2");
	CHECK(!yaml_item(value, 2, &item));
	CHECK(!yaml_pair(root, 3, &key, &value));
	CHECK(!yaml_item(root, 0, &item));
	CHECK_TEXT(yaml_text(root), "");
}

TEST(yaml_of_nothing_has_no_root)
{
	auto_yaml y = NULL;

	parse("# only a comment\n", &y);
	CHECK_INT(yaml_kind(yaml_root(y)), YAML_NOTHING);
	CHECK_INT(yaml_line(yaml_root(y)), 0);
}

TEST(yaml_errors_begin_with_the_place)
{
	CHECK(!parses("a: 1\nb: [1, 2\nc: 3\n"));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(strncmp(e.msg, "f.yml:3:", 8) == 0);
	CHECK(!parses("a: 1\n\tb: 2\n"));
	CHECK(!parses("a: *unknown\n"));
	CHECK(!parses("a: \xff\xfe\n"));
	CHECK(!parses("a: \x01\n"));
	CHECK_INT(e.code, FAIL_INPUT);
}

TEST(yaml_refuses_a_second_document_and_a_nul)
{
	CHECK(!parses("a: 1\n---\nb: 2\n"));
	CHECK_TEXT(e.msg, "f.yml: there is more than one document");
	CHECK(parses("---\na: 1\n...\n"));
	CHECK(!parses("a: \"x\\0y\"\n"));
	CHECK_TEXT(e.msg, "f.yml:1:4: a NUL character stands here");
}

static bool remember(const struct yaml_leaf *leaf, void *ctx, struct err *why)
{
	struct str *seen = ctx;

	(void)why;
	str_addf(seen, "%s=%s@%zu;", leaf->key, yaml_text(leaf->value), yaml_line(leaf->value));
	return true;
}

TEST(yaml_flatten_sees_nested_dotted_and_mixed_keys_alike)
{
	auto_yaml y = NULL;
	auto_str seen = STR_INIT(1024);

	parse("a.b.c: 1\na:\n  b:\n    d: 2\n  b.e: 3\nf: [x]\ng:\n", &y);
	CHECK(yaml_flatten(y, remember, &seen, &e));
	CHECK_TEXT(str_text(&seen), "a.b.c=1@1;a.b.d=2@4;a.b.e=3@5;f=@6;g=@7;");
}

TEST(yaml_refuses_what_is_nested_too_deeply)
{
	auto_str deep = STR_INIT(4096);

	for (int i = 0; i < 40; i++)
		str_add(&deep, "{a: ");
	CHECK(!parses(str_text(&deep)));
	CHECK_TEXT(e.msg, "f.yml:1:129: nested too deeply");
	CHECK_INT(e.code, FAIL_INPUT);
}

TEST(yaml_flatten_refuses_what_is_no_settings_file)
{
	auto_str seen = STR_INIT(65536);
	auto_yaml list = NULL;
	auto_yaml circle = NULL;

	parse("- a\n", &list);
	CHECK(!yaml_flatten(list, remember, &seen, &e));
	CHECK_INT(e.code, FAIL_INPUT);
	parse("a: &x\n  b: *x\n", &circle);
	CHECK(!yaml_flatten(circle, remember, &seen, &e));
	CHECK(strstr(e.msg, "nested too deeply"));
}

static bool count(const struct yaml_leaf *leaf, void *ctx, struct err *err)
{
	(void)leaf;
	(void)err;
	++*(unsigned *)ctx;
	return true;
}

TEST(yaml_flatten_refuses_aliases_that_stand_for_too_much)
{
	auto_str text = STR_INIT(4096);
	auto_yaml bomb = NULL;
	unsigned seen = 0;

	str_add(&text, "a0: &a0 {k: x, l: x, m: x, n: x}\n");
	for (int i = 1; i < 12; i++)
		str_addf(&text, "a%d: &a%d {k: *a%d, l: *a%d, m: *a%d, n: *a%d}\n", i, i, i - 1,
			 i - 1, i - 1, i - 1);
	parse(str_text(&text), &bomb);
	CHECK(!yaml_flatten(bomb, count, &seen, &e));
	CHECK(strstr(e.msg, "aliases make more than 65536 settings"));
	CHECK(seen <= 65536);
}

TEST(yaml_flatten_refuses_a_key_that_is_too_long)
{
	auto_str text = STR_INIT(4096);
	auto_str seen = STR_INIT(4096);
	auto_yaml y = NULL;

	for (int i = 0; i < 600; i++)
		str_add(&text, "k");
	str_add(&text, ": 1\n");
	parse(str_text(&text), &y);
	CHECK(!yaml_flatten(y, remember, &seen, &e));
	CHECK_TEXT(e.msg, "f.yml:1:1: the key is too long");
}

TEST(yaml_without_memory_fails_as_such)
{
	auto_str text = STR_INIT(256);
	bool done = false;

	str_add(&text, "a: [b, c]\nd: {e: f}\n");
	for (unsigned n = 1; !done; n++) {
		auto_yaml y = NULL;
		bool ok;

		fault_alloc_at(n);
		ok = yaml_parse(&text, "f.yml", &y, &e);
		fault_alloc_at(0);
		done = !fault_hit();
		CHECK(ok == done);
		CHECK(ok || e.code == FAIL_MEMORY);
		CHECK(ok || y == NULL);
	}
}
