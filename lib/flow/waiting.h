/* waiting.h - wait for a step of the cluster's readiness, and say why it is not reached. */
#ifndef FLOW_WAITING_H
#define FLOW_WAITING_H

#include "flow/options.h"
#include "stack/stack.h"

/* what   tcp, tls, http, auth, master, yellow, green or sealed
 * self   the instance to ask first, or NULL
 * fails  FAIL_USAGE (not one of these), FAIL_TIMEOUT with the last reason */
bool wait_for(const struct options *o, const struct stack *s, const struct instance *self,
	      const char *what, struct err *e) MUST_USE;

#endif
