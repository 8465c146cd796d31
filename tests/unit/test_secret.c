#include "check.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/secret.h"
#include "pki/rand.h"

static struct err e;

TEST(secret_keeps_a_copy_of_its_bytes)
{
	char mine[] = "pa\0ss";
	size_t n;
	auto_secret s = NULL;

	CHECK(secret_new(&s, mine, 5, &e));
	secret_wipe(mine, sizeof(mine));
	CHECK_INT(mine[0], 0);
	CHECK(memcmp(secret_reveal(s, &n), "pa\0ss", 6) == 0);
	CHECK_INT(n, 5);
}

TEST(secret_may_be_empty)
{
	auto_secret s = NULL;
	size_t n = 9;

	CHECK(secret_new(&s, NULL, 0, &e));
	CHECK_TEXT(secret_reveal(s, &n), "");
	CHECK_INT(n, 0);
}

TEST(secret_equal_compares_length_and_bytes)
{
	auto_secret a = NULL;
	auto_secret b = NULL;
	auto_secret c = NULL;
	auto_secret d = NULL;

	CHECK(secret_new(&a, "abc", 3, &e) && secret_new(&b, "abc", 3, &e));
	CHECK(secret_new(&c, "abd", 3, &e) && secret_new(&d, "ab", 2, &e));
	CHECK(secret_equal(a, b));
	CHECK(!secret_equal(a, c));
	CHECK(!secret_equal(a, d));
}

TEST(secret_may_be_larger_than_the_heap_or_find_it_full)
{
	enum { COUNT = 600, LARGE = 1024 * 1024 };
	static char bytes[LARGE + 1];
	struct secret *many[COUNT];
	struct secret *large, *password;

	secret_setup(SECRET_FEW);
	memset(bytes, 'x', LARGE);
	CHECK(secret_new(&large, bytes, LARGE, &e));
	for (size_t i = 0; i < COUNT; i++)
		CHECK(secret_new(&many[i], bytes, 1000, &e));
	CHECK(rand_password(&password, &e)); /* OpenSSL still has its part of the heap */
	for (size_t i = 0; i < COUNT; i++) {
		CHECK_INT(strlen(secret_reveal(many[i], NULL)), 1000);
		secret_free(many[i]);
	}
	CHECK_INT(strlen(secret_reveal(large, NULL)), LARGE);
	secret_free(large);
	secret_free(password);
	(void)fflush(stdout);
	_exit(0); /* as below */
}

TEST(secret_setup_forbids_core_dumps)
{
	CHECK_INT(prctl(PR_GET_DUMPABLE), 1);
	secret_setup(SECRET_FEW);
	CHECK_INT(prctl(PR_GET_DUMPABLE), 0);
	auto_secret s = NULL;
	CHECK(secret_new(&s, "x", 1, &e)); /* from the secure heap, where there is one */
	CHECK_TEXT(secret_reveal(s, NULL), "x");
	(void)fflush(stdout);
	_exit(0); /* the leak checker cannot look into a process that may not be dumped */
}
