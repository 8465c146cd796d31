/* access_json.h - what a stack file declares, as Elasticsearch's security API takes and shows it.
 */
#ifndef CLUSTER_ACCESS_JSON_H
#define CLUSTER_ACCESS_JSON_H

#include "net/json.h"
#include "stack/access.h"

/* Each makes one object. Members that were not declared are left out: the product's defaults. */
bool access_role_json(const struct access_role *r, struct json **out, struct err *e) MUST_USE;
bool access_user_json(const struct access_user *u, struct json **out, struct err *e) MUST_USE;
bool access_mapping_json(const struct access_mapping *m, struct json **out, struct err *e) MUST_USE;

/* A key has its roles' privileges in itself: a.
 * fails  FAIL_BUG: a role of it is not declared; access_finish() has looked */
bool access_key_json(const struct access_key *k, const struct access *a, struct json **out,
		     struct err *e) MUST_USE;

#endif
