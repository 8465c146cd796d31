/* url.h - where an instance answers HTTP, at the level of its stack. */
#ifndef STACK_URL_H
#define STACK_URL_H

#include "stack/stack.h"

enum { URL_BYTES = 400 };

/* "host:port"; an IPv6 address stands in brackets. */
void url_authority(const char *host, unsigned port, char *out, size_t size);

/* As https://es01:9200; an IPv6 address in brackets. */
void url_of(const struct stack *s, const struct instance *i, char out[URL_BYTES]);

/* Append that, unless it is there. */
bool url_add(const struct stack *s, const struct instance *i, struct list *urls,
	     struct err *e) MUST_USE;

/* Those of all nodes, in their order. */
bool url_add_nodes(const struct stack *s, struct list *urls, struct err *e) MUST_USE;

#endif
