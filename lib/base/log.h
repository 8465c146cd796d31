/* log.h - one line per event on stderr, as text or JSON, with named values. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Set once, by main(), before the first line. program is kept, not copied.
 * json: one object a line with the names of the Elastic Common Schema 8.11, as the ecs-logging
 * specification orders them and Filebeat's ndjson parser takes them: the time, level and message,
 * ecs.version, service.name and event.dataset, process.name and .pid; of an event its action and
 * its values, in a field of theirs or among the labels; of a failure error.message, error.code (the
 * exit status) and event.outcome, with the hint among the labels. */
void log_setup(const char *program, enum log_level most, bool json);

/* event: short, lower case, constant. Then name, value pairs of text, then NULL. What in a text
 * could steer a terminal or forge a line is written out, here and in log_failure(); see visible.h.
 * There is no way to pass a struct secret here. */
void log_event(enum log_level level, const char *event, ...) NULL_ENDED;

/* The same at info, for what goes on: on a terminal that is redrawn the next line takes its place,
 * elsewhere it is a line as any other. */
void log_progress(const char *event, ...) NULL_ENDED;

/* Redraw from now on, if stderr is a terminal and the format text. For a command that has the
 * terminal to itself. */
void log_redraw(void);

/* The last line of a command that failed: what, on what, why; what to do. */
void log_failure(const struct err *e);

#endif
