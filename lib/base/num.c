#include "base/num.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { WEEK_S = 7 * 24 * 3600, MOST_DAYS = 36500, NAME_MAX_BYTES = 63 };

static bool parse_digits(const char *text, size_t n, unsigned low, unsigned high, unsigned *out)
{
	unsigned long long value = 0;

	if (n == 0 || n > 10)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		value = value * 10 + (unsigned long long)(text[i] - '0');
	}
	if (value < low || value > high)
		return false;
	*out = (unsigned)value;
	return true;
}

bool num_parse(const char *text, unsigned low, unsigned high, unsigned *out)
{
	return parse_digits(text, strlen(text), low, high, out);
}

struct unit {
	char letter;
	unsigned factor;
};

/* A number with one of the units behind it, or none: as the first of them. */
static bool parse_with_unit(const char *text, const struct unit *units, size_t count, unsigned low,
			    unsigned high, unsigned *out)
{
	size_t n = strlen(text);
	unsigned factor = units[0].factor, number;

	for (size_t i = 0; n > 0 && i < count; i++)
		if (tolower((unsigned char)text[n - 1]) == units[i].letter) {
			factor = units[i].factor;
			n--;
			break;
		}
	if (!parse_digits(text, n, low, high / factor, &number))
		return false;
	*out = number * factor;
	return true;
}

bool num_parse_seconds(const char *text, unsigned *out_s)
{
	static const struct unit units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 } };

	return parse_with_unit(text, units, ARRAY_LEN(units), 0, WEEK_S, out_s);
}

bool num_parse_days(const char *text, unsigned *out_days)
{
	static const struct unit units[] = { { 'd', 1 }, { 'm', 30 }, { 'y', 365 } };

	return parse_with_unit(text, units, ARRAY_LEN(units), 1, MOST_DAYS, out_days);
}

bool num_parse_bool(const char *text, bool *out)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = { { "true", true },   { "yes", true }, { "on", true },   { "1", true },
		      { "false", false }, { "no", false }, { "off", false }, { "0", false } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(text, words[i].text) == 0) {
			*out = words[i].value;
			return true;
		}
	return false;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein distance; both texts at most NAME_MAX_BYTES long. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_BYTES + 1];
	unsigned width = (unsigned)strlen(b);

	for (unsigned j = 0; j <= width; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= width; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1,
				      diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u));
			diagonal = above;
		}
	}
	return row[width];
}

const char *num_nearest(const char *text, const char *(*name_at)(size_t i, const void *ctx),
			const void *ctx)
{
	const char *nearest = NULL, *name;
	unsigned least = (unsigned)strlen(text) / 3 + 2; /* further off is another word */

	if (strlen(text) > NAME_MAX_BYTES)
		return NULL;
	for (size_t i = 0; (name = name_at(i, ctx)) != NULL; i++) {
		unsigned far = strlen(name) <= NAME_MAX_BYTES ? edit_distance(text, name) : least;

		if (far < least) {
			least = far;
			nearest = name;
		}
	}
	return nearest;
}
