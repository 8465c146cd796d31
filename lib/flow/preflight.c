#include "flow/preflight.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "flow/prepare.h"
#include "os/env.h"
#include "os/file.h"

/* IMAGE_UID: who the official images' servers are, in group 0. The two limits are bootstrap checks
 * of Elasticsearch and OpenSearch in production mode. */
enum { IMAGE_UID = 1000, LEAST_MAPS = 262144, LEAST_FILES = 65535, PATH_BYTES = 4096 };

static const char *const data_dirs[ROLE_COUNT] = {
	[ROLE_ELASTICSEARCH] = "/usr/share/elasticsearch/data",
	[ROLE_OPENSEARCH] = "/usr/share/opensearch/data",
};

static bool check_maps(const struct preflight *p, char what[PREFLIGHT_TEXT_BYTES])
{
	auto_str text = STR_INIT(64);
	struct err ignored;
	unsigned maps;

	if (!file_read(p->map_count, &text, &ignored))
		return false;
	str_cut_line_end(&text);
	if (!num_parse(str_text(&text), 0, UINT32_MAX, &maps) || maps >= LEAST_MAPS)
		return false;
	(void)snprintf(what, PREFLIGHT_TEXT_BYTES, "vm.max_map_count is %u, and %d is needed", maps,
		       LEAST_MAPS);
	return true;
}

static bool check_files(const struct preflight *p, char what[PREFLIGHT_TEXT_BYTES])
{
	(void)snprintf(what, PREFLIGHT_TEXT_BYTES,
		       "a process may open %" PRIu64 " files, and %d are needed", p->nofile,
		       LEAST_FILES);
	return p->nofile < LEAST_FILES;
}

static bool check_memlock(const struct preflight *p, char what[PREFLIGHT_TEXT_BYTES])
{
	(void)snprintf(what, PREFLIGHT_TEXT_BYTES,
		       "bootstrap.memory_lock is on, and only %" PRIu64 " bytes may be locked",
		       p->memlock);
	return p->locks_memory && p->memlock != RLIM_INFINITY;
}

/* Whether the server's user, in group 0, cannot write there; says who owns it. */
static bool is_closed(const struct preflight *p, const char *what_it_is, const char *dir,
		      char what[PREFLIGHT_TEXT_BYTES])
{
	struct stat st;
	mode_t need = S_IWOTH | S_IXOTH;

	if (!dir || stat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || p->uid == 0)
		return false;
	if (st.st_uid == p->uid)
		need = S_IWUSR | S_IXUSR;
	else if (st.st_gid == 0 || st.st_gid == getegid())
		need = S_IWGRP | S_IXGRP;
	(void)snprintf(what, PREFLIGHT_TEXT_BYTES,
		       "%s '%.100s' cannot be written by user %u: it is %u:%u, mode %04o",
		       what_it_is, dir, (unsigned)p->uid, (unsigned)st.st_uid, (unsigned)st.st_gid,
		       (unsigned)st.st_mode & 07777);
	return (st.st_mode & need) != need && (p->uid != geteuid() || access(dir, W_OK) < 0);
}

static bool check_config(const struct preflight *p, char what[PREFLIGHT_TEXT_BYTES])
{
	return is_closed(p, "the configuration folder", p->config_dir, what);
}

static bool check_data(const struct preflight *p, char what[PREFLIGHT_TEXT_BYTES])
{
	return is_closed(p, "the data folder", p->data_dir, what);
}

/* cluster.routing.allocation.disk.watermark.* and their max_headroom, which 8.5 brought. */
bool preflight_disk(struct version v, uint64_t free_bytes, uint64_t total_bytes,
		    char what[PREFLIGHT_TEXT_BYTES])
{
	static const struct {
		unsigned percent_free;
		unsigned headroom_gib;
		const char *then;
	} marks[] = {
		{ 5, 100, "indices there may only be read" },
		{ 10, 150, "shards are moved away from it" },
		{ 15, 200, "it gets no copies of shards" },
	};
	bool has_headroom = version_within(v, (struct version_range){ { 8, 5, 0 }, { 0, 0, 0 } });

	for (size_t i = 0; total_bytes > 0 && i < ARRAY_LEN(marks); i++) {
		uint64_t least = total_bytes / 100 * marks[i].percent_free;
		uint64_t headroom = (uint64_t)marks[i].headroom_gib << 30;

		if (has_headroom && headroom < least)
			least = headroom;
		if (free_bytes >= least)
			continue;
		(void)snprintf(what, PREFLIGHT_TEXT_BYTES,
			       "the volume of the data folder has %" PRIu64 " MiB of %" PRIu64
			       " free: %s",
			       free_bytes >> 20, total_bytes >> 20, marks[i].then);
		return true;
	}
	return false;
}

static bool check_disk(const struct preflight *p, char what[PREFLIGHT_TEXT_BYTES])
{
	struct statvfs fs;

	return p->data_dir && statvfs(p->data_dir, &fs) == 0 &&
	       preflight_disk(p->version, (uint64_t)fs.f_bavail * fs.f_frsize,
			      (uint64_t)fs.f_blocks * fs.f_frsize, what);
}

static const struct {
	bool (*check)(const struct preflight *p, char what[PREFLIGHT_TEXT_BYTES]);
	const char *remedy;
} checks[] = {
	{ check_maps, "sysctl -w vm.max_map_count=262144, on the host" },
	{ check_data, "chown 1000:0, or chgrp 0 and chmod g+rwX, or fsGroup: 1000" },
	{ check_config, "mount a folder that its user can write: the keystore is made there" },
	{ check_disk, "free some space there, or give the volume more" },
	{ check_memlock, "ulimits: memlock: -1, or leave bootstrap.memory_lock off" },
	{ check_files, "ulimits: nofile: 65535" },
};

bool preflight_check(const struct preflight *p, size_t i, struct finding *out, bool *end)
{
	*end = i >= ARRAY_LEN(checks);
	if (*end)
		return false;
	out->remedy = checks[i].remedy;
	return checks[i].check(p, out->what);
}

/* The image takes settings from variables whose names have dots, and so do we here. */
static bool locks_memory(const char *config_dir, const char *config_file)
{
	auto_str text = STR_INIT(1024 * 1024);
	const char *given = env_get("bootstrap.memory_lock");
	char path[PATH_BYTES];
	struct err ignored;

	if (given)
		return strcmp(given, "true") == 0;
	if (!config_dir || !config_file)
		return false;
	(void)snprintf(path, sizeof(path), "%s/%s", config_dir, config_file);
	return file_read(path, &text, &ignored) &&
	       strstr(str_text(&text), "\nbootstrap.memory_lock: true") != NULL;
}

void preflight_here(const struct options *o, const struct stack *s, const struct instance *self,
		    struct preflight *out)
{
	const char *data = env_get("path.data");
	struct rlimit memlock = { .rlim_max = RLIM_INFINITY }, nofile = memlock;

	(void)getrlimit(RLIMIT_MEMLOCK, &memlock);
	(void)getrlimit(RLIMIT_NOFILE, &nofile);
	*out = (struct preflight){
		.version = s->version,
		.config_dir = prepare_config_dir(o, self),
		.data_dir = data ? data : data_dirs[self->role],
		.map_count = "/proc/sys/vm/max_map_count",
		.memlock = memlock.rlim_max,
		.nofile = nofile.rlim_max,
		.uid = geteuid() == 0 ? IMAGE_UID : geteuid(),
	};
	out->locks_memory = locks_memory(out->config_dir, role_row(self->role)->config_file);
}

void preflight_report(const struct options *o, const struct stack *s, const struct instance *self)
{
	struct preflight p;
	struct finding f;
	bool end = false;

	if (!self || !instance_is_node(self))
		return;
	preflight_here(o, s, self, &p);
	if (!p.data_dir || access(p.data_dir, F_OK) < 0)
		return; /* its files are not here */
	for (size_t i = 0; !end; i++)
		if (preflight_check(&p, i, &f, &end))
			log_event(LOG_WARN, "this may be why", "finding", f.what, "remedy",
				  f.remedy, NULL);
}
