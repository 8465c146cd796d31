#include "cluster/access_api.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PATH_MAX_BYTES = 400, BODY_MAX_BYTES = 512 * 1024, VALUE_MAX_BYTES = 1024 };

/* Elasticsearch's security API, "Create or update roles", "... users", "... role mappings". */
static const struct {
	const char *name, *path;
	const char *created; /* in the answer to whoever puts one */
} kinds[] = {
	[ACCESS_ROLE] = { "role", "/_security/role", "role.created" },
	[ACCESS_USER] = { "user", "/_security/user", "created" },
	[ACCESS_MAPPING] = { "role mapping", "/_security/role_mapping", "role_mapping.created" },
};

/* What an answer shows besides what was put in: whose it is, and what others may have noted. */
static const char *const shown_only[] = { "username",    "metadata",    "transient_metadata",
					  "profile_uid", "description", NULL };

const char *access_kind_name(enum access_kind kind)
{
	return kinds[kind].name;
}

static bool is_status(const struct http_reply *r, long status)
{
	return r->stage == HTTP_STAGE_REPLY && r->status == status;
}

static bool path_of(char out[PATH_MAX_BYTES], const char *base, const char *name, struct err *e)
{
	return snprintf(out, PATH_MAX_BYTES, "%s%s", base, name) < PATH_MAX_BYTES ||
	       err_set(e, FAIL_BUG, "the path of '%s' does not fit", name);
}

/* The answer to what was declared: 400 and 403 will be the same next time. */
static bool refused(const struct http_reply *r, const char *what, const char *name,
		    const char *reason, struct err *e)
{
	return !(is_status(r, 400) || is_status(r, 403)) ||
	       err_set(e, FAIL_INPUT, "the cluster refuses %s '%s': %s", what, name, reason);
}

/* Its body is not JSON of ours: the peer is not what it seems, or its answer was cut. */
static void explain(const struct http_reply *r, char reason[REASON_BYTES])
{
	struct diagnosis d;

	diagnose(r, &d);
	memcpy(reason, d.reason, REASON_BYTES);
}

static void not_understood(enum access_outcome *out, char reason[REASON_BYTES])
{
	*out = ACCESS_NOT_YET;
	(void)snprintf(reason, REASON_BYTES, "its answer is not understood");
}

static void compare(const struct json *wanted, const struct json *body, const char *name,
		    enum access_outcome *out, char reason[REASON_BYTES])
{
	const struct json *found = json_member(body, name);
	const char *member;

	if (!found) {
		not_understood(out, reason);
		return;
	}
	*out = json_agrees(wanted, found, shown_only, &member) ? ACCESS_AGREES : ACCESS_DIFFERS;
	if (*out == ACCESS_DIFFERS)
		(void)snprintf(reason, REASON_BYTES, "its %.80s", member ? member : "form");
}

/* A 200 alone proves nothing: a proxy has it for everything. Whether the answer has this member. */
static bool answers_with(const struct http_reply *r, const char *member)
{
	auto_json body = NULL;
	struct err ignored;

	return is_status(r, 200) && json_parse(str_text(&r->body), r->body.len, &body, &ignored) &&
	       json_find(body, member) != NULL;
}

static bool send_body(struct cluster *c, const char *method, const char *path,
		      const struct json *body, const struct login *as, struct http_reply *out,
		      struct err *e)
{
	auto_str_wiped text = STR_INIT(BODY_MAX_BYTES);

	return json_format(body, false, &text, e) &&
	       cluster_call(c, method, path, as, str_text(&text), out, e);
}

/* The same with the password in it, which must not stay in the object that is compared. */
static bool put(struct cluster *c, const char *path, const struct json *wanted,
		const struct secret *password, const struct login *as, struct http_reply *out,
		struct err *e)
{
	auto_str_wiped text = STR_INIT(BODY_MAX_BYTES);
	auto_json body = NULL;

	if (!json_format(wanted, false, &text, e) ||
	    !json_parse(str_text(&text), text.len, &body, e))
		return false;
	if (password && !json_add_text(body, "password", secret_reveal(password, NULL), e))
		return false;
	return send_body(c, "PUT", path, body, as, out, e);
}

bool access_bring(struct cluster *c, enum access_kind kind, const char *name,
		  const struct json *wanted, const struct secret *password, const struct login *as,
		  enum access_outcome *out, char reason[REASON_BYTES], struct err *e)
{
	auto_http_reply look = { 0 }, made = { 0 };
	auto_json body = NULL;
	char path[PATH_MAX_BYTES], base[64];
	struct err ignored;

	(void)snprintf(base, sizeof(base), "%s/", kinds[kind].path);
	if (!path_of(path, base, name, e) || !cluster_call(c, "GET", path, as, NULL, &look, e))
		return false;
	*out = ACCESS_NOT_YET;
	explain(&look, reason);
	if (is_status(&look, 200)) {
		if (json_parse(str_text(&look.body), look.body.len, &body, &ignored))
			compare(wanted, body, name, out, reason);
		else
			not_understood(out, reason);
		return true;
	}
	if (!is_status(&look, 404))
		return refused(&look, kinds[kind].name, name, reason, e);
	if (!put(c, path, wanted, password, as, &made, e))
		return false;
	explain(&made, reason);
	if (answers_with(&made, kinds[kind].created))
		*out = ACCESS_MADE;
	else if (is_status(&made, 200))
		not_understood(out, reason);
	return refused(&made, kinds[kind].name, name, reason, e);
}

/* What was made, of an answer: one text, or two with a colon between them. */
static bool take_value(struct http_reply *r, const char *first, const char *second,
		       struct secret **value, enum access_outcome *out, char reason[REASON_BYTES],
		       struct err *e)
{
	auto_str_wiped text = STR_INIT(VALUE_MAX_BYTES);
	auto_json body = NULL;
	const char *a = NULL, *b = "";
	struct err ignored;

	if (json_parse(str_text(&r->body), r->body.len, &body, &ignored)) {
		a = json_text(body, first);
		b = second ? json_text(body, second) : "";
	}
	secret_wipe(r->body.data, r->body.len);
	if (!a || !*a || !b) {
		not_understood(out, reason);
		return true;
	}
	str_addf(&text, "%s%s%s", a, second ? ":" : "", b);
	*out = ACCESS_MADE;
	return str_ok(&text, e) && secret_new(value, text.data, text.len, e);
}

bool access_make_key(struct cluster *c, const char *name, const struct json *wanted,
		     const struct login *as, struct secret **value, enum access_outcome *out,
		     char reason[REASON_BYTES], struct err *e)
{
	auto_http_reply r = { 0 };

	if (!send_body(c, "PUT", "/_security/api_key", wanted, as, &r, e))
		return false;
	*out = ACCESS_NOT_YET;
	if (is_status(&r, 200))
		return take_value(&r, "id", "api_key", value, out, reason, e);
	explain(&r, reason);
	return refused(&r, "API key", name, reason, e);
}

/* Of "id:key" the id, as it may stand in a URL; false: it is no such thing. */
static bool id_of(const struct secret *value, char out[128], struct err *e)
{
	const char *text = secret_reveal(value, NULL);
	size_t n = strcspn(text, ":");

	if (n == 0 || n >= 128 || !text[n] ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != n)
		return err_set(e, FAIL_INPUT, "it is not of the form id:key");
	memcpy(out, text, n);
	out[n] = '\0';
	return true;
}

static void judge_key(const struct json *info, const struct json *wanted, enum access_outcome *out,
		      char reason[REASON_BYTES])
{
	const struct json *roles = json_member(info, "role_descriptors");
	const struct json *wanted_roles = json_member(wanted, "role_descriptors");
	const char *member = NULL;
	bool invalidated = false;
	double ends_ms;

	*out = ACCESS_GONE;
	if (!info || (json_bool(info, "invalidated", &invalidated) && invalidated)) {
		(void)snprintf(reason, REASON_BYTES,
			       info ? "it was invalidated" : "the cluster has none of it");
		return;
	}
	if (json_number(info, "expiration", &ends_ms) && ends_ms / 1000 < (double)time(NULL)) {
		(void)snprintf(reason, REASON_BYTES, "it has expired");
		return;
	}
	*out = roles && !json_agrees(wanted_roles, roles, shown_only, &member) ? ACCESS_DIFFERS
									       : ACCESS_AGREES;
	(void)snprintf(reason, REASON_BYTES, "its privileges");
}

bool access_check_key(struct cluster *c, const struct secret *value, const struct json *wanted,
		      const struct login *as, enum access_outcome *out, char reason[REASON_BYTES],
		      struct err *e)
{
	auto_http_reply r = { 0 };
	auto_json body = NULL;
	const struct json *keys;
	char path[PATH_MAX_BYTES], id[128];
	struct err ignored;

	if (!id_of(value, id, e) || !path_of(path, "/_security/api_key?id=", id, e) ||
	    !cluster_call(c, "GET", path, as, NULL, &r, e))
		return false;
	*out = ACCESS_NOT_YET;
	explain(&r, reason);
	if (is_status(&r, 404))
		judge_key(NULL, wanted, out, reason);
	if (!is_status(&r, 200))
		return true;
	if (json_parse(str_text(&r.body), r.body.len, &body, &ignored) &&
	    (keys = json_member(body, "api_keys")) != NULL)
		judge_key(json_item(keys, 0), wanted, out, reason);
	else
		not_understood(out, reason);
	return true;
}

bool access_drop_key(struct cluster *c, const struct secret *value, const struct login *as,
		     enum access_outcome *out, char reason[REASON_BYTES], struct err *e)
{
	auto_http_reply r = { 0 };
	auto_json body = NULL;
	struct json *ids;
	char id[128];

	if (!id_of(value, id, e) || !json_new_object(&body, e) || !json_new_array(&ids, e) ||
	    !json_add(body, "ids", ids, e) || !json_add_text(ids, NULL, id, e) ||
	    !send_body(c, "DELETE", "/_security/api_key", body, as, &r, e))
		return false;
	explain(&r, reason);
	*out = answers_with(&r, "invalidated_api_keys") ? ACCESS_GONE : ACCESS_NOT_YET;
	return true;
}

bool access_make_token(struct cluster *c, const char *service, const char *name,
		       const struct login *as, struct secret **value, enum access_outcome *out,
		       char reason[REASON_BYTES], struct err *e)
{
	auto_http_reply r = { 0 };
	char path[PATH_MAX_BYTES], base[128];

	(void)snprintf(base, sizeof(base), "/_security/service/%s/credential/token/", service);
	if (!path_of(path, base, name, e) || !cluster_call(c, "PUT", path, as, NULL, &r, e))
		return false;
	if (is_status(&r, 200))
		return take_value(&r, "token.value", NULL, value, out, reason, e);
	explain(&r, reason);
	*out = ACCESS_NOT_YET;
	return refused(&r, "service token", name, reason, e);
}

bool access_drop_token(struct cluster *c, const char *service, const char *name,
		       const struct login *as, enum access_outcome *out, char reason[REASON_BYTES],
		       struct err *e)
{
	auto_http_reply r = { 0 };
	char path[PATH_MAX_BYTES], base[128];

	(void)snprintf(base, sizeof(base), "/_security/service/%s/credential/token/", service);
	if (!path_of(path, base, name, e) || !cluster_call(c, "DELETE", path, as, NULL, &r, e))
		return false;
	explain(&r, reason);
	/* 404: an earlier request did it, and its answer was lost. */
	*out = answers_with(&r, "found") || is_status(&r, 404) ? ACCESS_GONE : ACCESS_NOT_YET;
	return true;
}

bool access_check_token(struct cluster *c, const char *service, const char *name,
			const struct login *as, enum access_outcome *out, char reason[REASON_BYTES],
			struct err *e)
{
	auto_http_reply r = { 0 };
	auto_json body = NULL;
	const struct json *tokens;
	char path[PATH_MAX_BYTES];
	struct err ignored;

	(void)snprintf(path, sizeof(path), "/_security/service/%s/credential", service);
	if (!cluster_call(c, "GET", path, as, NULL, &r, e))
		return false;
	*out = ACCESS_NOT_YET;
	explain(&r, reason);
	if (!is_status(&r, 200))
		return refused(&r, "service token", name, reason, e);
	if (!json_parse(str_text(&r.body), r.body.len, &body, &ignored) ||
	    !(tokens = json_member(body, "tokens"))) {
		not_understood(out, reason);
		return true;
	}
	*out = json_member(tokens, name) ? ACCESS_AGREES : ACCESS_GONE;
	(void)snprintf(reason, REASON_BYTES, "the cluster has none of it");
	return true;
}
