#include "flow/seal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "cluster/account_api.h"
#include "flow/declared.h"
#include "flow/passwords.h"
#include "flow/reach.h"
#include "flow/waiting.h"
#include "net/json.h"

static bool seal_text(const struct reach *r, const struct cluster_state *state,
		      const struct instance *self, struct str *out, struct err *e)
{
	const struct stack *s = r->stack;
	auto_json seal = NULL;
	struct json *users;
	struct person person;
	char stamp[32] = "";
	time_t now = time(NULL);
	struct tm utc;

	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	if (!json_new_object(&seal, e) || !json_add_text(seal, "cluster_name", state->name, e) ||
	    !json_add_text(seal, "cluster_uuid", state->uuid, e) ||
	    !json_add_text(seal, "level", level_name(s->level), e) ||
	    !json_add_text(seal, "sealed_at", stamp, e) ||
	    !json_add_text(seal, "sealed_by", self ? self->name : "init seal", e) ||
	    !json_add_text(seal, "accounts", accounts_name(s->accounts), e) ||
	    !json_new_array(&users, e) || !json_add(seal, "users", users, e))
		return false;
	for (size_t k = 0; stack_person_at(s, k, &person); k++)
		if (!json_add_text(users, NULL, person.name, e))
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
	char reason[256] = "", last_reason[256] = "";
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

/* Declared users are made after their roles; a login proves their passwords. */
static bool bring_declared(struct reach *r, struct deadline until, struct err *e)
{
	const struct access_user *u;

	if (!declared_bring(r, until, e))
		return false;
	for (size_t i = 0; r->stack->accounts == ACCOUNTS_API &&
			   (u = access_user_at(&r->stack->access, i)) != NULL;
	     i++)
		if (!seal_account(r, u->name, true, until, e))
			return false;
	return true;
}

static bool seal_first(struct reach *r, const struct cluster_state *state,
		       const struct instance *self, struct deadline until, struct err *e)
{
	struct err ignored = { 0 };

	if (!seal_accounts(r, false, until, e))
		return false;
	if (bring_declared(r, until, e))
		return write_seal(r, state, self, e);
	/* The passwords are set, also when something else differs. */
	if (e->code == FAIL_CONFLICT)
		(void)write_seal(r, state, self, &ignored);
	return false;
}

static bool compare_sealed(struct reach *r, const struct cluster_state *state,
			   struct deadline until, struct err *e)
{
	if (!check_seal(r, state, e) || !seal_accounts(r, true, until, e) ||
	    !bring_declared(r, until, e))
		return false;
	log_event(LOG_INFO, "already sealed", "cluster", state->name, NULL);
	return true;
}

/* One container at a time, to save work: the rest will find it done. */
static bool seal_alone(struct reach *r, const struct cluster_state *state,
		       const struct instance *self, struct deadline until, struct err *e)
{
	bool done;

	if (!store_lock(r->store, LOCK_SEAL, LOCK_EXCLUSIVE, (unsigned)deadline_left_ms(until), e))
		return err_hint(e, "another container has been sealing all the time");
	done = store_has(r->store, "seal.json") ? compare_sealed(r, state, until, e)
						: seal_first(r, state, self, until, e);
	store_unlock(r->store, LOCK_SEAL);
	return done;
}

/* What a wait that came to nothing means for whoever seals. */
static bool explain_wait(const struct reach *r, struct err *e)
{
	const struct distribution_row *d = stack_distribution(r->stack);

	if (e->code == FAIL_AUTH && d->sealer != SEALER_CERTIFICATE)
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

	if (!store_open(o->store, STORE_WRITE, &store, e) ||
	    !wait_for_material(store, s, true, until, e) || !reach_open(o, s, store, self, &r, e))
		return false;
	/* Everybody waits without the lock: one that cannot reach the cluster holds up nobody. */
	if (!reach_wait(&r, READY_YELLOW, until, stack_settle_s(s), &state, e))
		return explain_wait(&r, e);
	return seal_alone(&r, &state, self, until, e);
}
