#include "stack/level.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
	[LEVEL_MINIMAL] = "minimal",
	[LEVEL_BASIC] = "basic",
	[LEVEL_HTTPS] = "https",
};

const char *level_name(enum level level)
{
	return names[level];
}

bool level_parse(const char *text, enum level *out)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum level)i;
			return true;
		}
	return false;
}
