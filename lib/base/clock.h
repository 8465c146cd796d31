/* clock.h - deadlines and growing pauses, from a clock that never jumps. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC; the origin means nothing. */
int64_t clock_now_ms(void);

struct deadline {
	int64_t at_ms;
};

struct deadline deadline_in_s(unsigned seconds);
int64_t deadline_left_ms(struct deadline d); /* never negative */
bool deadline_passed(struct deadline d);

/* Pauses that double from first_ms to most_ms, each drawn from its upper half at random, so
 * that a hundred containers which started together do not ask together. */
struct backoff {
	unsigned next_ms;
	unsigned most_ms;
};

/* clang-format off */
#define BACKOFF_INIT(first, most) { (first), (most) }
#define BACKOFF_POLL              BACKOFF_INIT(25, 2000) /* nothing is there yet */
#define BACKOFF_POLL_NEAR         BACKOFF_INIT(25, 500)  /* somebody is there, and getting ready */
/* clang-format on */

/* Sleep for the next pause, but not past the deadline. */
void backoff_sleep(struct backoff *b, struct deadline until);

#endif
