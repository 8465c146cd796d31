#include "flow/seal_record.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/json.h"

enum { RECORD_MAX_BYTES = 64 * 1024 };

static const char record_path[] = "seal.json";

static bool load_json(const struct store *s, struct json **out, struct err *e)
{
	auto_str text = STR_INIT(RECORD_MAX_BYTES);

	if (!store_read(s, record_path, false, &text, e))
		return false;
	if (json_parse(str_text(&text), text.len, out, e))
		return true;
	return err_set(e, FAIL_INPUT, "'%s/%s' is damaged", store_where(s), record_path) ||
	       err_hint(e, "restore it; or remove it, and the next seal writes it again");
}

static void copy_text(const struct json *j, const char *name, char *out, size_t size)
{
	const char *text = json_text(j, name);

	(void)snprintf(out, size, "%s", text ? text : "");
}

bool seal_record_load(const struct store *s, struct seal_record *out, struct err *e)
{
	auto_json seal = NULL;
	const char *level;

	*out = (struct seal_record){ .found = store_has(s, record_path) };
	if (!out->found)
		return true;
	if (!load_json(s, &seal, e))
		return false;
	copy_text(seal, "cluster_name", out->cluster, sizeof(out->cluster));
	copy_text(seal, "cluster_uuid", out->uuid, sizeof(out->uuid));
	copy_text(seal, "sealed_at", out->sealed_at, sizeof(out->sealed_at));
	level = json_text(seal, "level");
	if (level && level_parse(level, &out->level))
		return true;
	return err_set(e, FAIL_INPUT, "'%s/%s' names no level that we know", store_where(s),
		       record_path) ||
	       err_hint(e, "it should be minimal, basic or https");
}

static bool fill(struct json *seal, const struct stack *s, const struct cluster_state *state,
		 const struct instance *self, struct err *e)
{
	struct json *users;
	struct person person;
	char stamp[32] = "";
	time_t now = time(NULL);
	struct tm utc;

	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	if (!json_add_text(seal, "cluster_name", state->name, e) ||
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
	return true;
}

static bool format(const struct json *seal, struct str *out, struct err *e)
{
	if (!json_format(seal, true, out, e))
		return false;
	str_add(out, "\n");
	return str_ok(out, e);
}

bool seal_record_make(struct store *store, const struct stack *s, const struct cluster_state *state,
		      const struct instance *self, struct err *e)
{
	auto_json seal = NULL;
	auto_str text = STR_INIT(RECORD_MAX_BYTES);
	struct store_file file = { NULL, &text, false };

	return json_new_object(&seal, e) && fill(seal, s, state, self, e) &&
	       format(seal, &text, e) &&
	       (store_make_file(store, record_path, &file, e) || e->code == FAIL_EXISTS);
}

bool seal_record_raise(struct store *store, const struct stack *s, struct err *e)
{
	auto_json seal = NULL;
	auto_str text = STR_INIT(RECORD_MAX_BYTES);
	struct store_file file = { NULL, &text, false };

	return load_json(store, &seal, e) &&
	       json_set_text(seal, "level", level_name(s->level), e) && format(seal, &text, e) &&
	       store_replace_file(store, record_path, &file, e);
}

bool seal_record_check_cluster(const struct store *store, const struct seal_record *r,
			       const struct cluster_state *state, struct err *e)
{
	if (strcmp(r->uuid, state->uuid) == 0)
		return true;
	(void)err_set(e, FAIL_CONFLICT, "the store was sealed for cluster %s, and this is %s",
		      *r->uuid ? r->uuid : "(none)", state->uuid);
	return err_hint(e,
			"use the store of this cluster; or, if the old cluster is gone for good, "
			"remove '%s/%s'",
			store_where(store), record_path);
}

bool seal_record_check_stack(const struct store *store, const struct seal_record *r,
			     const struct stack *s, struct err *e)
{
	if (r->found && strcmp(r->cluster, s->name) != 0)
		return err_set(e, FAIL_CONFLICT,
			       "store '%.200s' belongs to stack '%s', and this is '%s'",
			       store_where(store), r->cluster, s->name) ||
		       err_hint(
			   e,
			   "give each stack a store of its own, or, when the cluster got a new "
			   "name, remove %s there",
			   record_path);
	if (!r->found || r->level <= s->level)
		return true;
	(void)err_set(e, FAIL_CONFIG, "the stack was sealed at level %s, and level %s is lower",
		      level_name(r->level), level_name(s->level));
	return err_hint(e,
			"a stack is only raised; to lower it on purpose, stop it and write the "
			"lower level into '%s/%s'",
			store_where(store), record_path);
}
