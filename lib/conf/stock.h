/* stock.h - lines that the official images ship in their configuration files: nobody chose them. */
#ifndef CONF_STOCK_H
#define CONF_STOCK_H

#include "base/list.h"
#include "base/str.h"

/* Whether the setting whose value stands in this line of text is one of them, and the line holds
 * nothing else, so that nothing is lost when it becomes a comment.
 *
 * key   its whole dotted name; in the text it may stand below another one */
bool stock_is(const char *text, const char *key, const struct list *values, size_t line);

/* Make a comment of that line (from 1), and of the key above it when it was the last one below. */
bool stock_comment_out(struct str *text, size_t line, struct err *e) MUST_USE;

#endif
