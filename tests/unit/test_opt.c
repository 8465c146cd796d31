#include "check.h"
#include "given.h"

#include "base/list.h"
#include "base/opt.h"

#include <string.h>

enum { FIRST = 1, SECOND = 2 };

struct options {
	bool force;
	const char *out;
	struct list dns;
	struct list permit;
	unsigned days;
	unsigned timeout_s;
};

/* clang-format off */
static const struct opt opts[] = {
	{ "force",   'f', NULL,   "T_FORCE",   OPT_FLAG,    offsetof(struct options, force),     FIRST,  "replace" },
	{ "out",     'o', "DIR",  "T_OUT",     OPT_TEXT,    offsetof(struct options, out),       FIRST,  "folder" },
	{ "dns",     0  , "LIST", "T_DNS",     OPT_LIST,    offsetof(struct options, dns),       FIRST,  "names" },
	{ "permit",  0  , "LIST", NULL,        OPT_FILLED,  offsetof(struct options, permit),    FIRST,  "limits" },
	{ "days",    0  , "N",    "T_DAYS",    OPT_NUMBER,  offsetof(struct options, days),      FIRST,  "days" },
	{ "timeout", 0  , "TIME", "T_TIMEOUT", OPT_SECONDS, offsetof(struct options, timeout_s), FIRST | SECOND, "time" },
};
static const struct command commands[] = {
	{ "make", FIRST,  "",       "make it", NULL },
	{ "run",  SECOND, "CMD...", "run it",  NULL },
};
/* clang-format on */
static const struct program program = { "tool", "a tool",        "1", commands, ARRAY_LEN(commands),
					opts,   ARRAY_LEN(opts), NULL };

static struct err e;

static bool parse(const struct command *c, struct options *o, char **argv, char *const **operands)
{
	return opt_parse(&program, c, o, argv, lookup, operands, &e);
}

#define ARGV(...)                                                                                  \
	(char *[])                                                                                 \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define VARIABLES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static char word_out[] = "--out", word_a[] = "a", word_force[] = "--force",
	    word_days[] = "--days=3", word_dns1[] = "--dns=x,y", word_dns2[] = "--dns",
	    word_z[] = "z", dashes[] = "--", word_timeout[] = "--timeout=2m";

TEST(opt_reads_every_kind_with_equals_or_a_next_word)
{
	struct options o = { 0 };
	char *const *operands;

	CHECK(parse(&commands[0], &o,
		    ARGV(word_out, word_a, word_force, word_days, word_dns1, word_dns2, word_z,
			 word_timeout),
		    &operands));
	CHECK_TEXT(o.out, "a");
	CHECK(o.force);
	CHECK_INT(o.days, 3);
	CHECK_INT(o.timeout_s, 120);
	CHECK_INT(o.dns.count, 3);
	CHECK_TEXT(o.dns.items[2], "z");
	CHECK(operands[0] == NULL);
	opt_clear(&program, &o);
	CHECK_INT(o.dns.count, 0);
}

TEST(opt_that_must_be_filled_takes_no_value_without_a_name)
{
	char flag[] = "--permit", filled[] = "--permit=a,b", blank[] = " , ", empty[] = "";
	struct options o = { 0 };
	char *const *operands;

	CHECK(parse(&commands[0], &o, ARGV(filled, flag, word_z), &operands));
	CHECK_INT(o.permit.count, 3);
	CHECK(!parse(&commands[0], &o, ARGV(filled, flag, blank), &operands));
	CHECK_INT(e.code, FAIL_USAGE);
	CHECK_TEXT(e.msg, "--permit is empty");
	CHECK(!parse(&commands[0], &o, ARGV(flag, empty), &operands));
	opt_clear(&program, &o);
	CHECK_INT(o.permit.count, 0);
}

TEST(opt_takes_the_variable_when_there_is_no_flag)
{
	struct options o = { .days = 9 };
	char *const *operands;
	char *none[] = { NULL };

	variables = VARIABLES("T_OUT", "env", "T_FORCE", "yes", "T_DNS", "p, q", "T_DAYS", "");
	CHECK(parse(&commands[0], &o, none, &operands));
	CHECK_TEXT(o.out, "env");
	CHECK(o.force);
	CHECK_INT(o.dns.count, 2);
	CHECK_INT(o.days, 9);
	opt_clear(&program, &o);
}

TEST(opt_flag_beats_the_variable_for_every_kind)
{
	struct options o = { 0 };
	char *const *operands;
	char off[] = "--force=false";

	variables = VARIABLES("T_OUT", "env", "T_FORCE", "yes", "T_DNS", "p,q", "T_DAYS", "8");
	CHECK(
	    parse(&commands[0], &o, ARGV(word_out, word_a, off, word_dns1, word_days), &operands));
	CHECK_TEXT(o.out, "a");
	CHECK(!o.force);
	CHECK_INT(o.days, 3);
	CHECK_INT(o.dns.count, 2);
	CHECK_TEXT(o.dns.items[0], "x");
	opt_clear(&program, &o);
}

TEST(opt_ignores_a_variable_of_another_command)
{
	struct options o = { 0 };
	char *const *operands;
	char *none[] = { NULL };

	variables = VARIABLES("T_OUT", "env", "T_TIMEOUT", "5");
	CHECK(parse(&commands[1], &o, none, &operands));
	CHECK(o.out == NULL);
	CHECK_INT(o.timeout_s, 5);
}

TEST(opt_names_the_nearest_of_an_unknown_option)
{
	struct options o = { 0 };
	char *const *operands;
	char wrong[] = "--timout=5", other[] = "--force", short_one[] = "-x";

	CHECK(!parse(&commands[0], &o, ARGV(wrong), &operands));
	CHECK_INT(e.code, FAIL_USAGE);
	CHECK_TEXT(e.msg, "unknown option '--timout' for tool make");
	CHECK_TEXT(e.hint, "did you mean --timeout?");
	CHECK(!parse(&commands[1], &o, ARGV(other), &operands));
	CHECK_TEXT(e.msg, "unknown option '--force' for tool run");
	CHECK(!parse(&commands[0], &o, ARGV(short_one), &operands));
	CHECK_TEXT(e.msg, "unknown option '-x' for tool make");
}

TEST(opt_says_which_value_is_missing_or_wrong)
{
	struct options o = { 0 };
	char *const *operands;
	char bad_days[] = "--days=many", bad_time[] = "--timeout=1d", empty[] = "--days=";
	char *none[] = { NULL };

	CHECK(!parse(&commands[0], &o, ARGV(word_out), &operands));
	CHECK_TEXT(e.msg, "--out needs a value: DIR");
	CHECK(!parse(&commands[0], &o, ARGV(bad_days), &operands));
	CHECK_TEXT(e.msg, "--days takes a whole number from 1, not 'many'");
	CHECK(!parse(&commands[0], &o, ARGV(empty), &operands));
	CHECK(!parse(&commands[0], &o, ARGV(bad_time), &operands));
	CHECK_INT(e.code, FAIL_USAGE);
	variables = VARIABLES("T_DAYS", "soon");
	CHECK(!parse(&commands[0], &o, none, &operands));
	CHECK_TEXT(e.msg, "T_DAYS takes a whole number from 1, not 'soon'");
}

TEST(opt_leaves_everything_after_two_dashes_to_the_operands)
{
	struct options o = { 0 };
	char *const *operands;

	CHECK(parse(&commands[1], &o,
		    ARGV(word_timeout, word_a, dashes, word_force, dashes, word_z), &operands));
	CHECK_TEXT(operands[0], "a");
	CHECK_TEXT(operands[1], "--force");
	CHECK_TEXT(operands[2], "--");
	CHECK_TEXT(operands[3], "z");
	CHECK(operands[4] == NULL);
	CHECK(!o.force);
	CHECK_INT(o.timeout_s, 120);
}

TEST(opt_refuses_a_word_where_a_command_takes_none)
{
	struct options o = { 0 };
	char *const *operands;

	CHECK(!parse(&commands[0], &o, ARGV(word_a), &operands));
	CHECK_TEXT(e.msg, "tool make takes no word such as 'a'");
}

TEST(command_is_found_by_name_and_a_misspelt_one_is_corrected)
{
	const struct command *c = NULL;

	CHECK(command_find(&program, "run", &c, &e));
	CHECK_INT(c->bit, SECOND);
	CHECK(!command_find(&program, "amke", &c, &e));
	CHECK_INT(e.code, FAIL_USAGE);
	CHECK_TEXT(e.msg, "unknown command 'tool amke'");
	CHECK_TEXT(e.hint, "did you mean tool make?");
}

TEST(a_short_form_stands_for_its_long_one)
{
	static char f[] = "-f", out[] = "-o", fo[] = "-fo", there[] = "there";
	struct options o = { 0 };
	char *const *operands;

	CHECK(parse(&commands[0], &o, ARGV(f, out, there), &operands));
	CHECK(o.force);
	CHECK_TEXT(o.out, "there");
	CHECK(!parse(&commands[0], &o, ARGV(fo), &operands));
	CHECK_TEXT(e.msg, "unknown option '-fo' for tool make");
	CHECK(!parse(&commands[0], &o, ARGV(out), &operands));
	CHECK_TEXT(e.msg, "--out needs a value: DIR");
	CHECK(!parse(&commands[1], &o, ARGV(f), &operands));
	CHECK_INT(e.code, FAIL_USAGE);
}

/* A program with secrets: what of its command line a message may repeat. */
struct secret_options {
	struct opt_secret pass, old_pass;
	const char *file;
	unsigned days;
};

/* clang-format off */
static const struct opt secret_opts[] = {
	{ "pass",      0,   "[P]",  NULL, OPT_SECRET, offsetof(struct secret_options, pass),     FIRST | SECOND, "secret" },
	{ "old-pass",  0,   "[P]",  NULL, OPT_SECRET, offsetof(struct secret_options, old_pass), SECOND, "secret" },
	{ "pass-file", 0,   "FILE", NULL, OPT_TEXT,   offsetof(struct secret_options, file),     FIRST | SECOND, "file" },
	{ "days",      'd', "N",    NULL, OPT_NUMBER, offsetof(struct secret_options, days),     FIRST | SECOND, "days" },
};
static const struct command secret_commands[] = {
	{ "make", FIRST,  "",        "make it", NULL },
	{ "cert", SECOND, "[word]",  "with a word that is passed over", NULL },
};
static const struct program secretive = { "tool", "a tool", "1", secret_commands, ARRAY_LEN(secret_commands),
					  secret_opts, ARRAY_LEN(secret_opts), NULL };

static const struct secret_row {
	const char *const words[6];
	const char *msg;
} secret_rows[] = {
	{ { "--pass", "-Xy1" },               "unknown option behind --pass" },
	{ { "--pass", "--xyz" },              "unknown option behind --pass" },
	{ { "--pass", "Xy", "-Xy1" },         "unknown option behind --pass" },
	{ { "--pass=Xy", "-Xy1" },            "unknown option behind --pass" },
	{ { "--old-pass", "a", "-Xy1" },      "unknown option behind --old-pass" },
	{ { "-pass", "-Xy1=Xy2" },            "unknown option behind --pass" },
	{ { "--pass", "Xy", "Xy1" },          "a word too many for tool cert behind --pass" },
	{ { "--pass=Xy", "word", "Xy1" },     "a word too many for tool cert behind --pass" },
	{ { "word", "--pass", "Xy", "Xy1" },  "a word too many for tool cert behind --pass" },
	{ { "--passXy1" },                    "unknown option '--pass...' for tool cert" },
	{ { "--passxyz" },                    "unknown option '--pass...' for tool cert" },
	{ { "--pass:Xy1" },                   "unknown option '--pass...' for tool cert" },
	{ { "--old-passxyz" },                "unknown option '--old-pass...' for tool cert" },
	{ { "--password=Xy1" },               "unknown option '--pass...' for tool cert" },
	{ { "--pas=Xy1" },                    "unknown option '--pas' for tool cert" },
	{ { "--pas", "Xy1" },                 "unknown option '--pas' for tool cert" },
	{ { "--pasXy1" },                     "unknown option '--pas...' for tool cert" },
	{ { "-pXy1" },                        "unknown option '-p...' for tool cert" },
	{ { "-pxyz" },                        "unknown option '-p...' for tool cert" },
	{ { "-p", "Xy1" },                    "unknown option '-p' for tool cert" },
	{ { "-p=Xy1" },                       "unknown option '-p' for tool cert" },
	{ { "-passxyz" },                     "unknown option '-p...' for tool cert" },
	{ { "pass=Xy1" },                     "tool cert takes no word such as 'pass'" },
	{ { "pass:Xy1" },                     "tool cert takes no word such as 'pass'" },
	/* A known option in between, and it is no piece of the secret. */
	{ { "--pass", "Xy", "--days", "2", "--dys" }, "unknown option '--dys' for tool cert" },
	{ { "--pass", "Xy", "-d", "2", "es01" },      "tool cert takes no word such as 'es01'" },
};
/* clang-format on */

static bool parse_secretive(const struct command *c, const char *const *words)
{
	struct secret_options o = { 0 };
	char copies[6][32], *argv[7] = { NULL };
	char *const *operands;

	for (size_t i = 0; i < 6 && words[i]; i++)
		argv[i] = strcpy(copies[i], words[i]);
	return opt_parse(&secretive, c, &o, argv, lookup, &operands, &e);
}

TEST(opt_repeats_nothing_that_may_be_a_secret)
{
	for (size_t i = 0; i < ARRAY_LEN(secret_rows); i++) {
		CHECK(!parse_secretive(&secret_commands[1], secret_rows[i].words));
		CHECK_INT(e.code, FAIL_USAGE);
		CHECK_TEXT(e.msg, secret_rows[i].msg);
		CHECK(!strstr(e.hint, "Xy") && !strstr(e.hint, "xyz"));
	}
}

TEST(opt_repeats_no_word_behind_a_secret_where_a_command_takes_none)
{
	CHECK(
	    !parse_secretive(&secret_commands[0], (const char *const[6]){ "--pass", "Xy", "Xy1" }));
	CHECK_TEXT(e.msg, "a word too many for tool make behind --pass");
	CHECK(!parse_secretive(&secret_commands[0], (const char *const[6]){ "word" }));
	CHECK_TEXT(e.msg, "tool make takes no word such as 'word'");
}

TEST(opt_passes_the_one_word_over_that_a_command_may_have)
{
	CHECK(parse_secretive(&secret_commands[1],
			      (const char *const[6]){ "word", "--pass", "Xy", "word" }));
}

TEST(command_is_not_guessed_from_an_option_before_it)
{
	static const char *const words[] = { "--pass=Xy1", "--passXy1", "-pXy1", "pass=Xy1" };
	const struct command *c;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		CHECK(!command_find(&secretive, words[i], &c, &e));
		CHECK_INT(e.code, FAIL_USAGE);
		CHECK(!strstr(e.msg, "Xy") && !strstr(e.hint, "Xy"));
	}
}
