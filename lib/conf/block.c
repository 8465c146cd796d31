#include "conf/block.h"

#include <string.h>

static const char begin_mark[] = "# >>> stackseal: written by init prepare; change nothing here\n";
static const char end_mark[] = "# <<< stackseal\n";

/* The start of a line that is mark, or NULL. */
static const char *find_line(const char *text, const char *mark)
{
	const char *at = text;

	while ((at = strstr(at, mark)) != NULL && at != text && at[-1] != '\n')
		at++;
	return at;
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
	for (const char *c = begin; c < end + strlen(end_mark); c++)
		if (*c == '\n')
			str_add(without, "\n");
	str_add(without, end + strlen(end_mark));
	return str_ok(without, e);
}

bool block_put(const char *text, const char *body, struct str *out, struct err *e)
{
	const char *begin = find_line(text, begin_mark);
	const char *end = begin ? find_line(begin, end_mark) : NULL;
	size_t head = begin && end ? (size_t)(begin - text) : strlen(text);

	str_addn(out, text, head);
	if (head > 0 && text[head - 1] != '\n')
		str_add(out, "\n");
	str_add(out, begin_mark);
	str_add(out, body);
	str_add(out, end_mark);
	if (begin && end)
		str_add(out, end + strlen(end_mark));
	return str_ok(out, e);
}
