#include "check.h"

#include <string.h>

#include "base/str.h"
#include "pki/san.h"

static struct err e;

static void check_kept(enum san_kind kind, const char *text, const char *want)
{
	auto_san san = { 0 };

	if (!san_add(&san, kind, text, &e))
		CHECK_TEXT(e.msg, want);
	CHECK_TEXT(san.of[kind].items[0], want);
}

static void check_refused(enum san_kind kind, const char *text, const char *hint)
{
	auto_san san = { 0 };

	if (san_add(&san, kind, text, &e))
		CHECK_TEXT(text, "refused");
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(san_is_empty(&san));
	if (hint && !strstr(e.hint, hint))
		CHECK_TEXT(e.hint, hint);
}

/* n bytes of c, and then tail. */
static void check_long(enum san_kind kind, const char *head, char c, size_t n, const char *tail,
		       bool good)
{
	auto_str text = STR_INIT(8192);
	auto_san san = { 0 };

	str_add(&text, head);
	for (size_t i = 0; i < n; i++)
		str_addn(&text, &c, 1);
	str_add(&text, tail);
	CHECK(str_ok(&text, &e));
	CHECK(san_add(&san, kind, str_text(&text), &e) == good);
	CHECK(good || e.code == FAIL_INPUT);
}

TEST(san_takes_host_names_and_addresses_once_each)
{
	auto_san san = { 0 };
	static const char *const good[] = { "a",     "es01", "es-0.es_headless.logging.svc",
					    "*.x.y", "1a",   "1.2.3",
					    "7" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CHECK(san_add(&san, SAN_DNS, good[i], &e) && san_add(&san, SAN_DNS, good[i], &e));
	CHECK(san_add(&san, SAN_DNS, "ES01", &e));
	CHECK_INT(san.of[SAN_DNS].count, ARRAY_LEN(good));
	CHECK(san_add(&san, SAN_IP, "::1", &e) && san_add(&san, SAN_IP, "0:0:0:0:0:0:0:1", &e));
	CHECK(san_add(&san, SAN_IP, "127.0.0.1", &e));
	CHECK_INT(san.of[SAN_IP].count, 2);
}

TEST(san_keeps_each_kind_in_one_form)
{
	check_kept(SAN_DNS, "Es01.Example.ORG", "es01.example.org");
	check_kept(SAN_DNS, "*.Bücher.example", "*.xn--bcher-kva.example");
	check_kept(SAN_DNS, "XN--Bcher-KVA", "xn--bcher-kva");
	check_kept(SAN_IP, "2001:DB8:0:0::7", "2001:db8::7");
	check_kept(SAN_IP, "::ffff:10.0.0.1", "::ffff:10.0.0.1");
	check_kept(SAN_EMAIL, "o'brien+es@mail.Example.org", "o'brien+es@mail.Example.org");
	check_kept(SAN_EMAIL, "root@localhost", "root@localhost");
	check_kept(SAN_URI, "urn:uuid:6e8bc430", "urn:uuid:6e8bc430");
	check_kept(SAN_URI, "spiffe://es.internal/node/1?a=%C3%BC,b#c",
		   "spiffe://es.internal/node/1?a=%C3%BC,b#c");
	check_kept(SAN_CN, "node 1, Zürich", "node 1, Zürich");
}

TEST(san_refuses_hostile_host_names)
{
	static const char *const bad[] = {
		"",    "a,b", "DNS:x", "a b",  "a\nb",  "a,DNS:evil", "a..b",
		".a",  "-a",  "a-",    "*",    "a.*.b", "*.",         "É",
		"a/b", "a:1", "**.a",  "*a.b", "*.*.a", "a*",         "a\tb",
		"a\\", "a'b", "a\x7f", "\xff", "xn--",  "é,b",        "otherName:1.2.3;UTF8:x",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_refused(SAN_DNS, bad[i], NULL);
	check_refused(SAN_DNS, "a.", "leave out the dot at its end");
	check_refused(SAN_DNS, "10.0.0.1", "addresses go under ip");
	check_refused(SAN_DNS, "10.0.0.300", "addresses go under ip");
	check_refused(SAN_DNS, "::1", "addresses go under ip");
	check_refused(SAN_DNS, "fe80::1%eth0", "addresses go under ip");
	check_refused(SAN_DNS, "IP:1.2.3.4", NULL);
	check_long(SAN_DNS, "", 'a', 63, ".b", true);
	check_long(SAN_DNS, "", 'a', 64, ".b", false);
	check_long(SAN_DNS, "", 'a', 6000, "", false);
	check_long(SAN_DNS, "ü", '.', 3000, "", false);
}

TEST(san_host_names_have_at_most_253_bytes_when_encoded)
{
	char longer[256];

	for (size_t i = 0; i < 255; i++)
		longer[i] = i % 2 ? '.' : 'a';
	longer[253] = '\0';
	check_kept(SAN_DNS, longer, longer);
	longer[253] = 'a';
	longer[254] = '\0';
	check_refused(SAN_DNS, longer, NULL);
	for (size_t i = 0; i < 250; i += 3)
		memcpy(longer + i, "é.", 3);
	memcpy(longer + 249, "a", 2);
	check_refused(SAN_DNS, longer, NULL); /* 83 labels of 8 bytes */
}

TEST(san_refuses_what_is_no_address)
{
	static const char *const bad[] = { "",          "10.0.0",    "10.0.0.1/8", "10.0.0.01",
					   "256.1.1.1", "[::1]",     " ::1",       "es01",
					   "1.2.3.4,5", ":::",       "IP:1.2.3.4", "1.2.3.4\n",
					   "::1,::2",   "0x7f.0.0.1" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_refused(SAN_IP, bad[i], "host names go under dns");
	check_refused(SAN_IP, "fe80::1%eth0", "leave out the zone behind '%'");
}

TEST(san_refuses_mail_addresses_that_need_quotes_or_are_too_long)
{
	static const char *const bad[] = {
		"",       "a",       "@b",    "a@",    "a@b@c",   "a b@c",  "\"a\"@b",
		"a\n@b",  "a@b\n",   "a,b@c", "a@b,c", ".a@b",    "a.@b",   "a..b@c",
		"a@*.b",  "a@[::1]", "ü@b",   "a@ü.b", "a@b.",    "a@b..c", "<a@b>",
		"a(b)@c", "a;b@c",   "a:b@c", "a\\@b", "a\x7f@b",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_refused(SAN_EMAIL, bad[i], "name@host");
	check_long(SAN_EMAIL, "", 'a', 64, "@b", true);
	check_long(SAN_EMAIL, "", 'a', 65, "@b", false);
	check_long(SAN_EMAIL, "a@aa.", 'b', 63, "", true);
	check_long(SAN_EMAIL, "a@", 'b', 64, "", false);
}

TEST(san_refuses_uris_with_anything_outside_of_rfc_3986)
{
	static const char *const bad[] = {
		"",     "a",     ":a",    "a:",    "1a:b",  "a b:c", "a:b c",  "a:b\nc",
		"a:\"", "a:<b>", "a:%",   "a:%4",  "a:%4g", "a:ü",   "a:\\",   "a:^",
		"a:`",  "a:{b}", "a:b|c", "a_b:c", "/a:b",  "//a",   "a:\x7f",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_refused(SAN_URI, bad[i], "scheme:rest");
	check_long(SAN_URI, "a:", 'b', 2046, "", true);
	check_long(SAN_URI, "a:", 'b', 2047, "", false);
}

TEST(san_refuses_a_cn_that_is_not_text_and_does_not_repeat_it)
{
	static const char *const bad[] = { "",     "a\nb",  "\x01",     "a\x7f",       "a\xc2\x85",
					   "\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		check_refused(SAN_CN, bad[i], "UTF-8");
		CHECK_TEXT(e.msg, "a cn is not a text of 1 to 255 bytes");
	}
	check_long(SAN_CN, "", 'a', 255, "", true);
	check_long(SAN_CN, "", 'a', 256, "", false);
}

TEST(san_kinds_have_the_names_that_users_write)
{
	CHECK_TEXT(san_kind_name(SAN_DNS), "dns");
	CHECK_TEXT(san_kind_name(SAN_IP), "ip");
	CHECK_TEXT(san_kind_name(SAN_EMAIL), "email");
	CHECK_TEXT(san_kind_name(SAN_URI), "uri");
	CHECK_TEXT(san_kind_name(SAN_CN), "cn");
}

TEST(san_lists_are_added_up_to_the_first_bad_one)
{
	auto_list texts = { 0 };
	auto_san san = { 0 };

	CHECK(list_split(&texts, "a,b,A", ',', &e));
	CHECK(san_add_list(&san, SAN_DNS, &texts, &e));
	CHECK_INT(san.of[SAN_DNS].count, 2);
	CHECK(list_add(&texts, "c d", &e));
	CHECK(!san_add_list(&san, SAN_DNS, &texts, &e));
	CHECK_TEXT(e.msg, "'c d' is not a host name");
}

TEST(san_is_the_same_in_any_order_and_differs_by_one_name)
{
	auto_san a = { 0 };
	auto_san b = { 0 };

	CHECK(san_is_empty(&a) && san_equal(&a, &b));
	CHECK(san_add(&a, SAN_DNS, "x", &e) && san_add(&a, SAN_DNS, "y", &e));
	CHECK(!san_is_empty(&a) && !san_equal(&a, &b) && !san_equal(&b, &a));
	CHECK(san_add(&b, SAN_DNS, "y", &e) && san_add(&b, SAN_DNS, "X", &e));
	CHECK(san_equal(&a, &b));
	CHECK(san_add(&a, SAN_CN, "x", &e) && !san_equal(&a, &b) && !san_equal(&b, &a));
	CHECK(san_add(&b, SAN_CN, "z", &e) && !san_equal(&a, &b));
}

TEST(san_is_written_for_people_with_commas_escaped)
{
	auto_san san = { 0 };
	auto_str text = STR_INIT(256);

	san_format(&san, &text);
	CHECK_TEXT(str_text(&text), "");
	CHECK(san_add(&san, SAN_CN, "a, DNS:evil\\", &e) && san_add(&san, SAN_IP, "10.0.0.1", &e));
	CHECK(san_add(&san, SAN_DNS, "es01", &e) && san_add(&san, SAN_EMAIL, "a@b", &e));
	CHECK(san_add(&san, SAN_URI, "a:b,c", &e));
	san_format(&san, &text);
	CHECK_TEXT(str_text(&text), "DNS:es01, IP:10.0.0.1, email:a@b, URI:a:b\\,c, "
				    "CN:a\\, DNS:evil\\\\");
}

TEST(san_takes_no_more_names_than_its_limit)
{
	auto_san san = { 0 };

	for (unsigned i = 0; i < SAN_MAX; i++) {
		auto_str name = STR_INIT(32);

		str_addf(&name, "n%u", i);
		CHECK(san_add(&san, SAN_DNS, str_text(&name), &e));
	}
	CHECK(san_add(&san, SAN_DNS, "n0", &e));
	CHECK(!san_add(&san, SAN_DNS, "one-more", &e));
	CHECK_TEXT(e.msg, "more than 1024 names of kind dns");
	CHECK(san_add(&san, SAN_CN, "one-more", &e));
}

TEST(san_survives_lack_of_memory)
{
	static const char *const good[] = { "bücher.example", "10.0.0.1", "a@b", "a:b", "Zürich" };

	for (unsigned kind = 0; kind < SAN_KINDS; kind++)
		for (unsigned n = 1;; n++) {
			auto_san san = { 0 };
			bool ok;

			fault_alloc_at(n);
			ok = san_add(&san, (enum san_kind)kind, good[kind], &e);
			fault_alloc_at(0);
			CHECK(ok == !fault_hit());
			CHECK(ok ? san.of[kind].count == 1 : san_is_empty(&san));
			CHECK(ok || e.code == FAIL_MEMORY);
			if (ok)
				break;
		}
}
