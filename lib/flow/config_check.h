/* config_check.h - what in an instance's configuration files its product would refuse, or regret.
 */
#ifndef FLOW_CONFIG_CHECK_H
#define FLOW_CONFIG_CHECK_H

#include "base/str.h"
#include "flow/options.h"
#include "stack/stack.h"

/* Read the files that are there, and change nothing. A line a finding: "FILE:LINE: what: why; what
 * to do".
 *
 * out       the lines are appended
 * findings  how many
 * fails     FAIL_MISSING (no configuration folder or file), FAIL_INPUT (it is not YAML),
 *           FAIL_CONFIG (a role whose file we cannot read), FAIL_USAGE (--user) */
bool config_check_instance(const struct options *o, const struct stack *s, const struct instance *i,
			   struct str *out, unsigned *findings, struct err *e) MUST_USE;

#endif
