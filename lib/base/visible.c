#include "base/visible.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Besides controls: characters without a shape of their own, which hide between others or turn the
 * direction of writing (Unicode's Cf, and its two ends of lines). */
static const struct range {
	uint32_t first, last;
} hidden[] = {
	{ 0xad, 0xad },     { 0x61c, 0x61c },   { 0x180e, 0x180e },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
};

static bool is_hidden(uint32_t c)
{
	if (utf8_is_control(c))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return false;
}

/* JSON writes what lies past U+FFFF in two halves (RFC 8259, 7). */
static void write_out(enum visible as, uint32_t c, char out[VISIBLE_BYTES])
{
	if (as != VISIBLE_JSON && c < 0x80)
		(void)snprintf(out, VISIBLE_BYTES, "\\x%02x", (unsigned)c);
	else if (c < 0x10000)
		(void)snprintf(out, VISIBLE_BYTES, "\\u%04x", (unsigned)c);
	else if (as == VISIBLE_JSON)
		(void)snprintf(out, VISIBLE_BYTES, "\\u%04x\\u%04x",
			       (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
			       (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)));
	else
		(void)snprintf(out, VISIBLE_BYTES, "\\U%08x", (unsigned)c);
}

bool visible_next(enum visible as, const char **at, char out[VISIBLE_BYTES])
{
	const char *start = *at;
	uint32_t c;

	if (!*start)
		return false;
	if (!utf8_next(at, &c)) {
		(*at)++;
		if (as == VISIBLE_JSON)
			(void)snprintf(out, VISIBLE_BYTES, "\\ufffd");
		else
			(void)snprintf(out, VISIBLE_BYTES, "\\x%02x",
				       (unsigned)(unsigned char)*start);
	} else if (as == VISIBLE_JSON && (c == '"' || c == '\\')) {
		(void)snprintf(out, VISIBLE_BYTES, "\\%c", (char)c);
	} else if (is_hidden(c) && !(as == VISIBLE_LINES && c == '\n')) {
		write_out(as, c, out);
	} else {
		memcpy(out, start, (size_t)(*at - start));
		out[*at - start] = '\0';
	}
	return true;
}

void visible_add(enum visible as, const char *text, struct str *out)
{
	char piece[VISIBLE_BYTES];

	while (visible_next(as, &text, piece))
		str_add(out, piece);
}

void visible_cut(char *out, size_t size, const char *text)
{
	char piece[VISIBLE_BYTES];
	size_t used = 0;

	while (visible_next(VISIBLE_LINE, &text, piece)) {
		if (used + strlen(piece) + sizeof("...") > size) {
			used += (size_t)snprintf(out + used, size - used, "...");
			break;
		}
		memcpy(out + used, piece, strlen(piece));
		used += strlen(piece);
	}
	out[used] = '\0';
}
