#include "check.h"

#include "base/clock.h"

TEST(clock_never_goes_back)
{
	int64_t last = clock_now_ms();

	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_now_ms();

		CHECK(now >= last);
		last = now;
	}
}

TEST(deadline_of_nothing_has_passed_and_a_far_one_has_not)
{
	struct deadline past = { clock_now_ms() - 5000 };

	CHECK(deadline_passed(deadline_in_s(0)));
	CHECK(deadline_passed(past));
	CHECK_INT(deadline_left_ms(past), 0);
	CHECK(!deadline_passed(deadline_in_s(3600)));
	CHECK(deadline_left_ms(deadline_in_s(3600)) <= 3600000);
}

TEST(deadline_of_the_largest_number_of_seconds_does_not_overflow)
{
	CHECK(deadline_left_ms(deadline_in_s(4294967295u)) > 4294967000000);
}

TEST(backoff_doubles_up_to_its_most)
{
	struct backoff b = BACKOFF_INIT(25, 2000);
	struct deadline past = { 0 }; /* no pause at all: only the arithmetic is wanted here */
	static const unsigned next[] = { 50, 100, 200, 400, 800, 1600, 2000, 2000 };

	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
		backoff_sleep(&b, past);
		CHECK_INT(b.next_ms, next[i]);
	}
}
