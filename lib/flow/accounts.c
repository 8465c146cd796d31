#include "flow/accounts.h"

#include <string.h>

#include "base/log.h"
#include "cluster/account_api.h"
#include "flow/passwords.h"

/* What there is to do about a password that somebody set over the API of an Elasticsearch. */
static bool hint_at_takeover(const struct reach *r, struct err *e)
{
	return err_hint(e,
			"nothing was changed; to set the store's, run init seal "
			"--elastic-password-file FILE with the one that '%s' has%s",
			stack_distribution(r->stack)->superuser,
			store_has(r->store, "seal.json")
			    ? ", or remove seal.json if the sealed cluster is gone for good"
			    : "");
}

/* Somebody set another password: the commonest accident of all, since an Elasticsearch that has
 * data takes no notice of a new bootstrap password. */
bool accounts_foreign(const struct reach *r, const char *user, struct err *e)
{
	const struct distribution_row *d = stack_distribution(r->stack);
	const struct store *s = r->store;
	const char *store = store_where(s);
	bool boots = d->sealer == SEALER_BOOTSTRAP && r->stack->accounts != ACCOUNTS_FILE;

	if (boots && strcmp(user, d->superuser) == 0 && !store_has(s, "seal.json"))
		(void)err_set(e, FAIL_CONFLICT,
			      "the data folder already had another password for '%s': neither the "
			      "store's nor the %s is let in",
			      user, r->given ? "given one" : "bootstrap password");
	else
		(void)err_set(e, FAIL_CONFLICT,
			      "'%s' has a password that is not the one in the store", user);
	if (r->stack->accounts == ACCOUNTS_FILE)
		return err_hint(e, "run init prepare for every node: each has a file realm of its "
				   "own, and reads it again within seconds");
	if (boots)
		return hint_at_takeover(r, e);
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
bool accounts_bring_one(struct reach *r, const char *user, bool sealed, struct deadline until,
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
			return accounts_foreign(r, user, e);
		}
		if (strcmp(reason, last_reason) != 0)
			log_progress("waiting", "for", "password", "user", user, "reason", reason,
				     NULL);
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

/* The built-in accounts that can be set at the same time, the superuser's last. */
struct roll {
	size_t n;
	const char *users[HTTP_TEAM_MAX];
	struct secret *wanted[HTTP_TEAM_MAX];
	bool done[HTTP_TEAM_MAX];
};

static void roll_clear(struct roll *roll)
{
	for (size_t k = 0; k < roll->n; k++)
		secret_free(roll->wanted[k]);
}

/* More than fit are none: they are set one by one. */
static bool roll_call(const struct reach *r, struct roll *out, struct err *e)
{
	struct passwords where = { .store = r->store };
	struct person person;

	for (size_t k = 0; stack_person_at(r->stack, k, &person); k++) {
		if (person.user)
			continue;
		if (out->n == HTTP_TEAM_MAX) {
			roll_clear(out);
			out->n = 0;
			return true;
		}
		out->users[out->n++] = person.name;
		if (!password_of_user(&where, person.name, &out->wanted[out->n - 1], e))
			return false;
	}
	return true;
}

static bool roll_has_done(const struct roll *roll, const char *user)
{
	for (size_t k = 0; k < roll->n; k++)
		if (roll->done[k] && strcmp(roll->users[k], user) == 0)
			return true;
	return false;
}

/* Set those from `first` on, `n` of them, at the same time. */
static bool set_some(struct reach *r, struct roll *roll, size_t first, size_t n, struct err *e)
{
	struct login sealer = reach_sealer(r);

	if (!account_set_together(r->cluster, &roll->users[first], &roll->wanted[first], n, &sealer,
				  &roll->done[first], e))
		return false;
	for (size_t k = first; k < first + n; k++)
		if (roll->done[k])
			log_event(LOG_INFO, "set password", "user", roll->users[k], NULL);
	return true;
}

/* All but the superuser's at once, and then, once these are proved, the superuser's. */
static bool set_together(struct reach *r, struct roll *roll, struct err *e)
{
	size_t last;

	if (!roll_call(r, roll, e))
		return false;
	if (roll->n == 0)
		return true;
	last = roll->n - 1;
	if (!set_some(r, roll, 0, last, e))
		return false;
	for (size_t k = 0; k < last; k++)
		if (!roll->done[k])
			return true;
	return set_some(r, roll, last, 1, e);
}

/* Users in files have their passwords already: a login proves it. Over the API the built-in users
 * come first, since who declared users are made by is one of them. */
bool accounts_bring(struct reach *r, bool sealed, struct deadline until, struct err *e)
{
	CLEANUP(roll_clear) struct roll roll = { 0 };
	bool in_files = r->stack->accounts == ACCOUNTS_FILE;
	struct person person;

	if (!sealed && !in_files && r->sealer_let_in && !set_together(r, &roll, e))
		return false;
	for (size_t k = 0; stack_person_at(r->stack, k, &person); k++)
		if ((in_files || !person.user) && !roll_has_done(&roll, person.name) &&
		    !accounts_bring_one(r, person.name, sealed || in_files, until, e))
			return false;
	return true;
}
