/* instances.c - the stack file, certutil's instances.yml included: conf/stack_file and conf/yaml.
 */
#include "fuzz.h"

#include "conf/stack_file.h"
#include "conf/yaml.h"

enum { MAX_NODES = 64 };

/* Every reader gets back what we quote. */
static void check_quoted(const char *text)
{
	auto_str quoted = STR_INIT(YAML_MAX_BYTES);
	auto_yaml y = NULL;
	struct err e = { 0 };

	yaml_quote(&quoted, text);
	if (!str_ok(&quoted, &e))
		return;
	fuzz_done(yaml_parse(&quoted, "quoted", &y, &e), &e);
	HOLDS(yaml_kind(yaml_root(y)) == YAML_SCALAR);
	HOLDS(strcmp(yaml_text(yaml_root(y)), text) == 0);
}

static bool visit(const struct yaml_leaf *leaf, void *ctx, struct err *e)
{
	unsigned *left = ctx;
	auto_list texts = { 0 };

	if (*left == 0)
		return true;
	--*left;
	check_quoted(leaf->key);
	if (!yaml_texts(leaf->value, &texts, e))
		return yaml_fail_at(leaf->value, e);
	for (size_t i = 0; i<texts.count && * left> 0; i++, --*left)
		check_quoted(texts.items[i]);
	return true;
}

static void try_yaml(const struct str *text)
{
	struct yaml *untouched = (struct yaml *)&untouched, *y = untouched;
	unsigned left = MAX_NODES;
	struct err e = { 0 };

	if (!yaml_parse(text, "fuzz.yml", &y, &e)) {
		HOLDS(y == untouched);
		fuzz_failed(&e);
		return;
	}
	if (!yaml_flatten(y, visit, &left, &e))
		fuzz_failed(&e);
	yaml_release(y);
}

static void check_stack(const struct stack *s)
{
	const struct instance *found;
	struct err e = { 0 };

	HOLDS(s->instance_count > 0 && s->instance_count <= STACK_MAX_INSTANCES);
	for (size_t i = 0; i < s->instance_count; i++) {
		const struct instance *it = &s->instances[i];

		HOLDS(it->name && it->name[0]);
		HOLDS(!strchr(instance_folder(it), '/') && instance_folder(it)[0] != '.');
		HOLDS(instance_host(it) && instance_host(it)[0]);
		fuzz_done(stack_find(s, it->name, &found, &e), &e);
		HOLDS(found == it);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	auto_str text = STR_INIT(YAML_MAX_BYTES);
	auto_stack s = STACK_INIT;
	struct err e = { 0 };

	str_addn(&text, data, n);
	if (text.failed)
		return 0;
	try_yaml(&text);
	if (stack_file_parse(&text, "fuzz.yml", &s, &e) && stack_finish(&s, "fuzz.yml", &e))
		check_stack(&s);
	else
		fuzz_failed(&e);
	return 0;
}
