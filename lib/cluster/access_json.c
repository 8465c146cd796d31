#include "cluster/access_json.h"

static bool add_list(struct json *j, const char *name, const struct list *texts, struct err *e)
{
	struct json *array;

	if (texts->count == 0)
		return true;
	if (!json_new_array(&array, e) || !json_add(j, name, array, e))
		return false;
	for (size_t i = 0; i < texts->count; i++)
		if (!json_add_text(array, NULL, texts->items[i], e))
			return false;
	return true;
}

static bool add_optional(struct json *j, const char *name, const char *text, struct err *e)
{
	return !text || json_add_text(j, name, text, e);
}

static bool add_object(struct json *j, const char *name, struct json **out, struct err *e)
{
	return json_new_object(out, e) && json_add(j, name, *out, e);
}

static bool add_fields(struct json *j, const struct access_indices *i, struct err *e)
{
	struct json *fields;

	return i->grant.count + i->except.count == 0 ||
	       (add_object(j, "field_security", &fields, e) &&
		add_list(fields, "grant", &i->grant, e) &&
		add_list(fields, "except", &i->except, e));
}

static bool add_indices(struct json *list, const struct access_indices *i, struct err *e)
{
	struct json *j;

	return add_object(list, NULL, &j, e) && add_list(j, "names", &i->names, e) &&
	       add_list(j, "privileges", &i->privileges, e) && add_fields(j, i, e) &&
	       add_optional(j, "query", i->query, e) &&
	       (!i->restricted || json_add_bool(j, "allow_restricted_indices", true, e));
}

static bool add_application(struct json *list, const struct access_application *a, struct err *e)
{
	struct json *j;

	return add_object(list, NULL, &j, e) && add_optional(j, "application", a->application, e) &&
	       add_list(j, "privileges", &a->privileges, e) &&
	       add_list(j, "resources", &a->resources, e);
}

static bool fill_role(struct json *j, const struct access_role *r, struct err *e)
{
	const struct access_indices *indices;
	const struct access_application *application;
	struct json *list;

	if (!add_list(j, "cluster", &r->cluster, e) || !add_list(j, "run_as", &r->run_as, e) ||
	    !json_new_array(&list, e) || !json_add(j, "indices", list, e))
		return false;
	for (size_t i = 0; (indices = access_indices_at(r, i)) != NULL; i++)
		if (!add_indices(list, indices, e))
			return false;
	if (r->applications.count == 0)
		return true;
	if (!json_new_array(&list, e) || !json_add(j, "applications", list, e))
		return false;
	for (size_t i = 0; (application = access_application_at(r, i)) != NULL; i++)
		if (!add_application(list, application, e))
			return false;
	return true;
}

bool access_role_json(const struct access_role *r, struct json **out, struct err *e)
{
	auto_json j = NULL;

	if (!json_new_object(&j, e) || !fill_role(j, r, e))
		return false;
	*out = TAKE(j);
	return true;
}

bool access_user_json(const struct access_user *u, struct json **out, struct err *e)
{
	auto_json j = NULL;

	if (!json_new_object(&j, e) || !add_list(j, "roles", &u->roles, e) ||
	    !add_optional(j, "full_name", u->full_name, e) ||
	    !add_optional(j, "email", u->email, e) || !json_add_bool(j, "enabled", true, e))
		return false;
	*out = TAKE(j);
	return true;
}

static bool add_rule(struct json *j, const char *name, const struct access_rule *r, struct err *e);

static bool fill_rules(struct json *j, const char *name, const struct access_rule *r, struct err *e)
{
	const struct access_rule *inner;
	struct json *list;

	if (!json_new_array(&list, e) || !json_add(j, name, list, e))
		return false;
	for (size_t i = 0; (inner = access_rule_at(r, i)) != NULL; i++)
		if (!add_rule(list, NULL, inner, e))
			return false;
	return true;
}

/* One value stands alone: so it is shown again. */
static bool fill_field(struct json *j, const struct access_rule *r, struct err *e)
{
	struct json *field;

	if (!add_object(j, "field", &field, e))
		return false;
	return r->values.count == 1 ? json_add_text(field, r->field, r->values.items[0], e)
				    : add_list(field, r->field, &r->values, e);
}

static bool add_rule(struct json *parent, const char *name, const struct access_rule *r,
		     struct err *e)
{
	struct json *j;

	if (!add_object(parent, name, &j, e))
		return false;
	switch (r->kind) {
	case RULE_ANY:
		return fill_rules(j, "any", r, e);
	case RULE_ALL:
		return fill_rules(j, "all", r, e);
	case RULE_EXCEPT:
		return add_rule(j, "except", access_rule_at(r, 0), e);
	case RULE_FIELD:
		return fill_field(j, r, e);
	case RULE_NONE:
		break;
	}
	return err_set(e, FAIL_BUG, "a role mapping has an empty rule");
}

bool access_mapping_json(const struct access_mapping *m, struct json **out, struct err *e)
{
	auto_json j = NULL;

	if (!json_new_object(&j, e) || !add_list(j, "roles", &m->roles, e) ||
	    !json_add_bool(j, "enabled", !m->disabled, e) || !add_rule(j, "rules", &m->rule, e))
		return false;
	*out = TAKE(j);
	return true;
}

bool access_key_json(const struct access_key *k, const struct access *a, struct json **out,
		     struct err *e)
{
	auto_json j = NULL;
	struct json *roles, *role;

	if (!json_new_object(&j, e) || !json_add_text(j, "name", k->name, e) ||
	    !add_optional(j, "expiration", k->expiration, e) ||
	    !add_object(j, "role_descriptors", &roles, e))
		return false;
	for (size_t i = 0; i < k->roles.count; i++) {
		const struct access_role *r = access_find_role(a, k->roles.items[i]);

		if (!r)
			return err_set(e, FAIL_BUG, "role '%s' is lost", k->roles.items[i]);
		if (!add_object(roles, r->name, &role, e) || !fill_role(role, r, e))
			return false;
	}
	*out = TAKE(j);
	return true;
}
