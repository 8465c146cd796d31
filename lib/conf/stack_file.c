#include "conf/stack_file.h"

#include <string.h>

#include "conf/yaml.h"
#include "os/file.h"
#include "stack/schema.h"
#include "stack/word.h"

static bool read_map(enum schema_scope scope, void *target, const char *what, struct yaml_node map,
		     struct err *e);

/* The name of an item that has one: it is what it is found by later. */
static const char *item_name(struct yaml_node map)
{
	struct yaml_node key, value;

	for (size_t i = 0; yaml_pair(map, i, &key, &value); i++)
		if (strcmp(yaml_text(key), "name") == 0)
			return yaml_text(value);
	return "";
}

static bool check_item_name(const struct schema_inner *inner, struct yaml_node list, size_t i,
			    struct yaml_node item, struct err *e)
{
	const struct schema_key *named;
	struct err none = { 0 };
	struct yaml_node earlier;

	if (!schema_find(inner->inner, "name", &named, &none))
		return true;
	if (!*item_name(item))
		return err_set(e, FAIL_INPUT, "%s has no name", inner->what) ||
		       yaml_fail_at(item, e);
	for (size_t k = 0; k < i && yaml_item(list, k, &earlier); k++)
		if (strcmp(item_name(earlier), item_name(item)) == 0)
			return err_set(e, FAIL_INPUT, "%s with the name '%s' stands in line %zu",
				       inner->what, item_name(item), yaml_line(earlier)) ||
			       yaml_fail_at(item, e);
	return true;
}

static bool read_items(const struct schema_inner *inner, struct rows *rows, struct yaml_node list,
		       struct err *e)
{
	struct yaml_node item;
	void *target;

	if (yaml_kind(list) != YAML_LIST)
		return err_set(e, FAIL_INPUT, "a list is wanted here: - name: ...") ||
		       yaml_fail_at(list, e);
	for (size_t i = 0; yaml_item(list, i, &item); i++)
		if (!rows_add(rows, inner->size, &target, e))
			return yaml_fail_at(item, e);
		else if (!read_map(inner->inner, target, inner->what, item, e) ||
			 !check_item_name(inner, list, i, item, e))
			return false;
	return true;
}

/* An alias can make a rule contain itself. */
enum { MAX_RULES = 256 };

/* A rule is a mapping of one key; a list of them is what any and all have. left: how many more one
 * mapping may have. */
static bool read_rule(struct yaml_node map, struct access_rule *out, unsigned *left, struct err *e);

static bool read_rules(struct yaml_node list, struct access_rule *out, unsigned *left,
		       struct err *e)
{
	struct yaml_node item;
	void *rule;

	if (yaml_kind(list) != YAML_LIST || !yaml_item(list, 0, &item))
		return err_set(e, FAIL_INPUT, "a list of rules is wanted here") ||
		       yaml_fail_at(list, e);
	for (size_t i = 0; yaml_item(list, i, &item); i++)
		if (!rows_add(&out->rules, sizeof(struct access_rule), &rule, e) ||
		    !read_rule(item, rule, left, e))
			return false;
	return true;
}

static bool read_field(struct yaml_node map, struct access_rule *out, struct err *e)
{
	struct yaml_node key, value, second;

	if (!yaml_pair(map, 0, &key, &value) || yaml_pair(map, 1, &second, &second) ||
	    !*yaml_text(key))
		return err_set(e, FAIL_INPUT, "one field is wanted here: {username: 'ops-*'}") ||
		       yaml_fail_at(map, e);
	out->field = strdup(yaml_text(key));
	if (!out->field)
		return err_set(e, FAIL_MEMORY, "out of memory for a rule");
	if (!yaml_texts(value, &out->values, e))
		return yaml_fail_at(value, e);
	return out->values.count > 0 || err_set(e, FAIL_INPUT, "the field has no value") ||
	       yaml_fail_at(value, e);
}

static bool read_rule(struct yaml_node map, struct access_rule *out, unsigned *left, struct err *e)
{
	struct yaml_node key, value, second;
	const char *word;
	void *inner;

	if ((*left)-- == 0)
		return err_set(e, FAIL_INPUT, "there are more than %d rules", MAX_RULES) ||
		       yaml_fail_at(map, e);
	if (!yaml_pair(map, 0, &key, &value) || yaml_pair(map, 1, &second, &second))
		return err_set(e, FAIL_INPUT, "a rule is one of any, all, except and field") ||
		       yaml_fail_at(map, e);
	word = yaml_text(key);
	out->kind = strcmp(word, "any") == 0      ? RULE_ANY
		    : strcmp(word, "all") == 0    ? RULE_ALL
		    : strcmp(word, "except") == 0 ? RULE_EXCEPT
		    : strcmp(word, "field") == 0  ? RULE_FIELD
						  : RULE_NONE;
	if (out->kind == RULE_NONE)
		return err_set(e, FAIL_INPUT, "unknown rule '%s'", word) ||
		       err_hint(e, "a rule is one of any, all, except and field") ||
		       yaml_fail_at(key, e);
	if (out->kind == RULE_FIELD)
		return read_field(value, out, e);
	if (out->kind == RULE_EXCEPT)
		return rows_add(&out->rules, sizeof(struct access_rule), &inner, e) &&
		       read_rule(value, inner, left, e);
	return read_rules(value, out, left, e);
}

static bool set_key(enum schema_scope scope, void *target, struct yaml_node key,
		    struct yaml_node value, struct err *e)
{
	const struct schema_key *row;
	const struct schema_inner *inner;
	auto_list values = { 0 };
	unsigned rules_left = MAX_RULES;
	void *member;

	if (!schema_find(scope, yaml_text(key), &row, e))
		return yaml_fail_at(key, e);
	inner = schema_inner(row);
	member = (char *)target + row->offset;
	if (inner && inner->size > 0)
		return read_items(inner, member, value, e);
	if (inner)
		return read_map(inner->inner, target, inner->what, value, e);
	if (row->kind == KEY_RULE)
		return read_rule(value, member, &rules_left, e);
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

static bool read_map(enum schema_scope scope, void *target, const char *what, struct yaml_node map,
		     struct err *e)
{
	struct yaml_node key, value;

	if (yaml_kind(map) != YAML_MAP)
		return err_set(e, FAIL_INPUT, "%s is wanted here, as a mapping", what) ||
		       yaml_fail_at(map, e);
	for (size_t i = 0; yaml_pair(map, i, &key, &value); i++)
		if (!refuse_twice(map, i, key, e) || !set_key(scope, target, key, value, e))
			return false;
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
	if (!instance->filename && !word_is_file_name(instance->name)) {
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
	    !override_key(&s, "accounts", o->accounts, "--accounts", e) ||
	    !stack_finish(&s, path ? path : "the environment", e))
		return false;
	*out = s;
	s = (struct stack)STACK_INIT;
	return true;
}
