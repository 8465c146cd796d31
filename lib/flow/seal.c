#include "flow/seal.h"

#include "base/log.h"
#include "flow/accounts.h"
#include "flow/declared.h"
#include "flow/preflight.h"
#include "flow/reach.h"
#include "flow/seal_record.h"
#include "flow/waiting.h"

/* Declared users are made after their roles; a login proves their passwords. */
static bool bring_declared(struct reach *r, struct deadline until, struct err *e)
{
	const struct access_user *u;

	if (!declared_bring(r, until, e))
		return false;
	for (size_t i = 0; r->stack->accounts == ACCOUNTS_API &&
			   (u = access_user_at(&r->stack->access, i)) != NULL;
	     i++)
		if (!accounts_bring_one(r, u->name, true, until, e))
			return false;
	return true;
}

static bool seal_first(struct reach *r, const struct cluster_state *state,
		       const struct instance *self, struct deadline until, struct err *e)
{
	struct err second = { 0 };
	bool agrees;

	if (!accounts_bring(r, false, until, e))
		return false;
	agrees = bring_declared(r, until, e);
	/* The passwords are set, also when something else differs. */
	if (!agrees && e->code != FAIL_CONFLICT)
		return false;
	if (!seal_record_make(r->store, r->stack, state, self, agrees ? e : &second))
		return false;
	log_event(LOG_INFO, "sealed", "cluster", state->name, "uuid", state->uuid, NULL);
	return agrees;
}

/* The stack has come to a higher level when each of its nodes is found there. */
static bool raise_stack(struct reach *r, struct err *e)
{
	for (size_t i = 0; i < r->urls.count; i++) {
		struct cluster_state one;

		cluster_ask(r->cluster, i);
		if (!reach_probe(r, READY_AUTH, &one, e))
			return false;
		if (one.reached < READY_AUTH) {
			log_event(LOG_INFO, "not raised yet", "level", level_name(r->stack->level),
				  "url", cluster_url(r->cluster), "reason", one.reason, NULL);
			return true;
		}
	}
	if (!seal_record_raise(r->store, r->stack, e))
		return false;
	log_event(LOG_INFO, "raised", "level", level_name(r->stack->level), NULL);
	return true;
}

static bool check_sealed(struct reach *r, const struct seal_record *record,
			 const struct cluster_state *state, struct deadline until, struct err *e)
{
	if (!seal_record_check_cluster(r->store, record, state, e) ||
	    !accounts_bring(r, !r->given, until, e) || !bring_declared(r, until, e))
		return false;
	log_event(LOG_INFO, r->given ? "sealed again" : "already sealed", "cluster", state->name,
		  NULL);
	return record->level == r->stack->level || raise_stack(r, e);
}

/* One container at a time, to save work: the rest will find it done. */
static bool seal_alone(struct reach *r, const struct cluster_state *state,
		       const struct instance *self, struct deadline until, struct err *e)
{
	struct seal_record record;
	bool done;

	if (!store_lock(r->store, LOCK_SEAL, LOCK_EXCLUSIVE, (unsigned)deadline_left_ms(until), e))
		return err_hint(e, "another container has been sealing all the time");
	done = seal_record_load(r->store, &record, e) &&
	       (record.found ? check_sealed(r, &record, state, until, e)
			     : seal_first(r, state, self, until, e));
	store_unlock(r->store, LOCK_SEAL);
	return done;
}

/* What a wait that came to nothing means for whoever seals. */
static bool explain_wait(const struct reach *r, const struct cluster_state *state, struct err *e)
{
	const struct distribution_row *d = stack_distribution(r->stack);

	if (e->code == FAIL_AUTH && state->refused && d->sealer != SEALER_CERTIFICATE)
		return accounts_foreign(r, d->superuser, e);
	/* A node without its data does not found a cluster any more. */
	if (e->code == FAIL_TIMEOUT && state->reached == READY_AUTH &&
	    store_has(r->store, "seal.json"))
		return err_hint(
		    e,
		    "look at its own log; if the data of the sealed cluster is gone for "
		    "good, remove '%s/seal.json' to found a new one",
		    store_where(r->store));
	return false;
}

bool seal_stack(const struct options *o, const struct stack *s, const struct instance *self,
		struct err *e)
{
	struct deadline until = deadline_in_s(o->timeout_s);
	auto_store store = NULL;
	auto_reach r = REACH_INIT;
	struct cluster_state state;
	struct seal_record record;

	if (!store_open(o->store, STORE_WRITE, &store, e) || !seal_record_load(store, &record, e) ||
	    !seal_record_check_stack(store, &record, s, e) ||
	    !wait_for_material(store, s, true, until, e) || !reach_open(o, s, store, self, &r, e))
		return false;
	/* Everybody waits without the lock: one that cannot reach the cluster holds up nobody. */
	if (!reach_wait(&r, READY_SECURITY, until, stack_settle_s(s), &state, e)) {
		if (e->code == FAIL_TIMEOUT)
			preflight_report(o, s, self);
		return explain_wait(&r, &state, e);
	}
	return seal_alone(&r, &state, self, until, e);
}
