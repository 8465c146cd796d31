#include "check.h"
#include "given.h"

#include <string.h>

#include "conf/block.h"
#include "conf/colon_file.h"
#include "conf/roles_file.h"
#include "pki/password_hash.h"
#include "pki/service_token.h"
#include "stack/ready_role.h"

static struct err e;

#define SALT "$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

/* Made with Python's hashlib; what Elasticsearch's own class says stands in tests/peers. */
TEST(password_hash_of_both_kinds_fits_its_password_and_no_other)
{
	static const char plain[] =
	    "{PBKDF2}1000" SALT "$RAPWfEJHsAN2KXws3F6pXLfVpxL4euw7PAD43LRidjM=";
	static const char stretch[] =
	    "{PBKDF2_STRETCH}1000" SALT "$6Vyo9MferVg37XUptvm+mdI2k+g2PfrCwXR99y51DRM=";
	auto_secret right = secret_of("pässwörd €");
	auto_secret wrong = secret_of("pässwörd €.");

	CHECK(password_hash_fits(plain, right));
	CHECK(password_hash_fits(stretch, right));
	CHECK(!password_hash_fits(plain, wrong));
	CHECK(!password_hash_fits(stretch, wrong));
}

TEST(password_hash_made_twice_has_two_salts_and_fits_both_times)
{
	auto_secret s = secret_of("x");
	auto_str a = STR_INIT(200), b = STR_INIT(200), too_short = STR_INIT(100);

	CHECK(password_hash_make(s, &a, &e));
	CHECK(password_hash_make(s, &b, &e));
	CHECK(strcmp(str_text(&a), str_text(&b)) != 0);
	CHECK(strncmp(str_text(&a), "{PBKDF2_STRETCH}10000$", 22) == 0);
	CHECK(password_hash_fits(str_text(&a), s));
	CHECK(password_hash_fits(str_text(&b), s));
	CHECK(!password_hash_make(s, &too_short, &e));
}

TEST(password_hash_that_is_torn_or_of_another_kind_fits_nothing)
{
	static const char *const bad[] = {
		"",
		"x",
		"{PBKDF2}",
		"{PBKDF2}$" SALT SALT,
		"{PBKDF2}1000" SALT,
		"{PBKDF2}1000" SALT "$RAPW",
		"{PBKDF2}0" SALT SALT,
		"{PBKDF2}1000001" SALT SALT,
		"{PBKDF2}-1" SALT SALT,
		"{PBKDF2}99999999999999999999" SALT SALT,
		"{PBKDF2}1000" SALT "$RAPWfEJHsAN2KXws3F6pXLfVpxL4euw7PAD43LRidjM=x",
		"{PBKDF2}1000$!AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" SALT,
		"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"{SHA}C+7Hteo/D9vJXQ3UfzxbwnXaijM=",
	};
	auto_secret s = secret_of("pässwörd €");

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!password_hash_fits(bad[i], s));
}

static void check_found(const char *text, const char *name, const char *value, size_t line)
{
	auto_str out = STR_INIT(64);
	size_t at = 0;

	CHECK(colon_find(text, name, &out, &at) == (value != NULL));
	CHECK_TEXT(str_text(&out), value ? value : "");
	CHECK_INT(at, line);
}

TEST(colon_file_gives_the_last_value_of_a_whole_name)
{
	check_found("a:1\nb:2\na:3\n", "a", "3", 3);
	check_found("a:1\nb:2", "b", "2", 2);
	check_found("a:1:2 \r\n", "a", "1:2", 1);
	check_found("#a:1\nab:2\n a:3\n", "a", NULL, 0);
	check_found("a\na1:\n", "a", NULL, 0);
	check_found("\n\na:\n", "a", "", 3);
	check_found("", "a", NULL, 0);
}

static const char mark[] = "# >>> stackseal: written by init prepare; change nothing here\n";

TEST(block_is_taken_out_with_its_lines_and_its_body_is_found)
{
	auto_str text = STR_INIT(512), body = STR_INIT(512), rest = STR_INIT(512);

	CHECK(block_put("mine", "ours\n", &text, &e));
	block_body(str_text(&text), &body);
	CHECK_TEXT(str_text(&body), "ours\n");
	block_remove(str_text(&text), &rest);
	CHECK_TEXT(str_text(&rest), "mine\n");
	str_clear(&rest);
	str_clear(&body);
	block_remove(mark, &rest); /* no end: it is the user's to mend */
	block_body(mark, &body);
	CHECK_TEXT(str_text(&rest), mark);
	CHECK_TEXT(str_text(&body), "");
}

TEST(roles_file_holds_one_line_a_role_and_refuses_a_name_that_is_taken)
{
	CLEANUP(access_clear) struct access a = { 0 };
	auto_str out = STR_INIT(2048), theirs = STR_INIT(256);
	void *role, *indices;

	CHECK(rows_add(&a.roles, sizeof(struct access_role), &role, &e));
	CHECK(ready_role_make("filebeat_writer", (struct version){ 8, 15, 0 }, role, &e));
	CHECK(rows_add(&((struct access_role *)role)->indices, sizeof(struct access_indices),
		       &indices, &e));
	((struct access_indices *)indices)->query = strdup("{\"a\": 'x'}\n");
	((struct access_indices *)indices)->restricted = true;
	CHECK(list_add(&((struct access_indices *)indices)->names, "it's", &e));
	CHECK(list_add(&((struct access_indices *)indices)->grant, "*", &e));
	CHECK(list_add(&((struct access_indices *)indices)->except, "secret", &e));
	str_add(&theirs, "# mine\nother:\n  cluster: [ all ]\n");
	CHECK(roles_file_body(&a, &theirs, "roles.yml", &out, &e));
	CHECK_TEXT(
	    str_text(&out),
	    "'filebeat_writer': { cluster: [ 'monitor', 'read_ilm', 'read_pipeline' ], "
	    "indices: [ { names: [ 'filebeat-*' ], "
	    "privileges: [ 'create_doc', 'view_index_metadata', 'auto_configure' ] }, "
	    "{ names: [ 'it''s' ], field_security: { grant: [ '*' ], except: [ 'secret' ] }, "
	    "query: \"{\\\"a\\\": 'x'}\\x0A\", allow_restricted_indices: true } ] }\n");
	str_add(&theirs, "filebeat_writer: {}\n");
	CHECK(!roles_file_body(&a, &theirs, "roles.yml", &out, &e));
	CHECK_TEXT(e.msg,
		   "'roles.yml' has a role 'filebeat_writer' in line 4, as the stack file has");
}

TEST(ready_roles_of_one_name_cover_every_version_once)
{
	static const struct version tried[] = {
		{ 7, 12, 0 }, { 7, 17, 28 }, { 8, 0, 0 }, { 8, 19, 0 }, { 9, 2, 0 }
	};
	const char *name;

	for (size_t i = 0; (name = ready_role_name_at(i)) != NULL; i++)
		for (size_t v = 0; v < ARRAY_LEN(tried); v++)
			CHECK(ready_role_exists(name, tried[v]));
	CHECK(!ready_role_exists("filebeat", tried[0]));
}

TEST(service_token_tells_its_name_and_only_one_that_may_be_one)
{
	static const char *const bad[] = {
		"",
		"x",
		"AAEAAWVsYXN0aWMva2liYW5hLw==",         /* nothing behind the slash */
		"AAEAAWVsYXN0aWMva2liYW5hLzpzZWNyZXQ=", /* an empty name */
		"AAEAAWVsYXN0aWMva2liYW5hL2EgYjpzZWM=", /* a blank in it */
		"AAEAAWVsYXN0aWMva2liYW5hL2E=",         /* no secret */
		"AAEAAmVsYXN0aWMva2liYW5hL2E6c2VjcmV0", /* another head */
		"AAEAAWVsYXN0aWMva2liYW5hWGE6c2VjcmV0", /* another account */
	};
	auto_secret known = secret_of("AAEAAWVsYXN0aWMva2liYW5hL2E6c2VjcmV0");
	char name[4] = "?";

	CHECK(service_token_name(known, "elastic/kibana", name, 2, &e));
	CHECK_TEXT(name, "a");
	CHECK(!service_token_name(known, "elastic/kibana", name, 1, &e));
	CHECK(!service_token_name(known, "elastic/fleet", name, sizeof(name), &e));
	CHECK_TEXT(e.msg, "this is no token of elastic/fleet");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		auto_secret token = secret_of(bad[i]);

		CHECK(!service_token_name(token, "elastic/kibana", name, sizeof(name), &e));
		CHECK_INT(e.code, FAIL_INPUT);
	}
	CHECK_TEXT(name, "a");
}

TEST(service_token_opens_to_its_own_secret_only)
{
	auto_secret token = NULL;
	auto_secret inner = NULL;
	/* The example of Elasticsearch's documentation, "Service accounts". */
	auto_secret example = secret_of("AAEAAWVsYXN0aWMvZmxlZXQtc2VydmVyL3Rva2VuMTo3TFdaSDZ");
	auto_secret known = secret_of("AAEAAWVsYXN0aWMva2liYW5hL2E6c2VjcmV0");
	size_t n;

	CHECK(service_token_make("elastic/kibana", "k1", &token, &e));
	CHECK(service_token_secret(token, "elastic/kibana", "k1", &inner, &e));
	(void)secret_reveal(inner, &n);
	CHECK_INT(n, 22);
	secret_free(TAKE(inner));
	CHECK(service_token_secret(known, "elastic/kibana", "a", &inner, &e));
	CHECK_TEXT(secret_reveal(inner, NULL), "secret");
	secret_free(TAKE(inner));
	CHECK(!service_token_secret(token, "elastic/kibana", "k2", &inner, &e));
	CHECK(!service_token_secret(token, "elastic/fleet", "k1", &inner, &e));
	CHECK(!service_token_secret(example, "elastic/kibana", "k1", &inner, &e));
	CHECK_TEXT(e.msg, "this is no token 'k1' of elastic/kibana");
	CHECK_INT(e.code, FAIL_INPUT);
	CHECK(inner == NULL);
}
