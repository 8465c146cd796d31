/* account.h - the built-in users, by distribution and version, and where their passwords are put.
 */
#ifndef STACK_ACCOUNT_H
#define STACK_ACCOUNT_H

#include <stddef.h>

#include "stack/distribution.h"

/* OpenSearch: the attribute that every user carries from the cluster's first start until its
 * password is set; the API shows it, and its removal and the new password are one atomic patch. */
#define ACCOUNT_LOCK "stackseal"

/* Where the users of a stack live. */
enum accounts {
	ACCOUNTS_API,  /* in the cluster: passwords are set over its API when it is up */
	ACCOUNTS_FILE, /* in each node's file realm, valid from its first start on */
};

const char *accounts_name(enum accounts accounts);
bool accounts_parse(const char *text, enum accounts *out) MUST_USE;

struct account {
	const char *name;
	struct version_range range;
	/* Separated by commas. OpenSearch: backend roles, for its role mapping; NULL: none.
	 * Elasticsearch: what its reserved realm gives by itself, and a file realm must be told. */
	const char *roles;
	const char *description;
};

/* The i-th account of this distribution and version, in the order in which the passwords are
 * set: the superuser comes last, so that a run that failed half-way can be repeated. NULL past
 * the end. */
const struct account *account_at(enum distribution d, struct version v, size_t i);

#endif
