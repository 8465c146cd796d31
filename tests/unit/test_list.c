#include "check.h"

#include "base/list.h"

static struct err e;

TEST(list_owns_copies_in_order)
{
	auto_list l = { 0 };
	char text[] = "one";

	CHECK(list_add(&l, text, &e));
	text[0] = 'X';
	CHECK(list_addn(&l, "twofold", 3, &e));
	CHECK_INT(l.count, 2);
	CHECK_TEXT(l.items[0], "one");
	CHECK_TEXT(l.items[1], "two");
}

TEST(list_split_drops_blanks_and_empty_parts)
{
	auto_list l = { 0 };

	CHECK(list_split(&l, " a, b c ,,\t,d,", ',', &e));
	CHECK_INT(l.count, 3);
	CHECK_TEXT(l.items[0], "a");
	CHECK_TEXT(l.items[1], "b c");
	CHECK_TEXT(l.items[2], "d");
}

TEST(list_split_of_nothing_adds_nothing)
{
	auto_list l = { 0 };

	CHECK(list_split(&l, "", ',', &e));
	CHECK(list_split(&l, " , ", ',', &e));
	CHECK_INT(l.count, 0);
}

TEST(list_split_at_nul_keeps_the_whole_text)
{
	auto_list l = { 0 };

	CHECK(list_split(&l, "a,b", '\0', &e));
	CHECK_INT(l.count, 1);
	CHECK_TEXT(l.items[0], "a,b");
}

TEST(list_has_and_equal_compare_whole_texts)
{
	auto_list a = { 0 };
	auto_list b = { 0 };

	CHECK(list_equal(&a, &b));
	CHECK(list_split(&a, "x,y", ',', &e));
	CHECK(list_split(&b, "y,x", ',', &e));
	CHECK(list_has(&a, "y"));
	CHECK(!list_has(&a, "yy"));
	CHECK(!list_equal(&a, &b));
	list_clear(&b);
	CHECK(list_split(&b, "x,y", ',', &e));
	CHECK(list_equal(&a, &b));
}

TEST(list_without_memory_fails_and_keeps_what_it_had)
{
	unsigned faults = 0;

	for (unsigned n = 1;; n++) {
		auto_list l = { 0 };
		bool ok;

		fault_alloc_at(n);
		ok = list_split(&l, "a,b,c,d,e,f,g,h,i,j", ',', &e);
		fault_alloc_at(0);
		if (!fault_hit()) {
			CHECK(ok);
			break;
		}
		faults++;
		CHECK(!ok);
		CHECK_INT(e.code, FAIL_MEMORY);
		for (size_t i = 0; i < l.count; i++)
			CHECK_INT(l.items[i][0], 'a' + (int)i);
	}
	CHECK(faults >= 12);
}
