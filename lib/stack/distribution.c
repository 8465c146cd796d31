#include "stack/distribution.h"

#include <stddef.h>
#include <string.h>

static const struct distribution_row rows[] = {
	[DIST_ELASTICSEARCH] = {
		.name = "elasticsearch",
		.server_role = "elasticsearch",
		.oldest = { 7, 12, 0 },
		.assumed = { 8, 19, 0 },
		.lowest_level = LEVEL_MINIMAL,
		.superuser = "elastic",
		.sealer = SEALER_BOOTSTRAP,
		.sealer_file = "bootstrap.password",
		.settle_s = 60,
		.file_realm = true,
		.declares_access = true,
	},
	/* The security plugin needs TLS between nodes whenever it is on, and takes an
	 * administrator's certificate only over HTTPS (its documentation, "TLS certificates"). */
	[DIST_OPENSEARCH] = {
		.name = "opensearch",
		.server_role = "opensearch",
		.oldest = { 2, 0, 0 },
		.assumed = { 2, 19, 4 },
		.lowest_level = LEVEL_HTTPS,
		.lowest_why = "its passwords are set with a certificate over HTTPS",
		.superuser = "admin",
		.sealer = SEALER_CERTIFICATE,
		.sealer_file = "admin/tls.key",
		.settle_s = 15,
		.users_file = "opensearch-security/internal_users.yml",
	},
};

const struct distribution_row *distribution_row(enum distribution d)
{
	return &rows[d];
}

bool distribution_parse(const char *text, enum distribution *out)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(text, rows[i].name) == 0) {
			*out = (enum distribution)i;
			return true;
		}
	return false;
}
