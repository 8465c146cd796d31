#include "check.h"

#include <string.h>

#include "base/utf8.h"
#include "pki/idn.h"
#include "pki/punycode.h"

static struct err e;

struct sample {
	const char *given, *want;
};

static void check_ascii(const char *name, const char *want)
{
	auto_str got = STR_INIT(512);

	if (!idn_to_ascii(name, &got, &e))
		CHECK_TEXT(e.msg, want);
	CHECK_TEXT(str_text(&got), want);
}

static void check_refused(const char *name)
{
	auto_str got = STR_INIT(512);

	if (idn_to_ascii(name, &got, &e))
		CHECK_TEXT(name, "refused");
	CHECK_INT(e.code, FAIL_INPUT);
}

TEST(punycode_encodes_the_samples_of_its_rfc)
{
	/* RFC 3492, 7.1, A to S; the letters that I writes in capitals for their sake are not. */
	/* clang-format off */
	static const struct sample samples[] = {
		{ "ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn" },
		{ "他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye" },
		{ "他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb" },
		{ "Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a" },
		{ "למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b" },
		{ "यहलोगहिन्दीक्योंनहींबोलसकतेहैं", "i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd" },
		{ "なぜみんな日本語を話してくれないのか", "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa" },
		{ "세계의모든사람들이한국어를이해한다면얼마나좋을까", "989aomsvi5e83db1d2a355cv1e0vak1dwrv93d5xbh15a0dt30a5jpsd879ccm6fea98c" },
		{ "почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l" },
		{ "PorquénopuedensimplementehablarenEspañol", "PorqunopuedensimplementehablarenEspaol-fmd56a" },
		{ "TạisaohọkhôngthểchỉnóitiếngViệt", "TisaohkhngthchnitingVit-kjcr8268qyxafd2f1b9g" },
		{ "3年B組金八先生", "3B-ww4c5e180e575a65lsy2b" },
		{ "安室奈美恵-with-SUPER-MONKEYS", "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n" },
		{ "Hello-Another-Way-それぞれの場所", "Hello-Another-Way--fc4qua05auwb3674vfr0b" },
		{ "ひとつ屋根の下2", "2-u9tlzr9756bt3uc0v" },
		{ "MajiでKoiする5秒前", "MajiKoi5-783gue6qz075azm5e" },
		{ "パフィーdeルンバ", "de-jg4avhby1noc0d" },
		{ "そのスピードで", "d9juau41awczczp" },
		{ "-> $1.00 <-", "-> $1.00 <--" },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		uint32_t text[64];
		size_t n = 0;
		auto_str got = STR_INIT(256);

		for (const char *at = samples[i].given; *at; n++)
			CHECK(n < ARRAY_LEN(text) && utf8_next(&at, &text[n]));
		punycode_encode(text, n, &got);
		CHECK(str_ok(&got, &e));
		CHECK_TEXT(str_text(&got), samples[i].want);
	}
}

TEST(idn_turns_international_labels_into_their_xn_form)
{
	check_ascii("bücher.example", "xn--bcher-kva.example");
	check_ascii("*.münchen.de", "*.xn--mnchen-3ya.de");
	check_ascii("Bücher.EXAMPLE", "xn--bcher-kva.example");
	check_ascii("faß.de", "xn--fa-hia.de");
	check_ascii("βόλος.com", "xn--nxasmm1c.com");
	check_ascii("президент.рф", "xn--d1abbgf6aiiy.xn--p1ai");
	check_ascii("例え.テスト", "xn--r8jz45g.xn--zckzah");
	check_ascii("中国", "xn--fiqs8s");
	check_ascii("한국", "xn--3e0b707e");
	check_ascii("مصر", "xn--wgbh1c");
	check_ascii("ישראל", "xn--4dbrk0ce");
	check_ascii("ไทย", "xn--o3cw4h");
	check_ascii("भारत", "xn--h2brj9c");
	check_ascii("ভাৰত", "xn--45br5cyl");
	check_ascii("இலங்கை", "xn--xkc2al3hye2a");
	check_ascii("ලංකා", "xn--fzc2c9e2c");
	check_ascii("paral·lel.cat", "xn--parallel-koa.cat");
	check_ascii("אב-1", "xn---1-ulde");
}

TEST(idn_leaves_ascii_as_it_is_but_for_its_case)
{
	check_ascii("", "");
	check_ascii("ES01.Example", "es01.example");
	check_ascii("a_b.c", "a_b.c");
	check_ascii("XN--Bcher-KVA.de", "xn--bcher-kva.de");
	check_ascii("a.", "a.");
	check_ascii("no name", "no name");
}

TEST(idn_refuses_what_would_have_to_be_mapped)
{
	/* In this order: capitals, not composed, wide, separators, signs, invisible, unknown. */
	static const char *const bad[] = {
		"Ürdingen.de", "Ā",
		"Ą",           "Ž",
		"Ω",           "ПРЕЗИДЕНТ",
		"Ә",           "ǅ",
		"ﬁ",           "ı̇",
		"ŉ",           "ǆ",
		"ſ",           "ª",
		"u\u0308",     "e\u0301",
		"か\u3099",    "\u1112\u1161\u11ab",
		"\u0958",      "\u0928\u093c",
		"ＥＸ",        "ｅｘ",
		"ｱ",           "a\u3002b",
		"a\uff0eb",    "a\uff61b",
		"☃",           "😀",
		"→",           "①",
		"™",           "a\u00d7",
		"a\u00b7b",    "a\u200db",
		"a\u200cb",    "\u202ea",
		"a\u00ad",     "a\ufeff",
		"a\u00a0b",    "a\u2028é",
		"\ue000",      "\U000e0001",
		"\U0010ffff",  "\uac00\u11a8",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_refused(bad[i]);
	check_refused("École");
	CHECK_TEXT(e.msg, "'École' is not a host name: U+00C9 cannot stand there");
	CHECK(strstr(e.hint, "xn--"));
}

TEST(idn_refuses_labels_that_are_built_wrongly)
{
	static const char *const bad[] = {
		"-é",      "é-",       "ab--é",
		"é_a",     "é a",      "é,a",
		"é\na",                                      /* hyphens, ASCII */
		"\u093f",  "a.\u0e31", "\u0e01\u0e48\u0e38", /* marks */
		"aא",      "אa",       "1א",
		"-א",      "אбв", /* directions */
		"\xc3",    "a\xff",    "\xed\xa0\x80",
		"\xc3.b", /* no UTF-8 */
		"xn--",    "xn--a_b",  "a.xn--b-.c",
		"xn--a b", /* no A-label */
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_refused(bad[i]);
}

TEST(idn_labels_are_at_most_63_bytes_long_when_encoded)
{
	auto_str name = STR_INIT(512);
	auto_str got = STR_INIT(512);

	for (int i = 0; i < 55; i++)
		str_add(&name, "a");
	str_add(&name, "ü");
	CHECK(idn_to_ascii(str_text(&name), &got, &e));
	CHECK_INT(got.len, 63);
	str_add(&name, "a");
	check_refused(str_text(&name));
	CHECK(strstr(e.msg, "a label is too long"));
	for (int i = 0; i < 100; i++)
		str_add(&name, "ü");
	check_refused(str_text(&name));
	CHECK(strstr(e.msg, "a label is too long"));
}

TEST(idn_survives_lack_of_memory)
{
	for (unsigned n = 1;; n++) {
		auto_str got = STR_INIT(512);
		bool ok;

		fault_alloc_at(n);
		ok = idn_to_ascii("bücher-und-noch-viel-mehr.das-ist-lang.und-länger.example", &got,
				  &e);
		fault_alloc_at(0);
		CHECK(ok == !fault_hit());
		CHECK(ok || e.code == FAIL_MEMORY);
		if (ok)
			break;
	}
}
