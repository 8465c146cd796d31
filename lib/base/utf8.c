#include "base/utf8.h"

#include <stddef.h>

/* By the first byte: how many follow, and the least character that needs so many. */
static const struct form {
	unsigned char mask, lead;
	unsigned char following;
	uint32_t least;
} forms[] = {
	{ 0x80, 0x00, 0, 0 },
	{ 0xe0, 0xc0, 1, 0x80 },
	{ 0xf0, 0xe0, 2, 0x800 },
	{ 0xf8, 0xf0, 3, 0x10000 },
};

bool utf8_next(const char **at, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *)*at;
	const struct form *form = forms;
	uint32_t c;

	while ((*p & form->mask) != form->lead)
		if (++form == forms + ARRAY_LEN(forms))
			return false;
	c = *p++ & (unsigned char)~form->mask;
	for (unsigned i = 0; i < form->following; i++, p++) {
		if ((*p & 0xc0) != 0x80) /* the NUL at the end is no such byte either */
			return false;
		c = c << 6 | (*p & 0x3fu);
	}
	if (c < form->least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return false;
	*at = (const char *)p;
	*out = c;
	return true;
}

bool utf8_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

bool utf8_is_text(const char *text, size_t n)
{
	const char *at = text;
	uint32_t c;

	while (at < text + n)
		if (!*at || !utf8_next(&at, &c))
			return false;
	return at == text + n;
}

bool utf8_is_printable(const char *text)
{
	uint32_t c;

	while (*text)
		if (!utf8_next(&text, &c) || utf8_is_control(c))
			return false;
	return true;
}
