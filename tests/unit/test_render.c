#include "check.h"

#include <string.h>

#include "conf/block.h"
#include "conf/opensearch_users.h"
#include "conf/render.h"
#include "conf/yaml.h"

enum { MAX_BYTES = 64 * 1024 };

static struct err e;
static struct list *gives_way; /* with --override */

/* One node of one stack, as text; everything that a placeholder can name. */
static bool render(const char *before, enum role role, enum level level, bool several,
		   struct str *out)
{
	auto_list hosts = { 0 };
	auto_list empty = { 0 };
	/* clang-format off */
	const struct render_value values[] = {
		{ "cluster",        "logs",  NULL,   false, NULL },
		{ "name",           "es01",  NULL,   false, NULL },
		{ "node_roles",     NULL,    &empty, false, "master,cluster_manager" },
		{ "http_port",      "9200",  NULL,   false, NULL },
		{ "transport_port", "",      NULL,   false, "9300" },
		{ "seed_hosts",     NULL,    &hosts, false, NULL },
		{ "masters",        NULL,    &hosts, false, NULL },
		{ "certs",          "certs", NULL,   false, NULL },
		{ "nodes_dn",       NULL,    &hosts, false, NULL },
		{ "admin_dn",       NULL,    &hosts, false, NULL },
		{ "rest_roles",     NULL,    &hosts, false, NULL },
		{ NULL,             NULL,    NULL,   false, NULL },
	};
	/* clang-format on */
	const struct setting_scope scope = { .role = role,
					     .level = level,
					     .version = { 8, 15, 0 },
					     .several = several,
					     .forming = several };

	return list_split(&hosts, "es01,es02", ',', &e) &&
	       render_config(&scope, values, NULL, before, "elasticsearch.yml", gives_way, out, &e);
}

static void render_ok(const char *before, enum level level, bool several, struct str *out)
{
	CHECK(render(before, ROLE_ELASTICSEARCH, level, several, out));
}

static bool has_line(const struct str *text, const char *line)
{
	const char *at = strstr(str_text(text), line);

	return at && (at == text->data || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static bool remember(const struct yaml_leaf *leaf, void *ctx, struct err *why)
{
	return list_add(ctx, leaf->key, why);
}

/* The text is YAML in which no key stands twice. */
static void check_keys_unique(const struct str *text)
{
	auto_yaml y = NULL;
	auto_list keys = { 0 };

	CHECK(yaml_parse(text, "out", &y, &e));
	CHECK(yaml_flatten(y, remember, &keys, &e));
	for (size_t i = 0; i < keys.count; i++)
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(keys.items[i], keys.items[k]) != 0);
}

TEST(render_writes_each_level_into_an_empty_file)
{
	auto_str minimal = STR_INIT(MAX_BYTES);
	auto_str basic = STR_INIT(MAX_BYTES);
	auto_str https = STR_INIT(MAX_BYTES);

	render_ok("", LEVEL_MINIMAL, false, &minimal);
	render_ok("", LEVEL_BASIC, true, &basic);
	render_ok("", LEVEL_HTTPS, true, &https);
	CHECK(has_line(&minimal, "cluster.name: 'logs'"));
	CHECK(has_line(&minimal, "xpack.security.enabled: true"));
	CHECK(has_line(&minimal, "discovery.type: 'single-node'"));
	CHECK(!strstr(str_text(&minimal), "transport.ssl"));
	CHECK(has_line(&basic, "xpack.security.transport.ssl.key: 'certs/transport.key'"));
	CHECK(has_line(&basic, "discovery.seed_hosts: [ 'es01', 'es02' ]"));
	CHECK(has_line(&basic, "xpack.security.http.ssl.enabled: false"));
	CHECK(has_line(&https, "xpack.security.http.ssl.enabled: true"));
	check_keys_unique(&minimal);
	check_keys_unique(&basic);
	check_keys_unique(&https);
}

TEST(render_leaves_out_what_has_no_value)
{
	auto_str out = STR_INIT(MAX_BYTES);

	render_ok("", LEVEL_HTTPS, true, &out);
	CHECK(!strstr(str_text(&out), "node.roles"));
	CHECK(!strstr(str_text(&out), "transport.port"));
}

TEST(render_keeps_the_users_lines_byte_for_byte)
{
	static const char *const users[] = {
		"# my cluster\n\npath.data:   /data # fast\r\nnetwork.host: 0.0.0.0\n",
		"network:\n    host: 0.0.0.0\n\n\n# end\n", "a: |\n  text\n   more\n",
		"\xc3\xa4: 1\n"
	};

	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		auto_str out = STR_INIT(MAX_BYTES);

		render_ok(users[i], LEVEL_HTTPS, true, &out);
		CHECK(strncmp(str_text(&out), users[i], strlen(users[i])) == 0);
		check_keys_unique(&out);
	}
}

TEST(render_ends_an_unfinished_last_line_first)
{
	auto_str out = STR_INIT(MAX_BYTES);

	render_ok("network.host: 0.0.0.0", LEVEL_HTTPS, true, &out);
	CHECK(strncmp(str_text(&out), "network.host: 0.0.0.0\n# >>> stackseal", 36) == 0);
}

TEST(render_is_idempotent)
{
	static const char *const users[] = {
		"", "# x\nnetwork.host: 0.0.0.0\n",
		"cluster.name: \"docker-cluster\"\nnetwork.host: 0.0.0.0\n", "cluster.name: logs",
		"a: 1\n\n\n"
	};

	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		auto_str once = STR_INIT(MAX_BYTES);
		auto_str twice = STR_INIT(MAX_BYTES);

		render_ok(users[i], LEVEL_HTTPS, true, &once);
		render_ok(str_text(&once), LEVEL_HTTPS, true, &twice);
		CHECK_TEXT(str_text(&twice), str_text(&once));
	}
}

TEST(render_raises_the_level_in_its_own_block_only)
{
	auto_str before = STR_INIT(MAX_BYTES);
	auto_str with_more = STR_INIT(MAX_BYTES);
	auto_str after = STR_INIT(MAX_BYTES);

	render_ok("# head\n", LEVEL_BASIC, true, &before);
	str_add(&with_more, str_text(&before));
	str_add(&with_more, "# tail\nbootstrap.memory_lock: true\n");
	render_ok(str_text(&with_more), LEVEL_HTTPS, true, &after);
	CHECK(strncmp(str_text(&after), "# head\n# >>>", 12) == 0);
	CHECK(strstr(str_text(&after), "# <<< stackseal\n# tail\nbootstrap.memory_lock: true\n"));
	CHECK(has_line(&after, "xpack.security.http.ssl.enabled: true"));
	CHECK(!strstr(str_text(&after), "ssl.enabled: false"));
	check_keys_unique(&after);
}

TEST(render_leaves_a_key_that_the_user_set_alike_to_the_user)
{
	static const char *const users[] = { "cluster.name: logs\n", "cluster:\n  name: \"logs\"\n",
					     "cluster: {name: logs}\n",
					     "\"cluster.name\": 'logs'\n" };

	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		auto_str out = STR_INIT(MAX_BYTES);

		render_ok(users[i], LEVEL_HTTPS, true, &out);
		CHECK(!has_line(&out, "cluster.name: 'logs'"));
		check_keys_unique(&out);
	}
}

TEST(render_takes_a_list_of_the_user_in_either_spelling)
{
	static const char *const users[] = {
		"discovery.seed_hosts: es01,es02\n", "discovery.seed_hosts: [es01, \"es02\"]\n",
		"discovery:\n  seed_hosts:\n    - es01\n    - es02\n"
	};

	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		auto_str out = STR_INIT(MAX_BYTES);

		render_ok(users[i], LEVEL_HTTPS, true, &out);
		CHECK(!strstr(str_text(&out) + strlen(users[i]), "discovery.seed_hosts"));
	}
}

static void check_conflict(const char *before, const char *msg)
{
	auto_str out = STR_INIT(MAX_BYTES);

	CHECK(!render(before, ROLE_ELASTICSEARCH, LEVEL_HTTPS, true, &out));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK_TEXT(e.msg, msg);
	CHECK_TEXT(str_text(&out), "");
}

TEST(render_names_both_sides_of_a_conflict_with_the_line)
{
	check_conflict("# x\nxpack.security.enabled: false\n",
		       "'elasticsearch.yml' sets xpack.security.enabled to 'false' in line 2, and "
		       "level https needs 'true'");
	check_conflict(
	    "xpack:\n  security:\n    http.ssl:\n      enabled: false\n",
	    "'elasticsearch.yml' sets xpack.security.http.ssl.enabled to 'false' in line "
	    "4, and level https needs 'true'");
	check_conflict(
	    "discovery.seed_hosts: [es01]\n",
	    "'elasticsearch.yml' sets discovery.seed_hosts to [es01] in line 1, and level "
	    "https needs [es01, es02]");
}

TEST(render_names_the_line_of_a_conflict_below_its_own_block)
{
	auto_str before = STR_INIT(MAX_BYTES);
	auto_str out = STR_INIT(MAX_BYTES);
	auto_str want = STR_INIT(MAX_BYTES);
	size_t lines = 1;

	render_ok("", LEVEL_HTTPS, true, &before);
	for (size_t i = 0; i < before.len; i++)
		lines += before.data[i] == '\n';
	str_add(&before, "xpack.security.enabled: false\n");
	CHECK(!render(str_text(&before), ROLE_ELASTICSEARCH, LEVEL_BASIC, true, &out));
	str_addf(&want, "in line %zu,", lines);
	CHECK(strstr(e.msg, str_text(&want)) != NULL);
}

TEST(render_turns_the_images_own_cluster_name_into_a_comment)
{
	auto_str out = STR_INIT(MAX_BYTES);

	render_ok("cluster.name: \"docker-cluster\"\nnetwork.host: 0.0.0.0\n", LEVEL_HTTPS, true,
		  &out);
	CHECK(strncmp(str_text(&out),
		      "# (the image's default) cluster.name: \"docker-cluster\"\n"
		      "network.host: 0.0.0.0\n",
		      77) == 0);
	CHECK(has_line(&out, "cluster.name: 'logs'"));
	check_keys_unique(&out);
}

/* As the Beats' images have them: the key above goes with the last one below it. */
TEST(render_turns_stock_lines_below_another_key_into_comments)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{ "a: 1\ncluster:\n  name: docker-cluster\nb: 2\n",
		  "a: 1\n# (the image's default) cluster:\n"
		  "# (the image's default)   name: docker-cluster\nb: 2\n# >>>" },
		{ "cluster:\n  # why\n\n  name: docker-cluster\n  other: 1\n",
		  "cluster:\n  # why\n\n# (the image's default)   name: docker-cluster\n"
		  "  other: 1\n# >>>" },
		{ "cluster:\n  other: 1\n  name: docker-cluster\n",
		  "cluster:\n  other: 1\n# (the image's default)   name: docker-cluster\n# >>>" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_str out = STR_INIT(MAX_BYTES);

		render_ok(cases[i].before, LEVEL_HTTPS, true, &out);
		CHECK(strncmp(str_text(&out), cases[i].after, strlen(cases[i].after)) == 0);
		check_keys_unique(&out);
	}
}

TEST(render_never_comments_out_more_than_that_one_setting)
{
	static const char *const users[] = {
		"{cluster.name: docker-cluster, network.host: 0.0.0.0}\n",
		"cluster.name:\n  docker-cluster\n"
	};

	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		auto_str out = STR_INIT(MAX_BYTES);

		CHECK(!render(users[i], ROLE_ELASTICSEARCH, LEVEL_HTTPS, true, &out));
		CHECK_INT(e.code, FAIL_CONFIG);
		CHECK(strstr(e.msg, "cluster.name to 'docker-cluster'"));
	}
}

TEST(render_refuses_a_file_that_is_no_yaml)
{
	auto_str out = STR_INIT(MAX_BYTES);

	CHECK(!render("a: [\n", ROLE_ELASTICSEARCH, LEVEL_HTTPS, true, &out));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(strncmp(e.msg, "elasticsearch.yml:", 18) == 0);
	CHECK(!render("just text\n", ROLE_ELASTICSEARCH, LEVEL_HTTPS, true, &out));
	CHECK_INT(e.code, FAIL_INPUT);
}

TEST(render_writes_opensearch_settings_too)
{
	auto_str out = STR_INIT(MAX_BYTES);

	CHECK(render("cluster.name: docker-cluster\n", ROLE_OPENSEARCH, LEVEL_HTTPS, true, &out));
	CHECK(has_line(&out, "plugins.security.ssl.http.enabled: true"));
	CHECK(has_line(&out, "plugins.security.nodes_dn: [ 'es01', 'es02' ]"));
	CHECK(!strstr(str_text(&out), "xpack"));
	check_keys_unique(&out);
}

/* What the Settings classes of 7.12.0, 8.0.0 and 8.19.0 were seen to do. */
TEST(render_compares_as_elasticsearch_reads)
{
	static const struct {
		const char *users, *why; /* NULL: they agree */
	} rows[] = {
		{ "xpack.security.enabled: TRUE\n", NULL },
		{ "xpack.security.enabled: yes\n", NULL },
		{ "xpack.security.enabled: \"true\"\n", NULL },
		{ "xpack.security.enabled: \"TRUE\"\n", "to 'TRUE' in line 1" },
		{ "xpack.security.enabled: y\n", "to 'y' in line 1" },
		{ "xpack.security.enabled:\n", "to nothing in line 1" },
		{ "xpack.security.enabled: [true]\n", "to [true] in line 1" },
		{ "http.port: 9200\n", NULL },
		{ "http.port: '9200'\n", NULL },
		{ "http.port: 9_200\n", "to '9_200' in line 1" },
		{ "cluster.name: [logs]\n", "to [logs] in line 1" },
		{ "cluster.name: !!str logs\n", NULL },
		{ "x: &l logs\ncluster.name: *l\n", "to an alias in line 2" },
		{ "x: &c {name: logs}\ncluster: *c\n", "to an alias in line 1" },
		{ "cluster.name: >-\n  logs\n", NULL },
		{ "discovery.seed_hosts.0: es01\ndiscovery.seed_hosts.1: es02\n", NULL },
		{ "discovery.seed_hosts: {1: es02, 0: es01}\n", NULL },
		{ "discovery.seed_hosts.0: es01\n", "to [es01] in line 1" },
		{ "discovery.seed_hosts: ' es01 , es02'\n", NULL },
		{ "discovery.seed_hosts: [es01, [es02]]\n", "to a list of more than texts" },
		{ "transport: {port: 9300}\n", NULL },
		{ "transport.port: 9300-9400\n", NULL },
		{ "transport.port: 9301\n",
		  "to '9301' in line 1, and by the stack file it is 9300" },
		{ "node.roles: [ data ]\n",
		  "to [data] in line 1, and by the stack file it is a list with master" },
		{ "node.roles: data, master\n", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		auto_str out = STR_INIT(MAX_BYTES);
		bool ok = render(rows[i].users, ROLE_ELASTICSEARCH, LEVEL_HTTPS, true, &out);

		if (ok != !rows[i].why || (!ok && !strstr(e.msg, rows[i].why)))
			CHECK_TEXT(ok ? "agrees" : e.msg, rows[i].users);
	}
}

TEST(render_takes_one_key_in_two_spellings_for_one)
{
	static const char *const bad[] = { "a.b: 1\na: {b: 1}\n", "a: 1\na: 1\n", "a.0: x\na: y\n",
					   "a: {b.c: 1, b: {c: 2}}\n" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_str out = STR_INIT(MAX_BYTES);

		CHECK(!render(bad[i], ROLE_ELASTICSEARCH, LEVEL_HTTPS, true, &out));
		CHECK_INT(e.code, FAIL_INPUT);
	}
}

TEST(render_writes_the_line_ends_and_the_indent_that_it_finds)
{
	static const char *const users[] = { "a: 1\r\nb: 2\r\n", "\xef\xbb\xbf# x\r\na: 1",
					     "  a: 1\n  b: 2\n", "\xef\xbb\xbf", "---\na: 1\n" };
	static const char *const ours[] = { "\r\nnode.name: 'es01'\r\n",
					    "\r\nnode.name: 'es01'\r\n", "\n  node.name: 'es01'\n",
					    "\nnode.name: 'es01'\n", "\nnode.name: 'es01'\n" };

	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		auto_str out = STR_INIT(MAX_BYTES), again = STR_INIT(MAX_BYTES);

		render_ok(users[i], LEVEL_HTTPS, true, &out);
		CHECK(strncmp(str_text(&out), users[i], strlen(users[i])) == 0);
		CHECK(strstr(str_text(&out), ours[i]));
		render_ok(str_text(&out), LEVEL_HTTPS, true, &again);
		CHECK_TEXT(str_text(&again), str_text(&out));
	}
}

TEST(render_refuses_where_a_line_end_would_change_a_value)
{
	auto_str out = STR_INIT(MAX_BYTES);

	CHECK(!render("a: |\n  text", ROLE_ELASTICSEARCH, LEVEL_HTTPS, true, &out));
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(strstr(e.hint, "end its last line"));
	render_ok("a: |\n  text\n", LEVEL_HTTPS, true, &out);
}

/* The user's file with --override, up to our block. */
static void check_override(const char *users, const char *want, size_t notes)
{
	auto_str out = STR_INIT(MAX_BYTES);
	auto_list done = { 0 };
	const char *block;

	gives_way = &done;
	render_ok(users, LEVEL_HTTPS, true, &out);
	gives_way = NULL;
	block = strstr(str_text(&out), "# >>> stackseal");
	CHECK(block != NULL);
	*strstr(out.data, "# >>> stackseal") = '\0';
	CHECK_TEXT(str_text(&out), want);
	CHECK_INT(done.count, notes);
}

TEST(render_with_override_turns_what_contradicts_into_comments_and_nothing_else)
{
	check_override("a: 1\nxpack.security.enabled: false # mine\nb: 2\n",
		       "a: 1\n# (overridden) xpack.security.enabled: false # mine\nb: 2\n", 1);
	check_override("xpack:\n  security:\n    enabled: false\nb: 2\n",
		       "# (overridden) xpack:\n# (overridden)   security:\n# (overridden)     "
		       "enabled: false\nb: 2\n",
		       1);
	check_override("xpack:\n  security:\n    enabled: false\n  ml.enabled: false\n",
		       "xpack:\n# (overridden)   security:\n# (overridden)     enabled: false\n"
		       "  ml.enabled: false\n",
		       1);
	check_override("discovery.seed_hosts:\n  - a\n  # why\n  - b\n\n# end\nb: 2",
		       "# (overridden) discovery.seed_hosts:\n# (overridden)   - a\n# "
		       "(overridden)   # why\n# (overridden)   - b\n\n# end\nb: 2\n",
		       1);
	check_override("cluster.name: |\n  two\n  lines\r\nb: 2\n",
		       "# (overridden) cluster.name: |\n# (overridden)   two\n# (overridden)   "
		       "lines\r\nb: 2\n",
		       1);
	check_override("discovery.type: single-node\nnode.roles: [data]\n",
		       "# (overridden) discovery.type: single-node\n# (overridden) node.roles: "
		       "[data]\n",
		       2);
	check_override("xpack.security.enabled: true\n", "xpack.security.enabled: true\n", 0);
}

TEST(render_with_override_refuses_lines_that_hold_more)
{
	static const char *const bad[] = { "cluster: {name: x, a: 1}\n",
					   "{cluster.name: x, a: 1}\n",
					   "cluster.name: &n x\na: *n\n" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_str out = STR_INIT(MAX_BYTES);
		auto_list done = { 0 };

		gives_way = &done;
		CHECK(!render(bad[i], ROLE_ELASTICSEARCH, LEVEL_HTTPS, true, &out));
		gives_way = NULL;
		CHECK_INT(e.code, FAIL_INPUT);
		CHECK_TEXT(str_text(&out), "");
	}
}

TEST(render_without_memory_fails_as_such)
{
	for (unsigned n = 1;; n++) {
		auto_str out = STR_INIT(MAX_BYTES);
		bool ok;

		fault_alloc_at(n);
		ok = render("a.0: x\na.1: y\ncluster:\n  name: logs\n", ROLE_ELASTICSEARCH,
			    LEVEL_HTTPS, true, &out);
		fault_alloc_at(0);
		if (!fault_hit()) {
			CHECK(ok);
			break;
		}
		CHECK(!ok);
		CHECK_INT(e.code, FAIL_MEMORY);
	}
}

TEST(block_that_is_damaged_is_refused)
{
	static const char *const bad[] = {
		"# >>> stackseal: written by init prepare; change nothing here\na: 1\n",
		"# >>> stackseal: written by init prepare; change nothing here\n# <<< stackseal\n"
		"# >>> stackseal: written by init prepare; change nothing here\n# <<< stackseal\n"
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_str out = STR_INIT(MAX_BYTES);

		CHECK(!block_take_out(bad[i], "f", &out, &e));
		CHECK_TEXT(e.msg, "the stackseal block in 'f' is damaged");
	}
}

TEST(block_taken_out_leaves_every_line_at_its_number)
{
	auto_str with = STR_INIT(MAX_BYTES);
	auto_str without = STR_INIT(MAX_BYTES);

	CHECK(block_put("a\n", "x\ny\n", &with, &e));
	str_add(&with, "b\n");
	CHECK(block_take_out(str_text(&with), "f", &without, &e));
	CHECK_TEXT(str_text(&without), "a\n\n\n\n\nb\n");
}

TEST(block_marker_inside_a_line_is_no_block)
{
	auto_str out = STR_INIT(MAX_BYTES);
	const char *text = "x # >>> stackseal: written by init prepare; change nothing here\n";

	CHECK(block_take_out(text, "f", &out, &e));
	CHECK_TEXT(str_text(&out), text);
}

TEST(opensearch_users_file_is_yaml_with_every_account_locked)
{
	static const char hash[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.";
	auto_str out = STR_INIT(MAX_BYTES);
	auto_yaml y = NULL;
	auto_list keys = { 0 };
	const struct account *a;
	const struct version v = { 2, 19, 0 };
	bool replace = true;

	CHECK_INT(strlen(hash), OPENSEARCH_HASH_CHARS);
	CHECK(opensearch_users_format(DIST_OPENSEARCH, v, hash, &out, &e));
	CHECK(yaml_parse(&out, "internal_users.yml", &y, &e));
	CHECK(yaml_flatten(y, remember, &keys, &e));
	CHECK(list_has(&keys, "_meta.config_version"));
	for (size_t i = 0; (a = account_at(DIST_OPENSEARCH, v, i)) != NULL; i++) {
		auto_str name = STR_INIT(128);
		auto_str lock = STR_INIT(128);

		str_addf(&name, "%s.hash", a->name);
		str_addf(&lock, "%s.attributes." ACCOUNT_LOCK, a->name);
		CHECK(list_has(&keys, str_text(&name)));
		CHECK(list_has(&keys, str_text(&lock)));
	}
	CHECK(strstr(str_text(&out), "hash: '$2y$12$abcdef"));
	CHECK(opensearch_users_replaceable(&out, "users.yml", &replace, &e));
	CHECK(!replace);
}

static bool judge(const char *text, bool *replace)
{
	auto_str s = STR_INIT(MAX_BYTES);

	str_add(&s, text);
	return opensearch_users_replaceable(&s, "users.yml", replace, &e);
}

TEST(users_with_known_passwords_are_told_from_the_users_own)
{
#define KNOWN "admin:\n  hash: \"$2a$12$VcCDgh2NDk07JGN0rjGbM.Ad41qVR/YFJcgHp0UGns5JDymv..TOG\"\n"
#define OWN   "mine: { hash: '$2y$12$abc' }\n"
	bool replace = false;

	CHECK(judge(KNOWN, &replace) && replace);
	CHECK(judge(OWN, &replace) && !replace);
	CHECK(judge("_meta: { config_version: 2 }\n", &replace) && replace);
	CHECK(judge("", &replace) && replace);
	CHECK(!judge(OWN KNOWN, &replace));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK_TEXT(e.msg, "'users.yml' gives 'admin' the demo's password in line 3");
	CHECK(!judge("admin: {", &replace));
	CHECK_INT(e.code, FAIL_INPUT);
}
