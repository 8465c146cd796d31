/* logstash_output.h - the output of a Logstash pipeline to the cluster, as its version spells it.
 */
#ifndef CONF_LOGSTASH_OUTPUT_H
#define CONF_LOGSTASH_OUTPUT_H

#include "base/list.h"
#include "base/secret.h"
#include "base/str.h"
#include "stack/level.h"
#include "stack/version.h"

/* Borrowed. */
struct logstash_output {
	const struct list *hosts;
	const char *user;
	const struct secret *password;
	const char *ca; /* path of the CA's certificates; used at level https */
};

/* Append output { elasticsearch { ... } }.
 * fails  FAIL_CONFIG: Logstash would read another password */
bool logstash_output_format(struct version v, enum level level, const struct logstash_output *o,
			    struct str *out, struct err *e) MUST_USE;

#endif
