#include "conf/colon_file.h"

#include <string.h>

/* The value behind "name:" of a line of n bytes, without blanks at its end; NULL: another's. */
static const char *value_of(const char *line, size_t n, const char *name, size_t *out_n)
{
	size_t head = strlen(name) + 1;

	while (n > 0 && strchr(" \t\r", line[n - 1]))
		n--;
	if (n < head || strncmp(line, name, head - 1) != 0 || line[head - 1] != ':')
		return NULL;
	*out_n = n - head;
	return line + head;
}

bool colon_find(const char *text, const char *name, struct str *out, size_t *out_line)
{
	const char *found = NULL;
	size_t found_n = 0, line = 0;

	while (*text) {
		size_t n = strcspn(text, "\n"), value_n = 0;
		const char *value = value_of(text, n, name, &value_n);

		line++;
		if (value) {
			found = value;
			found_n = value_n;
			if (out_line)
				*out_line = line;
		}
		text += n + (text[n] == '\n');
	}
	if (found)
		str_addn(out, found, found_n);
	return found != NULL;
}
