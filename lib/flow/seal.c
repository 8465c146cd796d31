#include "flow/seal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "cluster/account_api.h"
#include "flow/preflight.h"
#include "flow/reach.h"
#include "flow/waiting.h"
#include "net/json.h"

static bool seal_text(const struct reach *r, const struct cluster_state *state,
		      const struct instance *self, struct str *out, struct err *e)
{
	const struct stack *s = r->stack;
	auto_json seal = NULL;
	struct json *users;
	const struct account *a;
	char stamp[32] = "";
	time_t now = time(NULL);
	struct tm utc;

	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	if (!json_new_object(&seal, e) || !json_add_text(seal, "cluster_name", state->name, e) ||
	    !json_add_text(seal, "cluster_uuid", state->uuid, e) ||
	    !json_add_text(seal, "level", level_name(s->level), e) ||
	    !json_add_text(seal, "sealed_at", stamp, e) ||
	    !json_add_text(seal, "sealed_by", self ? self->name : "init seal", e) ||
	    !json_new_array(&users, e) || !json_add(seal, "users", users, e))
		return false;
	for (size_t k = 0; (a = account_at(s->distribution, s->version, k)) != NULL; k++)
		if (!json_add_text(users, NULL, a->name, e))
			return false;
	if (!json_format(seal, true, out, e))
		return false;
	str_add(out, "\n");
	return str_ok(out, e);
}

static bool write_seal(const struct reach *r, const struct cluster_state *state,
		       const struct instance *self, struct err *e)
{
	auto_str text = STR_INIT(64 * 1024);
	struct store_file file = { NULL, &text, false };

	if (!seal_text(r, state, self, &text, e))
		return false;
	if (!store_make_file(r->store, "seal.json", &file, e) && e->code != FAIL_EXISTS)
		return false;
	log_event(LOG_INFO, "sealed", "cluster", state->name, "uuid", state->uuid, NULL);
	return true;
}

/* The store belongs to one cluster for ever. */
static bool check_seal(const struct reach *r, const struct cluster_state *state, struct err *e)
{
	auto_str text = STR_INIT(64 * 1024);
	auto_json seal = NULL;
	const char *uuid;

	if (!store_read(r->store, "seal.json", false, &text, e) ||
	    !json_parse(str_text(&text), text.len, &seal, e))
		return false;
	uuid = json_text(seal, "cluster_uuid");
	if (uuid && strcmp(uuid, state->uuid) == 0)
		return true;
	(void)err_set(e, FAIL_CONFLICT, "the store was sealed for cluster %s, and this is %s",
		      uuid ? uuid : "(none)", state->uuid);
	return err_hint(e,
			"use the store of this cluster; or, if the old cluster is gone for good, "
			"remove '%s/seal.json'",
			store_where(r->store));
}

/* Somebody set another password: the commonest accident of all, since an Elasticsearch that has
 * data takes no notice of a new bootstrap password. */
static bool foreign(const char *user, const struct store *s, const struct distribution_row *d,
		    struct err *e)
{
	const char *store = store_where(s);
	bool boots = d->sealer == SEALER_BOOTSTRAP, super = strcmp(user, d->superuser) == 0;

	if (boots && super && !store_has(s, "seal.json"))
		(void)err_set(e, FAIL_CONFLICT,
			      "the data folder already had another password for '%s': neither the "
			      "store's nor the bootstrap password is let in",
			      user);
	else
		(void)err_set(e, FAIL_CONFLICT,
			      "'%s' has a password that is not the one in the store", user);
	if (boots)
		return err_hint(e,
				"nothing was changed; to set the store's, run init seal "
				"--elastic-password-file FILE with the one that '%s' has%s",
				d->superuser,
				store_has(s, "seal.json") ? ", or remove seal.json if the sealed "
							    "cluster is gone for good"
							  : "");
	if (store_has(s, "seal.json"))
		return err_hint(e,
				"nothing was changed; write the right one to '%s/passwords/%s' or, "
				"if the sealed cluster is gone for good, remove '%s/seal.json'",
				store, user, store);
	return err_hint(e, "nothing was changed; write the right one to '%s/passwords/%s'", store,
			user);
}

static bool absent(const struct reach *r, const struct account *a, struct err *e)
{
	if (strcmp(a->name, stack_distribution(r->stack)->superuser) != 0) {
		log_event(LOG_WARN, "the cluster has no such user, left out", "user", a->name,
			  NULL);
		return true;
	}
	return err_set(e, FAIL_CONFIG, "the cluster has no user '%s'", a->name) ||
	       err_hint(e, "add it to the internal_users.yml that the cluster began with");
}

/* Repeat until the account is as wanted, somebody else's, or the time is over. What is sealed is
 * looked at, not changed. */
static bool seal_account(struct reach *r, const struct account *a, const struct secret *wanted,
			 bool sealed, struct deadline until, struct err *e)
{
	unsigned settle_s = stack_distribution(r->stack)->settle_s;
	struct backoff pause = BACKOFF_POLL_NEAR;
	struct deadline settled = deadline_in_s(settle_s);
	struct login sealer = reach_sealer(r);
	char reason[REASON_BYTES] = "", last_reason[REASON_BYTES] = "";
	enum account_outcome outcome = ACCOUNT_NOT_YET;

	for (;;) {
		if (!(sealed ? account_check : account_seal)(r->cluster, a, wanted, &sealer,
							     &outcome, reason, e))
			return false;
		if (outcome == ACCOUNT_WAS_SET || outcome == ACCOUNT_SET)
			break;
		if (outcome == ACCOUNT_ABSENT)
			return absent(r, a, e);
		if (outcome == ACCOUNT_NOT_YET) {
			settled = deadline_in_s(settle_s);
			cluster_ask(r->cluster, cluster_asked(r->cluster) + 1);
		} else if (deadline_passed(settled)) {
			return foreign(a->name, r->store, stack_distribution(r->stack), e);
		}
		if (strcmp(reason, last_reason) != 0)
			log_progress("waiting", "for", "password", "user", a->name, "reason",
				     reason, NULL);
		memcpy(last_reason, reason, sizeof(last_reason));
		if (deadline_passed(until))
			return err_set(e, FAIL_TIMEOUT,
				       "the password of '%s' could not be set in time: %.200s",
				       a->name, reason);
		backoff_sleep(&pause, until);
	}
	if (outcome == ACCOUNT_SET)
		log_event(LOG_INFO, "set password", "user", a->name, NULL);
	return true;
}

/* The accounts in their order, the superuser's last. */
struct roll {
	size_t n;
	const struct account *accounts[HTTP_TEAM_MAX];
	struct secret *wanted[HTTP_TEAM_MAX];
	bool done[HTTP_TEAM_MAX];
};

static void roll_clear(struct roll *roll)
{
	for (size_t k = 0; k < roll->n; k++)
		secret_free(roll->wanted[k]);
}

static bool roll_call(const struct reach *r, struct roll *out, struct err *e)
{
	const struct stack *s = r->stack;
	auto_material m = { .store = r->store, .stack = s };
	const struct account *a;

	for (; (a = account_at(s->distribution, s->version, out->n)) != NULL; out->n++) {
		if (out->n == HTTP_TEAM_MAX)
			return err_set(e, FAIL_BUG, "more accounts than can be set at once");
		out->accounts[out->n] = a;
		if (!material_password(&m, a->name, &out->wanted[out->n], e))
			return false;
	}
	return true;
}

/* Set those from `first` on, `n` of them, at the same time. */
static bool set_some(struct reach *r, struct roll *roll, size_t first, size_t n, struct err *e)
{
	struct login sealer = reach_sealer(r);

	if (!account_set_together(r->cluster, &roll->accounts[first], &roll->wanted[first], n,
				  &sealer, &roll->done[first], e))
		return false;
	for (size_t k = first; k < first + n; k++)
		if (roll->done[k])
			log_event(LOG_INFO, "set password", "user", roll->accounts[k]->name, NULL);
	return true;
}

/* All but the superuser's at once, and then, once these are proved, the superuser's. */
static bool set_together(struct reach *r, struct roll *roll, struct err *e)
{
	size_t last = roll->n - 1;

	if (!set_some(r, roll, 0, last, e))
		return false;
	for (size_t k = 0; k < last; k++)
		if (!roll->done[k])
			return true;
	return set_some(r, roll, last, 1, e);
}

static bool seal_accounts(struct reach *r, bool sealed, struct deadline until, struct err *e)
{
	CLEANUP(roll_clear) struct roll roll = { 0 };

	if (!roll_call(r, &roll, e))
		return false;
	if (!sealed && r->sealer_let_in && roll.n > 0 && !set_together(r, &roll, e))
		return false;
	for (size_t k = 0; k < roll.n; k++)
		if (!roll.done[k] &&
		    !seal_account(r, roll.accounts[k], roll.wanted[k], sealed, until, e))
			return false;
	return true;
}

/* One container at a time, to save work: the rest will find it done. */
static bool seal_alone(struct reach *r, const struct cluster_state *state,
		       const struct instance *self, bool repair, struct deadline until,
		       struct err *e)
{
	bool done;

	if (!store_lock(r->store, LOCK_SEAL, LOCK_EXCLUSIVE, (unsigned)deadline_left_ms(until), e))
		return err_hint(e, "another container has been sealing all the time");
	if (store_has(r->store, "seal.json")) {
		done = check_seal(r, state, e) && seal_accounts(r, !repair, until, e);
		if (done)
			log_event(LOG_INFO, repair ? "sealed again" : "already sealed", "cluster",
				  state->name, NULL);
	} else {
		done = seal_accounts(r, false, until, e) && write_seal(r, state, self, e);
	}
	store_unlock(r->store, LOCK_SEAL);
	return done;
}

/* What a wait that came to nothing means for whoever seals. */
static bool explain_wait(const struct reach *r, const struct cluster_state *state, struct err *e)
{
	const struct distribution_row *d = stack_distribution(r->stack);

	if (e->code == FAIL_AUTH && state->refused && d->sealer == SEALER_BOOTSTRAP)
		return foreign(d->superuser, r->store, d, e);
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

	if (!store_open(o->store, STORE_WRITE, &store, e) ||
	    !wait_for_material(store, s, true, until, e) || !reach_open(o, s, store, self, &r, e))
		return false;
	/* Everybody waits without the lock: one that cannot reach the cluster holds up nobody. */
	if (!reach_wait(&r, READY_SECURITY, until, stack_distribution(s)->settle_s, &state, e)) {
		if (e->code == FAIL_TIMEOUT)
			preflight_report(o, s, self);
		return explain_wait(&r, &state, e);
	}
	return seal_alone(&r, &state, self, o->superuser_file != NULL, until, e);
}
