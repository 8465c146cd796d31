#include "os/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { MOST_THREADS = 64 };

struct crew {
	size_t count;
	bool (*work)(size_t i, void *ctx, struct err *e);
	void *ctx;
	atomic_size_t next;
	atomic_bool failed;
	struct err *e; /* written by the one who set failed */
};

static void *take_turns(void *arg)
{
	struct crew *c = arg;
	struct err e = { 0 };
	size_t i;

	while (!atomic_load(&c->failed) && (i = atomic_fetch_add(&c->next, 1)) < c->count)
		if (!c->work(i, c->ctx, &e) && !atomic_exchange(&c->failed, true))
			*c->e = e;
	return NULL;
}

static size_t core_count(void)
{
	cpu_set_t cores;

	return sched_getaffinity(0, sizeof(cores), &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 1;
}

bool parallel_for(size_t count, bool (*work)(size_t i, void *ctx, struct err *e), void *ctx,
		  struct err *e)
{
	struct crew crew = { .count = count, .work = work, .ctx = ctx, .e = e };
	pthread_t others[MOST_THREADS];
	size_t wanted = core_count(), started = 0;

	if (wanted > count)
		wanted = count;
	while (started + 1 < wanted && started < MOST_THREADS &&
	       pthread_create(&others[started], NULL, take_turns, &crew) == 0)
		started++;
	(void)take_turns(&crew);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(others[i], NULL);
	return !atomic_load(&crew.failed);
}
