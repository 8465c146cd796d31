#include "check.h"
#include "given.h"

#include <stdlib.h>
#include <string.h>

#include "stack/account.h"
#include "stack/raise.h"
#include "stack/retired.h"
#include "stack/schema.h"
#include "stack/setting.h"
#include "stack/stack.h"

static struct err e;

static struct version version(const char *text)
{
	struct version v = { 0, 0, 0 };

	CHECK(version_parse(text, &v));
	return v;
}

TEST(version_is_two_or_three_numbers)
{
	static const char *const bad[] = { "",       "8",       "8.",
					   ".1",     "8.1.2.3", "8.15.3-SNAPSHOT",
					   "v8.1",   "8.1.x",   "8..1",
					   "8.1000", "-8.1",    "8.1 " };
	struct version v = version("8.15");
	char text[32];

	CHECK(v.major == 8 && v.minor == 15 && v.patch == 0);
	version_format(version("9.0.12"), text, sizeof(text));
	CHECK_TEXT(text, "9.0.12");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!version_parse(bad[i], &v));
}

TEST(version_order_is_by_number_and_not_by_text)
{
	static const char *const rising[] = { "7.9.0", "7.12.0", "7.12.1", "8.0.0",
					      "8.2.0", "8.15.3", "10.0.0" };

	for (size_t i = 0; i + 1 < ARRAY_LEN(rising); i++) {
		CHECK(version_cmp(version(rising[i]), version(rising[i + 1])) < 0);
		CHECK(version_cmp(version(rising[i + 1]), version(rising[i])) > 0);
		CHECK(version_cmp(version(rising[i]), version(rising[i])) == 0);
	}
}

TEST(version_range_holds_its_begin_and_not_its_end)
{
	struct version_range r = { { 8, 0, 0 }, { 8, 8, 0 } };
	struct version_range open_ended = { { 8, 8, 0 }, { 0, 0, 0 } };

	CHECK(version_within(version("8.0.0"), r));
	CHECK(version_within(version("8.7.99"), r));
	CHECK(!version_within(version("8.8.0"), r));
	CHECK(!version_within(version("7.99"), r));
	CHECK(version_within(version("99.0"), open_ended));
}

TEST(level_and_distribution_names_are_read_back)
{
	for (int l = LEVEL_MINIMAL; l <= LEVEL_HTTPS; l++) {
		enum level level = LEVEL_MINIMAL;

		CHECK(level_parse(level_name((enum level)l), &level));
		CHECK_INT(level, l);
	}
	for (int d = DIST_ELASTICSEARCH; d <= DIST_OPENSEARCH; d++) {
		enum distribution dist = DIST_ELASTICSEARCH;

		CHECK(distribution_parse(distribution_row((enum distribution)d)->name, &dist));
		CHECK_INT(dist, d);
	}
	enum level level = LEVEL_BASIC;
	CHECK(!level_parse("HTTPS", &level));
	CHECK_INT(level, LEVEL_BASIC);
}

TEST(distribution_rows_are_complete)
{
	for (int d = DIST_ELASTICSEARCH; d <= DIST_OPENSEARCH; d++) {
		const struct distribution_row *row = distribution_row((enum distribution)d);
		enum role role = ROLE_COUNT;

		CHECK(role_parse(row->server_role, &role));
		CHECK_INT(role_row(role)->distribution, d);
		CHECK(role_row(role)->is_node);
		CHECK(version_cmp(row->assumed, row->oldest) >= 0);
		CHECK(row->lowest_level == LEVEL_MINIMAL || row->lowest_why);
	}
}

TEST(role_names_are_unique_and_read_back)
{
	const char *name;
	size_t n = 0;

	for (; (name = role_name_at(n, NULL)) != NULL; n++) {
		enum role role = ROLE_COUNT;

		CHECK(role_parse(name, &role));
		CHECK_INT(role, n);
	}
	CHECK_INT(n, ROLE_COUNT);
}

TEST(role_rows_are_consistent)
{
	for (int r = 0; r < ROLE_COUNT; r++) {
		const struct role_row *row = role_row((enum role)r);

		CHECK(row->is_node == (row->transport_port != 0));
		CHECK(row->serves_http == (row->http_port != 0));
		CHECK(!row->is_node || row->config_file);
	}
}

TEST(account_names_are_unique_and_the_superuser_comes_last)
{
	for (int d = DIST_ELASTICSEARCH; d <= DIST_OPENSEARCH; d++) {
		const struct distribution_row *row = distribution_row((enum distribution)d);
		const struct version tried[] = { row->oldest, row->assumed, { 99, 0, 0 } };

		for (size_t v = 0; v < ARRAY_LEN(tried); v++) {
			const struct account *a, *b, *last = NULL;

			for (size_t i = 0;
			     (a = account_at((enum distribution)d, tried[v], i)) != NULL; i++) {
				last = a;
				CHECK(*a->name && *a->description);
				for (size_t k = 0; k < i; k++) {
					b = account_at((enum distribution)d, tried[v], k);
					CHECK(strcmp(a->name, b->name) != 0);
				}
			}
			CHECK(last && strcmp(last->name, row->superuser) == 0);
		}
	}
}

enum { MAX_VERSIONS = 256 };

static int by_version(const void *a, const void *b)
{
	return version_cmp(*(const struct version *)a, *(const struct version *)b);
}

/* Every version at which a row begins or ends, from the oldest that is supported. */
static size_t boundaries(enum distribution d, struct version out[MAX_VERSIONS])
{
	struct version oldest = distribution_row(d)->oldest;
	const struct setting *s;
	size_t n = 0;

	out[n++] = oldest;
	for (size_t i = 0; (s = setting_row(i)) != NULL; i++) {
		const struct version both[] = { s->range.since, s->range.before };

		CHECK(n + 2 < MAX_VERSIONS);
		for (size_t k = 0; k < 2; k++)
			if (version_cmp(both[k], oldest) > 0)
				out[n++] = both[k];
	}
	qsort(out, n, sizeof(*out), by_version);
	return n;
}

enum { SCOPES = 1 << 6 };

/* Every combination of what else decides, by the bits of its number. */
static struct setting_scope scope_number(int role, int level, unsigned n)
{
	return (struct setting_scope){
		.role = (enum role)role,
		.level = (enum level)level,
		.several = n & 1,
		.forming = n & 2,
		.accounts = n & 4 ? ACCOUNTS_FILE : ACCOUNTS_API,
		.kibana = n & 8,
		.token = n & 16,
		.other_output = n & 32,
		.own_login = n & 32,
	};
}

static size_t rows_of_key(const struct setting_scope *scope, const char *key)
{
	const struct setting *s;
	size_t n = 0;

	for (size_t i = 0; (s = setting_at(scope, i)) != NULL; i++)
		n += strcmp(s->key, key) == 0;
	return n;
}

/* Over all versions: at most one row at a time, and none that ends and begins again. */
static void check_key(const char *key, struct setting_scope scope)
{
	struct version tried[MAX_VERSIONS];
	size_t n = boundaries(role_row(scope.role)->distribution, tried);
	unsigned begun = 0;
	bool there = false;

	for (size_t i = 0; i < n; i++) {
		size_t rows;

		scope.version = tried[i];
		rows = rows_of_key(&scope, key);
		if (rows > 1 || (rows == 1 && !there && ++begun > 1))
			CHECK_TEXT(key, "once at a time and without a hole");
		there = rows == 1;
	}
}

TEST(setting_ranges_of_one_key_neither_overlap_nor_leave_a_hole)
{
	const struct setting *s;

	for (size_t i = 0; (s = setting_row(i)) != NULL; i++)
		for (int role = 0; role < ROLE_COUNT; role++)
			for (int level = LEVEL_MINIMAL; level <= LEVEL_HTTPS; level++)
				for (unsigned other = 0;
				     (s->roles & (1u << role)) && other < SCOPES; other++)
					check_key(s->key, scope_number(role, level, other));
}

/* init config check would complain of what init prepare wrote. */
TEST(setting_that_is_written_is_none_that_its_version_has_retired)
{
	struct version versions[MAX_VERSIONS];
	const struct setting *s;

	for (int role = 0; role < ROLE_COUNT; role++) {
		size_t n = boundaries(role_row((enum role)role)->distribution, versions);

		for (size_t i = 0; (s = setting_row(i)) != NULL; i++)
			for (size_t k = 0; k < n; k++)
				if ((s->roles & (1u << role)) && s->kind != SETTING_ABSENT &&
				    version_within(versions[k], s->range))
					CHECK(!retired_find((enum role)role, versions[k], s->key,
							    s->value));
	}
}

TEST(retired_rows_are_well_formed_and_found_outside_their_versions)
{
	const struct retired *r, *other;
	struct version none = { 1, 0, 0 };

	for (size_t i = 0; (r = retired_row(i)) != NULL; i++) {
		struct version v = r->known.since.major ? none : (struct version){ 99, 0, 0 };

		CHECK(*r->key && *r->instead);
		CHECK(!version_within(v, r->known));
		CHECK(retired_find(r->role, v, r->key, r->value) == r);
		for (size_t k = 0; k < i && (other = retired_row(k)) != NULL; k++)
			CHECK(other->role != r->role || strcmp(other->key, r->key) != 0);
	}
}

static const char *last_word(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

TEST(setting_that_ends_is_taken_over_from_that_very_version)
{
	const struct setting *old, *new;

	for (size_t i = 0; (old = setting_row(i)) != NULL; i++) {
		bool found = old->range.before.major == 0;

		for (size_t k = 0; !found && (new = setting_row(k)) != NULL; k++)
			found = new->roles == old->roles &&
				(strcmp(new->key, old->key) == 0 ||
				 (strcmp(new->value, old->value) == 0 &&
				  strcmp(last_word(new->key), last_word(old->key)) == 0)) &&
				version_cmp(new->range.since, old->range.before) == 0;
		CHECK(found);
	}
}

static bool names_a_secret(const char *value)
{
	return strcmp(value, "{password}") == 0 || strcmp(value, "{token}") == 0 ||
	       strncmp(value, "{secret:", 8) == 0 ||
	       strcmp(value, "{password:logstash_system}") == 0;
}

/* A reference to the keystore has its secret in a row of the same roles. */
static bool entry_is_there(const struct setting *entry)
{
	const struct setting *s;

	for (size_t i = 0; (s = setting_row(i)) != NULL; i++)
		if (s->kind == SETTING_SECRET && strcmp(s->key, entry->value) == 0 &&
		    (s->roles & entry->roles) == entry->roles)
			return true;
	return false;
}

TEST(every_role_with_a_configuration_file_has_settings_and_no_other)
{
	for (int role = 0; role < ROLE_COUNT; role++) {
		struct setting_scope scope = scope_number(role, LEVEL_HTTPS, 0);
		const struct role_row *row = role_row((enum role)role);

		scope.version = distribution_row(row->distribution)->assumed;
		CHECK((setting_at(&scope, 0) != NULL) == (row->config_file != NULL));
		CHECK(!row->config_file || row->folder);
		CHECK(!row->user_roles || row->user);
	}
}

TEST(setting_rows_are_well_formed)
{
	static const char *const known[] = {
		"cluster",  "name",       "node_roles",     "http_port", "transport_port",
		"port",     "seed_hosts", "masters",        "certs",     "nodes_dn",
		"admin_dn", "rest_roles", "tenant_headers", "hosts",     "host",
		"kibana",   "own_url",    "keystore",       "user"
	};
	const struct setting *s;

	for (size_t i = 0; (s = setting_row(i)) != NULL; i++) {
		struct version_range r = s->range;

		CHECK(s->from_level <= s->to_level);
		CHECK(r.before.major == 0 || version_cmp(r.since, r.before) < 0);
		CHECK((s->kind == SETTING_ABSENT) == (*s->value == '\0'));
		CHECK(s->kind != SETTING_BARE || strcmp(s->value, "true") == 0 ||
		      strcmp(s->value, "false") == 0 || strstr(s->value, "port}"));
		CHECK(s->roles && s->roles < 1u << ROLE_COUNT);
		if (setting_is_secret(s)) {
			CHECK(names_a_secret(s->value));
			continue;
		}
		CHECK(s->kind != SETTING_ENTRY || entry_is_there(s));
		for (const char *at = s->value; (at = strchr(at, '{')) != NULL; at++) {
			size_t n = strcspn(at + 1, "}");
			bool found = false;

			CHECK(at[1 + n] == '}');
			for (size_t k = 0; k < ARRAY_LEN(known); k++)
				found |= strlen(known[k]) == n && strncmp(at + 1, known[k], n) == 0;
			CHECK(found);
		}
	}
}

TEST(setting_of_every_level_is_there_at_the_next_one_unless_it_changes_its_value)
{
	const struct setting *s;

	for (int level = LEVEL_MINIMAL; level < LEVEL_HTTPS; level++) {
		struct setting_scope lower = {
			.role = ROLE_ELASTICSEARCH,
			.level = (enum level)level,
			.version = { 8, 15, 0 },
			.several = true,
			.forming = true,
		};
		struct setting_scope upper = lower;

		upper.level = (enum level)(level + 1);
		for (size_t i = 0; (s = setting_at(&lower, i)) != NULL; i++)
			CHECK_INT(rows_of_key(&upper, s->key), 1);
	}
}

static unsigned rows_written(const struct setting_scope *scope, const char *key)
{
	const struct setting *s;
	unsigned n = 0;

	for (size_t i = 0; (s = setting_at(scope, i)) != NULL; i++)
		n += strcmp(s->key, key) == 0 && s->kind != SETTING_ABSENT;
	return n;
}

TEST(setting_of_a_single_node_and_of_several_exclude_each_other)
{
	struct setting_scope one = { .role = ROLE_ELASTICSEARCH,
				     .level = LEVEL_HTTPS,
				     .version = { 8, 15, 0 },
				     .several = false,
				     .forming = true };
	struct setting_scope three = { .role = ROLE_ELASTICSEARCH,
				       .level = LEVEL_HTTPS,
				       .version = { 8, 15, 0 },
				       .several = true,
				       .forming = true };
	struct setting_scope sealed = { .role = ROLE_ELASTICSEARCH,
					.level = LEVEL_HTTPS,
					.version = { 8, 15, 0 },
					.several = true,
					.forming = false };

	CHECK_INT(rows_written(&one, "xpack.security.authc.reserved_realm.enabled"), 0);
	one.accounts = ACCOUNTS_FILE;
	CHECK_INT(rows_written(&one, "xpack.security.authc.reserved_realm.enabled"), 1);
	CHECK_INT(rows_of_key(&one, "discovery.type"), 1);
	CHECK_INT(rows_written(&one, "discovery.type"), 1);
	CHECK_INT(rows_written(&one, "cluster.initial_master_nodes"), 0);
	CHECK_INT(rows_of_key(&one, "cluster.initial_master_nodes"), 1);
	CHECK_INT(rows_written(&three, "discovery.type"), 0);
	CHECK_INT(rows_of_key(&three, "discovery.type"), 1);
	CHECK_INT(rows_of_key(&three, "discovery.seed_hosts"), 1);
	CHECK_INT(rows_of_key(&three, "cluster.initial_master_nodes"), 1);
	CHECK_INT(rows_of_key(&sealed, "cluster.initial_master_nodes"), 0);
	CHECK_INT(rows_of_key(&sealed, "discovery.seed_hosts"), 1);
}

TEST(schema_names_and_variables_are_unique)
{
	const struct schema_key *a, *b;

	for (size_t i = 0; (a = schema_row(i)) != NULL; i++) {
		CHECK(*a->help);
		for (size_t k = 0; k < i; k++) {
			b = schema_row(k);
			CHECK(a->scope != b->scope || strcmp(a->name, b->name) != 0);
			CHECK(!a->env || !b->env || strcmp(a->env, b->env) != 0);
		}
	}
}

static bool set_instance(struct instance *i, const char *name, const char *a, const char *b)
{
	auto_list values = { 0 };
	const struct schema_key *key = NULL;

	CHECK(schema_find(SCOPE_INSTANCE, name, &key, &e));
	CHECK((!a || list_add(&values, a, &e)) && (!b || list_add(&values, b, &e)));
	return schema_set(key, i, &values, &e);
}

TEST(schema_sets_and_checks_each_kind_of_value)
{
	auto_stack s = STACK_INIT;
	struct instance *i = NULL;

	CHECK(stack_add_instance(&s, &i, &e));
	CHECK(set_instance(i, "name", "es01", NULL) && set_instance(i, "name", "es02", NULL));
	CHECK_TEXT(i->name, "es02");
	CHECK(!set_instance(i, "name", "a", "b"));
	CHECK_TEXT(e.msg, "name takes one value, not 2");
	CHECK(!set_instance(i, "name", NULL, NULL));
	CHECK(!set_instance(i, "name", "a\nb", NULL));
	CHECK(!set_instance(i, "name", "ca", NULL));
	CHECK(!set_instance(i, "filename", "../x", NULL));
	CHECK(!set_instance(i, "filename", "a\\b", NULL));
	CHECK(!set_instance(i, "name", "", NULL));
	CHECK_TEXT(i->name, "es02");
	CHECK(set_instance(i, "http_port", "65535", NULL));
	CHECK_INT(i->http_port, 65535);
	CHECK(!set_instance(i, "http_port", "0", NULL));
	CHECK(!set_instance(i, "http_port", "65536", NULL));
	CHECK(set_instance(i, "dns", "a.b", "*.c"));
	CHECK_INT(i->dns.count, 2);
	CHECK(set_instance(i, "dns", "d", NULL));
	CHECK_INT(i->dns.count, 1);
	CHECK(!set_instance(i, "dns", "DNS:x", NULL));
	CHECK(!set_instance(i, "ip", "es01", NULL));
	CHECK(set_instance(i, "ip", "::1", "10.0.0.1"));
	CHECK(!set_instance(i, "role", "kibanna", NULL));
	CHECK_TEXT(e.msg, "role cannot be 'kibanna'");
	CHECK_TEXT(e.hint, "did you mean 'kibana'?");
}

TEST(schema_reads_variables_and_names_the_bad_one)
{
	static const char *const good[] = { "STACKSEAL_NAME", "es01", "STACKSEAL_DNS", "a, b",
					    NULL };
	static const char *const bad[] = { "STACKSEAL_LEVEL", "tls", NULL };
	auto_stack s = STACK_INIT;
	struct instance *i = NULL;

	CHECK(stack_add_instance(&s, &i, &e));
	variables = good;
	CHECK(schema_set_from_environment(SCOPE_INSTANCE, i, lookup, &e));
	CHECK_TEXT(i->name, "es01");
	CHECK_INT(i->dns.count, 2);
	variables = bad;
	CHECK(!schema_set_from_environment(SCOPE_STACK, &s, lookup, &e));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK_TEXT(e.msg, "STACKSEAL_LEVEL cannot be 'tls'");
	CHECK_TEXT(e.hint, "use minimal, basic or https");
}

TEST(stack_gives_defaults_and_finds_instances)
{
	auto_stack s = STACK_INIT;
	struct instance *i = NULL;
	const struct instance *found = NULL;

	CHECK(stack_add_instance(&s, &i, &e) && set_instance(i, "name", "es01", NULL));
	CHECK(stack_add_instance(&s, &i, &e) && set_instance(i, "name", "kibana", NULL));
	CHECK(set_instance(i, "role", "kibana", NULL) && set_instance(i, "ip", "10.0.0.9", NULL));
	CHECK(stack_finish(&s, "test", &e));
	CHECK_TEXT(s.name, "elasticsearch");
	CHECK_INT(stack_node_count(&s), 1);
	CHECK(stack_find(&s, "es01", &found, &e));
	CHECK_INT(found->http_port, 9200);
	CHECK_INT(found->transport_port, 9300);
	CHECK(!found->has_http_port);
	CHECK_TEXT(instance_host(found), "es01");
	CHECK(stack_find(&s, "kibana", &found, &e));
	CHECK_INT(found->http_port, 5601);
	CHECK_TEXT(instance_host(found), "10.0.0.9");
	CHECK(!stack_find(&s, "kibanaa", &found, &e));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK_TEXT(e.hint, "did you mean 'kibana'?");
}

TEST(stack_has_a_limit_of_instances)
{
	auto_stack s = STACK_INIT;
	struct instance *i;

	for (int k = 0; k < STACK_MAX_INSTANCES; k++)
		CHECK(stack_add_instance(&s, &i, &e));
	CHECK(!stack_add_instance(&s, &i, &e));
	CHECK_INT(e.code, FAIL_CONFIG);
}

TEST(raise_names_who_is_restarted_and_in_which_order)
{
	static const struct {
		enum level from, to;
		const char *order;
	} cases[] = {
		{ LEVEL_BASIC, LEVEL_HTTPS, "restart a and b one at a time, then c, d and e" },
		{ LEVEL_MINIMAL, LEVEL_BASIC, "restart a and b all together" },
		{ LEVEL_MINIMAL, LEVEL_HTTPS, "restart a and b all together, then c, d and e" },
		{ LEVEL_HTTPS, LEVEL_HTTPS, "" },
		{ LEVEL_HTTPS, LEVEL_BASIC, "" },
	};
	auto_stack s = STACK_INIT;
	struct instance *i = NULL;

	for (const char *name = "acbde"; *name; name++) {
		CHECK(stack_add_instance(&s, &i, &e));
		CHECK(set_instance(i, "name", (char[]){ *name, '\0' }, NULL));
		if (*name > 'b')
			CHECK(set_instance(i, "role", "kibana", NULL));
	}
	for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
		auto_str order = STR_INIT(256);

		s.level = cases[k].to;
		CHECK(raise_format(&s, cases[k].from, &order, &e));
		CHECK_TEXT(str_text(&order), cases[k].order);
	}
}
