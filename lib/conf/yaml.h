/* yaml.h - YAML read with places, and written so that every reader gets the same text back. */
#ifndef CONF_YAML_H
#define CONF_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "base/str.h"

/* A parsed document: scalars, lists and mappings with the place where each stands. */
struct yaml;
struct yaml_node {
	const struct yaml *doc;
	int id; /* 0: nothing */
};

enum yaml_kind { YAML_NOTHING, YAML_SCALAR, YAML_LIST, YAML_MAP };

enum { YAML_MAX_BYTES = 1024 * 1024 };

/* Parse one document. name is for errors, which begin "name:line:column:".
 * fails  FAIL_INPUT: not YAML, not UTF-8, nested too deeply, more than one document */
bool yaml_parse(const struct str *text, const char *name, struct yaml **out,
		struct err *e) MUST_USE;

struct yaml_node yaml_root(const struct yaml *y);
enum yaml_kind yaml_kind(struct yaml_node n);
const char *yaml_text(struct yaml_node n); /* of a scalar, borrowed; "" for the others */
size_t yaml_line(struct yaml_node n);      /* from 1 */
size_t yaml_column(struct yaml_node n);    /* from 0, in characters */
size_t yaml_last_line(struct yaml_node n); /* where its text ends: comments behind it not counted */

/* A scalar without quotes, which readers may take for more than text: yes, null, 1e3. */
bool yaml_is_plain(struct yaml_node n);
bool yaml_is_braced(struct yaml_node n); /* a list or mapping in [brackets] or {braces} */

/* The first byte of a line (from 1) as the parser counts them, which takes CR, NEL, LS and PS for
 * ends too; NULL: there are fewer. */
const char *yaml_find_line(const char *text, size_t line);

/* The i-th item of a list; the i-th pair of a mapping. False past the end. */
bool yaml_item(struct yaml_node list, size_t i, struct yaml_node *out);
bool yaml_pair(struct yaml_node map, size_t i, struct yaml_node *out_key,
	       struct yaml_node *out_value);

/* Append the text of a scalar, or of every scalar of a list; false for anything else. */
bool yaml_texts(struct yaml_node n, struct list *out, struct err *e) MUST_USE;

/* Put "name:line:column: " before the message that stands in e. Returns false. */
bool yaml_fail_at(struct yaml_node n, struct err *e);

/* What is no mapping, below its dotted name: nested, dotted and mixed keys look the same. */
struct yaml_leaf {
	const char *key;
	struct yaml_node name, value; /* name: the last part of the key */
	bool aliased;                 /* it, or a mapping that holds it, is an *alias here */
};

/* Every leaf of a document. visit returns false to stop.
 * fails  FAIL_INPUT: a key that is no text, nested too deeply, a key too long, more of them than
 *        any file has */
bool yaml_flatten(const struct yaml *y,
		  bool (*visit)(const struct yaml_leaf *leaf, void *ctx, struct err *e), void *ctx,
		  struct err *e) MUST_USE;

void yaml_release(struct yaml *y);
void yaml_releasep(struct yaml **y);
#define auto_yaml CLEANUP(yaml_releasep) struct yaml *

/* Append text as one quoted scalar: single quotes where they do, else double with escapes. */
void yaml_quote(struct str *out, const char *text);

#endif
