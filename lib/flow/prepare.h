/* prepare.h - certificates, keystore and configuration of an instance, ready for its first start.
 */
#ifndef FLOW_PREPARE_H
#define FLOW_PREPARE_H

#include "flow/options.h"
#include "flow/place.h"
#include "stack/stack.h"

/* What a run made, or with --check would make. */
struct prepared {
	bool changes;
	struct place_view *view; /* with --check: the configuration file; NULL: not wanted */
};

/* Everything for one instance. Can be repeated at any time, by any number of containers at once,
 * and killed at any point: the next run finishes the work or finds it done.
 *
 * out    filled on success; NULL: nobody asks
 * fails  see material.h, render.h; FAIL_CONFLICT when a keystore holds another bootstrap password
 */
bool prepare_instance(const struct options *o, const struct stack *s, const struct instance *i,
		      struct prepared *out, struct err *e) MUST_USE;

/* The certificates of every instance, and the passwords, in the store; no configuration. */
bool prepare_all(const struct options *o, const struct stack *s, struct prepared *out,
		 struct err *e) MUST_USE;

/* The instance's configuration folder: --config-dir, or where the official image of its role keeps
 * it; NULL for a role without one. */
const char *prepare_config_dir(const struct options *o, const struct instance *i);

#endif
