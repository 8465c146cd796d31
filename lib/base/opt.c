#include "base/opt.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/num.h"

enum { MAX_OPTS = 128 };

/* Which lists hold what the environment said: a flag replaces it, a repeated flag adds. */
struct from_env {
	bool list[MAX_OPTS];
};

static bool takes(const struct opt *o, const struct command *c)
{
	return (o->commands & c->bit) != 0;
}

static bool is_list(const struct opt *o)
{
	return o->kind == OPT_LIST || o->kind == OPT_FILLED;
}

static bool add_filled(struct list *l, const char *source, const char *text, struct err *e)
{
	size_t before = l->count;

	if (!list_split(l, text, ',', e))
		return false;
	return l->count > before || err_set(e, FAIL_USAGE, "%s is empty", source) ||
	       err_hint(e, "leave it out, if nothing is meant");
}

/* source is "--name" or the variable: whatever the user wrote. */
static bool set_value(const struct opt *o, void *options, const char *source, const char *text,
		      struct err *e)
{
	void *member = (char *)options + o->offset;

	switch (o->kind) {
	case OPT_FLAG:
		if (!num_parse_bool(text, member))
			return err_set(e, FAIL_USAGE, "%s takes true or false, not '%s'", source,
				       text);
		return true;
	case OPT_TEXT:
		*(const char **)member = text;
		return true;
	case OPT_LIST:
		return list_split(member, text, ',', e);
	case OPT_FILLED:
		return add_filled(member, source, text, e);
	case OPT_NUMBER:
		if (!num_parse(text, 1, INT_MAX, member))
			return err_set(e, FAIL_USAGE, "%s takes a whole number from 1, not '%s'",
				       source, text);
		return true;
	case OPT_SECONDS:
		if (!num_parse_seconds(text, member))
			return err_set(e, FAIL_USAGE,
				       "%s takes a time such as 90s, 5m or 2h, not '%s'", source,
				       text);
		return true;
	case OPT_DAYS:
		if (!num_parse_days(text, member))
			return err_set(e, FAIL_USAGE,
				       "%s takes days such as 730, 18m or 2y, not '%s'", source,
				       text) ||
			       err_hint(e, "at least one day, at most a hundred years");
		return true;
	case OPT_SECRET: /* by set_secret(), from argv alone */
		break;
	}
	return err_set(e, FAIL_BUG, "option %s has no kind", source);
}

static bool set_from_environment(const struct program *p, const struct command *c, void *options,
				 const char *(*lookup)(const char *name), struct from_env *found,
				 struct err *e)
{
	for (size_t i = 0; i < p->opt_count; i++) {
		const struct opt *o = &p->opts[i];
		const char *text = o->env && takes(o, c) ? lookup(o->env) : NULL;

		if (!text || !*text)
			continue;
		if (!set_value(o, options, o->env, text, e))
			return false;
		found->list[i] = is_list(o);
	}
	return true;
}

struct name_scope {
	const struct program *program;
	const struct command *command;
};

static const char *option_name_at(size_t i, const void *ctx)
{
	const struct name_scope *scope = ctx;

	for (size_t k = 0; k < scope->program->opt_count; k++)
		if (takes(&scope->program->opts[k], scope->command) && i-- == 0)
			return scope->program->opts[k].name;
	return NULL;
}

/* word is what was written; name is its long name, empty for a short form. */
static bool unknown_option(const struct program *p, const struct command *c, const char *word,
			   const char *name, struct err *e)
{
	const char *nearest = num_nearest(name, option_name_at, &(struct name_scope){ p, c });

	(void)err_set(e, FAIL_USAGE, "unknown option '%.*s' for %s %s", (int)strcspn(word, "="),
		      word, p->name, c->name);
	if (*name && nearest)
		return err_hint(e, "did you mean --%s?", nearest);
	return err_hint(e, "%s %s --help lists the options", p->name, c->name);
}

/* What a word names: "--name", "--name=value", the same with one dash as elasticsearch-certutil's
 * documents have it, or "-n". */
struct flag {
	char name[64]; /* long name as written, or empty */
	char letter;
	char *value; /* behind the '=', or NULL */
};

static struct flag parse_flag(char *word)
{
	struct flag f = { .letter = 0 };
	char *equals = strchr(word, '=');
	size_t n;

	if (word[1] != '-' && !word[2]) {
		f.letter = word[1];
		return f;
	}
	word += word[1] == '-' ? 2 : 1;
	n = equals ? (size_t)(equals - word) : strlen(word);
	(void)snprintf(f.name, sizeof(f.name), "%.*s",
		       (int)(n < sizeof(f.name) ? n : sizeof(f.name) - 1), word);
	f.value = equals ? equals + 1 : NULL;
	return f;
}

static const struct opt *find_option(const struct program *p, const struct command *c,
				     const struct flag *f)
{
	for (size_t i = 0; i < p->opt_count; i++) {
		const struct opt *o = &p->opts[i];

		if (takes(o, c) &&
		    (f->letter ? o->letter == f->letter : strcmp(o->name, f->name) == 0))
			return o;
	}
	return NULL;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

/* The value of a secret may be left out, so a next word that is an option is none. */
static bool set_secret(struct opt_secret *secret, char *value, char **argv, size_t *i)
{
	secret->given = true;
	secret->value = value;
	if (!value && argv[*i + 1] && !is_option(argv[*i + 1]))
		secret->value = argv[++*i];
	return true;
}

/* argv[*i] begins with a dash: set its option and leave *i at its last word. */
static bool set_from_word(const struct program *p, const struct command *c, void *options,
			  char **argv, size_t *i, struct from_env *found, struct err *e)
{
	struct flag f = parse_flag(argv[*i]);
	const struct opt *o = find_option(p, c, &f);
	const char *value = f.value;
	char source[80];
	size_t row;

	if (!o)
		return unknown_option(p, c, argv[*i], f.name, e);
	row = (size_t)(o - p->opts);
	(void)snprintf(source, sizeof(source), "--%s", o->name);
	if (o->kind == OPT_SECRET)
		return set_secret((void *)((char *)options + o->offset), f.value, argv, i);
	if (o->kind == OPT_FLAG && !value)
		value = "true";
	else if (!value && !argv[*i + 1])
		return err_set(e, FAIL_USAGE, "%s needs a value: %s", source, o->value);
	else if (!value)
		value = argv[++*i];
	if (found->list[row])
		list_clear((struct list *)(void *)((char *)options + o->offset));
	found->list[row] = false;
	return set_value(o, options, source, value, e);
}

bool opt_parse(const struct program *p, const struct command *c, void *options, char **argv,
	       const char *(*lookup)(const char *name), char *const **operands, struct err *e)
{
	size_t kept = 0;
	bool options_ended = false;
	struct from_env found = { { false } };

	if (p->opt_count > MAX_OPTS)
		return err_set(e, FAIL_BUG, "more than %d options", MAX_OPTS);
	if (!set_from_environment(p, c, options, lookup, &found, e))
		return false;
	for (size_t i = 0; argv[i]; i++) {
		if (!options_ended && strcmp(argv[i], "--") == 0) {
			options_ended = true;
		} else if (!options_ended && is_option(argv[i])) {
			if (!set_from_word(p, c, options, argv, &i, &found, e))
				return false;
		} else {
			argv[kept++] = argv[i];
		}
	}
	argv[kept] = NULL;
	*operands = argv;
	if (kept > 0 && !*c->operands)
		return err_set(e, FAIL_USAGE, "%s %s takes no word such as '%s'", p->name, c->name,
			       argv[0]);
	return true;
}

void opt_clear(const struct program *p, void *options)
{
	for (size_t i = 0; i < p->opt_count; i++)
		if (is_list(&p->opts[i]))
			list_clear((struct list *)(void *)((char *)options + p->opts[i].offset));
}

static const char *command_name_at(size_t i, const void *ctx)
{
	const struct program *p = ctx;

	return i < p->command_count ? p->commands[i].name : NULL;
}

bool command_find(const struct program *p, const char *name, const struct command **out,
		  struct err *e)
{
	const char *nearest;

	for (size_t i = 0; i < p->command_count; i++)
		if (strcmp(p->commands[i].name, name) == 0) {
			*out = &p->commands[i];
			return true;
		}
	nearest = num_nearest(name, command_name_at, p);
	(void)err_set(e, FAIL_USAGE, "unknown command '%s %s'", p->name, name);
	if (nearest)
		return err_hint(e, "did you mean %s %s?", p->name, nearest);
	return err_hint(e, "%s --help lists the commands", p->name);
}

void opt_help_program(const struct program *p)
{
	const struct exit_status *row;

	printf("%s %s - %s\n\nusage: %s COMMAND [OPTION...]\n\ncommands:\n", p->name, p->version,
	       p->purpose, p->name);
	for (size_t i = 0; i < p->command_count; i++) {
		const struct command *c = &p->commands[i];
		char call[48];

		(void)snprintf(call, sizeof(call), "%s %s", c->name, c->operands);
		printf("  %-22s %s\n", call, c->help);
	}
	printf("\n  %s COMMAND --help lists the options of a command.\n\nexit status:\n", p->name);
	for (size_t i = 0; (row = err_exit_table(i)) != NULL; i++)
		printf("  %-3d %s\n", row->status, row->meaning);
}

void opt_help_command(const struct program *p, const struct command *c)
{
	printf("usage: %s %s [OPTION...]%s%s\n\n%s\n\noptions:\n", p->name, c->name,
	       *c->operands ? " " : "", c->operands, c->help);
	for (size_t i = 0; i < p->opt_count; i++) {
		const struct opt *o = &p->opts[i];
		char call[48], letter[8] = "";

		if (!takes(o, c))
			continue;
		if (o->letter)
			(void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		(void)snprintf(call, sizeof(call), "%s--%s%s%s", letter, o->name,
			       o->value ? " " : "", o->value ? o->value : "");
		printf("  %-24s %s%s%s%s\n", call, o->help, o->env ? " [$" : "",
		       o->env ? o->env : "", o->env ? "]" : "");
	}
}
