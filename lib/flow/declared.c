#include "flow/declared.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cluster/access_api.h"
#include "cluster/access_json.h"
#include "flow/passwords.h"
#include "pki/rand.h"
#include "pki/service_token.h"

enum { PATH_BYTES = 320, DRAWN_CHARS = 6 };

struct work {
	struct reach *reach;
	struct passwords where;
	struct deadline until;
	unsigned differ;
	char first[200]; /* of those that differ, for the message */
};

/* One thing to be brought: what one request for it needs. */
struct thing {
	const char *what, *name;
	enum access_kind kind;
	const struct json *wanted;
	const struct secret *password;
	struct secret **value; /* what it was, or what it is */
};

/* One request; see cluster/access_api.h. */
typedef bool (*step_fn)(struct cluster *c, const struct thing *t, const struct login *as,
			enum access_outcome *out, char reason[256], struct err *e);

static bool bring_step(struct cluster *c, const struct thing *t, const struct login *as,
		       enum access_outcome *out, char reason[256], struct err *e)
{
	return access_bring(c, t->kind, t->name, t->wanted, t->password, as, out, reason, e);
}

static bool make_key_step(struct cluster *c, const struct thing *t, const struct login *as,
			  enum access_outcome *out, char reason[256], struct err *e)
{
	return access_make_key(c, t->name, t->wanted, as, t->value, out, reason, e);
}

static bool check_key_step(struct cluster *c, const struct thing *t, const struct login *as,
			   enum access_outcome *out, char reason[256], struct err *e)
{
	return access_check_key(c, *t->value, t->wanted, as, out, reason, e);
}

static bool drop_key_step(struct cluster *c, const struct thing *t, const struct login *as,
			  enum access_outcome *out, char reason[256], struct err *e)
{
	return access_drop_key(c, *t->value, as, out, reason, e);
}

/* Each request has a name of its own: it may be done though its answer is lost, and then nobody
 * ever learns the token of that name. */
static bool make_token_step(struct cluster *c, const struct thing *t, const struct login *as,
			    enum access_outcome *out, char reason[256], struct err *e)
{
	char name[STACK_TOKEN_NAME_BYTES];
	size_t n = (size_t)snprintf(name, sizeof(name), "%.*s_",
				    STACK_TOKEN_NAME_BYTES - DRAWN_CHARS - 2, t->name);

	if (!rand_text(name + n, DRAWN_CHARS, e))
		return false;
	name[n + DRAWN_CHARS] = '\0';
	return access_make_token(c, STACK_KIBANA_SERVICE, name, as, t->value, out, reason, e);
}

static bool drop_token_step(struct cluster *c, const struct thing *t, const struct login *as,
			    enum access_outcome *out, char reason[256], struct err *e)
{
	return access_drop_token(c, STACK_KIBANA_SERVICE, t->name, as, out, reason, e);
}

static bool check_token_step(struct cluster *c, const struct thing *t, const struct login *as,
			     enum access_outcome *out, char reason[256], struct err *e)
{
	return access_check_token(c, STACK_KIBANA_SERVICE, t->name, as, out, reason, e);
}

/* Ask until the cluster has said something, or the time is over. */
static bool ask(struct work *w, step_fn step, const struct thing *t, enum access_outcome *out,
		char reason[256], struct err *e)
{
	struct cluster *c = w->reach->cluster;
	struct login as = reach_superuser(w->reach);
	struct backoff pause = BACKOFF_POLL_NEAR;
	char last[256] = "";

	for (;;) {
		if (!step(c, t, &as, out, reason, e))
			return false;
		if (*out != ACCESS_NOT_YET)
			return true;
		if (strcmp(reason, last) != 0)
			log_event(LOG_INFO, "waiting", "for", t->what, "name", t->name, "reason",
				  reason, NULL);
		memcpy(last, reason, sizeof(last));
		if (deadline_passed(w->until))
			return err_set(e, FAIL_TIMEOUT, "%s '%s' could not be made in time: %.200s",
				       t->what, t->name, reason);
		cluster_ask(c, cluster_asked(c) + 1);
		backoff_sleep(&pause, w->until);
	}
}

static void note(struct work *w, const struct thing *t, enum access_outcome outcome,
		 const char *reason)
{
	if (outcome == ACCESS_MADE)
		log_event(LOG_INFO, "made", "what", t->what, "name", t->name, NULL);
	if (outcome == ACCESS_AGREES || outcome == ACCESS_MADE)
		return;
	log_event(LOG_WARN, "differs from the stack file, left as it is", "what", t->what, "name",
		  t->name, "in", reason, NULL);
	if (w->differ++ == 0)
		(void)snprintf(w->first, sizeof(w->first), "%s '%s', %.100s", t->what, t->name,
			       reason);
}

static bool bring(struct work *w, enum access_kind kind, const char *name,
		  const struct json *wanted, const struct secret *password, struct err *e)
{
	struct thing t = { .what = access_kind_name(kind),
			   .name = name,
			   .kind = kind,
			   .wanted = wanted,
			   .password = password };
	enum access_outcome outcome;
	char reason[256];

	if (!ask(w, bring_step, &t, &outcome, reason, e))
		return false;
	note(w, &t, outcome, reason);
	return true;
}

static bool bring_roles(struct work *w, struct err *e)
{
	const struct access_role *r;

	for (size_t i = 0; (r = access_role_at(&w->reach->stack->access, i)) != NULL; i++) {
		auto_json wanted = NULL;

		if (!access_role_json(r, &wanted, e) ||
		    !bring(w, ACCESS_ROLE, r->name, wanted, NULL, e))
			return false;
	}
	return true;
}

static bool bring_users(struct work *w, struct err *e)
{
	const struct access_user *u;

	for (size_t i = 0; (u = access_user_at(&w->reach->stack->access, i)) != NULL; i++) {
		auto_json wanted = NULL;
		auto_secret password = NULL;

		if (!access_user_json(u, &wanted, e) ||
		    !password_of_user(&w->where, u->name, &password, e) ||
		    !bring(w, ACCESS_USER, u->name, wanted, password, e))
			return false;
	}
	return true;
}

static bool bring_mappings(struct work *w, struct err *e)
{
	const struct access_mapping *m;

	for (size_t i = 0; (m = access_mapping_at(&w->reach->stack->access, i)) != NULL; i++) {
		auto_json wanted = NULL;

		if (!access_mapping_json(m, &wanted, e) ||
		    !bring(w, ACCESS_MAPPING, m->name, wanted, NULL, e))
			return false;
	}
	return true;
}

/* What is shown only once, by the one who makes it. */
struct craft {
	step_fn make, drop;
	/* What of its value drop needs to know; NULL: the value itself. */
	bool (*name_of)(const struct secret *value, char name[STACK_TOKEN_NAME_BYTES],
			struct err *e);
};

static bool token_name_of(const struct secret *value, char name[STACK_TOKEN_NAME_BYTES],
			  struct err *e)
{
	return service_token_name(value, STACK_KIBANA_SERVICE, name, STACK_TOKEN_NAME_BYTES, e);
}

static const struct craft key_craft = { make_key_step, drop_key_step, NULL };
static const struct craft token_craft = { make_token_step, drop_token_step, token_name_of };

/* Somebody else's was stored first, or ours cannot be: ours is for nobody. */
static bool drop(struct work *w, const struct craft *craft, const struct thing *t,
		 struct secret **surplus, struct err *e)
{
	struct thing unwanted = *t;
	enum access_outcome outcome;
	char reason[256], name[STACK_TOKEN_NAME_BYTES];

	unwanted.value = surplus;
	if (craft->name_of) {
		if (!craft->name_of(*surplus, name, e))
			return false;
		unwanted.name = name;
	}
	if (!ask(w, craft->drop, &unwanted, &outcome, reason, e))
		return false;
	log_event(LOG_INFO, "invalidated a surplus one", "what", t->what, "name", unwanted.name,
		  NULL);
	return true;
}

/* It is in the store before anybody hears of it, or it is invalidated. */
static bool make_and_keep(struct work *w, const struct craft *craft, const struct thing *t,
			  const char *path, struct err *e)
{
	auto_secret lost = NULL;
	enum access_outcome outcome;
	char reason[256];
	struct err ignored = { 0 };

	if (!ask(w, craft->make, t, &outcome, reason, e))
		return false;
	if (!password_keep(&w->where, path, t->value, &lost, e)) {
		(void)drop(w, craft, t, lost ? &lost : t->value, &ignored);
		return false;
	}
	if (lost)
		return drop(w, craft, t, &lost, e);
	note(w, t, outcome, reason);
	return true;
}

static bool bring_key(struct work *w, const struct access_key *k, struct err *e)
{
	auto_json wanted = NULL;
	auto_secret value = NULL;
	struct thing t = { .what = "API key", .name = k->name, .value = &value };
	enum access_outcome outcome;
	char path[PATH_BYTES], reason[256];

	(void)snprintf(path, sizeof(path), "api-keys/%s", k->name);
	if (!access_key_json(k, &w->reach->stack->access, &wanted, e) ||
	    !password_kept(&w->where, path, &value, e))
		return false;
	t.wanted = wanted;
	if (!value)
		return make_and_keep(w, &key_craft, &t, path, e);
	if (!ask(w, check_key_step, &t, &outcome, reason, e))
		return e->code == FAIL_INPUT &&
		       err_prefix(e, "'%s/%s': ", store_where(w->where.store), path);
	note(w, &t, outcome, reason);
	return true;
}

static bool bring_keys(struct work *w, struct err *e)
{
	const struct access_key *k;

	for (size_t i = 0; (k = access_key_at(&w->reach->stack->access, i)) != NULL; i++)
		if (!bring_key(w, k, e))
			return false;
	return true;
}

static bool bring_token(struct work *w, const struct instance *i, struct err *e)
{
	auto_secret value = NULL;
	char name[STACK_TOKEN_NAME_BYTES], path[PATH_BYTES], reason[256];
	struct thing t = { .what = "service token", .name = name, .value = &value };
	enum access_outcome outcome;

	instance_token_name(i, name);
	(void)snprintf(path, sizeof(path), "tokens/%s", i->name);
	if (!password_kept(&w->where, path, &value, e))
		return false;
	if (!value)
		return make_and_keep(w, &token_craft, &t, path, e);
	if (!token_name_of(value, name, e))
		return err_prefix(e, "'%s/%s': ", store_where(w->where.store), path);
	if (!ask(w, check_token_step, &t, &outcome, reason, e))
		return false;
	note(w, &t, outcome, reason);
	return true;
}

static bool bring_tokens(struct work *w, struct err *e)
{
	const struct stack *s = w->reach->stack;

	for (size_t i = 0; i < s->instance_count; i++)
		if (stack_gives_token(s, &s->instances[i]) && !bring_token(w, &s->instances[i], e))
			return false;
	return true;
}

bool declared_bring(struct reach *r, struct deadline until, struct err *e)
{
	struct work w = { .reach = r, .where = { .store = r->store }, .until = until };
	bool in_files = r->stack->accounts == ACCOUNTS_FILE;

	if (!in_files && (!bring_roles(&w, e) || !bring_users(&w, e) || !bring_tokens(&w, e)))
		return false;
	if (!bring_mappings(&w, e) || !bring_keys(&w, e))
		return false;
	if (w.differ == 0)
		return true;
	return err_set(e, FAIL_CONFLICT, "the cluster differs from the stack file: %s%s", w.first,
		       w.differ > 1 ? ", and more" : "") ||
	       err_hint(e,
			"nothing was changed; change the stack file, or remove it in the cluster "
			"(of a key: in the store) to have it made anew");
}
