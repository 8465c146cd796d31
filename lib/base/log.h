/* log.h - one line per event on stderr, as text or JSON, with named values. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Set once, by main(), before the first line. program is kept, not copied.
 * json: one object a line with ECS field names (@timestamp, log.level, message, process.name,
 * labels), as Filebeat's ndjson parser takes them. */
void log_setup(const char *program, enum log_level most, bool json);

/* event: short, lower case, constant. Then name, value pairs of text, then NULL. What in a text
 * could steer a terminal or forge a line is written out, here and in log_failure(); see visible.h.
 * There is no way to pass a struct secret here. */
void log_event(enum log_level level, const char *event, ...) NULL_ENDED;

/* The last line of a command that failed: what, on what, why; what to do. */
void log_failure(const struct err *e);

#endif
