#include "check.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "net/json.h"

static struct err e;

static bool parses(const char *text)
{
	auto_json j = NULL;

	return json_parse(text, strlen(text), &j, &e);
}

TEST(json_finds_members_by_path)
{
	static const char text[] =
	    "{\"a\":{\"b\":{\"c\":\"text\"},\"n\":-1.5,\"t\":true,\"z\":null},\"l\":[1,\"two\"]}";
	auto_json j = NULL;
	double n = 0;
	bool t = false;

	CHECK(json_parse(text, strlen(text), &j, &e));
	CHECK_TEXT(json_text(j, "a.b.c"), "text");
	CHECK(json_number(j, "a.n", &n) && n < -1.4 && n > -1.6);
	CHECK(json_bool(j, "a.t", &t) && t);
	CHECK(json_find(j, "a.x") == NULL && json_find(j, "a.b.c.d") == NULL);
	CHECK(json_text(j, "a") == NULL && json_text(j, "a.n") == NULL &&
	      json_text(j, "a.z") == NULL);
	CHECK(!json_number(j, "a.b.c", &n) && !json_bool(j, "a.n", &t));
	CHECK_TEXT(json_text(json_item(json_find(j, "l"), 1), ""), "two");
	CHECK(json_item(json_find(j, "l"), 2) == NULL);
	CHECK(json_item(json_find(j, "a"), 0) == json_find(j, "a.b"));
	CHECK(json_item(json_find(j, "a.n"), 0) == NULL && json_item(NULL, 0) == NULL);
}

TEST(json_names_are_told_apart_by_case)
{
	auto_json j = NULL;

	CHECK(json_parse("{\"A\":\"1\",\"a\":\"2\"}", 17, &j, &e));
	CHECK_TEXT(json_text(j, "a"), "2");
}

TEST(json_text_that_is_none_is_refused)
{
	static const char *const bad[] = { "",        "{",      "}",           "{\"a\":}", "nul",
					   "{'a':1}", "<html>", "{\"a\":1} x", "[1,]",     "{}{}" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(!parses(bad[i]));
		CHECK_INT(e.code, FAIL_INPUT);
	}
	CHECK(parses(" {} \r\n"));
}

TEST(json_torn_anywhere_is_refused)
{
	static const char text[] = "{\"cluster_name\":\"logs\",\"nodes\":[1,2,{\"x\":null}]}";

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		auto_json j = NULL;
		char *torn = strndup(text, n); /* its own allocation: reading past it is seen */

		CHECK(torn && !json_parse(torn, n, &j, &e));
		free(torn);
	}
}

TEST(json_nested_a_thousandfold_is_refused_and_does_not_crash)
{
	auto_str text = STR_INIT(256 * 1024);
	auto_json j = NULL;

	for (int i = 0; i < 100000; i++)
		str_add(&text, "[");
	CHECK(!json_parse(str_text(&text), text.len, &j, &e));
}

TEST(json_comes_out_as_it_was_built)
{
	auto_json j = NULL;
	auto_str out = STR_INIT(1024);
	struct json *users = NULL;

	CHECK(json_new_object(&j, &e) && json_new_array(&users, &e));
	CHECK(json_add_text(users, NULL, "elastic", &e));
	CHECK(json_add(j, "users", users, &e));
	CHECK(json_add_number(j, "n", 3, &e) && json_add_bool(j, "b", false, &e));
	CHECK(json_format(j, false, &out, &e));
	CHECK_TEXT(str_text(&out), "{\"users\":[\"elastic\"],\"n\":3,\"b\":false}");
}

TEST(json_text_with_quotes_cannot_break_out)
{
	static const char hostile[] = "\",\"roles\":[\"superuser\"],\"x\":\"\n\\";
	auto_json j = NULL;
	auto_json again = NULL;
	auto_str out = STR_INIT(1024);

	CHECK(json_new_object(&j, &e));
	CHECK(json_add_text(j, "password", hostile, &e));
	CHECK(json_format(j, false, &out, &e));
	CHECK(json_parse(str_text(&out), out.len, &again, &e));
	CHECK_TEXT(json_text(again, "password"), hostile);
	CHECK(json_find(again, "roles") == NULL);
}

TEST(json_that_does_not_fit_its_text_is_an_error)
{
	auto_json j = NULL;
	auto_str out = STR_INIT(4);

	CHECK(json_new_object(&j, &e) && json_add_text(j, "a", "long", &e));
	CHECK(!json_format(j, false, &out, &e));
}

static const char *difference(const char *wanted, const char *found)
{
	static const char *const ignored[] = { "noted", NULL };
	auto_json a = NULL;
	auto_json b = NULL;
	const char *member = NULL;
	static char copy[16];

	CHECK(json_parse(wanted, strlen(wanted), &a, &e));
	CHECK(json_parse(found, strlen(found), &b, &e));
	if (json_agrees(a, b, ignored, &member))
		return "";
	(void)snprintf(copy, sizeof(copy), "%s", member ? member : "itself");
	return copy;
}

TEST(json_agrees_in_any_order_and_with_defaults_filled_in)
{
	CHECK_TEXT(difference("{}", "{}"), "");
	CHECK_TEXT(difference("{\"a\":[1,2]}", "{\"a\":[2,1]}"), "");
	CHECK_TEXT(difference("{\"a\":[1,1]}", "{\"a\":[1]}"), "");
	CHECK_TEXT(difference("{\"a\":1}",
			      "{\"a\":1,\"b\":[],\"c\":{},\"d\":null,\"e\":false,\"f\":\"\"}"),
		   "");
	CHECK_TEXT(difference("{\"a\":1,\"b\":[]}", "{\"a\":1}"), "");
	CHECK_TEXT(difference("{\"a\":[{\"x\":1}]}", "{\"a\":[{\"x\":1,\"y\":false}]}"), "");
	CHECK_TEXT(difference("{}", "{\"noted\":{\"by\":\"me\"}}"), "");
	CHECK_TEXT(difference("{\"a\":{}}", "{\"a\":{\"noted\":1}}"), "");
}

TEST(json_differs_in_the_member_that_is_named)
{
	CHECK_TEXT(difference("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":3}"), "b");
	CHECK_TEXT(difference("{\"a\":1}", "{}"), "a");
	CHECK_TEXT(difference("{\"a\":1}", "{\"A\":1}"), "a");
	CHECK_TEXT(difference("{}", "{\"x\":true}"), "x");
	CHECK_TEXT(difference("{\"a\":[1]}", "{\"a\":[1,2]}"), "a");
	CHECK_TEXT(difference("{\"a\":[1,2]}", "{\"a\":[1]}"), "a");
	CHECK_TEXT(difference("{\"a\":[{\"x\":1}]}", "{\"a\":[{\"x\":1,\"y\":2}]}"), "a");
	CHECK_TEXT(difference("{\"a\":\"1\"}", "{\"a\":1}"), "a");
	CHECK_TEXT(difference("{\"noted\":1}", "{\"noted\":2}"), "noted");
	CHECK_TEXT(difference("{\"a\":[]}", "{\"a\":{}}"), "a");
	CHECK_TEXT(difference("[]", "{}"), "itself");
}

TEST(json_member_is_found_by_a_name_with_a_dot)
{
	auto_json j = NULL;

	CHECK(json_parse("{\"a.b\":{\"c\":\"x\"}}", 17, &j, &e));
	CHECK_TEXT(json_text(json_member(j, "a.b"), "c"), "x");
	CHECK(json_member(j, "a") == NULL);
	CHECK(json_find(j, "a.b") == NULL);
}

TEST(json_members_are_walked_in_their_order)
{
	static const char text[] = "{\"b.c\":\"1\",\"a\":[\"x\",2],\"b.c\":null}";
	auto_json j = NULL;
	const struct json *at;

	CHECK(json_parse(text, strlen(text), &j, &e));
	CHECK(json_is_object(j));
	at = json_first(j);
	CHECK_TEXT(json_name(at), "b.c");
	CHECK_TEXT(json_text(at, ""), "1");
	at = json_next(at);
	CHECK_TEXT(json_name(at), "a");
	CHECK(!json_is_object(at) && json_name(json_first(at)) == NULL);
	CHECK_TEXT(json_text(json_first(at), ""), "x");
	at = json_next(at);
	CHECK_TEXT(json_name(at), "b.c"); /* twice, and both are seen */
	CHECK(json_is_null(at) && !json_is_null(j) && !json_is_null(NULL));
	CHECK(json_next(at) == NULL && json_first(at) == NULL && json_first(NULL) == NULL);
	CHECK(!json_is_object(at) && !json_is_object(NULL));
}

TEST(json_with_a_nul_in_a_text_is_refused_not_cut_short)
{
	CHECK(!parses("[\"a\\u0000b\"]"));
	CHECK_TEXT(e.msg, "this JSON has a NUL character in a text");
	CHECK(!parses("{\"a\\\\\\u0000b\":1}")); /* a backslash, then the NUL, in a name */
	CHECK(parses("[\"a\\\\u0000b\"]"));      /* a backslash, then five characters */
	CHECK(parses("[\"\\u0001\"]"));
	CHECK(!parses("[\"\\"));
	CHECK(!parses("[\"\\u000"));
}
