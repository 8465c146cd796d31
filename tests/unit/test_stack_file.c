#include "check.h"
#include "given.h"

#include <string.h>

#include "conf/stack_file.h"
#include "os/file.h"

static struct err e;
static const struct file_access mode = { 0644, (uid_t)-1, (gid_t)-1 };

static bool load_bytes(const char *bytes, size_t n, struct stack *out)
{
	CHECK(file_write("stack.yml", bytes, n, mode, FILE_REPLACE, &e));
	return stack_load("stack.yml", &(struct stack_overrides){ 0 }, lookup, out, &e);
}

static bool load(const char *text, struct stack *out)
{
	return load_bytes(text, strlen(text), out);
}

static void check_refused(const char *text, enum fail code, const char *msg, const char *hint)
{
	auto_stack s = STACK_INIT;

	CHECK(!load(text, &s));
	CHECK_TEXT(e.msg, msg);
	CHECK_INT(e.code, code);
	if (hint)
		CHECK_TEXT(e.hint, hint);
	CHECK(s.instances == NULL);
}

static const char good[] = "name: logs                    # cluster.name\n"
			   "version: 8.15.3\n"
			   "level: https\n"
			   "instances:\n"
			   "  - name: es01\n"
			   "    role: elasticsearch\n"
			   "    node_roles: [master, data_hot, ingest]\n"
			   "    dns: [es01, es01.example.internal]\n"
			   "    ip: [10.0.0.11]\n"
			   "  - name: kibana\n"
			   "    role: kibana\n"
			   "    http_port: 443\n"
			   "    dns: [kibana]\n";

TEST(stack_file_is_read_with_all_its_keys)
{
	auto_stack s = STACK_INIT;

	CHECK(load(good, &s));
	CHECK_TEXT(s.name, "logs");
	CHECK(s.version.major == 8 && s.version.minor == 15 && s.version.patch == 3);
	CHECK_INT(s.level, LEVEL_HTTPS);
	CHECK_INT(s.instance_count, 2);
	CHECK_TEXT(s.instances[0].node_roles.items[1], "data_hot");
	CHECK_TEXT(s.instances[0].dns.items[1], "es01.example.internal");
	CHECK_TEXT(s.instances[0].ip.items[0], "10.0.0.11");
	CHECK_INT(s.instances[1].role, ROLE_KIBANA);
	CHECK_INT(s.instances[1].http_port, 443);
	CHECK(s.instances[1].has_http_port);
}

TEST(stack_file_may_be_a_plain_instances_yml_of_certutil)
{
	auto_stack s = STACK_INIT;

	CHECK(load("instances:\n"
		   "  - name: \"node1\"\n"
		   "    ip: \"192.0.2.1\"\n"
		   "    dns: \"node1.mydomain.com\"\n"
		   "  - name: node2\n"
		   "    filename: other\n"
		   "    ip:\n"
		   "      - \"192.0.2.2\"\n"
		   "      - \"198.51.100.1\"\n"
		   "    cn: [a, \"b c\"]\n"
		   "  - name: node3\n",
		   &s));
	CHECK_INT(s.instance_count, 3);
	CHECK_TEXT(s.instances[0].dns.items[0], "node1.mydomain.com");
	CHECK_INT(s.instances[1].ip.count, 2);
	CHECK_TEXT(s.instances[1].filename, "other");
	CHECK_TEXT(s.instances[1].cn.items[1], "b c");
	CHECK_INT(s.instances[2].role, ROLE_ELASTICSEARCH);
	CHECK_INT(s.level, LEVEL_HTTPS);
}

TEST(stack_file_names_place_and_nearest_of_an_unknown_key)
{
	check_refused("name: logs\nlevle: https\n", FAIL_INPUT,
		      "stack.yml:2:1: unknown key 'levle'", "did you mean 'level'?");
	check_refused("instances:\n  - name: a\n    role: kibana\n    dsn: x\n", FAIL_INPUT,
		      "stack.yml:4:5: unknown key 'dsn'", "did you mean 'dns'?");
	check_refused("? [a, b]\n: c\n", FAIL_INPUT, "stack.yml:1:3: unknown key ''", NULL);
}

TEST(stack_file_refuses_a_key_given_twice)
{
	check_refused("name: a\nlevel: https\nname: b\n", FAIL_INPUT,
		      "stack.yml:3:1: key 'name' stands here a second time, after line 1", NULL);
	check_refused("instances:\n  - name: a\n    dns: x\n    dns: y\n", FAIL_INPUT,
		      "stack.yml:4:5: key 'dns' stands here a second time, after line 3", NULL);
	check_refused("instances: []\ninstances: []\n", FAIL_INPUT,
		      "stack.yml:2:1: key 'instances' stands here a second time, after line 1",
		      NULL);
}

TEST(stack_file_refuses_values_out_of_range_at_their_place)
{
	check_refused("instances:\n  - name: a\n    http_port: 70000\n", FAIL_INPUT,
		      "stack.yml:3:16: http_port cannot be '70000'",
		      "a port is a number from 1 to 65535");
	check_refused("level: tls\n", FAIL_INPUT, "stack.yml:1:8: level cannot be 'tls'",
		      "use minimal, basic or https");
	check_refused("version: 8\n", FAIL_INPUT, "stack.yml:1:10: version cannot be '8'", NULL);
	check_refused("instances:\n  - name: [a, b]\n", FAIL_INPUT,
		      "stack.yml:2:11: name takes one value, not 2", NULL);
	check_refused("instances:\n  - name: a\n    dns: {x: y}\n", FAIL_INPUT,
		      "stack.yml:3:10: a value or a list of values is wanted here", NULL);
	check_refused("instances:\n  - name: \"a\\0b\"\n", FAIL_INPUT,
		      "stack.yml:2:11: a NUL character stands here", NULL);
}

TEST(stack_file_refuses_the_minimal_level_with_three_nodes)
{
	auto_stack s = STACK_INIT;

	check_refused("level: minimal\ninstances: [ {name: a}, {name: b}, {name: c} ]\n",
		      FAIL_CONFIG, "level minimal in 'stack.yml' is for one node, and there are 3",
		      "set level: basic, so that the nodes can trust each other");
	CHECK(load("level: minimal\ninstances: [ {name: a}, {name: b, role: kibana} ]\n", &s));
}

TEST(stack_file_of_certutil_may_have_names_that_a_stack_may_not)
{
	auto_str text = STR_INIT(1024);
	auto_stack s = STACK_INIT;

	str_add(&text,
		"instances: [ {name: 'CN=es01,DC=example', filename: es 1}, {name: 'n{1}'} ]\n");
	CHECK(stack_file_parse(&text, "instances.yml", &s, &e));
	CHECK_TEXT(s.instances[0].name, "CN=es01,DC=example");
	CHECK_TEXT(instance_folder(&s.instances[1]), "n{1}");
	check_refused("instances: [ {name: 'CN=a', filename: a} ]\n", FAIL_CONFIG,
		      "'CN=a' in 'stack.yml' cannot be the name of an instance",
		      "use letters, digits, '.', '_' and '-', at most 64");
	check_refused("instances: [ {name: a-} ]\n", FAIL_CONFIG,
		      "'a-' in 'stack.yml' cannot be the name of an instance", NULL);
	check_refused("instances: [ {name: ca} ]\n", FAIL_INPUT,
		      "stack.yml:1:21: name cannot be 'ca'",
		      "use at most 251 characters, and not the name of the CA");
	check_refused("instances: [ {name: a, filename: ../x} ]\n", FAIL_INPUT,
		      "stack.yml:1:34: filename cannot be '../x'", NULL);
	check_refused("instances: [ {name: ü} ]\n", FAIL_INPUT,
		      "stack.yml:1:14: 'ü' cannot be a file name as well",
		      "give the instance a filename");
}

TEST(stack_file_refuses_contradictions)
{
	check_refused("name: x\n", FAIL_CONFIG, "'stack.yml' describes no instance", NULL);
	check_refused("instances: [ {name: a}, {name: a} ]\n", FAIL_CONFIG,
		      "stack.yml:1:25: two instances have the name 'a'", NULL);
	check_refused("instances: [ {name: a}, {name: b, filename: a} ]\n", FAIL_CONFIG,
		      "stack.yml:1:25: 'a' and 'b' share the folder 'a'",
		      "give each its own filename");
	check_refused("instances: [ {name: a, role: opensearch} ]\n", FAIL_CONFIG,
		      "'a' has role opensearch, which is not part of elasticsearch",
		      "set distribution: opensearch in 'stack.yml'");
	check_refused("version: 7.11.0\ninstances: [ {name: a} ]\n", FAIL_CONFIG,
		      "version 7.11.0 in 'stack.yml' is older than elasticsearch 7.12.0", NULL);
	check_refused("distribution: opensearch\nlevel: minimal\ninstances: [ {name: a} ]\n",
		      FAIL_CONFIG,
		      "level minimal in 'stack.yml' is not possible with opensearch: its passwords "
		      "are set with a certificate over HTTPS",
		      NULL);
}

TEST(stack_file_refuses_what_has_another_shape)
{
	check_refused("instances: es01\n", FAIL_INPUT,
		      "stack.yml:1:12: a list of instances is wanted here", NULL);
	check_refused("instances: [ es01 ]\n", FAIL_INPUT,
		      "stack.yml:1:14: an instance is wanted here: - name: ...", NULL);
	check_refused("instances: [ {role: kibana} ]\n", FAIL_INPUT,
		      "stack.yml:1:14: this instance has no name", NULL);
	check_refused("", FAIL_INPUT, "'stack.yml' is not a stack file: no instances: in it", NULL);
	check_refused("[]\n", FAIL_INPUT, "'stack.yml' is not a stack file: no instances: in it",
		      NULL);
}

TEST(stack_file_refuses_a_second_document)
{
	check_refused("instances: [ {name: a} ]\n---\nlevel: basic\n", FAIL_INPUT,
		      "stack.yml: there is more than one document", NULL);
}

TEST(stack_file_of_binary_garbage_is_an_input_error)
{
	unsigned seed = 1;
	char bytes[256];
	int refused = 0;

	for (int round = 0; round < 300; round++) {
		auto_stack s = STACK_INIT;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1103515245u + 12345u;
			bytes[i] = (char)(seed >> 16);
		}
		CHECK(!load_bytes(bytes, sizeof(bytes), &s));
		CHECK_INT(e.code, FAIL_INPUT);
		refused++;
	}
	CHECK_INT(refused, 300);
}

TEST(stack_file_torn_anywhere_is_read_or_refused_with_its_name)
{
	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		auto_stack s = STACK_INIT;

		if (!load_bytes(good, n, &s)) {
			CHECK(e.code == FAIL_INPUT || e.code == FAIL_CONFIG);
			CHECK(strstr(e.msg, "stack.yml") != NULL);
		}
	}
}

TEST(stack_file_that_is_missing_or_huge_is_an_error)
{
	static char huge[1024 * 1024 + 2];
	auto_stack s = STACK_INIT;

	CHECK(!stack_load("none.yml", &(struct stack_overrides){ 0 }, lookup, &s, &e));
	CHECK_INT(e.code, FAIL_MISSING);
	CHECK(strstr(e.hint, "--stack"));
	memset(huge, '#', sizeof(huge));
	CHECK(!load_bytes(huge, sizeof(huge), &s));
	CHECK_INT(e.code, FAIL_INPUT);
}

TEST(stack_flag_beats_variable_beats_file)
{
	static const char *const set[] = { "STACKSEAL_LEVEL", "basic", "STACKSEAL_CLUSTER_NAME",
					   "env", NULL };
	auto_stack by_env = STACK_INIT;
	auto_stack by_flag = STACK_INIT;
	auto_stack bad = STACK_INIT;

	variables = set;
	CHECK(load(good, &by_env));
	CHECK_INT(by_env.level, LEVEL_BASIC);
	CHECK_TEXT(by_env.name, "env");
	CHECK(stack_load("stack.yml",
			 &(struct stack_overrides){ .level = "minimal", .version = "9.1.0" },
			 lookup, &by_flag, &e));
	CHECK_INT(by_flag.level, LEVEL_MINIMAL);
	CHECK_INT(by_flag.version.major, 9);
	CHECK(!stack_load("stack.yml", &(struct stack_overrides){ .level = "tls" }, lookup, &bad,
			  &e));
	CHECK_INT(e.code, FAIL_USAGE);
	CHECK_TEXT(e.msg, "--level cannot be 'tls'");
}

TEST(stack_of_one_instance_needs_no_file)
{
	static const char *const set[] = { "STACKSEAL_NAME",
					   "es01",
					   "STACKSEAL_ROLE",
					   "elasticsearch",
					   "STACKSEAL_DNS",
					   "a,b",
					   NULL };
	auto_stack s = STACK_INIT;
	auto_stack named = STACK_INIT;
	auto_stack none = STACK_INIT;

	variables = set;
	CHECK(stack_load(NULL, &(struct stack_overrides){ 0 }, lookup, &s, &e));
	CHECK_INT(s.instance_count, 1);
	CHECK_TEXT(s.instances[0].name, "es01");
	CHECK_INT(s.instances[0].dns.count, 2);
	variables = NULL;
	CHECK(stack_load(NULL, &(struct stack_overrides){ .instance_name = "es07" }, lookup, &named,
			 &e));
	CHECK_TEXT(named.instances[0].name, "es07");
	CHECK(!stack_load(NULL, &(struct stack_overrides){ 0 }, lookup, &none, &e));
	CHECK_INT(e.code, FAIL_USAGE);
}

TEST(stack_file_without_memory_fails_as_such_and_leaks_nothing)
{
	static const char *const set[] = { "STACKSEAL_CLUSTER_NAME", "env", NULL };
	bool done = false;
	unsigned faults = 0;

	variables = set;
	CHECK(file_write("stack.yml", good, sizeof(good) - 1, mode, FILE_REPLACE, &e));
	for (unsigned n = 1; !done; n++) {
		auto_stack s = STACK_INIT;
		bool ok;

		fault_alloc_at(n);
		ok = stack_load("stack.yml", &(struct stack_overrides){ .level = "basic" }, lookup,
				&s, &e);
		fault_alloc_at(0);
		done = !fault_hit();
		faults += fault_hit();
		CHECK(ok == done);
		CHECK(ok || e.code == FAIL_MEMORY);
		CHECK(ok || s.instances == NULL);
	}
	CHECK(faults > 20);
}
