/* distribution.h - what differs between Elasticsearch and OpenSearch, a row each. */
#ifndef STACK_DISTRIBUTION_H
#define STACK_DISTRIBUTION_H

#include <stdbool.h>

#include "base/attr.h"
#include "stack/level.h"
#include "stack/version.h"

enum distribution { DIST_ELASTICSEARCH, DIST_OPENSEARCH };

/* Who may set the first passwords. */
enum sealer {
	SEALER_BOOTSTRAP,   /* the superuser with the bootstrap password of the node's keystore */
	SEALER_CERTIFICATE, /* a client certificate whose subject the nodes list as administrator */
	SEALER_NOBODY,      /* they are there from the first start on */
};

struct distribution_row {
	const char *name;
	const char *server_role; /* role of its nodes, and the default role */
	struct version oldest;   /* supported */
	struct version assumed;  /* when the stack file names no version */
	enum level lowest_level; /* below it the product cannot run */
	const char *lowest_why;  /* in words, for the message */
	const char *superuser;   /* its password is set last */
	enum sealer sealer;
	const char *sealer_file; /* in the store: what the sealer shows; made by prepare */
	/* How long a login must stay refused before it counts: a right password is refused for a
	 * while when the security index recovers, or when a node has not read a change of it yet.
	 */
	unsigned settle_s;
	const char *users_file; /* users before the first start, below it, or NULL */
	bool file_realm;        /* can do with accounts: file */
	bool declares_access;   /* users, roles, role mappings and API keys of the stack file */
};

const struct distribution_row *distribution_row(enum distribution d);

bool distribution_parse(const char *text, enum distribution *out) MUST_USE;

#endif
