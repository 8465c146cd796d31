/* report.h - what there is: authorities, certificates, seal, cluster. */
#ifndef FLOW_REPORT_H
#define FLOW_REPORT_H

#include "base/visible.h"
#include "flow/options.h"
#include "net/json.h"
#include "stack/stack.h"

/* Print it on stdout, as a table or (options.json) as JSON. Nothing is changed, and a cluster that
 * does not answer within a few seconds is reported as such.
 * self    the instance that was named, or NULL; its keystore is looked at, too
 * status  0 all is well; 80 something is expired, missing or not as it should be */
bool report_stack(const struct options *o, const struct stack *s, const struct instance *self,
		  int *status, struct err *e) MUST_USE;

/* Print a text on stdout that may be a stranger's. */
void report_text(const char *text, enum visible as);

/* Print a document on stdout, indented; in its texts, too, nothing can steer a terminal. most_bytes
 * limits it. */
bool report_print(const struct json *j, size_t most_bytes, struct err *e) MUST_USE;

#endif
