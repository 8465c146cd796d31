/* health.h - one look at one instance, for health checks of containers. */
#ifndef FLOW_HEALTH_H
#define FLOW_HEALTH_H

#include "flow/options.h"
#include "stack/stack.h"

/* Look once whether the instance itself has come to a step: at this machine first, then at its
 * name, which need not resolve before it is healthy. The CA is the store's, or what prepare put
 * into the configuration folder. Who logs in is --user with --password-file, the variable's or the
 * store's password.
 *
 * self   NULL: with --url, which is asked instead
 * what   a step; NULL: auth, or http where no password is at hand. Other roles than nodes know tcp,
 *        tls and http; NULL: whether their status page says that they are ready
 * fails  FAIL_NET (it has not come so far), FAIL_TLS, FAIL_AUTH, FAIL_USAGE, FAIL_CONFIG,
 *        FAIL_MISSING (no CA) */
bool health_check(const struct options *o, const struct stack *s, const struct instance *self,
		  const char *what, struct err *e) MUST_USE;

#endif
