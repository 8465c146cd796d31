#include "check.h"

#include <string.h>

#include "conf/stack_file.h"

static struct err e;

static bool read_stack(const char *text, struct stack *s)
{
	auto_str file = STR_INIT(4096);

	e = (struct err){ 0 };
	str_add(&file, text);
	return str_ok(&file, &e) && stack_file_parse(&file, "s.yml", s, &e) &&
	       stack_finish(s, "s.yml", &e);
}

static const char full[] =
    "instances: [{name: es01}]\n"
    "users:\n"
    "  - {name: shipper, roles: [filebeat_writer, mine], full_name: Ship it, email: a@b.c}\n"
    "roles:\n"
    "  - name: mine\n"
    "    cluster: monitor\n"
    "    run_as: [a, b]\n"
    "    indices:\n"
    "      - {names: 'x-*', privileges: [read], query: '{}', allow_restricted_indices: true}\n"
    "      - {names: [y, z], privileges: read, field_security: {grant: '*', except: [a]}}\n"
    "    applications:\n"
    "      - {application: kibana-.kibana, privileges: read, resources: '*'}\n"
    "role_mappings:\n"
    "  - name: ops\n"
    "    roles: superuser\n"
    "    enabled: false\n"
    "    rules:\n"
    "      all:\n"
    "        - any: [{field: {dn: ['CN=a', 'CN=b']}}, {field: {groups: 'x'}}]\n"
    "        - except: {field: {username: c}}\n"
    "api_keys:\n"
    "  - {name: beat-1, roles: [metricbeat_writer, mine], expiration: 365d}\n";

TEST(access_is_read_with_all_its_keys_and_ready_made_roles_join_the_declared)
{
	auto_stack s = STACK_INIT;
	const struct access_role *r;
	const struct access_rule *rule;

	CHECK(read_stack(full, &s));
	CHECK_INT(s.access.users.count, 1);
	CHECK_TEXT(access_user_at(&s.access, 0)->email, "a@b.c");
	CHECK_INT(s.access.roles.count, 3);
	r = access_find_role(&s.access, "mine");
	CHECK_TEXT(r->run_as.items[1], "b");
	CHECK_TEXT(access_indices_at(r, 0)->query, "{}");
	CHECK(access_indices_at(r, 0)->restricted);
	CHECK_TEXT(access_indices_at(r, 1)->except.items[0], "a");
	CHECK_TEXT(access_application_at(r, 0)->resources.items[0], "*");
	CHECK(access_find_role(&s.access, "filebeat_writer") != NULL);
	CHECK(access_find_role(&s.access, "metricbeat_writer") != NULL);
	CHECK(access_mapping_at(&s.access, 0)->disabled);
	rule = &access_mapping_at(&s.access, 0)->rule;
	CHECK_INT(rule->kind, RULE_ALL);
	CHECK_INT(access_rule_at(rule, 0)->kind, RULE_ANY);
	CHECK_TEXT(access_rule_at(access_rule_at(rule, 0), 0)->values.items[1], "CN=b");
	CHECK_INT(access_rule_at(rule, 1)->kind, RULE_EXCEPT);
	CHECK_TEXT(access_rule_at(access_rule_at(rule, 1), 0)->field, "username");
	CHECK_TEXT(access_key_at(&s.access, 0)->expiration, "365d");
}

TEST(stack_persons_are_the_built_in_users_and_then_the_declared)
{
	auto_stack s = STACK_INIT;
	struct person p;
	size_t i = 0;

	CHECK(read_stack(full, &s));
	while (stack_person_at(&s, i, &p) && !p.user)
		i++;
	CHECK_INT(i, 6);
	CHECK(p.user != NULL);
	CHECK_TEXT(p.name, "shipper");
	CHECK(!stack_person_at(&s, i + 1, &p));
}

TEST(access_that_is_misspelt_or_contradicts_itself_is_refused_at_its_place)
{
	static const struct {
		const char *text, *msg, *hint;
	} bad[] = {
		{ "users: {a: b}\n", "s.yml:2:8: a list is wanted here: - name: ...", "" },
		{ "users: [a]\n", "s.yml:2:9: a user is wanted here, as a mapping", "" },
		{ "users: [{roles: a}]\n", "s.yml:2:9: a user has no name", "" },
		{ "users: [{name: a, role: b}]\n", "s.yml:2:19: unknown key 'role'",
		  "did you mean 'roles'?" },
		{ "users: [{name: a}]\n", "user 'a' in 's.yml' has no roles",
		  "list them under roles:" },
		{ "users: [{name: a, roles: b}, {name: a, roles: b}]\n",
		  "s.yml:2:30: a user with the name 'a' stands in line 2", "" },
		{ "users: [{name: elastic, roles: b}]\n", "'elastic' in 's.yml' is a built-in user",
		  "choose another name: it gets its password all the same" },
		{ "users: [{name: 'a:b', roles: b}]\n", "s.yml:2:16: name cannot be 'a:b'",
		  "use letters, digits, '.', '_', '-' and '@', at most 64, and a letter or digit "
		  "first" },
		{ "users: [{name: ../a, roles: b}]\n", "s.yml:2:16: name cannot be '../a'", NULL },
		{ "users: [{name: a, roles: 'b,c'}]\n", "s.yml:2:26: roles cannot be 'b,c'", NULL },
		{ "users: [{name: a, roles: b, full_name: \"x\\ny\"}]\n",
		  "s.yml:2:40: full_name cannot be 'x\ny'",
		  "use one line without control characters" },
		{ "user: []\n", "s.yml:2:1: unknown key 'user'", "did you mean 'users'?" },
		{ "roles: [{name: a, indices: [{name: b}]}]\n", "s.yml:2:30: unknown key 'name'",
		  "did you mean 'names'?" },
		{ "roles: [{name: a, indices: [{field_security: [b]}]}]\n",
		  "s.yml:2:46: grant and except is wanted here, as a mapping", NULL },
		{ "roles: [{name: a, indices: [{field_security: {grants: b}}]}]\n",
		  "s.yml:2:47: unknown key 'grants'", NULL },
		{ "roles: [{name: a, cluster: {b: c}}]\n",
		  "s.yml:2:28: a value or a list of values is wanted here", NULL },
		{ "roles: [{name: a, indices: [{allow_restricted_indices: maybe}]}]\n",
		  "s.yml:2:56: allow_restricted_indices cannot be 'maybe'", "use true or false" },
		{ "roles: [{name: a, cluster: b, cluster: c}]\n",
		  "s.yml:2:31: key 'cluster' stands here a second time, after line 2", NULL },
		{ "role_mappings: [{name: a, roles: b}]\n",
		  "role mapping 'a' in 's.yml' has no rules", NULL },
		{ "role_mappings: [{name: a, roles: b, rules: {field: {a: b}, any: []}}]\n",
		  "s.yml:2:44: a rule is one of any, all, except and field", NULL },
		{ "role_mappings: [{name: a, roles: b, rules: {feld: {a: b}}}]\n",
		  "s.yml:2:45: unknown rule 'feld'",
		  "a rule is one of any, all, except and field" },
		{ "role_mappings: [{name: a, roles: b, rules: {any: []}}]\n",
		  "s.yml:2:50: a list of rules is wanted here", NULL },
		{ "role_mappings: [{name: a, roles: b, rules: {field: {a: b, c: d}}}]\n",
		  "s.yml:2:52: one field is wanted here: {username: 'ops-*'}", NULL },
		{ "role_mappings: [{name: a, roles: b, rules: {field: {a: []}}}]\n",
		  "s.yml:2:56: the field has no value", NULL },
		{ "role_mappings: [{name: a, roles: b, rules: &r {except: *r}}]\n",
		  "s.yml:2:44: there are more than 256 rules", NULL },
		{ "api_keys: [{name: a, roles: superuser}]\n",
		  "API key 'a' in 's.yml' has role 'superuser', which is not declared",
		  "declare it under roles:, or use a ready-made one" },
		{ "api_keys: [{name: a}]\n", "API key 'a' in 's.yml' has no roles", NULL },
		{ "api_keys: [{name: a, roles: filebeat_writer, expiration: 1y}]\n",
		  "s.yml:2:58: expiration cannot be '1y'", "write it as 365d, 12h, 30m or 90s" },
		{ "accounts: files\n", "s.yml:2:11: accounts cannot be 'files'",
		  "use api or file" },
		{ "distribution: opensearch\naccounts: file\n",
		  "accounts: file in 's.yml' is not possible with opensearch: it has no file realm",
		  NULL },
		{ "distribution: opensearch\nusers: [{name: a, roles: b}]\n",
		  "'s.yml' declares users, roles, role_mappings or api_keys, which is not built "
		  "for opensearch yet",
		  NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_stack s = STACK_INIT;
		auto_str text = STR_INIT(1024);

		str_addf(&text, "instances: [{name: es01}]\n%s", bad[i].text);
		CHECK(!read_stack(str_text(&text), &s));
		CHECK_TEXT(e.msg, bad[i].msg);
		if (bad[i].hint)
			CHECK_TEXT(e.hint, bad[i].hint);
	}
}

TEST(access_survives_each_failing_allocation)
{
	bool ok = false;

	for (unsigned n = 1; !ok && n < 2000; n++) {
		auto_stack s = STACK_INIT;

		fault_alloc_at(n);
		ok = read_stack(full, &s);
		fault_alloc_at(0);
		CHECK(ok || e.code == FAIL_MEMORY);
	}
	CHECK(ok);
}
