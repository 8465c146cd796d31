#include "given.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "os/file.h"

const char *const *variables;

const char *lookup(const char *name)
{
	for (const char *const *v = variables; v && *v; v += 2)
		if (strcmp(v[0], name) == 0)
			return v[1];
	return NULL;
}

struct secret *secret_of(const char *text)
{
	struct secret *s = NULL;
	struct err e = { 0 };

	CHECK(!text || secret_new(&s, text, strlen(text), &e));
	return s;
}

size_t entry_count(const char *folder)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	CHECK(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

mode_t mode_of(const char *path)
{
	struct stat st;

	CHECK(stat(path, &st) == 0);
	return st.st_mode & 07777;
}

void check_content(const char *path, const char *want)
{
	auto_str got = STR_INIT(4096);
	struct err e = { 0 };

	CHECK(file_read(path, &got, &e));
	CHECK_TEXT(str_text(&got), want);
}
