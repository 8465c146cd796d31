/* waiting.h - wait for a step of the cluster's readiness, and say why it is not reached. */
#ifndef FLOW_WAITING_H
#define FLOW_WAITING_H

#include "base/clock.h"
#include "flow/options.h"
#include "stack/stack.h"
#include "store/store.h"

/* Wait until prepare has put into the store what a conversation with the cluster needs: the CA that
 * HTTP trusts, and to seal also the sealer's means and the superuser's password.
 * fails  FAIL_TIMEOUT, naming what is not there */
bool wait_for_material(const struct store *store, const struct stack *s, bool to_seal,
		       struct deadline until, struct err *e) MUST_USE;

/* what   tcp, tls, http, auth, master, security, yellow, green or sealed
 * self   the instance to ask first, or NULL
 * fails  FAIL_USAGE (not one of these), FAIL_TIMEOUT with the last reason */
bool wait_for(const struct options *o, const struct stack *s, const struct instance *self,
	      const char *what, struct err *e) MUST_USE;

#endif
