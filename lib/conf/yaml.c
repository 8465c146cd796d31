#include "conf/yaml.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

/* MAX_DEPTH: settings, or lists and mappings within each other. MAX_VISITS: aliases let a kilobyte
 * stand for more settings than there is memory. */
enum { MAX_DEPTH = 32, MAX_VISITS = 64 * 1024, KEY_MAX_BYTES = 512 };

struct yaml {
	char *name;
	yaml_document_t document;
	bool has_document;
};

static bool fail_place(const char *name, yaml_mark_t at, const char *why, struct err *e)
{
	return err_set(e, FAIL_INPUT, "%s:%zu:%zu: %s", name, at.line + 1, at.column + 1, why);
}

static bool fail_parser(const struct yaml *y, const yaml_parser_t *parser, struct err *e)
{
	/* libyaml forgets to say why when it has no memory for a tag. */
	if (parser->error == YAML_MEMORY_ERROR || parser->error == YAML_NO_ERROR)
		return err_set(e, FAIL_MEMORY, "out of memory for '%s'", y->name);
	return fail_place(y->name, parser->problem_mark,
			  parser->problem ? parser->problem : "this is not YAML", e);
}

/* Our texts end at a NUL: one that holds an escaped NUL would be read as another text. */
static bool refuse_nul(struct yaml *y, struct err *e)
{
	const yaml_node_t *end = y->document.nodes.top;

	for (const yaml_node_t *n = y->document.nodes.start; n < end; n++)
		if (n->type == YAML_SCALAR_NODE &&
		    strlen((const char *)n->data.scalar.value) != n->data.scalar.length)
			return fail_place(y->name, n->start_mark, "a NUL character stands here", e);
	return true;
}

/* -1, 0 or 1: how much deeper what comes next stands. */
static int deeper(yaml_event_type_t type)
{
	if (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT)
		return 1;
	return type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT ? -1 : 0;
}

/* Before the whole is built. libyaml takes minutes for a megabyte of brackets; and a second
 * document would be ignored silently. */
static bool look_over(struct yaml *y, yaml_parser_t *parser, struct err *e)
{
	yaml_event_type_t type = YAML_NO_EVENT;
	unsigned documents = 0;
	int depth = 0;

	while (type != YAML_STREAM_END_EVENT) {
		yaml_event_t event;
		yaml_mark_t at;

		if (!yaml_parser_parse(parser, &event))
			return fail_parser(y, parser, e);
		type = event.type;
		at = event.start_mark;
		yaml_event_delete(&event);
		depth += deeper(type);
		if (depth > MAX_DEPTH)
			return fail_place(y->name, at, "nested too deeply", e);
		if (type == YAML_DOCUMENT_START_EVENT && ++documents > 1)
			return err_set(e, FAIL_INPUT, "%s: there is more than one document",
				       y->name);
	}
	return true;
}

static bool build(struct yaml *y, yaml_parser_t *parser, struct err *e)
{
	if (!yaml_parser_load(parser, &y->document))
		return fail_parser(y, parser, e);
	y->has_document = true;
	return refuse_nul(y, e);
}

static bool pass(struct yaml *y, const struct str *text,
		 bool (*step)(struct yaml *y, yaml_parser_t *parser, struct err *e), struct err *e)
{
	yaml_parser_t parser;
	bool ok;

	if (!yaml_parser_initialize(&parser))
		return err_set(e, FAIL_MEMORY, "out of memory for '%s'", y->name);
	yaml_parser_set_input_string(&parser, (const unsigned char *)str_text(text), text->len);
	ok = step(y, &parser, e);
	yaml_parser_delete(&parser);
	return ok;
}

bool yaml_parse(const struct str *text, const char *name, struct yaml **out, struct err *e)
{
	auto_yaml y = calloc(1, sizeof(*y));

	if (!y || !(y->name = strdup(name)))
		return err_set(e, FAIL_MEMORY, "out of memory for '%s'", name);
	if (!pass(y, text, look_over, e) || !pass(y, text, build, e))
		return false;
	*out = TAKE(y);
	return true;
}

/* libyaml takes the document without const, but only looks. */
static yaml_node_t *node(struct yaml_node n)
{
	yaml_document_t *document = (yaml_document_t *)(uintptr_t)&n.doc->document;

	return n.id > 0 ? yaml_document_get_node(document, n.id) : NULL;
}

struct yaml_node yaml_root(const struct yaml *y)
{
	/* libyaml numbers nodes from 1 as they begin: the root is the first. */
	bool empty = y->document.nodes.top == y->document.nodes.start;

	return (struct yaml_node){ y, empty ? 0 : 1 };
}

enum yaml_kind yaml_kind(struct yaml_node n)
{
	const yaml_node_t *raw = node(n);

	if (!raw)
		return YAML_NOTHING;
	switch (raw->type) {
	case YAML_SCALAR_NODE:
		return YAML_SCALAR;
	case YAML_SEQUENCE_NODE:
		return YAML_LIST;
	case YAML_MAPPING_NODE:
		return YAML_MAP;
	case YAML_NO_NODE:
		break;
	}
	return YAML_NOTHING;
}

const char *yaml_text(struct yaml_node n)
{
	const yaml_node_t *raw = node(n);

	return raw && raw->type == YAML_SCALAR_NODE ? (const char *)raw->data.scalar.value : "";
}

size_t yaml_line(struct yaml_node n)
{
	const yaml_node_t *raw = node(n);

	return raw ? raw->start_mark.line + 1 : 0;
}

size_t yaml_column(struct yaml_node n)
{
	const yaml_node_t *raw = node(n);

	return raw ? raw->start_mark.column : 0;
}

/* The last item of a list or value of a mapping; false: there is none. */
static bool find_last(struct yaml_node n, struct yaml_node *last)
{
	struct yaml_node name;
	size_t i = 0;

	while (yaml_item(n, i, last) || yaml_pair(n, i, &name, last))
		i++;
	return i > 0;
}

/* A block's end mark lies at the start of what comes next, behind blank lines and comments. An item
 * with a smaller number is an alias of something above. */
size_t yaml_last_line(struct yaml_node n)
{
	const yaml_node_t *raw = node(n);
	struct yaml_node last;

	if (!raw)
		return 0;
	if (!yaml_is_braced(n) && find_last(n, &last))
		return last.id > n.id ? yaml_last_line(last) : yaml_line(n);
	return raw->end_mark.line +
	       (raw->end_mark.column > 0 || raw->end_mark.line == raw->start_mark.line);
}

bool yaml_is_plain(struct yaml_node n)
{
	const yaml_node_t *raw = node(n);

	return raw && raw->type == YAML_SCALAR_NODE &&
	       raw->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool yaml_is_braced(struct yaml_node n)
{
	const yaml_node_t *raw = node(n);

	return raw && ((raw->type == YAML_SEQUENCE_NODE &&
			raw->data.sequence.style == YAML_FLOW_SEQUENCE_STYLE) ||
		       (raw->type == YAML_MAPPING_NODE &&
			raw->data.mapping.style == YAML_FLOW_MAPPING_STYLE));
}

/* How many bytes end a line here; 0: it goes on. */
static size_t line_break(const char *at)
{
	if (at[0] == '\r' && at[1] == '\n')
		return 2;
	if (at[0] == '\r' || at[0] == '\n')
		return 1;
	if (strncmp(at, "\xc2\x85", 2) == 0)
		return 2;
	return strncmp(at, "\xe2\x80\xa8", 3) == 0 || strncmp(at, "\xe2\x80\xa9", 3) == 0 ? 3 : 0;
}

const char *yaml_find_line(const char *text, size_t line)
{
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (line > 1) {
		size_t n = line_break(text);

		if (!n && !*text)
			return NULL;
		line -= n > 0;
		text += n ? n : 1;
	}
	return text;
}

bool yaml_item(struct yaml_node list, size_t i, struct yaml_node *out)
{
	const yaml_node_t *raw = node(list);

	if (!raw || raw->type != YAML_SEQUENCE_NODE ||
	    i >= (size_t)(raw->data.sequence.items.top - raw->data.sequence.items.start))
		return false;
	*out = (struct yaml_node){ list.doc, raw->data.sequence.items.start[i] };
	return true;
}

bool yaml_pair(struct yaml_node map, size_t i, struct yaml_node *out_key,
	       struct yaml_node *out_value)
{
	const yaml_node_t *raw = node(map);

	if (!raw || raw->type != YAML_MAPPING_NODE ||
	    i >= (size_t)(raw->data.mapping.pairs.top - raw->data.mapping.pairs.start))
		return false;
	*out_key = (struct yaml_node){ map.doc, raw->data.mapping.pairs.start[i].key };
	*out_value = (struct yaml_node){ map.doc, raw->data.mapping.pairs.start[i].value };
	return true;
}

bool yaml_texts(struct yaml_node n, struct list *out, struct err *e)
{
	struct yaml_node item;

	if (yaml_kind(n) == YAML_SCALAR)
		return list_add(out, yaml_text(n), e);
	if (yaml_kind(n) != YAML_LIST)
		return err_set(e, FAIL_INPUT, "a value or a list of values is wanted here");
	for (size_t i = 0; yaml_item(n, i, &item); i++) {
		if (yaml_kind(item) != YAML_SCALAR)
			return err_set(e, FAIL_INPUT, "a list of plain values is wanted here");
		if (!list_add(out, yaml_text(item), e))
			return false;
	}
	return true;
}

bool yaml_fail_at(struct yaml_node n, struct err *e)
{
	const yaml_node_t *raw = node(n);

	return err_prefix(e, "%.200s:%zu:%zu: ", n.doc->name, raw ? raw->start_mark.line + 1 : 1,
			  raw ? raw->start_mark.column + 1 : 1);
}

struct walk {
	bool (*visit)(const struct yaml_leaf *leaf, void *ctx, struct err *e);
	void *ctx;
	unsigned visits_left;
	char key[KEY_MAX_BYTES];
};

/* Nodes are numbered as they begin: what an alias stands for began before the alias's key. */
static bool is_alias(struct yaml_node name, struct yaml_node value)
{
	return value.id < name.id;
}

static bool add_to_key(struct walk *w, size_t *used, struct yaml_node name, struct err *e)
{
	size_t room = KEY_MAX_BYTES - *used;
	int wrote;

	if (yaml_kind(name) != YAML_SCALAR)
		return err_set(e, FAIL_INPUT, "a key must be a text") || yaml_fail_at(name, e);
	wrote = snprintf(w->key + *used, room, "%s%s", *used ? "." : "", yaml_text(name));
	if (wrote < 0 || (size_t)wrote >= room)
		return err_set(e, FAIL_INPUT, "the key is too long") || yaml_fail_at(name, e);
	*used += (size_t)wrote;
	return true;
}

/* at  a leaf, or a mapping whose key has `used` bytes; its key is put in here */
static bool flatten(struct yaml_leaf at, struct walk *w, size_t used, unsigned depth, struct err *e)
{
	struct yaml_node map = at.value;
	struct yaml_leaf below = { 0 };

	at.key = w->key;
	if (w->visits_left-- == 0)
		return err_set(e, FAIL_INPUT, "aliases make more than %d settings", MAX_VISITS) ||
		       yaml_fail_at(map, e);
	if (yaml_kind(map) != YAML_MAP)
		return w->visit(&at, w->ctx, e);
	if (depth == MAX_DEPTH)
		return err_set(e, FAIL_INPUT, "nested too deeply") || yaml_fail_at(map, e);
	for (size_t i = 0; yaml_pair(map, i, &below.name, &below.value); i++) {
		size_t longer = used;

		below.aliased = at.aliased || is_alias(below.name, below.value);
		if (!add_to_key(w, &longer, below.name, e) ||
		    !flatten(below, w, longer, depth + 1, e))
			return false;
		w->key[used] = '\0';
	}
	return true;
}

bool yaml_flatten(const struct yaml *y,
		  bool (*visit)(const struct yaml_leaf *leaf, void *ctx, struct err *e), void *ctx,
		  struct err *e)
{
	struct walk w = { .visit = visit, .ctx = ctx, .visits_left = MAX_VISITS };
	struct yaml_node root = yaml_root(y);
	struct yaml_leaf whole = { .value = root };

	if (yaml_kind(root) == YAML_NOTHING ||
	    (yaml_kind(root) == YAML_SCALAR && *yaml_text(root) == '\0'))
		return true;
	if (yaml_kind(root) != YAML_MAP)
		return err_set(e, FAIL_INPUT, "settings are wanted here: key: value") ||
		       yaml_fail_at(root, e);
	return flatten(whole, &w, 0, 0, e);
}

void yaml_release(struct yaml *y)
{
	if (!y)
		return;
	if (y->has_document)
		yaml_document_delete(&y->document);
	free(y->name);
	free(y);
}

void yaml_releasep(struct yaml **y)
{
	yaml_release(*y);
}

/* Characters that no YAML text may hold bare, or that some readers fold as a line's end. All but
 * DEL lie in C0, C1 or U+FEFF, U+FFFE, U+FFFF, U+2028, U+2029: one to three bytes of UTF-8. */
static bool needs_escape(const unsigned char *c, unsigned *code, size_t *bytes)
{
	*bytes = 1;
	*code = *c;
	if (*c < 0x20 || *c == 0x7f)
		return true;
	if (*c == 0xc2 && (c[1] & 0xe0) == 0x80) {
		*bytes = 2;
		*code = c[1];
		return true;
	}
	if ((*c & 0xf0) == 0xe0 && (c[1] & 0xc0) == 0x80 && (c[2] & 0xc0) == 0x80) {
		*bytes = 3;
		*code = (*c & 0x0fu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
		return *code == 0x2028 || *code == 0x2029 || *code == 0xfeff || *code >= 0xfffe;
	}
	return false;
}

static bool has_escape(const char *text)
{
	unsigned code;
	size_t bytes;

	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (needs_escape(c, &code, &bytes))
			return true;
	return false;
}

void yaml_quote(struct str *out, const char *text)
{
	bool escaped = has_escape(text);
	const char *c = text;

	str_add(out, escaped ? "\"" : "'");
	while (*c) {
		unsigned code;
		size_t bytes;

		if (needs_escape((const unsigned char *)c, &code, &bytes))
			str_addf(out, code < 0x100 ? "\\x%02X" : "\\u%04X", code);
		else if (!escaped && *c == '\'')
			str_add(out, "''");
		else if (escaped && (*c == '"' || *c == '\\'))
			str_addf(out, "\\%c", *c);
		else
			str_addn(out, c, bytes);
		c += bytes;
	}
	str_add(out, escaped ? "\"" : "'");
}
