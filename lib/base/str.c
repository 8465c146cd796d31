#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool reserve(struct str *s, size_t extra)
{
	size_t need, cap;
	char *grown;

	if (s->failed || extra > s->max || s->len > s->max - extra) {
		s->failed = true;
		return false;
	}
	need = s->len + extra + 1;
	if (need <= s->cap)
		return true;
	cap = s->cap ? s->cap : 64;
	while (cap < need)
		cap *= 2;
	/* Not realloc: the bytes may be secret, and realloc leaves a copy behind. */
	grown = malloc(cap);
	if (!grown) {
		s->failed = true;
		return false;
	}
	if (s->data) {
		memcpy(grown, s->data, s->len + 1);
		explicit_bzero(s->data, s->len);
		free(s->data);
	}
	s->data = grown;
	s->cap = cap;
	return true;
}

void str_addn(struct str *s, const void *bytes, size_t n)
{
	if (!reserve(s, n))
		return;
	if (n > 0) /* nothing may come from NULL */
		memcpy(s->data + s->len, bytes, n);
	s->len += n;
	s->data[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(s, (size_t)n)) {
		s->failed = true;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(s->data + s->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	s->len += (size_t)n;
}

void str_cut_line_end(struct str *s)
{
	if (s->len > 0 && s->data[s->len - 1] == '\n')
		s->len--;
	if (s->len > 0 && s->data[s->len - 1] == '\r')
		s->len--;
}

const char *str_text(const struct str *s)
{
	return s->data ? s->data : "";
}

bool str_ok(const struct str *s, struct err *e)
{
	if (!s->failed)
		return true;
	return err_set(e, FAIL_MEMORY, "text longer than %zu bytes, or out of memory", s->max);
}

void str_clear(struct str *s)
{
	free(s->data);
	*s = (struct str)STR_INIT(s->max);
}

void str_wipe(struct str *s)
{
	if (s->data)
		explicit_bzero(s->data, s->cap);
	str_clear(s);
}

bool str_ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcasecmp(text + n - m, end) == 0;
}
