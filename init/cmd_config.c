#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "conf/block.h"
#include "conf/diff.h"
#include "conf/user_settings.h"
#include "flow/config_check.h"
#include "flow/prepare.h"
#include "flow/target.h"
#include "init/commands.h"
#include "os/env.h"

enum { SHOWN_MAX_BYTES = 8 * 1024 * 1024 };

/* A line "key: value" of a secret. */
static bool hides(const char *line, size_t n)
{
	size_t begin = strspn(line, " \t#-'\""), end = strcspn(line, ":");
	char key[256];

	if (end >= n || end <= begin || end - begin >= sizeof(key))
		return false;
	while (end > begin && strchr(" '\"", line[end - 1]))
		end--;
	(void)snprintf(key, sizeof(key), "%.*s", (int)(end - begin), line + begin);
	return user_setting_is_secret(key);
}

static struct diff_style style_here(void)
{
	return (struct diff_style){ isatty(STDOUT_FILENO) == 1 && !env_get("NO_COLOR"), hides };
}

/* What prepare would make of the configuration file. */
static bool look(const void *options, struct place_view *view, struct err *e)
{
	struct options o = *(const struct options *)options;
	struct prepared seen = { .view = view };
	auto_stack s = STACK_INIT;
	const struct instance *self;

	o.check = true;
	secret_setup(SECRET_FEW);
	if (!target_load(&o, TARGET_INSTANCE, &s, &self, e) ||
	    !prepare_instance(&o, &s, self, &seen, e))
		return false;
	return view->path || err_set(e, FAIL_CONFIG, "no configuration file is written for role %s",
				     role_row(self->role)->name);
}

static bool print(const struct str *text, struct err *e)
{
	return (fwrite(str_text(text), 1, text->len, stdout) == text->len && fflush(stdout) == 0) ||
	       err_set(e, FAIL_IO, "cannot write to standard output");
}

static bool config_show(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	const struct diff_style style = style_here();
	auto_place_view view = PLACE_VIEW_INIT;
	auto_str_wiped text = STR_INIT(SHOWN_MAX_BYTES), out = STR_INIT(SHOWN_MAX_BYTES);

	(void)operands;
	(void)status;
	if (!look(options, &view, e))
		return false;
	if (o->block)
		block_body(str_text(&view.after), &text);
	else
		str_add(&text, str_text(&view.after));
	return str_ok(&text, e) && diff_show(str_text(&text), &style, &out, e) && print(&out, e);
}

static bool config_diff(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct diff_style style = style_here();
	auto_place_view view = PLACE_VIEW_INIT;
	auto_str_wiped out = STR_INIT(SHOWN_MAX_BYTES);

	(void)operands;
	if (!look(options, &view, e) ||
	    !diff_format(view.path, str_text(&view.before), str_text(&view.after), &style, &out, e))
		return false;
	if (out.len > 0)
		*status = err_exit_status(FAIL_DIFFERS);
	return print(&out, e);
}

static bool config_check(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_stack s = STACK_INIT;
	auto_str out = STR_INIT(SHOWN_MAX_BYTES);
	const struct instance *self;
	unsigned findings;

	(void)operands;
	secret_setup(SECRET_FEW);
	if (!target_load(o, TARGET_INSTANCE, &s, &self, e) ||
	    !config_check_instance(o, &s, self, &out, &findings, e))
		return false;
	if (findings > 0)
		*status = err_exit_status(FAIL_CONFIG);
	return print(&out, e);
}

/* clang-format off */
const struct command config_commands[] = {
	{ "show",  CONFIG_SHOW,  "", "print the configuration file as prepare would write it", config_show },
	{ "diff",  CONFIG_DIFF,  "", "print what prepare would change in it; 81 when there is anything", config_diff },
	{ "check", CONFIG_CHECK, "", "read the files that are there, and say what a node would refuse", config_check },
};
/* clang-format on */

const size_t config_command_count = ARRAY_LEN(config_commands);
