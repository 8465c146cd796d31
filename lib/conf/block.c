#include "conf/block.h"

#include <string.h>

static const char begin_mark[] = "# >>> stackseal: written by init prepare; change nothing here";
static const char end_mark[] = "# <<< stackseal";

/* The character behind a line's end, however that is written, or the end of the text. */
static const char *line_end(const char *at)
{
	at += strcspn(at, "\n");
	return *at ? at + 1 : at;
}

/* The start of a line that holds mark and nothing else, or NULL. */
static const char *find_line(const char *text, const char *mark)
{
	size_t n = strlen(mark);
	const char *at = text;

	for (; (at = strstr(at, mark)) != NULL; at++)
		if ((at == text || at[-1] == '\n') &&
		    (at[n] == '\0' || at[n] == '\n' || strncmp(at + n, "\r\n", 2) == 0))
			return at;
	return NULL;
}

/* Where the block begins and ends, marks included; false: there is none. */
static bool find_block(const char *text, const char **begin, const char **end)
{
	*begin = find_line(text, begin_mark);
	*end = *begin ? find_line(*begin, end_mark) : NULL;
	return *end != NULL;
}

bool block_take_out(const char *text, const char *name, struct str *without, struct err *e)
{
	const char *begin = find_line(text, begin_mark);
	const char *end = begin ? find_line(begin, end_mark) : NULL;

	if (!begin) {
		str_add(without, text);
		return str_ok(without, e);
	}
	if (!end || find_line(end, begin_mark))
		return err_set(e, FAIL_INPUT, "the stackseal block in '%s' is damaged", name) ||
		       err_hint(e, "remove what is left of it, from '# >>> stackseal' on");
	str_addn(without, text, (size_t)(begin - text));
	for (const char *c = begin; c < line_end(end); c++)
		if (*c == '\n')
			str_add(without, "\n");
	str_add(without, line_end(end));
	return str_ok(without, e);
}

/* The file's own line end: that of its first line. */
static const char *line_end_of(const char *text)
{
	const char *first = strchr(text, '\n');

	return first && first > text && first[-1] == '\r' ? "\r\n" : "\n";
}

/* Append lines that end in "\n" with another end. */
static void add_lines(struct str *out, const char *lines, const char *end)
{
	while (*lines) {
		size_t n = strcspn(lines, "\n");

		str_addn(out, lines, n);
		str_add(out, end);
		lines += n + (lines[n] == '\n');
	}
}

bool block_put(const char *text, const char *body, struct str *out, struct err *e)
{
	const char *begin, *end;
	bool found = find_block(text, &begin, &end);
	size_t head = found ? (size_t)(begin - text) : strlen(text);
	const char *eol = line_end_of(text);

	str_addn(out, text, head);
	if (head > 0 && text[head - 1] != '\n')
		str_add(out, eol);
	add_lines(out, begin_mark, eol);
	add_lines(out, body, eol);
	add_lines(out, end_mark, eol);
	if (found)
		str_add(out, line_end(end));
	return str_ok(out, e);
}

void block_body(const char *text, struct str *out)
{
	const char *begin, *end;

	if (find_block(text, &begin, &end))
		str_addn(out, line_end(begin), (size_t)(end - line_end(begin)));
}

void block_remove(const char *text, struct str *out)
{
	const char *begin, *end;
	bool found = find_block(text, &begin, &end);

	str_addn(out, text, found ? (size_t)(begin - text) : strlen(text));
	if (found)
		str_add(out, line_end(end));
}
