#include "check.h"
#include "given.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file.h"
#include "store/store.h"

static struct err e;

static void open_store(enum store_mode mode, struct store **out)
{
	(void)mkdir("s", 0755);
	CHECK(store_open("s", mode, out, &e));
}

static bool make_pair(struct store *s, const char *path, const char *cert_text)
{
	auto_str cert = STR_INIT(64);
	auto_str key = STR_INIT(64);
	const struct store_file files[] = { { "tls.crt", &cert, false },
					    { "tls.key", &key, true } };

	str_add(&cert, cert_text);
	str_add(&key, "key");
	return store_make_folder(s, path, files, 2, &e);
}

static bool make_password(struct store *s, const char *path, const char *text)
{
	auto_str content = STR_INIT(64);

	str_add(&content, text);
	return store_make_file(s, path, &(struct store_file){ NULL, &content, true }, &e);
}

static void check_stored(const struct store *s, const char *path, const char *want)
{
	auto_str got = STR_INIT(STORE_FILE_MAX_BYTES);

	CHECK(store_read(s, path, false, &got, &e));
	CHECK_TEXT(str_text(&got), want);
}

static size_t temp_count(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *entry;
	size_t n = 0;

	CHECK(d != NULL);
	while ((entry = readdir(d)) != NULL)
		n += file_is_temp_name(entry->d_name);
	closedir(d);
	return n;
}

TEST(store_that_is_not_there_says_how_to_name_it)
{
	auto_store s = NULL;

	CHECK(!store_open("none", STORE_WRITE, &s, &e));
	CHECK_INT(e.code, FAIL_MISSING);
	CHECK(strstr(e.hint, "--store"));
	CHECK(s == NULL);
}

TEST(store_makes_a_folder_with_its_parents_and_modes)
{
	auto_store s = NULL;

	(void)umask(0);
	open_store(STORE_WRITE, &s);
	CHECK(make_pair(s, "instances/es01/transport", "cert"));
	CHECK_INT(mode_of("s/instances"), 0700);
	CHECK_INT(mode_of("s/instances/es01"), 0700);
	CHECK_INT(mode_of("s/instances/es01/transport"), 0700);
	CHECK_INT(mode_of("s/instances/es01/transport/tls.crt"), 0644);
	CHECK_INT(mode_of("s/instances/es01/transport/tls.key"), 0600);
	CHECK(store_has(s, "instances/es01/transport/tls.key"));
	CHECK(!store_has(s, "instances/es02"));
	check_stored(s, "instances/es01/transport/tls.crt", "cert");
}

TEST(store_unit_is_made_once_and_the_first_stays)
{
	auto_store s = NULL;

	open_store(STORE_WRITE, &s);
	CHECK(make_pair(s, "ca/http", "first"));
	CHECK(!make_pair(s, "ca/http", "second"));
	CHECK_INT(e.code, FAIL_EXISTS);
	check_stored(s, "ca/http/tls.crt", "first");
	CHECK(make_password(s, "passwords/elastic", "first"));
	CHECK(!make_password(s, "passwords/elastic", "second"));
	CHECK_INT(e.code, FAIL_EXISTS);
	check_stored(s, "passwords/elastic", "first");
	CHECK_INT(mode_of("s/passwords/elastic"), 0600);
}

TEST(store_has_one_maker_of_a_unit_among_twenty_containers)
{
	int winners = 0, status;

	CHECK(mkdir("s", 0755) == 0);
	for (int i = 0; i < 20; i++)
		if (fork() == 0) {
			char text[2] = { (char)('a' + i), '\0' };
			struct store *s = NULL;
			bool won;

			CHECK(store_open("s", STORE_WRITE, &s, &e));
			won = make_pair(s, "ca/transport", text);
			if (!won && e.code != FAIL_EXISTS)
				_exit(2);
			store_close(s);
			_exit(won ? 0 : 1);
		}
	for (int i = 0; i < 20; i++) {
		CHECK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 2);
		winners += WEXITSTATUS(status) == 0;
	}
	CHECK_INT(winners, 1);
	CHECK_INT(temp_count("s/ca"), 0);
}

TEST(store_opened_for_reading_writes_nothing)
{
	auto_store s = NULL;

	open_store(STORE_READ, &s);
	CHECK(!make_pair(s, "ca/http", "x"));
	CHECK_INT(e.code, FAIL_DENIED);
	CHECK(!make_password(s, "passwords/elastic", "x"));
	CHECK_INT(e.code, FAIL_DENIED);
	CHECK(rmdir("s") == 0); /* not even a lock file or a parent */
}

TEST(store_opened_for_writing_removes_what_killed_writers_left)
{
	auto_store s = NULL;

	CHECK(mkdir("s", 0755) == 0 && mkdir("s/ca", 0700) == 0 && mkdir("s/instances", 0700) == 0);
	CHECK(mkdir("s/instances/es01", 0700) == 0);
	CHECK(mkdir("s/ca/.http.0123456789abcdef.tmp", 0700) == 0);
	CHECK(mkdir("s/instances/es01/.http.0123456789abcdef.tmp", 0700) == 0);
	open_store(STORE_WRITE, &s);
	CHECK_INT(temp_count("s/ca"), 0);
	CHECK_INT(temp_count("s/instances/es01"), 0);
}

TEST(store_spares_temporary_files_while_somebody_is_writing)
{
	auto_store busy = NULL;
	auto_store second = NULL;

	open_store(STORE_WRITE, &busy);
	CHECK(mkdir("s/.f.0123456789abcdef.tmp", 0700) == 0);
	open_store(STORE_WRITE, &second);
	CHECK_INT(temp_count("s"), 1);
}

TEST(store_read_of_nothing_and_of_too_much_fails)
{
	auto_store s = NULL;
	auto_str small = STR_INIT(3);

	open_store(STORE_WRITE, &s);
	CHECK(!store_read(s, "seal.json", false, &small, &e));
	CHECK_INT(e.code, FAIL_MISSING);
	CHECK(make_password(s, "seal.json", "1234"));
	CHECK(!store_read(s, "seal.json", false, &small, &e));
	CHECK_INT(e.code, FAIL_INPUT);
}

TEST(store_reports_a_secret_that_others_can_read_and_uses_it)
{
	auto_store s = NULL;
	auto_str got = STR_INIT(64);
	auto_str said = STR_INIT(4096);
	auto_fd fd = open("log", O_RDWR | O_CREAT | O_APPEND, 0600);

	open_store(STORE_WRITE, &s);
	CHECK(make_password(s, "passwords/elastic", "pw"));
	CHECK(fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	CHECK(store_read(s, "passwords/elastic", true, &got, &e));
	CHECK(file_read("log", &said, &e));
	CHECK_TEXT(str_text(&said), "");
	CHECK(chmod("s/passwords/elastic", 0644) == 0);
	CHECK(store_read(s, "passwords/elastic", true, &got, &e));
	CHECK(file_read("log", &said, &e));
	CHECK(strstr(str_text(&said), "path=s/passwords/elastic mode=0644"));
	CHECK(!strstr(str_text(&said), "pw\n"));
	CHECK_TEXT(str_text(&got), "pwpw");
}

TEST(store_list_names_units_and_nothing_for_a_missing_folder)
{
	auto_store s = NULL;
	auto_list names = { 0 };

	open_store(STORE_WRITE, &s);
	CHECK(store_list(s, "passwords", &names, &e));
	CHECK_INT(names.count, 0);
	CHECK(make_password(s, "passwords/kibana_system", "x"));
	CHECK(make_password(s, "passwords/elastic", "x"));
	CHECK(store_list(s, "passwords", &names, &e));
	CHECK_INT(names.count, 2);
	CHECK_TEXT(names.items[0], "elastic");
}

TEST(store_lock_keeps_a_second_container_out_of_the_same_work_only)
{
	auto_store a = NULL;
	auto_store b = NULL;

	open_store(STORE_WRITE, &a);
	open_store(STORE_WRITE, &b);
	CHECK(store_lock(a, LOCK_CA, LOCK_EXCLUSIVE, 0, &e));
	CHECK(!store_lock(b, LOCK_CA, LOCK_EXCLUSIVE, 0, &e));
	CHECK_INT(e.code, FAIL_BUSY);
	CHECK(store_lock(b, LOCK_SEAL, LOCK_EXCLUSIVE, 0, &e));
	CHECK(store_lock(a, LOCK_CA, LOCK_NONE, 0, &e));
	CHECK(store_lock(b, LOCK_CA, LOCK_EXCLUSIVE, 0, &e));
}

TEST(store_path_that_is_too_long_is_an_error)
{
	auto_store s = NULL;
	char path[5000];

	open_store(STORE_WRITE, &s);
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	CHECK(!make_password(s, path, "x"));
	CHECK_INT(e.code, FAIL_CONFIG);
	CHECK(!store_has(s, path));
}

TEST(store_without_memory_fails_and_keeps_what_it_had)
{
	auto_store first = NULL;
	bool done = false;

	open_store(STORE_WRITE, &first);
	CHECK(make_password(first, "passwords/elastic", "old"));
	for (unsigned n = 1; !done; n++) {
		auto_store s = NULL;
		auto_str got = STR_INIT(64);
		auto_str seal = STR_INIT(64);
		bool ok;

		str_add(&seal, "new");
		fault_alloc_at(n);
		ok = store_open("s", STORE_WRITE, &s, &e) &&
		     store_make_file(s, "seal.json", &(struct store_file){ NULL, &seal, false },
				     &e) &&
		     store_read(s, "passwords/elastic", false, &got, &e);
		fault_alloc_at(0);
		done = !fault_hit();
		CHECK(ok || fault_hit());
		check_stored(first, "passwords/elastic", "old");
		CHECK_INT(temp_count("s"), 0);
		CHECK(!ok || store_has(first, "seal.json"));
		(void)unlink("s/seal.json");
	}
}
