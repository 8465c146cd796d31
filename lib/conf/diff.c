#include "conf/diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/visible.h"

/* CELLS_MAX: of the table below, 8 MiB. Its numbers are lengths of common runs, so 16 bits do for
 * what it may hold. */
enum { CONTEXT = 3, CELLS_MAX = 4 * 1024 * 1024, LINES_MAX = 60000 };

struct line {
	const char *at;
	size_t n; /* with its end */
};

struct text {
	struct line *lines;
	size_t count;
};

/* A step from before to after: a line of both, of one, or of the other. */
struct step {
	char mark; /* ' ', '-' or '+' */
	struct line line;
};

struct steps {
	struct step *rows;
	size_t count;
};

static void text_clear(struct text *t)
{
	free(t->lines);
}
#define auto_text CLEANUP(text_clear) struct text

static void steps_clear(struct steps *s)
{
	free(s->rows);
}
#define auto_steps CLEANUP(steps_clear) struct steps

static size_t line_length(const char *at)
{
	size_t n = strcspn(at, "\n");

	return n + (at[n] == '\n');
}

static bool fail_memory(struct err *e)
{
	return err_set(e, FAIL_MEMORY, "out of memory for a comparison");
}

static bool split(const char *from, struct text *out, struct err *e)
{
	size_t count = 0;

	for (const char *at = from; *at; at += line_length(at))
		count++;
	out->lines = calloc(count + 1, sizeof(*out->lines));
	if (!out->lines)
		return fail_memory(e);
	for (const char *at = from; *at; at += line_length(at))
		out->lines[out->count++] = (struct line){ at, line_length(at) };
	return true;
}

static bool same(struct line a, struct line b)
{
	return a.n == b.n && memcmp(a.at, b.at, a.n) == 0;
}

static void add_step(struct steps *s, char mark, struct line line)
{
	s->rows[s->count++] = (struct step){ mark, line };
}

/* The middle parts of both, n and m lines, between what is common at both ends: along a longest
 * common run, or all of one and then all of the other when that would be too much work. */
static bool walk(const struct line *a, size_t n, const struct line *b, size_t m, struct steps *out,
		 struct err *e)
{
	size_t width = m + 1, i = 0, k = 0;
	bool small = n < LINES_MAX && m < LINES_MAX && (n + 1) * width <= CELLS_MAX;
	uint16_t *common = small ? calloc((n + 1) * width, sizeof(*common)) : NULL;

	if (small && !common)
		return fail_memory(e);
	for (size_t r = small ? n : 0; r-- > 0;)
		for (size_t c = m; c-- > 0;) {
			uint16_t down = common[(r + 1) * width + c];
			uint16_t right = common[r * width + c + 1];
			uint16_t next = common[(r + 1) * width + c + 1];

			common[r * width + c] = same(a[r], b[c]) ? (uint16_t)(next + 1)
						: down > right   ? down
								 : right;
		}
	while (i < n || k < m) {
		if (small && i < n && k < m && same(a[i], b[k])) {
			add_step(out, ' ', a[i++]);
			k++;
		} else if (i < n && (!small || k == m ||
				     common[(i + 1) * width + k] >= common[i * width + k + 1])) {
			add_step(out, '-', a[i++]);
		} else {
			add_step(out, '+', b[k++]);
		}
	}
	free(common);
	return true;
}

static bool compare(const struct text *a, const struct text *b, struct steps *out, struct err *e)
{
	size_t head = 0, tail = 0;
	size_t shorter = a->count < b->count ? a->count : b->count;

	out->rows = calloc(a->count + b->count + 1, sizeof(*out->rows));
	if (!out->rows)
		return fail_memory(e);
	while (head < shorter && same(a->lines[head], b->lines[head]))
		head++;
	while (tail < shorter - head &&
	       same(a->lines[a->count - 1 - tail], b->lines[b->count - 1 - tail]))
		tail++;
	for (size_t i = 0; i < head; i++)
		add_step(out, ' ', a->lines[i]);
	if (!walk(a->lines + head, a->count - head - tail, b->lines + head, b->count - head - tail,
		  out, e))
		return false;
	for (size_t i = a->count - tail; i < a->count; i++)
		add_step(out, ' ', a->lines[i]);
	return true;
}

/* The line without its end; a text of its own for what must not be shown. */
static void add_text(const struct diff_style *style, struct line line, struct str *out)
{
	auto_str copy = STR_INIT(line.n + 1);
	size_t n = line.n - (line.at[line.n - 1] == '\n');
	size_t key = strcspn(line.at, ":");

	if (style->hidden && style->hidden(line.at, n)) {
		str_addn(out, line.at, key < n ? key : 0);
		str_add(out, ": (not shown)");
		return;
	}
	str_addn(&copy, line.at, n);
	if (style->coloured)
		visible_add(VISIBLE_LINE, str_text(&copy), out);
	else
		str_add(out, str_text(&copy));
	out->failed |= copy.failed;
}

static void add_coloured(const struct diff_style *style, char mark, struct line line,
			 struct str *out)
{
	const char *colour = mark == '-' ? "\x1b[31m" : mark == '+' ? "\x1b[32m" : "";
	bool paints = style->coloured && *colour;

	str_add(out, paints ? colour : "");
	str_addn(out, &mark, 1);
	add_text(style, line, out);
	str_add(out, paints ? "\x1b[0m\n" : "\n");
	if (line.at[line.n - 1] != '\n')
		str_add(out, "\\ No newline at end of file\n");
}

/* Where the changes around step i, with their context, end. */
static size_t hunk_end(const struct steps *s, size_t i)
{
	size_t quiet = 0;

	for (; i < s->count && quiet <= 2 * CONTEXT; i++)
		quiet = s->rows[i].mark == ' ' ? quiet + 1 : 0;
	return quiet > CONTEXT ? i - (quiet - CONTEXT) : i;
}

static void add_range(struct str *out, char mark, size_t first, size_t count)
{
	str_addf(out, " %c%zu", mark, count ? first : first - 1);
	if (count != 1)
		str_addf(out, ",%zu", count);
}

/* old_line, new_line: the numbers of the first line in both */
static void add_hunk(const struct steps *s, size_t begin, size_t end, size_t old_line,
		     size_t new_line, const struct diff_style *style, struct str *out)
{
	size_t olds = 0, news = 0;

	for (size_t i = begin; i < end; i++) {
		olds += s->rows[i].mark != '+';
		news += s->rows[i].mark != '-';
	}
	str_add(out, style->coloured ? "\x1b[36m@@" : "@@");
	add_range(out, '-', old_line, olds);
	add_range(out, '+', new_line, news);
	str_add(out, style->coloured ? " @@\x1b[0m\n" : " @@\n");
	for (size_t i = begin; i < end; i++)
		add_coloured(style, s->rows[i].mark, s->rows[i].line, out);
}

static void add_hunks(const struct steps *s, const struct diff_style *style, struct str *out)
{
	size_t old_line = 1, new_line = 1, done = 0;

	for (size_t i = 0; i < s->count; i++) {
		size_t begin = i > done + CONTEXT ? i - CONTEXT : done;
		size_t end;

		if (s->rows[i].mark == ' ')
			continue;
		for (; done < begin; done++) {
			old_line += s->rows[done].mark != '+';
			new_line += s->rows[done].mark != '-';
		}
		end = hunk_end(s, i);
		add_hunk(s, begin, end, old_line, new_line, style, out);
		for (; done < end; done++) {
			old_line += s->rows[done].mark != '+';
			new_line += s->rows[done].mark != '-';
		}
		i = end - 1;
	}
}

bool diff_format(const char *name, const char *before, const char *after,
		 const struct diff_style *style, struct str *out, struct err *e)
{
	auto_text a = { 0 }, b = { 0 };
	auto_steps steps = { 0 };

	if (strcmp(before, after) == 0)
		return true;
	if (!split(before, &a, e) || !split(after, &b, e) || !compare(&a, &b, &steps, e))
		return false;
	str_addf(out, "--- %s\n+++ %s\n", *before ? name : "/dev/null", name);
	add_hunks(&steps, style, out);
	return str_ok(out, e);
}

bool diff_show(const char *text, const struct diff_style *style, struct str *out, struct err *e)
{
	for (; *text; text += line_length(text)) {
		add_text(style, (struct line){ text, line_length(text) }, out);
		str_add(out, "\n");
	}
	return str_ok(out, e);
}
