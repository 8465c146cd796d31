#include "conf/roles_file.h"

#include "conf/yaml.h"

/* Before a member of a mapping. */
static const char *joint(const struct str *out)
{
	return out->len > 0 && out->data[out->len - 1] == '{' ? " " : ", ";
}

static void add_list(struct str *out, const char *key, const struct list *texts)
{
	if (texts->count == 0)
		return;
	str_addf(out, "%s%s: [", joint(out), key);
	for (size_t i = 0; i < texts->count; i++) {
		str_add(out, i == 0 ? " " : ", ");
		yaml_quote(out, texts->items[i]);
	}
	str_add(out, " ]");
}

static void add_indices(struct str *out, const struct access_indices *i)
{
	str_add(out, "{");
	add_list(out, "names", &i->names);
	add_list(out, "privileges", &i->privileges);
	if (i->grant.count + i->except.count > 0) {
		str_add(out, ", field_security: {");
		add_list(out, "grant", &i->grant);
		add_list(out, "except", &i->except);
		str_add(out, " }");
	}
	if (i->query) {
		str_add(out, ", query: ");
		yaml_quote(out, i->query);
	}
	if (i->restricted)
		str_add(out, ", allow_restricted_indices: true");
	str_add(out, " }");
}

static void add_application(struct str *out, const struct access_application *a)
{
	str_add(out, "{ application: ");
	yaml_quote(out, a->application ? a->application : "");
	add_list(out, "privileges", &a->privileges);
	add_list(out, "resources", &a->resources);
	str_add(out, " }");
}

/* Before the i-th item of a list of mappings. */
static void begin_item(struct str *out, const char *key, size_t i)
{
	if (i == 0)
		str_addf(out, "%s%s: [ ", joint(out), key);
	else
		str_add(out, ", ");
}

static void add_role(struct str *out, const struct access_role *r)
{
	const struct access_indices *indices;
	const struct access_application *application;

	yaml_quote(out, r->name);
	str_add(out, ": {");
	add_list(out, "cluster", &r->cluster);
	add_list(out, "run_as", &r->run_as);
	for (size_t i = 0; (indices = access_indices_at(r, i)) != NULL; i++) {
		begin_item(out, "indices", i);
		add_indices(out, indices);
	}
	str_add(out, r->indices.count ? " ]" : "");
	for (size_t i = 0; (application = access_application_at(r, i)) != NULL; i++) {
		begin_item(out, "applications", i);
		add_application(out, application);
	}
	str_add(out, r->applications.count ? " ]" : "");
	str_add(out, " }\n");
}

/* Of two roles with one name the product would take one, and say nothing. */
static bool check_theirs(const struct access *a, const struct yaml *y, const char *path,
			 struct err *e)
{
	struct yaml_node key, value;

	for (size_t i = 0; yaml_pair(yaml_root(y), i, &key, &value); i++)
		if (access_find_role(a, yaml_text(key)))
			return err_set(e, FAIL_CONFIG,
				       "'%.300s' has a role '%s' in line %zu, as the "
				       "stack file has",
				       path, yaml_text(key), yaml_line(key)) ||
			       err_hint(e, "remove one of the two");
	return true;
}

bool roles_file_body(const struct access *a, const struct str *theirs, const char *path,
		     struct str *out, struct err *e)
{
	auto_yaml y = NULL;
	const struct access_role *r;

	if (!yaml_parse(theirs, path, &y, e) || !check_theirs(a, y, path, e))
		return false;
	for (size_t i = 0; (r = access_role_at(a, i)) != NULL; i++)
		add_role(out, r);
	return str_ok(out, e);
}
