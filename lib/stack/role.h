/* role.h - what kinds of process a stack has, a row each. */
#ifndef STACK_ROLE_H
#define STACK_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#include "stack/distribution.h"
#include "stack/version.h"

enum role {
	ROLE_ELASTICSEARCH,
	ROLE_KIBANA,
	ROLE_LOGSTASH,
	ROLE_FILEBEAT,
	ROLE_METRICBEAT,
	ROLE_HEARTBEAT,
	ROLE_AUDITBEAT,
	ROLE_PACKETBEAT,
	ROLE_APM_SERVER,
	ROLE_FLEET_SERVER,
	ROLE_ELASTIC_AGENT,
	ROLE_ENTERPRISE_SEARCH,
	ROLE_OPENSEARCH,
	ROLE_OPENSEARCH_DASHBOARDS,
	ROLE_COUNT,
};

struct role_row {
	const char *name;
	enum distribution distribution;
	bool is_node;            /* a member of the cluster: has a transport network, seals */
	bool serves_http;        /* listens for HTTP clients at level https */
	unsigned http_port;      /* default, 0 = none */
	unsigned transport_port; /* default, 0 = none */
	const char *config_file; /* below the config folder; NULL: we write none for it yet */
	const char *snippet;     /* likewise: what goes into a pipeline of the user's, or NULL */
	const char *folder;      /* where the official image has it, or NULL */
	const char *user;        /* whom it logs in to the cluster as, or NULL */
	/* The roles of that user, separated by commas: it is made where nobody declared it.
	 * NULL: it is a built-in one. */
	const char *user_roles;
	unsigned refused_modes; /* permissions with which the product refuses its config file */
	struct version gone;    /* the first version without it; 0.0.0: there is none */
};

const struct role_row *role_row(enum role r);
bool role_parse(const char *text, enum role *out) MUST_USE;

/* The i-th name, NULL past the end; ctx is unused. For num_nearest(). */
const char *role_name_at(size_t i, const void *ctx);

#endif
