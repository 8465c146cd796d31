/* seal.h - set the built-in users' passwords, once, and write down that it was done. */
#ifndef FLOW_SEAL_H
#define FLOW_SEAL_H

#include "flow/options.h"
#include "stack/stack.h"

/* Wait for the cluster, bring every built-in account to its password, write seal.json. A cluster
 * that is sealed already is checked: who cannot log in any more is reported as drift, and repaired
 * only when the superuser's present password is given (--elastic-password-file).
 *
 * self   the instance that does it, or NULL
 * fails  FAIL_TIMEOUT (with the step and the reason), FAIL_CONFLICT (a password was set by
 *        somebody else, or the store was sealed for another cluster), FAIL_INPUT (the cluster
 *        refuses a given password) */
bool seal_stack(const struct options *o, const struct stack *s, const struct instance *self,
		struct err *e) MUST_USE;

#endif
