/* json.h - small JSON documents: made from values, and asked for them. */
#ifndef NET_JSON_H
#define NET_JSON_H

#include <stdbool.h>

#include "base/secret.h"
#include "base/str.h"

struct json; /* an object or array, owned unless it was borrowed from its parent */

/* fails  FAIL_INPUT: not JSON, or with a NUL in a text, which would end it too early */
bool json_parse(const char *text, size_t n, struct json **out, struct err *e) MUST_USE;
bool json_new_object(struct json **out, struct err *e) MUST_USE;
bool json_new_array(struct json **out, struct err *e) MUST_USE;

/* Add a member to an object (name) or an item to an array (name NULL). An object or array that is
 * added belongs to its parent from then on, also when adding failed. */
bool json_add_text(struct json *j, const char *name, const char *text, struct err *e) MUST_USE;
bool json_add_number(struct json *j, const char *name, double number, struct err *e) MUST_USE;
bool json_add_bool(struct json *j, const char *name, bool value, struct err *e) MUST_USE;
bool json_add(struct json *j, const char *name, struct json *child, struct err *e) MUST_USE;

/* Put a text in place of a member, or add it. */
bool json_set_text(struct json *j, const char *name, const char *text, struct err *e) MUST_USE;

/* Find by a dotted path of member names; borrowed, NULL when absent. */
const struct json *json_find(const struct json *j, const char *path);
const struct json *json_member(const struct json *j, const char *name); /* a dot is no path here */
const char *json_text(const struct json *j, const char *path); /* NULL: absent or no text */
bool json_number(const struct json *j, const char *path, double *out);
bool json_bool(const struct json *j, const char *path, bool *out);
bool json_is_null(const struct json *j);
/* Of an array or an object; NULL past the end. */
const struct json *json_item(const struct json *j, size_t i);

/* Walk the members of an object, or the items of an array, in their order; borrowed, NULL when
 * there is none or no more. */
bool json_is_object(const struct json *j);
const struct json *json_first(const struct json *j);
const struct json *json_next(const struct json *member);
const char *json_name(const struct json *member); /* NULL: not of an object */

/* Whether found says what wanted says: it has every member of wanted, arrays hold the same items in
 * any order, and what else it has is empty (null, false, "", [] or {}) or one of ignored.
 * ignored     names of members, ended by NULL
 * out_member  the outermost member in which they differ, borrowed from either; NULL: none */
bool json_agrees(const struct json *wanted, const struct json *found, const char *const *ignored,
		 const char **out_member);

/* Append the document's text, on one line or indented. */
bool json_format(const struct json *j, bool indented, struct str *out, struct err *e) MUST_USE;

void json_free(struct json *j);
void json_freep(struct json **j);
#define auto_json CLEANUP(json_freep) struct json *

/* Have every piece of JSON wiped when it is freed: bodies hold passwords. Called before the first,
 * and it does no harm to call it again. */
void json_setup(void);

#endif
