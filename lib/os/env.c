#include "os/env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "os/file.h"

enum { SECRET_MAX_BYTES = 4096 };

const char *env_get(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The kernel shows the strings of execve() in /proc/PID/environ: unsetenv alone hides nothing. */
static void wipe_variable(const char *name)
{
	char *value = getenv(name);

	if (value)
		explicit_bzero(value, strlen(value));
	(void)unsetenv(name);
}

static bool from_file(const char *name, const char *path, struct secret **out, struct err *e)
{
	auto_str_wiped text = STR_INIT(SECRET_MAX_BYTES);
	bool made;

	if (!file_read(path, &text, e))
		return false;
	str_cut_line_end(&text);
	if (text.len == 0)
		return err_set(e, FAIL_CONFIG, "file '%s' of %s_FILE is empty", path, name);
	made = secret_new(out, text.data, text.len, e);
	return made;
}

bool env_take_secret(const char *name, struct secret **out, struct err *e)
{
	char file_name[128];
	const char *value = env_get(name);
	const char *path;

	(void)snprintf(file_name, sizeof(file_name), "%s_FILE", name);
	path = env_get(file_name);
	*out = NULL;
	if (value && path)
		return err_set(e, FAIL_CONFIG, "both %s and %s are set", name, file_name) ||
		       err_hint(e, "keep only %s", file_name);
	if (path)
		return from_file(name, path, out, e);
	if (!value)
		return true;
	if (!secret_new(out, value, strlen(value), e))
		return false;
	wipe_variable(name);
	return true;
}

static bool ends_with(const char *text, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n >= m && memcmp(text + n - m, end, m) == 0;
}

void env_wipe(const char *prefix)
{
	size_t prefix_len = strlen(prefix);

	for (size_t i = 0; environ && environ[i];) {
		size_t n = strcspn(environ[i], "=");
		char name[128];

		if (strncmp(environ[i], prefix, prefix_len) != 0 || n >= sizeof(name) ||
		    environ[i][n] != '=' || ends_with(environ[i], n, "_FILE")) {
			i++;
			continue;
		}
		memcpy(name, environ[i], n);
		name[n] = '\0';
		wipe_variable(name); /* takes it out of environ: look at index i again */
	}
}
