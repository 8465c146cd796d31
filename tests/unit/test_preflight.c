#include "check.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/preflight.h"
#include "os/file.h"

static struct err e;

static void put(const char *path, const char *text)
{
	CHECK(file_write(path, text, strlen(text),
			 (struct file_access){ 0644, (uid_t)-1, (gid_t)-1 }, FILE_REPLACE, &e));
}

/* A machine that has nothing wrong, for whoever runs the tests. */
static struct preflight good(void)
{
	put("maps", "262144\n");
	(void)mkdir("data", 0777);
	(void)mkdir("config", 0777);
	CHECK(chmod("data", 0777) == 0 && chmod("config", 0777) == 0);
	return (struct preflight){ .version = { 8, 19, 0 },
				   .config_dir = "config",
				   .map_count = "maps",
				   .memlock = RLIM_INFINITY,
				   .nofile = 65535,
				   .uid = 1000 };
}

static size_t findings(const struct preflight *p, struct finding *last)
{
	struct finding f;
	bool end = false;
	size_t n = 0;

	for (size_t i = 0; !end; i++)
		if (preflight_check(p, i, &f, &end)) {
			*last = f;
			n++;
		}
	return n;
}

static void finds(const struct preflight *p, const char *begin, const char *remedy)
{
	struct finding f = { .what = "" };

	CHECK_INT(findings(p, &f), 1);
	if (strncmp(f.what, begin, strlen(begin)) != 0)
		CHECK_TEXT(f.what, begin);
	CHECK(f.remedy && strstr(f.remedy, remedy));
}

TEST(preflight_of_a_good_machine_finds_nothing_and_each_fault_is_found_alone)
{
	struct preflight p = good();
	struct finding f;

	CHECK_INT(findings(&p, &f), 0);
	put("maps", "65530\n");
	finds(&p, "vm.max_map_count is 65530, and 262144 is needed", "sysctl");
	put("maps", "262144\n");
	p.nofile = 1024;
	finds(&p, "a process may open 1024 files, and 65535 are needed", "nofile");
	p = good();
	p.memlock = 65536;
	CHECK_INT(findings(&p, &f), 0);
	p.locks_memory = true;
	finds(&p, "bootstrap.memory_lock is on, and only 65536 bytes may be locked", "memlock");
	p = good();
	p.map_count = "not there";
	p.config_dir = "not there";
	p.data_dir = "not there";
	CHECK_INT(findings(&p, &f), 0);
	p.config_dir = NULL;
	CHECK_INT(findings(&p, &f), 0);
}

TEST(preflight_says_whose_a_folder_is_that_the_server_cannot_write)
{
	struct preflight p = good();
	struct finding f;

	p.uid = geteuid() + 1000;
	CHECK(chmod("config", 0755) == 0);
	finds(&p, "the configuration folder 'config' cannot be written by user", "mount a folder");
	CHECK(chmod("config", 0775) == 0); /* group 0, or the one that we are in */
	CHECK_INT(findings(&p, &f), 0);
	CHECK(chmod("config", 0700) == 0);
	p.uid = geteuid() == 0 ? 0 : geteuid();
	CHECK_INT(findings(&p, &f), 0);
}

TEST(preflight_knows_the_watermarks_with_and_without_headroom)
{
	static const uint64_t gib = 1u << 30;
	static const struct version old = { 7, 17, 0 }, new = { 8, 5, 0 };
	char what[PREFLIGHT_TEXT_BYTES];

	CHECK(!preflight_disk(old, 16 * gib, 100 * gib, what));
	CHECK(preflight_disk(old, 14 * gib, 100 * gib, what) && strstr(what, "copies of shards"));
	CHECK(preflight_disk(old, 9 * gib, 100 * gib, what) && strstr(what, "moved away"));
	CHECK(preflight_disk(old, 4 * gib, 100 * gib, what));
	CHECK_TEXT(what, "the volume of the data folder has 4096 MiB of 102400 free: "
			 "indices there may only be read");
	CHECK(preflight_disk(old, 250 * gib, 10000 * gib, what));
	CHECK(!preflight_disk(new, 250 * gib, 10000 * gib, what));
	CHECK(preflight_disk(new, 99 * gib, 10000 * gib, what) && strstr(what, "only be read"));
	CHECK(!preflight_disk(new, 0, 0, what));
}
