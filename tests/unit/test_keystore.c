#include "check.h"

#include <stdio.h>
#include <string.h>

#include "keystore/keystore_product.h"

static struct err e;

static bool set(struct keystore *k, const char *name, const char *value)
{
	return keystore_set_bytes(k, name, KEYSTORE_TEXT, value, strlen(value), &e);
}

static void check_value(const struct keystore *k, const char *name, const char *want)
{
	const struct keystore_entry *entry = keystore_find(k, name);

	CHECK(entry != NULL);
	CHECK_TEXT(entry->name, name);
	CHECK_TEXT(secret_reveal(entry->value, NULL), want);
}

static struct version version(const char *text)
{
	struct version v;

	CHECK(version_parse(text, &v));
	return v;
}

TEST(keystore_keeps_the_order_in_which_entries_were_first_set)
{
	auto_keystore k = NULL;

	CHECK(keystore_new(&k, &e));
	CHECK(set(k, "b", "1") && set(k, "a", "2") && set(k, "c", "3") && set(k, "b", "4"));
	CHECK_INT(keystore_count(k), 3);
	CHECK_TEXT(keystore_at(k, 0)->name, "b");
	CHECK_TEXT(keystore_at(k, 1)->name, "a");
	CHECK_TEXT(keystore_at(k, 2)->name, "c");
	CHECK(keystore_at(k, 3) == NULL);
	check_value(k, "b", "4");
}

TEST(keystore_removes_one_entry_and_says_when_there_is_none)
{
	auto_keystore k = NULL;

	CHECK(keystore_new(&k, &e));
	CHECK(set(k, "a", "1") && set(k, "b", "2") && set(k, "c", "3"));
	CHECK(keystore_remove(k, "a"));
	CHECK(!keystore_remove(k, "a"));
	CHECK(keystore_find(k, "a") == NULL);
	check_value(k, "b", "2");
	CHECK(keystore_remove(k, "c"));
	CHECK_INT(keystore_count(k), 1);
	CHECK(set(k, "a", "3"));
	CHECK_TEXT(keystore_at(k, 1)->name, "a");
}

TEST(keystore_set_replaces_value_and_kind)
{
	static const char bytes[] = { 'a', '\0', '\xff' };
	auto_keystore k = NULL;
	size_t n;

	CHECK(keystore_new(&k, &e));
	CHECK(set(k, "a", "text"));
	CHECK(keystore_set_bytes(k, "a", KEYSTORE_FILE, bytes, sizeof(bytes), &e));
	CHECK_INT(keystore_find(k, "a")->kind, KEYSTORE_FILE);
	CHECK(memcmp(secret_reveal(keystore_find(k, "a")->value, &n), bytes, sizeof(bytes)) == 0);
	CHECK_INT(n, sizeof(bytes));
}

TEST(keystore_may_be_set_to_its_own_value)
{
	auto_keystore k = NULL;

	CHECK(keystore_new(&k, &e));
	CHECK(set(k, "a", "text"));
	CHECK(keystore_set(k, "a", KEYSTORE_TEXT, keystore_find(k, "a")->value, &e));
	check_value(k, "a", "text");
}

TEST(keystore_takes_a_thousand_entries_and_no_more)
{
	auto_keystore k = NULL;
	char name[16];

	CHECK(keystore_new(&k, &e));
	for (unsigned i = 0; i < KEYSTORE_MAX_ENTRIES; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		CHECK(set(k, name, "v"));
	}
	CHECK(!set(k, "one.more", "v"));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK(set(k, "n5", "w"));
	check_value(k, "n5", "w");
}

TEST(keystore_takes_sixteen_megabytes_of_values_and_no_more)
{
	static char large[KEYSTORE_MAX_VALUES + 1];
	auto_keystore k = NULL;

	CHECK(keystore_new(&k, &e));
	CHECK(!keystore_set_bytes(k, "a", KEYSTORE_FILE, large, sizeof(large), &e));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK(keystore_set_bytes(k, "a", KEYSTORE_FILE, large, KEYSTORE_MAX_VALUES - 1, &e));
	CHECK(set(k, "b", "1"));
	CHECK(!set(k, "c", "1"));
	CHECK(set(k, "b", "2"));
	CHECK(keystore_remove(k, "a"));
	CHECK(set(k, "c", "1"));
}

TEST(keystore_products_have_a_name_and_a_file_each)
{
	const struct keystore_product *p;

	for (size_t i = 0; (p = keystore_product_at(i)) != NULL; i++) {
		CHECK(keystore_product_find(p->name) == p);
		CHECK(keystore_product_of_file(p->file_name) == p);
		CHECK(p->codec->parse && p->codec->format && p->codec->is_locked);
		CHECK(keystore_format_again(p, 0) > 0);
		CHECK(keystore_format_for(p, version("99.0")) > 0);
	}
	CHECK(keystore_product_find("logstash") == NULL);
	CHECK(keystore_product_of_file("/etc/elasticsearch.keystore/x") == NULL);
	CHECK(keystore_product_of_file("/etc/elasticsearch.keystore") ==
	      keystore_product_find("elasticsearch"));
}

TEST(keystore_format_follows_the_releases_of_elasticsearch)
{
	static const struct {
		const char *version;
		unsigned format;
	} known[] = { { "6.8", 0 },    { "7.12", 4 }, { "7.17.28", 4 }, { "8.0", 5 },
		      { "8.13.4", 5 }, { "8.14", 6 }, { "8.17.9", 6 },  { "8.18", 7 },
		      { "8.19.4", 7 }, { "9.0", 7 },  { "9.3.1", 7 } };
	const struct keystore_product *p = keystore_product_find("elasticsearch");

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		CHECK_INT(keystore_format_for(p, version(known[i].version)), known[i].format);
	CHECK_INT(keystore_format_again(p, 0), 4);
	CHECK_INT(keystore_format_again(p, 3), 4);
	CHECK_INT(keystore_format_again(p, 6), 6);
}
