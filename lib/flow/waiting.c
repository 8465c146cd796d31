#include "flow/waiting.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "flow/preflight.h"
#include "flow/reach.h"

static bool wait_for_file(const struct store *store, const char *path, const char *hint,
			  struct deadline until, struct err *e)
{
	struct backoff pause = BACKOFF_POLL;
	bool said = false, found;

	for (;;) {
		if (!store_look(store, path, &found, e))
			return false;
		if (found)
			return true;
		if (deadline_passed(until))
			return err_set(e, FAIL_TIMEOUT, "store '%s' did not get %s in time",
				       store_where(store), path) ||
			       err_hint(e, "%s", hint);
		if (!said)
			log_progress("waiting", "for", path, "store", store_where(store), NULL);
		said = true;
		backoff_sleep(&pause, until);
	}
}

bool wait_for_material(const struct store *store, const struct stack *s, bool to_seal,
		       struct deadline until, struct err *e)
{
	const struct distribution_row *d = stack_distribution(s);
	const char *hint = "init prepare makes it: look at what the nodes say";
	const char *sealer = stack_sealer_file(s);
	char password[128];

	(void)snprintf(password, sizeof(password), "passwords/%s", d->superuser);
	if (s->level >= LEVEL_HTTPS && !wait_for_file(store, "trust/http.crt", hint, until, e))
		return false;
	return !to_seal || ((!sealer || wait_for_file(store, sealer, hint, until, e)) &&
			    wait_for_file(store, password, hint, until, e));
}

bool wait_for(const struct options *o, const struct stack *s, const struct instance *self,
	      const char *what, struct err *e)
{
	static const char seal_hint[] = "look at what init run or init seal of the nodes say";
	struct deadline until = deadline_in_s(o->timeout_s);
	bool sealed = strcmp(what, "sealed") == 0;
	enum ready_step step = READY_YELLOW;
	auto_store store = NULL;
	auto_reach r = REACH_INIT;
	struct cluster_state state;

	if (!sealed && !ready_step_parse(what, &step))
		return err_set(e, FAIL_USAGE, "cannot wait for '%s'", what) ||
		       err_hint(e,
				"wait for tcp, tls, http, auth, master, security, yellow, green or "
				"sealed");
	if (!store_open(o->store, STORE_READ, &store, e) ||
	    !wait_for_material(store, s, false, until, e) ||
	    (sealed && !wait_for_file(store, "seal.json", seal_hint, until, e)) ||
	    !reach_open(o, s, store, self, &r, e))
		return false;
	if (!reach_wait(&r, step, until, 0, &state, e)) {
		if (e->code == FAIL_TIMEOUT)
			preflight_report(o, s, self);
		return false;
	}
	log_event(LOG_INFO, "ready", "for", what, "url", cluster_url(r.cluster), NULL);
	return true;
}
