#include "stack/version.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"

bool version_parse(const char *text, struct version *out)
{
	unsigned part[3] = { 0, 0, 0 };
	size_t count = 0;

	for (;; count++) {
		char digits[8];
		size_t n = strcspn(text, ".");

		if (count == ARRAY_LEN(part) || n == 0 || n >= sizeof(digits))
			return false;
		memcpy(digits, text, n);
		digits[n] = '\0';
		if (!num_parse(digits, 0, 999, &part[count]))
			return false;
		if (text[n] == '\0')
			break;
		text += n + 1;
	}
	if (count == 0)
		return false; /* a major version alone decides nothing */
	*out = (struct version){ part[0], part[1], part[2] };
	return true;
}

void version_format(struct version v, char *out, size_t size)
{
	(void)snprintf(out, size, "%u.%u.%u", v.major, v.minor, v.patch);
}

static int cmp(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

int version_cmp(struct version a, struct version b)
{
	if (a.major != b.major)
		return cmp(a.major, b.major);
	if (a.minor != b.minor)
		return cmp(a.minor, b.minor);
	return cmp(a.patch, b.patch);
}

bool version_within(struct version v, struct version_range range)
{
	bool open_ended = range.before.major == 0;

	return version_cmp(v, range.since) >= 0 && (open_ended || version_cmp(v, range.before) < 0);
}
