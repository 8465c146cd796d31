#include "base/list.h"

#include <stdlib.h>
#include <string.h>

static bool reserve_one(struct list *l)
{
	size_t cap = l->cap ? l->cap * 2 : 8;
	char **grown;

	if (l->count < l->cap)
		return true;
	grown = realloc(l->items, cap * sizeof(*grown));
	if (!grown)
		return false;
	l->items = grown;
	l->cap = cap;
	return true;
}

bool list_addn(struct list *l, const char *bytes, size_t n, struct err *e)
{
	char *copy = strndup(bytes, n);

	if (!copy || !reserve_one(l)) {
		free(copy);
		return err_set(e, FAIL_MEMORY, "out of memory for a list");
	}
	l->items[l->count++] = copy;
	return true;
}

bool list_add(struct list *l, const char *text, struct err *e)
{
	return list_addn(l, text, strlen(text), e);
}

bool list_split(struct list *l, const char *text, char separator, struct err *e)
{
	const char stop[] = { separator, '\0' };

	for (;;) {
		size_t n, used;

		text += strspn(text, " \t");
		n = used = strcspn(text, stop);
		while (used > 0 && (text[used - 1] == ' ' || text[used - 1] == '\t'))
			used--;
		if (used > 0 && !list_addn(l, text, used, e))
			return false;
		if (text[n] == '\0')
			return true;
		text += n + 1;
	}
}

bool list_has(const struct list *l, const char *text)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->items[i], text) == 0)
			return true;
	return false;
}

bool list_equal(const struct list *a, const struct list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

void list_clear(struct list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct list){ 0 };
}
