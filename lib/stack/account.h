/* account.h - the built-in users whose passwords we set, by distribution and version. */
#ifndef STACK_ACCOUNT_H
#define STACK_ACCOUNT_H

#include <stddef.h>

#include "stack/distribution.h"

/* OpenSearch: the attribute that every user carries from the cluster's first start until its
 * password is set; the API shows it, and its removal and the new password are one atomic patch. */
#define ACCOUNT_LOCK "stackseal"

struct account {
	const char *name;
	struct version_range range;
	const char *backend_role; /* OpenSearch: what its role mapping grants; NULL: none */
	const char *description;
};

/* The i-th account of this distribution and version, in the order in which the passwords are
 * set: the superuser comes last, so that a run that failed half-way can be repeated. NULL past
 * the end. */
const struct account *account_at(enum distribution d, struct version v, size_t i);

#endif
