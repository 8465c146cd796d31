#include "flow/seal.h"

#include <string.h>

#include "base/log.h"
#include "cluster/account_api.h"
#include "flow/passwords.h"
#include "flow/reach.h"
#include "flow/seal_record.h"
#include "flow/waiting.h"

static bool foreign(const struct reach *r, const char *user, struct err *e)
{
	const struct store *s = r->store;
	const char *store = store_where(s);

	(void)err_set(e, FAIL_CONFLICT, "'%s' has a password that is not the one in the store",
		      user);
	if (r->stack->accounts == ACCOUNTS_FILE)
		return err_hint(e, "run init prepare for every node: each has a file realm of its "
				   "own, and reads it again within seconds");
	if (store_has(s, "seal.json"))
		return err_hint(e,
				"nothing was changed; write the right one to '%s/passwords/%s' or, "
				"if the sealed cluster is gone for good, remove '%s/seal.json'",
				store, user, store);
	return err_hint(e, "nothing was changed; write the right one to '%s/passwords/%s'", store,
			user);
}

static bool absent(const struct reach *r, const char *user, struct err *e)
{
	if (strcmp(user, stack_distribution(r->stack)->superuser) != 0) {
		log_event(LOG_WARN, "the cluster has no such user, left out", "user", user, NULL);
		return true;
	}
	return err_set(e, FAIL_CONFIG, "the cluster has no user '%s'", user) ||
	       err_hint(e, "add it to the internal_users.yml that the cluster began with");
}

/* Repeat until the account is as wanted, somebody else's, or the time is over. What is sealed is
 * looked at, not changed. */
static bool seal_account(struct reach *r, const char *user, bool sealed, struct deadline until,
			 struct err *e)
{
	unsigned settle_s = stack_settle_s(r->stack);
	struct passwords where = { .store = r->store };
	struct backoff pause = BACKOFF_POLL_NEAR;
	struct deadline settled = deadline_in_s(settle_s);
	struct login sealer = reach_sealer(r);
	char reason[REASON_BYTES] = "", last_reason[REASON_BYTES] = "";
	auto_secret wanted = NULL;
	enum account_outcome outcome = ACCOUNT_NOT_YET;

	if (!password_of_user(&where, user, &wanted, e))
		return false;
	for (;;) {
		if (!(sealed ? account_check : account_seal)(r->cluster, user, wanted, &sealer,
							     &outcome, reason, e))
			return false;
		if (outcome == ACCOUNT_WAS_SET || outcome == ACCOUNT_SET)
			break;
		if (outcome == ACCOUNT_ABSENT)
			return absent(r, user, e);
		if (outcome == ACCOUNT_NOT_YET) {
			settled = deadline_in_s(settle_s);
			cluster_ask(r->cluster, cluster_asked(r->cluster) + 1);
		} else if (deadline_passed(settled)) {
			return foreign(r, user, e);
		}
		if (strcmp(reason, last_reason) != 0)
			log_event(LOG_INFO, "waiting", "for", "password", "user", user, "reason",
				  reason, NULL);
		memcpy(last_reason, reason, sizeof(last_reason));
		if (deadline_passed(until))
			return err_set(e, FAIL_TIMEOUT,
				       "the password of '%s' could not be set in time: %.200s",
				       user, reason);
		backoff_sleep(&pause, until);
	}
	if (outcome == ACCOUNT_SET)
		log_event(LOG_INFO, "set password", "user", user, NULL);
	return true;
}

/* Users in files have their passwords already: a login proves it. Over the API the built-in users
 * come first, since who declared users are made by is one of them. */
static bool seal_accounts(struct reach *r, bool sealed, struct deadline until, struct err *e)
{
	bool in_files = r->stack->accounts == ACCOUNTS_FILE;
	struct person person;

	for (size_t k = 0; stack_person_at(r->stack, k, &person); k++)
		if ((in_files || !person.user) &&
		    !seal_account(r, person.name, sealed || in_files, until, e))
			return false;
	return true;
}

static bool seal_first(struct reach *r, const struct cluster_state *state,
		       const struct instance *self, struct deadline until, struct err *e)
{
	if (!seal_accounts(r, false, until, e) ||
	    !seal_record_make(r->store, r->stack, state, self, e))
		return false;
	log_event(LOG_INFO, "sealed", "cluster", state->name, "uuid", state->uuid, NULL);
	return true;
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
	    !seal_accounts(r, true, until, e))
		return false;
	log_event(LOG_INFO, "already sealed", "cluster", state->name, NULL);
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
		return foreign(r, d->superuser, e);
	if (e->code == FAIL_TIMEOUT && store_has(r->store, "seal.json"))
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
	    !seal_record_check_level(store, &record, s, e) ||
	    !wait_for_material(store, s, true, until, e) || !reach_open(o, s, store, self, &r, e))
		return false;
	/* Everybody waits without the lock: one that cannot reach the cluster holds up nobody. */
	if (!reach_wait(&r, READY_SECURITY, until, stack_settle_s(s), &state, e))
		return explain_wait(&r, &state, e);
	return seal_alone(&r, &state, self, until, e);
}
