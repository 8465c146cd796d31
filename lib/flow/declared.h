/* declared.h - bring what a stack file declares beside the built-in users into the cluster. */
#ifndef FLOW_DECLARED_H
#define FLOW_DECLARED_H

#include "flow/reach.h"

/* Roles, users, role mappings, API keys and Kibana's tokens: made when they are not there, compared
 * when they are, never changed. Those that accounts: file puts into each node's files are left out.
 * Keys and tokens are kept in the store, at api-keys/NAME and tokens/INSTANCE.
 *
 * fails  FAIL_CONFLICT: some differ; each was logged, and all others were brought
 *        FAIL_INPUT (the cluster refuses one), FAIL_TIMEOUT */
bool declared_bring(struct reach *r, struct deadline until, struct err *e) MUST_USE;

#endif
