/* driver.c - replay a corpus without libFuzzer: PROGRAM FILE-OR-FOLDER...
 *
 * Prints TAP, one line an argument. The name of a file stands before what it causes, and its bytes
 * are in a buffer of their very size, so that the sanitizers see one byte too many. A folder
 * without a file is a failure: a corpus that got lost tests nothing. */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

const char *__ubsan_default_options(void);

/* Asked by the sanitizer before main(). */
const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1";
}

enum { FILE_MAX_BYTES = 16 * 1024 * 1024 };

static bool replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *bytes;
	size_t n;
	bool whole;

	printf("# %s\n", path);
	(void)fflush(stdout);
	if (!f || fstat(fileno(f), &st) < 0 || st.st_size > FILE_MAX_BYTES) {
		printf("# cannot be read, or is too large\n");
		if (f)
			(void)fclose(f);
		return false;
	}
	n = (size_t)st.st_size;
	bytes = malloc(n ? n : 1);
	whole = bytes && fread(bytes, 1, n, f) == n;
	(void)fclose(f);
	if (whole)
		(void)LLVMFuzzerTestOneInput(bytes, n);
	free(bytes);
	return whole;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* How many files were replayed; -1 when one could not be. */
static int replay(const char *path)
{
	struct dirent **entries = NULL;
	struct stat st;
	int found, done = 0;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return replay_file(path) ? 1 : -1;
	found = scandir(path, &entries, is_visible, alphasort);
	for (int i = 0; i < found; i++) {
		char file[4096];

		(void)snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (done >= 0)
			done = replay_file(file) ? done + 1 : -1;
		free(entries[i]);
	}
	free(entries);
	return done;
}

int main(int argc, char **argv)
{
	bool failed = argc < 2;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		int done = replay(argv[i]);

		if (done == 0)
			printf("# there is no file in it\n");
		printf("%sok %d - %s: %d files are read without a fault\n", done > 0 ? "" : "not ",
		       i, argv[i], done > 0 ? done : 0);
		failed = failed || done <= 0;
	}
	return failed;
}
