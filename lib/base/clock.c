#include "base/clock.h"

#include <sys/random.h>
#include <time.h>

int64_t clock_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct deadline deadline_in_s(unsigned seconds)
{
	return (struct deadline){ clock_now_ms() + (int64_t)seconds * 1000 };
}

int64_t deadline_left_ms(struct deadline d)
{
	int64_t left = d.at_ms - clock_now_ms();

	return left > 0 ? left : 0;
}

bool deadline_passed(struct deadline d)
{
	return deadline_left_ms(d) == 0;
}

void backoff_sleep(struct backoff *b, struct deadline until)
{
	unsigned half = b->next_ms / 2;
	unsigned noise = 0;
	int64_t left = deadline_left_ms(until), pause_ms;

	if (getrandom(&noise, sizeof(noise), GRND_NONBLOCK) < 0)
		noise = 0; /* no jitter then; nothing depends on it */
	pause_ms = b->next_ms - half + noise % (half + 1);
	if (pause_ms > left)
		pause_ms = left;
	(void)clock_nanosleep(
	    CLOCK_MONOTONIC, 0,
	    &(struct timespec){ .tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000 },
	    NULL);
	b->next_ms = b->next_ms < b->most_ms / 2 ? b->next_ms * 2 : b->most_ms;
}
