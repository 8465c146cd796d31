#include "flow/waiting.h"

#include <string.h>

#include "base/log.h"
#include "flow/reach.h"

enum { FIRST_PAUSE_MS = 25, LONGEST_PAUSE_MS = 2000 };

static bool wait_for_seal(const struct store *store, struct deadline until, struct err *e)
{
	struct backoff pause = BACKOFF_INIT(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);

	while (!store_has(store, "seal.json")) {
		if (deadline_passed(until))
			return err_set(e, FAIL_TIMEOUT, "store '%s' was not sealed in time",
				       store_where(store)) ||
			       err_hint(e, "look at what init run or init seal of the nodes say");
		backoff_sleep(&pause, until);
	}
	return true;
}

bool wait_for(const struct options *o, const struct stack *s, const struct instance *self,
	      const char *what, struct err *e)
{
	struct deadline until = deadline_in_s(o->timeout_s);
	bool sealed = strcmp(what, "sealed") == 0;
	enum ready_step step = READY_YELLOW;
	auto_store store = NULL;
	auto_reach r = REACH_INIT;
	struct cluster_state state;

	if (!sealed && !ready_step_parse(what, &step))
		return err_set(e, FAIL_USAGE, "cannot wait for '%s'", what) ||
		       err_hint(e,
				"wait for tcp, tls, http, auth, master, yellow, green or sealed");
	if (!store_open(o->store, STORE_READ, &store, e) ||
	    (sealed && !wait_for_seal(store, until, e)) || !reach_open(o, s, store, self, &r, e) ||
	    !reach_wait(&r, step, until, 0, &state, e))
		return false;
	log_event(LOG_INFO, "ready", "for", what, "url", cluster_url(r.cluster), NULL);
	return true;
}
