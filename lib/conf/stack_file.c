#include "conf/stack_file.h"

#include <string.h>

#include "conf/yaml.h"
#include "os/file.h"
#include "stack/schema.h"

static bool set_key(enum schema_scope scope, void *target, struct yaml_node key,
		    struct yaml_node value, struct err *e)
{
	const struct schema_key *row;
	auto_list values = { 0 };

	if (!schema_find(scope, yaml_text(key), &row, e))
		return yaml_fail_at(key, e);
	if (!yaml_texts(value, &values, e) || !schema_set(row, target, &values, e))
		return yaml_fail_at(value, e);
	return true;
}

static bool refuse_twice(struct yaml_node map, size_t i, struct yaml_node key, struct err *e)
{
	struct yaml_node earlier, ignored;

	for (size_t k = 0; k < i && yaml_pair(map, k, &earlier, &ignored); k++)
		if (strcmp(yaml_text(earlier), yaml_text(key)) == 0)
			return err_set(e, FAIL_INPUT,
				       "key '%s' stands here a second time, after line %zu",
				       yaml_text(key), yaml_line(earlier)) ||
			       yaml_fail_at(key, e);
	return true;
}

static bool read_instance(struct yaml_node map, struct stack *s, struct err *e)
{
	struct yaml_node key, value;
	struct instance *instance;

	if (yaml_kind(map) != YAML_MAP)
		return err_set(e, FAIL_INPUT, "an instance is wanted here: - name: ...") ||
		       yaml_fail_at(map, e);
	if (!stack_add_instance(s, &instance, e))
		return yaml_fail_at(map, e);
	for (size_t i = 0; yaml_pair(map, i, &key, &value); i++)
		if (!refuse_twice(map, i, key, e) ||
		    !set_key(SCOPE_INSTANCE, instance, key, value, e))
			return false;
	if (!instance->name)
		return err_set(e, FAIL_INPUT, "this instance has no name") || yaml_fail_at(map, e);
	if (!instance->filename && !schema_is_file_name(instance->name)) {
		(void)err_set(e, FAIL_INPUT, "'%s' cannot be a file name as well", instance->name);
		(void)err_hint(e, "give the instance a filename");
		return yaml_fail_at(map, e);
	}
	return stack_check_last(s, e) || yaml_fail_at(map, e);
}

static bool read_instances(struct yaml_node list, struct stack *s, struct err *e)
{
	struct yaml_node item;

	if (yaml_kind(list) != YAML_LIST)
		return err_set(e, FAIL_INPUT, "a list of instances is wanted here") ||
		       yaml_fail_at(list, e);
	for (size_t i = 0; yaml_item(list, i, &item); i++)
		if (!read_instance(item, s, e))
			return false;
	return true;
}

static bool read_document(const struct yaml *y, const char *path, struct stack *s, struct err *e)
{
	struct yaml_node root = yaml_root(y), key, value;

	if (yaml_kind(root) != YAML_MAP)
		return err_set(e, FAIL_INPUT, "'%s' is not a stack file: no instances: in it",
			       path);
	for (size_t i = 0; yaml_pair(root, i, &key, &value); i++) {
		if (!refuse_twice(root, i, key, e))
			return false;
		if (strcmp(yaml_text(key), "instances") == 0) {
			if (!read_instances(value, s, e))
				return false;
		} else if (!set_key(SCOPE_STACK, s, key, value, e)) {
			return false;
		}
	}
	return true;
}

bool stack_file_parse(const struct str *text, const char *name, struct stack *s, struct err *e)
{
	auto_yaml y = NULL;

	return yaml_parse(text, name, &y, e) && read_document(y, name, s, e);
}

static bool read_file(const char *path, struct stack *s, struct err *e)
{
	auto_str text = STR_INIT(YAML_MAX_BYTES);

	if (!file_read(path, &text, e)) {
		if (e->code == FAIL_MISSING)
			(void)err_hint(e, "mount the stack file there, or name it with --stack");
		return false;
	}
	return stack_file_parse(&text, path, s, e);
}

static bool from_environment(const struct stack_overrides *o,
			     const char *(*lookup)(const char *name), struct stack *s,
			     struct err *e)
{
	struct instance *instance;
	auto_list name = { 0 };
	const struct schema_key *row;

	if (!stack_add_instance(s, &instance, e) ||
	    !schema_set_from_environment(SCOPE_INSTANCE, instance, lookup, e))
		return false;
	if (o->instance_name)
		return list_add(&name, o->instance_name, e) &&
		       schema_find(SCOPE_INSTANCE, "name", &row, e) &&
		       schema_set(row, instance, &name, e);
	if (instance->name)
		return true;
	(void)err_set(e, FAIL_USAGE, "no stack file and no name of an instance given");
	return err_hint(e, "use --stack FILE, or STACKSEAL_NAME and the other variables");
}

static bool override_key(struct stack *s, const char *key, const char *text, const char *flag,
			 struct err *e)
{
	const struct schema_key *row;
	auto_list value = { 0 };

	if (!text)
		return true;
	if (!schema_find(SCOPE_STACK, key, &row, e) || !list_add(&value, text, e))
		return false;
	if (schema_set(row, s, &value, e))
		return true;
	if (e->code == FAIL_MEMORY)
		return false;
	return err_set(e, FAIL_USAGE, "%s cannot be '%s'", flag, text) ||
	       err_hint(e, "%s", row->help);
}

bool stack_load(const char *path, const struct stack_overrides *o,
		const char *(*lookup)(const char *name), struct stack *out, struct err *e)
{
	auto_stack s = STACK_INIT;

	if (path ? !read_file(path, &s, e) : !from_environment(o, lookup, &s, e))
		return false;
	if (!schema_set_from_environment(SCOPE_STACK, &s, lookup, e) ||
	    !override_key(&s, "level", o->level, "--level", e) ||
	    !override_key(&s, "version", o->version, "--stack-version", e) ||
	    !stack_finish(&s, path ? path : "the environment", e))
		return false;
	*out = s;
	s = (struct stack)STACK_INIT;
	return true;
}
