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

static bool has_secrets(const struct program *p)
{
	for (size_t i = 0; i < p->opt_count; i++)
		if (p->opts[i].kind == OPT_SECRET)
			return true;
	return false;
}

/* How much of an unknown option may be repeated. Where there are secrets one may be glued to it:
 * "-pSecret", "--passSecret". */
static size_t shown_bytes(const struct program *p, const char *word)
{
	size_t n = strcspn(word, "=");

	if (!has_secrets(p))
		return n;
	if (word[1] != '-')
		return n < 2 ? n : 2;
	n = 2 + strspn(word + 2, "abcdefghijklmnopqrstuvwxyz-");
	for (size_t i = 0; i < p->opt_count; i++) {
		const char *name = p->opts[i].name;

		if (p->opts[i].kind == OPT_SECRET && strncmp(word + 2, name, strlen(name)) == 0)
			return 2 + strlen(name);
	}
	return n;
}

/* behind: the secret that stands before it, with nothing between; NULL: there is none. */
static bool unknown_option(const struct program *p, const struct command *c, const char *word,
			   const char *name, const struct opt *behind, struct err *e)
{
	const char *nearest = num_nearest(name, option_name_at, &(struct name_scope){ p, c });
	size_t n = shown_bytes(p, word);

	if (behind)
		return err_set(e, FAIL_USAGE, "unknown option behind --%s", behind->name) ||
		       err_hint(e, "a value that begins with a dash is written --%s=VALUE",
				behind->name);
	(void)err_set(e, FAIL_USAGE, "unknown option '%.*s%s' for %s %s", (int)n, word,
		      word[n] && word[n] != '=' ? "..." : "", p->name, c->name);
	if (*name && nearest)
		return err_hint(e, "did you mean --%s?", nearest);
	return err_hint(e, "%s %s --help lists the options", p->name, c->name);
}

static bool word_too_many(const struct program *p, const struct command *c, const char *word,
			  const struct opt *behind, struct err *e)
{
	if (behind)
		return err_set(e, FAIL_USAGE, "a word too many for %s %s behind --%s", p->name,
			       c->name, behind->name) ||
		       err_hint(e, "a value that has blanks in it is written in quotes");
	return err_set(e, FAIL_USAGE, "%s %s takes no word such as '%.*s'", p->name, c->name,
		       (int)(has_secrets(p) ? strcspn(word, "=:") : strlen(word)), word);
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

/* What has been read of a command line. */
struct reading {
	const struct program *program;
	const struct command *command;
	void *options;
	char **argv;
	size_t at;   /* the next word */
	size_t kept; /* words so far that are no options; they stand at the front of argv */
	struct from_env found;
	const struct opt *behind; /* the secret that was read last, and no other option since */
};

static void set_secret(struct reading *r, struct opt_secret *secret, char *value)
{
	const char *next = r->argv[r->at];

	secret->given = true;
	secret->value = value;
	if (!value && next && !is_option(next)) /* it may be left out; an option is no value */
		secret->value = r->argv[r->at++];
}

/* word begins with a dash: set its option, with the next word when that is its value. */
static bool take_option(struct reading *r, char *word, struct err *e)
{
	struct flag f = parse_flag(word);
	const struct opt *o = find_option(r->program, r->command, &f);
	const char *value = f.value;
	char source[80];
	bool *from_env;
	void *member;

	if (!o)
		return unknown_option(r->program, r->command, word, f.name, r->behind, e);
	member = (char *)r->options + o->offset;
	r->behind = o->kind == OPT_SECRET ? o : NULL;
	if (o->kind == OPT_SECRET) {
		set_secret(r, member, f.value);
		return true;
	}
	(void)snprintf(source, sizeof(source), "--%s", o->name);
	if (o->kind == OPT_FLAG && !value)
		value = "true";
	else if (!value && !r->argv[r->at])
		return err_set(e, FAIL_USAGE, "%s needs a value: %s", source, o->value);
	else if (!value)
		value = r->argv[r->at++];
	from_env = &r->found.list[o - r->program->opts];
	if (*from_env)
		list_clear(member);
	*from_env = false;
	return set_value(o, r->options, source, value, e);
}

/* "[word]", in lower case. */
static bool has_word_to_pass_over(const struct command *c)
{
	return c->operands[0] == '[' && c->operands[1] >= 'a' && c->operands[1] <= 'z';
}

static bool is_passed_over(const struct command *c, const char *word)
{
	size_t n = strlen(word);

	return has_word_to_pass_over(c) && strncmp(c->operands + 1, word, n) == 0 &&
	       strcmp(c->operands + 1 + n, "]") == 0;
}

static bool take_word(struct reading *r, char *word, struct err *e)
{
	const struct command *c = r->command;

	if (is_passed_over(c, word))
		return true;
	if (!*c->operands || has_word_to_pass_over(c))
		return word_too_many(r->program, c, word, r->behind, e);
	r->argv[r->kept++] = word;
	return true;
}

bool opt_parse(const struct program *p, const struct command *c, void *options, char **argv,
	       const char *(*lookup)(const char *name), char *const **operands, struct err *e)
{
	struct reading r = { .program = p, .command = c, .options = options, .argv = argv };
	bool options_ended = false;

	if (p->opt_count > MAX_OPTS)
		return err_set(e, FAIL_BUG, "more than %d options", MAX_OPTS);
	if (!set_from_environment(p, c, options, lookup, &r.found, e))
		return false;
	while (argv[r.at]) {
		char *word = argv[r.at++];

		if (!options_ended && strcmp(word, "--") == 0)
			options_ended = true;
		else if (options_ended || !is_option(word) ? !take_word(&r, word, e)
							   : !take_option(&r, word, e))
			return false;
	}
	argv[r.kept] = NULL;
	*operands = argv;
	return true;
}

void opt_clear(const struct program *p, void *options)
{
	for (size_t i = 0; i < p->opt_count; i++)
		if (is_list(&p->opts[i]))
			list_clear((struct list *)(void *)((char *)options + p->opts[i].offset));
}

static const struct program *group_at(const struct program *p, size_t i)
{
	for (size_t k = 0; p->groups && p->groups[k]; k++)
		if (k == i)
			return p->groups[k];
	return NULL;
}

/* The last word of its name. */
static const char *group_word(const struct program *group)
{
	const char *space = strrchr(group->name, ' ');

	return space ? space + 1 : group->name;
}

static const char *command_name_at(size_t i, const void *ctx)
{
	const struct program *p = ctx, *group;

	if (i < p->command_count)
		return p->commands[i].name;
	group = group_at(p, i - p->command_count);
	return group ? group_word(group) : NULL;
}

const struct program *command_group(const struct program *p, const char *word)
{
	const struct program *group;

	for (size_t i = 0; (group = group_at(p, i)) != NULL; i++)
		if (strcmp(group_word(group), word) == 0)
			return group;
	return NULL;
}

bool command_find(const struct program *p, const char *name, const struct command **out,
		  struct err *e)
{
	const char *nearest;
	size_t n;

	for (size_t i = 0; i < p->command_count; i++)
		if (strcmp(p->commands[i].name, name) == 0) {
			*out = &p->commands[i];
			return true;
		}
	nearest = num_nearest(name, command_name_at, p);
	n = is_option(name)  ? shown_bytes(p, name)
	    : has_secrets(p) ? strcspn(name, "=:")
			     : strlen(name);
	(void)err_set(e, FAIL_USAGE, "unknown command '%s %.*s%s'", p->name, (int)n, name,
		      name[n] ? "..." : "");
	if (nearest)
		return err_hint(e, "did you mean %s %s?", p->name, nearest);
	return err_hint(e, "%s --help lists the commands", p->name);
}

void opt_help_program(const struct program *p)
{
	const struct exit_status *row;
	const struct program *group;

	printf("%s %s - %s\n\nusage: %s COMMAND [OPTION...]\n\ncommands:\n", p->name, p->version,
	       p->purpose, p->name);
	for (size_t i = 0; i < p->command_count; i++) {
		const struct command *c = &p->commands[i];
		char call[48];

		(void)snprintf(call, sizeof(call), "%s %s", c->name, c->operands);
		printf("  %-22s %s\n", call, c->help);
	}
	for (size_t i = 0; (group = group_at(p, i)) != NULL; i++)
		printf("  %-22s %s\n", group_word(group), group->purpose);
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
