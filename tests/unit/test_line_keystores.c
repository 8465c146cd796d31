#include "check.h"
#include "given.h"

#include <stdio.h>
#include <string.h>

#include "keystore/base64.h"
#include "keystore/beat_keystore.h"
#include "keystore/gcm.h"
#include "keystore/kibana_keystore.h"
#include "net/json.h"

/* Kibana's and the Beats' keystores. The examples have salt 00 01 .. 3f and IV 00 .. 0b; the real
 * code of Kibana's frame (Node's crypto) and of elastic-agent-libs has opened them. */
/* clang-format off */
static const struct product {
	const struct keystore_codec *codec;
	const char *file_name, *name, *value, *example;
	bool tag_first;
} kibana = {
	&kibana_keystore_codec, "kibana.keystore", "elasticsearch.password", "s3cret-pw",
	"1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw"
	"ABAgMEBQYHCAkKC4+1eLbjP3fYDDff40OLbedT/M7lCcOihWoTVBrntSaRE3ZeHSu7V0tNXHYu+zw42TLd4Uzg/w"
	"==", true,
}, beat = {
	&beat_keystore_codec, "filebeat.keystore", "ES_PWD", "s3cret-pw",
	"v1AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw"
	"ABAgMEBQYHCAkKC1P87to34IGoK1pKWeO3IsoGNRdMP65rRQwLAm2EBwiPZI3sMQU71YX9TASPn7JtPSyUNAg=",
	false,
};
/* clang-format on */
static const struct product *const both[] = { &kibana, &beat };

enum { FORMAT_CHARS = 2 }; /* "1:" and "v1" */

static struct err e;

static bool parse_bytes(const struct product *p, const char *bytes, size_t n, const char *password,
			struct keystore **out)
{
	auto_secret pass = secret_of(password);
	auto_str file = STR_INIT(KEYSTORE_MAX_BYTES); /* its own: reading past its end is seen */

	str_addn(&file, bytes, n);
	return p->codec->parse(&file, p->file_name, pass, out, &e);
}

static bool parse(const struct product *p, const struct str *file, const char *password,
		  struct keystore **out)
{
	return parse_bytes(p, str_text(file), file->len, password, out);
}

static bool format(const struct product *p, const struct keystore *k, const char *password,
		   struct str *out)
{
	auto_secret pass = secret_of(password);

	return p->codec->format(k, 1, pass, out, &e);
}

static bool set(struct keystore *k, const char *name, enum keystore_kind kind, const char *value)
{
	return keystore_set_bytes(k, name, kind, value, strlen(value), &e);
}

static void check_entry(const struct keystore *k, const char *name, enum keystore_kind kind,
			const char *want)
{
	const struct keystore_entry *entry = keystore_find(k, name);
	size_t n;

	CHECK(entry != NULL);
	CHECK_INT(entry->kind, kind);
	CHECK_TEXT(secret_reveal(entry->value, &n), want);
	CHECK_INT(n, strlen(want));
}

/* A file of the product's with this plaintext in it, which may be what nobody writes. */
static void lock_text(const struct product *p, const char *plain, size_t n, struct str *out)
{
	static const struct gcm_kind kind = { .rounds = 10000, .key_bytes = 32 };
	struct gcm_locked locked = { .text = STR_INIT(4096) };
	auto_str text = STR_INIT(4096), raw = STR_INIT(4096);

	str_addn(&text, plain, n);
	CHECK(gcm_encrypt(&kind, NULL, &text, &locked, &e));
	str_addn(&raw, locked.salt, GCM_SALT_BYTES);
	str_addn(&raw, locked.iv, GCM_IV_BYTES);
	if (p->tag_first)
		str_addn(&raw, locked.tag, GCM_TAG_BYTES);
	str_addn(&raw, str_text(&locked.text), locked.text.len);
	if (!p->tag_first)
		str_addn(&raw, locked.tag, GCM_TAG_BYTES);
	str_clear(&locked.text);
	str_addn(out, p->example, FORMAT_CHARS);
	base64_encode(raw.data, raw.len, out);
}

static bool parse_plain(const struct product *p, const char *plain, struct keystore **out)
{
	auto_str file = STR_INIT(8192);

	lock_text(p, plain, strlen(plain), &file);
	return parse(p, &file, NULL, out);
}

TEST(line_keystores_open_their_worked_examples)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const struct product *p = both[i];
		auto_keystore k = NULL;

		CHECK(parse_bytes(p, p->example, strlen(p->example), NULL, &k));
		CHECK_INT(keystore_count(k), 1);
		check_entry(k, p->name, KEYSTORE_TEXT, p->value);
		CHECK_INT(keystore_origin(k).format, 1);
		CHECK(!keystore_origin(k).has_password);
	}
}

TEST(line_keystores_may_end_in_a_line_end)
{
	static const char *const endings[] = { "\n", "\r\n", "\n\n" };

	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		for (size_t n = 0; n < ARRAY_LEN(endings); n++) {
			auto_str file = STR_INIT(1024);
			auto_keystore k = NULL;

			str_add(&file, both[i]->example);
			str_add(&file, endings[n]);
			CHECK(parse(both[i], &file, NULL, &k));
		}
}

TEST(line_keystores_come_back_as_they_were_written)
{
	static const char *const passwords[] = { NULL, "", "p\xc3\xa4ss word \"$x\"" };

	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		for (size_t w = 0; w < ARRAY_LEN(passwords); w++) {
			const struct product *p = both[i];
			auto_keystore k = NULL;
			auto_keystore again = NULL;
			auto_str file = STR_INIT(4096);

			CHECK(keystore_new(&k, &e));
			CHECK(set(k, "b.c", KEYSTORE_TEXT, "p\xc3\xa4ss \xf0\x9f\x94\x91"));
			CHECK(set(k, "a", KEYSTORE_TEXT, ""));
			CHECK(set(k, "z", KEYSTORE_TEXT, "\"\\/\b\f\n\r\t\x01\x7f<>&',:$"));
			CHECK(format(p, k, passwords[w], &file));
			CHECK(memcmp(file.data, p->example, FORMAT_CHARS) == 0);
			CHECK(!strpbrk(file.data, "\r\n"));
			CHECK(parse(p, &file, passwords[w], &again));
			CHECK_INT(keystore_count(again), 3);
			CHECK_TEXT(keystore_at(again, 0)->name, "b.c");
			for (size_t n = 0; n < 3; n++)
				check_entry(again, keystore_at(k, n)->name, KEYSTORE_TEXT,
					    secret_reveal(keystore_at(k, n)->value, NULL));
			CHECK(keystore_origin(again).has_password == (w == 2));
		}
}

TEST(line_keystores_hold_every_printable_character)
{
	char ascii[0x7f - 0x20 + 1] = { 0 };

	for (char c = 0x20; c < 0x7f; c++)
		ascii[c - 0x20] = c;
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		auto_keystore k = NULL;
		auto_keystore again = NULL;
		auto_str file = STR_INIT(4096);

		CHECK(keystore_new(&k, &e) && set(k, "a", KEYSTORE_TEXT, ascii));
		CHECK(format(both[i], k, ascii, &file)); /* and as a password */
		CHECK(parse(both[i], &file, ascii, &again));
		check_entry(again, "a", KEYSTORE_TEXT, ascii);
	}
}

TEST(line_keystores_hold_nothing_and_a_thousand_entries)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		auto_keystore k = NULL;
		auto_keystore none = NULL;
		auto_keystore again = NULL;
		auto_str empty = STR_INIT(1024), file = STR_INIT(KEYSTORE_MAX_BYTES);
		char name[16];

		CHECK(keystore_new(&k, &e));
		CHECK(format(both[i], k, NULL, &empty) && parse(both[i], &empty, NULL, &none));
		CHECK_INT(keystore_count(none), 0);
		for (unsigned n = 0; n < KEYSTORE_MAX_ENTRIES; n++) {
			(void)snprintf(name, sizeof(name), "n%u", n);
			CHECK(set(k, name, KEYSTORE_TEXT, name + 1));
		}
		CHECK(format(both[i], k, NULL, &file) && parse(both[i], &file, NULL, &again));
		CHECK_INT(keystore_count(again), KEYSTORE_MAX_ENTRIES);
		check_entry(again, "n1023", KEYSTORE_TEXT, "1023");
	}
}

TEST(line_keystores_are_appended_to_what_the_text_holds)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		auto_keystore k = NULL;
		auto_keystore again = NULL;
		auto_str file = STR_INIT(1024);

		CHECK(keystore_new(&k, &e));
		str_add(&file, "before");
		CHECK(format(both[i], k, NULL, &file));
		CHECK(parse_bytes(both[i], file.data + 6, file.len - 6, NULL, &again));
	}
}

TEST(line_keystores_are_never_the_same_bytes_twice)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		auto_keystore k = NULL;
		auto_str a = STR_INIT(1024), b = STR_INIT(1024);

		CHECK(keystore_new(&k, &e));
		CHECK(format(both[i], k, NULL, &a) && format(both[i], k, NULL, &b));
		CHECK_INT(a.len, b.len);
		CHECK(memcmp(a.data + FORMAT_CHARS, b.data + FORMAT_CHARS, 84) != 0); /* salt */
		CHECK(memcmp(a.data + FORMAT_CHARS + 88, b.data + FORMAT_CHARS + 88, 12) !=
		      0); /* IV */
	}
}

TEST(line_keystores_torn_anywhere_are_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const struct product *p = both[i];
		struct keystore *untouched = (struct keystore *)&untouched, *k = untouched;

		for (size_t n = 0; n < strlen(p->example); n++) {
			CHECK(!parse_bytes(p, p->example, n, NULL, &k));
			CHECK(k == untouched);
			CHECK(e.code == FAIL_INPUT || (p == &kibana && e.code == FAIL_AUTH));
		}
	}
}

/* The highest bit of the character's six, so that it is never one that padding ignores. */
static char other_char(char c)
{
	static const char chars[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(chars, c);

	return at ? chars[(at - chars) ^ 32] : 'A';
}

TEST(line_keystores_with_a_character_changed_anywhere_are_refused)
{
	enum { STEP = 5 }; /* each costs a key of 10000 rounds */

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const struct product *p = both[i];
		auto_str file = STR_INIT(1024);
		struct keystore *k = NULL;

		str_add(&file, p->example);
		for (size_t n = FORMAT_CHARS; n < file.len; n += STEP) {
			char was = file.data[n];

			file.data[n] = other_char(was);
			CHECK(!parse(p, &file, NULL, &k));
			file.data[n] = was;
		}
		CHECK(parse(p, &file, NULL, &k));
		keystore_free(k);
	}
}

TEST(line_keystores_name_what_is_wrong_with_a_file)
{
	static const struct {
		const struct product *product;
		const char *file, *msg;
	} bad[] = {
		{ &kibana, "", "'kibana.keystore' is not a Kibana keystore" },
		{ &kibana, "elasticsearch.password: x\n",
		  "'kibana.keystore' is not a Kibana keystore" },
		{ &kibana, "v1AAAA", "'kibana.keystore' is not a Kibana keystore" },
		{ &kibana, "2:AAAA", "keystore 'kibana.keystore' has format 2; 1 to 1 are known" },
		{ &kibana, "1:", "keystore 'kibana.keystore' is damaged: it is cut short" },
		{ &kibana, "1:AA!A",
		  "keystore 'kibana.keystore' is damaged: it is not base64, or cut short" },
		{ &beat, "", "'filebeat.keystore' is not a Beats keystore" },
		{ &beat, "1:AAAA", "'filebeat.keystore' is not a Beats keystore" },
		{ &beat, "v3AAAA", "keystore 'filebeat.keystore' has format 3; 1 to 2 are known" },
		{ &beat, "v0AAAA", "keystore 'filebeat.keystore' has format 0; 1 to 2 are known" },
		{ &beat, "v1AAAA", "keystore 'filebeat.keystore' is damaged: it is cut short" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct keystore *k = NULL;
		bool locked;
		auto_str file = STR_INIT(64);

		CHECK(!parse_bytes(bad[i].product, bad[i].file, strlen(bad[i].file), NULL, &k));
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK_TEXT(e.msg, bad[i].msg);
		str_add(&file, bad[i].file);
		CHECK(bad[i].product == &beat ||
		      !kibana_keystore_codec.is_locked(&file, "x", &locked, &e));
	}
}

TEST(kibana_keystore_with_a_wrong_or_missing_password_says_so)
{
	auto_keystore k = NULL;
	auto_keystore again = NULL;
	auto_str file = STR_INIT(1024);

	CHECK(keystore_new(&k, &e) && format(&kibana, k, "right", &file));
	CHECK(!parse(&kibana, &file, "wrong", &again));
	CHECK_INT(e.code, FAIL_AUTH);
	CHECK_TEXT(e.msg, "wrong password for keystore 'kibana.keystore'");
	for (const char *none = ""; none; none = NULL) {
		CHECK(!parse(&kibana, &file, none, &again));
		CHECK_INT(e.code, FAIL_AUTH);
		CHECK_TEXT(e.msg, "keystore 'kibana.keystore' has a password, and none was given");
	}
	CHECK(again == NULL);
}

TEST(kibana_keystore_without_a_password_opens_whatever_is_given)
{
	auto_keystore k = NULL;

	CHECK(parse_bytes(&kibana, kibana.example, strlen(kibana.example), "needless", &k));
	CHECK(!keystore_origin(k).has_password);
}

TEST(kibana_keystore_tells_whether_it_is_locked)
{
	auto_keystore k = NULL;
	auto_str open = STR_INIT(1024), closed = STR_INIT(1024);
	bool locked = true;

	CHECK(keystore_new(&k, &e));
	CHECK(format(&kibana, k, NULL, &open) && format(&kibana, k, "x", &closed));
	CHECK(kibana_keystore_codec.is_locked(&open, "x", &locked, &e) && !locked);
	CHECK(kibana_keystore_codec.is_locked(&closed, "x", &locked, &e) && locked);
}

/* A Beat has no way to be told one, so there is nothing to ask for. */
TEST(beat_keystore_that_does_not_open_is_damaged_and_never_locked)
{
	auto_keystore k = NULL;
	auto_keystore again = NULL;
	auto_str file = STR_INIT(1024);
	bool locked = true;

	CHECK(keystore_new(&k, &e) && format(&beat, k, "of nobody", &file));
	CHECK(!parse(&beat, &file, NULL, &again));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK_TEXT(e.msg, "keystore 'filebeat.keystore' is damaged: it was changed, or cut short");
	CHECK(beat_keystore_codec.is_locked(&file, "x", &locked, &e) && !locked);
	CHECK(!beat_keystore_codec.has_passwords);
}

TEST(kibana_keystore_keeps_values_that_are_no_text)
{
	static const char plain[] =
	    "{\"server.port\":5601,\"a.b\":\"5601\",\"list\":[\"x\",{\"y\":null}],"
	    "\"on\":true,\"n\":null,\"f\":-1.5,\"o\":{}}";
	auto_keystore k = NULL;
	auto_keystore again = NULL;
	auto_str file = STR_INIT(4096);

	CHECK(parse_plain(&kibana, plain, &k));
	check_entry(k, "server.port", KEYSTORE_JSON, "5601");
	check_entry(k, "a.b", KEYSTORE_TEXT, "5601");
	check_entry(k, "list", KEYSTORE_JSON, "[\"x\",{\"y\":null}]");
	check_entry(k, "n", KEYSTORE_JSON, "null");
	check_entry(k, "f", KEYSTORE_JSON, "-1.5");
	CHECK(format(&kibana, k, NULL, &file) && parse(&kibana, &file, NULL, &again));
	CHECK_INT(keystore_count(again), 7);
	for (size_t i = 0; i < 7; i++)
		check_entry(again, keystore_at(k, i)->name, keystore_at(k, i)->kind,
			    secret_reveal(keystore_at(k, i)->value, NULL));
}

TEST(line_keystores_with_a_name_twice_have_the_last_value)
{
	auto_keystore k = NULL;
	auto_keystore b = NULL;

	CHECK(parse_plain(&kibana, "{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}", &k));
	CHECK_INT(keystore_count(k), 2);
	check_entry(k, "a", KEYSTORE_TEXT, "3");
	CHECK(parse_plain(&beat, "{\"a\":{\"value\":\"MQ==\"},\"a\":{\"value\":\"Mw==\"}}", &b));
	check_entry(b, "a", KEYSTORE_TEXT, "3");
}

TEST(line_keystores_with_another_plaintext_are_damaged)
{
	static const struct {
		const struct product *product;
		const char *plain, *how;
	} bad[] = {
		{ &kibana, "", "this is not JSON" },
		{ &kibana, "{\"a\":\"1\"", "this is not JSON" },
		{ &kibana, "[\"a\"]", "it holds no entries, but other JSON" },
		{ &kibana, "null", "it holds no entries, but other JSON" },
		{ &kibana, "{\"a\":\"\\u0000\"}", "this JSON has a NUL character in a text" },
		{ &kibana, "{\"a\":\"\xe4\"}", "its text is not UTF-8" },
		{ &kibana, "{\"\":\"1\"}", "an entry has no proper name" },
		{ &kibana, "{\"a\\n\":\"1\"}", "an entry has no proper name" },
		{ &beat, "{\"a\":\"1\"}", "the value of an entry is not base64" },
		{ &beat, "{\"a\":{\"value\":1}}", "the value of an entry is not base64" },
		{ &beat, "{\"a\":{\"value\":\"a\"}}", "the value of an entry is not base64" },
		{ &beat, "{\"a\":{}}", "the value of an entry is not base64" },
		{ &beat, "{\"\\u0085\":{\"value\":\"\"}}", "an entry has no proper name" },
		{ &beat, "[]", "it holds no entries, but other JSON" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct keystore *k = NULL;
		char want[256];

		CHECK(!parse_plain(bad[i].product, bad[i].plain, &k));
		CHECK_INT(e.code, FAIL_INPUT);
		(void)snprintf(want, sizeof(want), "keystore '%s' is damaged: %s",
			       bad[i].product->file_name, bad[i].how);
		CHECK_TEXT(e.msg, want);
	}
}

TEST(beat_keystore_holds_any_bytes)
{
	static const char bytes[] = { 'a', '\0', '\xff', '\n' };
	auto_keystore k = NULL;
	auto_keystore again = NULL;
	auto_str file = STR_INIT(1024);
	size_t n;

	CHECK(keystore_new(&k, &e));
	CHECK(keystore_set_bytes(k, "A", KEYSTORE_FILE, bytes, sizeof(bytes), &e));
	CHECK(format(&beat, k, NULL, &file) && parse(&beat, &file, NULL, &again));
	CHECK_INT(keystore_find(again, "A")->kind, KEYSTORE_FILE);
	CHECK(memcmp(secret_reveal(keystore_find(again, "A")->value, &n), bytes, 4) == 0);
	CHECK_INT(n, sizeof(bytes));
}

TEST(beat_keystore_takes_gos_null_for_no_bytes)
{
	auto_keystore k = NULL;

	CHECK(parse_plain(&beat, "{\"a\":{\"value\":null},\"b\":{\"value\":\"\"}}\n", &k));
	check_entry(k, "a", KEYSTORE_TEXT, "");
	check_entry(k, "b", KEYSTORE_TEXT, "");
}

TEST(beat_keystore_of_a_fips_build_differs_in_its_number_only)
{
	auto_keystore k = NULL;
	auto_str file = STR_INIT(1024), again = STR_INIT(1024);

	str_add(&file, beat.example);
	file.data[1] = '2';
	CHECK(parse(&beat, &file, NULL, &k));
	CHECK_INT(keystore_origin(k).format, BEAT_KEYSTORE_V2);
	CHECK(beat_keystore_codec.format(k, BEAT_KEYSTORE_V1, NULL, &again, &e));
	CHECK(memcmp(again.data, "v2", 2) == 0);
}

TEST(line_keystores_are_written_in_known_formats_only)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		auto_keystore k = NULL;
		auto_str file = STR_INIT(1024);

		CHECK(keystore_new(&k, &e));
		CHECK(!both[i]->codec->format(k, 3, NULL, &file, &e));
		CHECK_INT(e.code, FAIL_BUG);
		CHECK(!both[i]->codec->format(k, 0, NULL, &file, &e));
		CHECK_INT(file.len, 0);
	}
}

TEST(kibana_keystore_refuses_a_value_that_is_no_text)
{
	static const char *const bad[] = { "\xe4", "a\0b" };
	auto_keystore k = NULL;

	CHECK(keystore_new(&k, &e));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_str file = STR_INIT(1024);

		CHECK(keystore_set_bytes(k, "a", KEYSTORE_FILE, bad[i], i == 0 ? 1 : 3, &e));
		CHECK(!format(&kibana, k, NULL, &file));
		CHECK_INT(e.code, FAIL_CONFIG);
		CHECK_TEXT(e.msg, "the value of 'a' is not UTF-8 text");
		CHECK_INT(file.len, 0);
	}
	CHECK(!kibana_keystore_codec.has_files);
}

TEST(line_keystores_know_names_that_can_be_used)
{
	static const struct {
		const char *name;
		bool kibana, beat;
	} names[] = {
		{ "elasticsearch.password", true, true },
		{ "ES_PWD", true, true },
		{ "xpack.actions.preconfigured.my slack.secrets", true, false },
		{ "a}", true, false },
		{ "a:b", true, false },
		{ "${a}", true, false },
		{ "\xc3\xa4", true, true },
		{ "", false, false },
		{ "a\nb", false, false },
		{ "\xc3", false, false },
	};
	char longest[KEYSTORE_NAME_MAX_BYTES + 2] = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		CHECK(kibana_keystore_codec.is_name(names[i].name) == names[i].kibana);
		CHECK(beat_keystore_codec.is_name(names[i].name) == names[i].beat);
	}
	memset(longest, 'a', KEYSTORE_NAME_MAX_BYTES);
	CHECK(kibana_keystore_codec.is_name(longest) && beat_keystore_codec.is_name(longest));
	longest[KEYSTORE_NAME_MAX_BYTES] = 'a';
	CHECK(!kibana_keystore_codec.is_name(longest) && !beat_keystore_codec.is_name(longest));
}

static const char *misread(const char *value, size_t n)
{
	auto_secret secret = NULL;

	CHECK(secret_new(&secret, value, n, &e));
	return beat_keystore_codec.misread(secret);
}

/* tests/peers/test_line_keystores.py shows that the Beats do this. */
TEST(beat_keystore_knows_values_that_a_beat_changes)
{
	static const char *const numbers[] = { "007",  "0x1f",     "1_000",
					       "0.10", "1e3",      "+5",
					       "-0",   "12345e10", "1.0",
					       "0b1",  "0o17",     "Inf",
					       "-inf", "NaN",      "123456789012345678901234567890",
					       "00" };
	static const char *const fine[] = { "",           "0",    "5601",   "123456", "true",
					    "false",      "null", "s3cret", "e3",     "1e",
					    "1e3x",       "0x",   "0xg",    "a b",    "-",
					    ".",          "yes",  "tr",     "\"{}\"", "12ab",
					    "information" };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		CHECK_TEXT(misread(numbers[i], strlen(numbers[i])), "a number");
	for (size_t i = 0; i < ARRAY_LEN(fine); i++)
		CHECK(!misread(fine[i], strlen(fine[i])));
	CHECK_TEXT(misread("on", 2), "yes or no");
	CHECK_TEXT(misread(" x", 2), "a text without the blanks at its ends");
	CHECK_TEXT(misread("x\n", 2), "a text without the blanks at its ends");
	CHECK(!misread("0\0x", 3));
}

/* Nor that its password is wrong. In the static build OpenSSL's allocations fail too, and it
 * does without some of them. */
TEST(line_keystores_without_memory_say_so_and_not_that_a_file_is_damaged)
{
	json_setup();
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const struct product *p = both[i];
		auto_str file = STR_INIT(1024);
		auto_keystore once = NULL;
		bool hit = true;

		str_add(&file, p->example);
		/* What OpenSSL sets up the first time, it never tries again when that fails. */
		CHECK(p->codec->parse(&file, p->file_name, NULL, &once, &e));
		for (unsigned n = 1; hit; n++) {
			auto_keystore k = NULL;
			auto_str again = STR_INIT(1024);
			bool ok;

			fault_alloc_at(n);
			ok = p->codec->parse(&file, p->file_name, NULL, &k, &e) &&
			     p->codec->format(k, 1, NULL, &again, &e);
			fault_alloc_at(0);
			hit = fault_hit();
			CHECK(ok || hit);
			CHECK(ok || e.code == FAIL_MEMORY || e.code == FAIL_CRYPTO);
		}
	}
}
