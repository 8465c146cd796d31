#include "conf/outputs.h"

#include <string.h>

#include "conf/block.h"
#include "conf/yaml.h"

static bool begins(const char *key, const char *with)
{
	return strncmp(key, with, strlen(with)) == 0;
}

static bool look(const struct yaml_leaf *leaf, void *ctx, struct err *e)
{
	static const char ours[] = "output.elasticsearch";
	struct outputs *out = ctx;
	const char *key = leaf->key;

	(void)e;
	out->other |=
	    strcmp(key, "cloud.id") == 0 || (begins(key, "output.") && !begins(key, ours));
	out->own_login |= strcmp(key, "output.elasticsearch.api_key") == 0;
	return true;
}

bool outputs_find(const char *before, const char *path, struct outputs *out, struct err *e)
{
	auto_str without = STR_INIT(YAML_MAX_BYTES);
	auto_yaml y = NULL;

	*out = (struct outputs){ 0 };
	return block_take_out(before, path, &without, e) && yaml_parse(&without, path, &y, e) &&
	       yaml_flatten(y, look, out, e);
}
