#include "certgen/usage.h"

#include <string.h>

static const char *const names[] = {
	[CERT_CA] = "ca", [CERT_NODE] = "node", [CERT_SERVER] = "server", [CERT_CLIENT] = "client"
};

bool usage_parse(const char *text, enum cert_purpose *out, struct err *e)
{
	*out = CERT_NODE;
	for (size_t i = CERT_NODE; text && i < ARRAY_LEN(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum cert_purpose)i;
			return true;
		}
	return !text || err_set(e, FAIL_USAGE, "--usage is node, server or client, not '%s'", text);
}

const char *usage_name(enum cert_purpose purpose)
{
	return names[purpose];
}
