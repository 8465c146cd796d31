/* preflight.h - what of this machine keeps a node from starting, or from becoming ready.
 *
 * Cheap looks, made when something has failed already: a hint where to look, not a verdict. */
#ifndef FLOW_PREFLIGHT_H
#define FLOW_PREFLIGHT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "flow/options.h"
#include "stack/stack.h"

struct preflight {
	struct version version;
	const char *config_dir;   /* NULL or not there: not looked at */
	const char *data_dir;     /* likewise */
	const char *map_count;    /* file with the kernel's limit */
	bool locks_memory;        /* bootstrap.memory_lock is on */
	uint64_t memlock, nofile; /* limits that a child of ours gets */
	uid_t uid;                /* who the server is: when we are root, the image's user */
};

enum { PREFLIGHT_TEXT_BYTES = 256 };

struct finding {
	char what[PREFLIGHT_TEXT_BYTES];
	const char *remedy;
};

/* This machine, as an instance that runs here sees it. */
void preflight_here(const struct options *o, const struct stack *s, const struct instance *self,
		    struct preflight *out);

/* The i-th check; false: nothing is wrong with that, or there is no such check, and then *end. */
bool preflight_check(const struct preflight *p, size_t i, struct finding *out, bool *end);

/* How full a volume is in the words of Elasticsearch's watermarks; false: not too full. */
bool preflight_disk(struct version v, uint64_t free_bytes, uint64_t total_bytes,
		    char what[PREFLIGHT_TEXT_BYTES]);

/* A warning for each thing that is found, when self is a node whose files are here. */
void preflight_report(const struct options *o, const struct stack *s, const struct instance *self);

#endif
