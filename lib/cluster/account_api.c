#include "cluster/account_api.h"

#include <stdio.h>
#include <string.h>

#include "net/json.h"

enum { PATH_MAX_BYTES = 160, BODY_MAX_BYTES = 8 * 1024 };

enum unset_answer { IS_UNSET, IS_SET, IS_ABSENT, IS_UNKNOWN };

/* How each kind of sealer finds out whether an account never had a password, and sets it. */
struct account_way {
	bool look_first; /* it tells for sure, and costs less than a login (a bcrypt hash) */
	bool (*look)(struct cluster *c, const char *user, const struct login *sealer,
		     enum unset_answer *out, char reason[REASON_BYTES], struct err *e);
	const char *method;
	const char *path; /* of one account: %s is its name */
	bool (*body)(const char *user, const struct secret *wanted, struct str *out, struct err *e);
};

/* While the bootstrap password still opens the superuser, the passwords were never set: the first
 * thing that ends its life is the superuser's own password, which is set last. */
static bool bootstrap_look(struct cluster *c, const char *user, const struct login *sealer,
			   enum unset_answer *out, char reason[REASON_BYTES], struct err *e)
{
	enum login_answer answer;

	(void)user;
	if (!cluster_login(c, sealer, &answer, reason, e))
		return false;
	*out = answer == LOGIN_OK ? IS_UNSET : answer == LOGIN_REFUSED ? IS_SET : IS_UNKNOWN;
	return true;
}

static bool bootstrap_body(const char *user, const struct secret *wanted, struct str *out,
			   struct err *e)
{
	auto_json body = NULL;

	(void)user;
	return json_new_object(&body, e) &&
	       json_add_text(body, "password", secret_reveal(wanted, NULL), e) &&
	       json_format(body, false, out, e);
}

/* The attribute that we gave a locked account stands until its password is set. */
static bool certificate_look(struct cluster *c, const char *user, const struct login *sealer,
			     enum unset_answer *out, char reason[REASON_BYTES], struct err *e)
{
	auto_http_reply r = { 0 };
	auto_json body = NULL;
	struct diagnosis d;
	char path[PATH_MAX_BYTES];
	const struct json *found;

	(void)snprintf(path, sizeof(path), "/_plugins/_security/api/internalusers/%s", user);
	if (!cluster_call(c, "GET", path, sealer, NULL, &r, e))
		return false;
	diagnose(&r, &d);
	memcpy(reason, d.reason, REASON_BYTES);
	*out = r.stage == HTTP_STAGE_REPLY && r.status == 404 ? IS_ABSENT : IS_UNKNOWN;
	if (r.stage != HTTP_STAGE_REPLY || r.status != 200)
		return true;
	if (!json_parse(str_text(&r.body), r.body.len, &body, e))
		return true;
	found = json_find(body, user);
	*out = found && json_text(found, "attributes." ACCOUNT_LOCK) ? IS_UNSET : IS_SET;
	return true;
}

static bool add_operation(struct json *list, const char *op, const char *path, const char *value,
			  struct err *e)
{
	struct json *step;

	return json_new_object(&step, e) && json_add(list, NULL, step, e) &&
	       json_add_text(step, "op", op, e) && json_add_text(step, "path", path, e) &&
	       (!value || json_add_text(step, "value", value, e));
}

/* One JSON patch takes the lock off and sets the password. It is refused when the lock is off
 * already (400 "Missing field"), so of several sealers the cluster itself lets only one set it.
 * The replace is what is strict: removing an attribute that is not there passes when the account
 * has another, and "test" is an operation that OpenSearch does not have (seen with 2.19.4). */
static bool certificate_body(const char *user, const struct secret *wanted, struct str *out,
			     struct err *e)
{
	auto_json patch = NULL;

	(void)user;
	return json_new_array(&patch, e) &&
	       add_operation(patch, "replace", "/attributes/" ACCOUNT_LOCK, "open", e) &&
	       add_operation(patch, "remove", "/attributes/" ACCOUNT_LOCK, NULL, e) &&
	       add_operation(patch, "add", "/password", secret_reveal(wanted, NULL), e) &&
	       json_format(patch, false, out, e);
}

static const struct account_way ways[] = {
	[SEALER_BOOTSTRAP] = { false, bootstrap_look, "PUT", "/_security/user/%s/_password",
			       bootstrap_body },
	[SEALER_CERTIFICATE] = { true, certificate_look, "PATCH",
				 "/_plugins/_security/api/internalusers/%s", certificate_body },
};

static bool format_path(const char *format, const char *name, char out[PATH_MAX_BYTES],
			struct err *e)
{
	const char *hole = strstr(format, "%s");

	if (!hole || snprintf(out, PATH_MAX_BYTES, "%.*s%s%s", (int)(hole - format), format, name,
			      hole + 2) >= PATH_MAX_BYTES)
		return err_set(e, FAIL_BUG, "path of account '%s' does not fit", name);
	return true;
}

static bool is_rule_broken(const struct http_reply *r, const char *refusal)
{
	return r->stage == HTTP_STAGE_REPLY && r->status == 400 &&
	       !strstr(refusal, "Missing field");
}

/* Set it, and believe only a login: a 5xx can follow a password that was stored, and of two
 * sealers at once the second is refused though all is well. */
static bool set_and_prove(struct cluster *c, const struct account_way *way, const char *user,
			  const struct secret *wanted, const struct login *sealer,
			  enum account_outcome *out, char reason[REASON_BYTES], struct err *e)
{
	auto_http_reply r = { 0 };
	auto_str_wiped body = STR_INIT(BODY_MAX_BYTES);
	struct diagnosis d;
	char path[PATH_MAX_BYTES];
	enum login_answer answer;

	if (!way->body(user, wanted, &body, e) || !format_path(way->path, user, path, e) ||
	    !cluster_call(c, way->method, path, sealer, str_text(&body), &r, e))
		return false;
	diagnose(&r, &d);
	if (d.verdict == VERDICT_STOP)
		return cluster_refuse(c, &d, e);
	if (!cluster_login(c, &(struct login){ user, wanted }, &answer, reason, e))
		return false;
	if (answer == LOGIN_REFUSED && is_rule_broken(&r, d.reason))
		return err_set(e, FAIL_INPUT, "the cluster refuses the password of '%s': %s", user,
			       d.reason) ||
		       err_hint(e, "give one that meets the rules of the product");
	*out = answer == LOGIN_OK ? ACCOUNT_SET : ACCOUNT_NOT_YET;
	if (answer != LOGIN_OK && (r.stage != HTTP_STAGE_REPLY || r.status >= 300))
		memcpy(reason, d.reason, REASON_BYTES);
	return true;
}

static bool check_login(struct cluster *c, const char *user, const struct secret *wanted,
			enum account_outcome *out, char reason[REASON_BYTES], struct err *e)
{
	static const enum account_outcome outcomes[] = { [LOGIN_OK] = ACCOUNT_WAS_SET,
							 [LOGIN_REFUSED] = ACCOUNT_FOREIGN,
							 [LOGIN_NOT_YET] = ACCOUNT_NOT_YET };
	enum login_answer answer;

	if (!cluster_login(c, &(struct login){ user, wanted }, &answer, reason, e))
		return false;
	*out = outcomes[answer];
	return true;
}

/* set: whether an account that never had a password gets one. */
static bool bring(struct cluster *c, const char *user, const struct secret *wanted,
		  const struct login *sealer, bool set, enum account_outcome *out,
		  char reason[REASON_BYTES], struct err *e)
{
	const struct account_way *way = &ways[cluster_distribution(c)->sealer];
	enum unset_answer unset = IS_UNKNOWN;

	if (way->look_first && !way->look(c, user, sealer, &unset, reason, e))
		return false;
	if (unset == IS_ABSENT) {
		*out = ACCOUNT_ABSENT;
		return true;
	}
	if (unset == IS_UNSET && set)
		return set_and_prove(c, way, user, wanted, sealer, out, reason, e);
	if (!check_login(c, user, wanted, out, reason, e))
		return false;
	if (*out != ACCOUNT_FOREIGN || !set)
		return true;
	if (!way->look_first && !way->look(c, user, sealer, &unset, reason, e))
		return false;
	if (unset == IS_UNSET)
		return set_and_prove(c, way, user, wanted, sealer, out, reason, e);
	*out = unset == IS_SET ? ACCOUNT_FOREIGN : ACCOUNT_NOT_YET;
	return true;
}

bool account_seal(struct cluster *c, const char *user, const struct secret *wanted,
		  const struct login *sealer, enum account_outcome *out, char reason[REASON_BYTES],
		  struct err *e)
{
	return bring(c, user, wanted, sealer, true, out, reason, e);
}

bool account_check(struct cluster *c, const char *user, const struct secret *wanted,
		   const struct login *sealer, enum account_outcome *out, char reason[REASON_BYTES],
		   struct err *e)
{
	return bring(c, user, wanted, sealer, false, out, reason, e);
}
