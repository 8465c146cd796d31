#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/visible.h"

/* A value is cut at VALUE_MAX_BYTES, so that a line always has room for its end. */
enum { VALUE_MAX_BYTES = 1024, LINE_MAX_BYTES = 128 * 1024 };

static struct {
	const char *program;
	enum log_level most;
	bool json;
} config = { "?", LOG_INFO, false };

static const char *const level_name[] = { "error", "warn", "info", "debug" };

void log_setup(const char *program, enum log_level most, bool json)
{
	config.program = program;
	config.most = most;
	config.json = json;
}

static void add_quoted(struct str *line, const char *text)
{
	enum visible as = config.json ? VISIBLE_JSON : VISIBLE_LINE;
	const char *end = text + strnlen(text, VALUE_MAX_BYTES);
	char piece[VISIBLE_BYTES];

	str_add(line, "\"");
	while (text < end) {
		bool escape = !config.json && (*text == '"' || *text == '\\');

		if (!visible_next(as, &text, piece))
			break;
		str_addf(line, "%s%s", escape ? "\\" : "", piece);
	}
	str_add(line, "\"");
}

/* A value of plain characters needs no quotes in text. */
static bool is_plain(const char *text)
{
	return *text && strlen(text) <= VALUE_MAX_BYTES &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_./:@,+-") == strlen(text);
}

static void add_pair(struct str *line, const char *name, const char *value, bool first)
{
	if (config.json) {
		str_addf(line, "%s\"%s\":", first ? "" : ",", name);
		add_quoted(line, value);
	} else {
		str_addf(line, " %s=", name);
		if (is_plain(value))
			str_add(line, value);
		else
			add_quoted(line, value);
	}
}

static void add_head(struct str *line, enum log_level level, const char *message)
{
	struct timespec now;
	struct tm utc;
	char stamp[32] = "";

	if (!config.json) {
		str_addf(line, "%s: ", config.program);
		if (level != LOG_INFO)
			str_addf(line, "%s: ", level_name[level]);
		visible_add(VISIBLE_LINE, message, line);
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	str_addf(line, "{\"@timestamp\":\"%s.%03ldZ\",\"log.level\":\"%s\",\"message\":", stamp,
		 now.tv_nsec / 1000000, level_name[level]);
	add_quoted(line, message);
	str_addf(line, ",\"ecs.version\":\"8.11.0\",\"process.name\":\"%s\"", config.program);
}

/* One write, so lines of two processes do not mix. */
static void emit(struct str *line)
{
	str_add(line, config.json ? "}\n" : "\n");
	if (write(STDERR_FILENO, str_text(line), line->len) < 0)
		return; /* nowhere left to report it */
}

void log_event(enum log_level level, const char *event, ...)
{
	auto_str line = STR_INIT(LINE_MAX_BYTES);
	const char *name;
	bool first = true;
	va_list ap;

	if (level > config.most)
		return;
	add_head(&line, level, event);
	va_start(ap, event);
	while ((name = va_arg(ap, const char *)) != NULL) {
		if (first && config.json)
			str_add(&line, ",\"labels\":{");
		add_pair(&line, name, va_arg(ap, const char *), first);
		first = false;
	}
	va_end(ap);
	if (!first && config.json)
		str_add(&line, "}");
	emit(&line);
}

static bool ends_in_question(const char *text)
{
	return *text && text[strlen(text) - 1] == '?';
}

void log_failure(const struct err *e)
{
	auto_str line = STR_INIT(LINE_MAX_BYTES);
	auto_str message = STR_INIT(LINE_MAX_BYTES);

	str_addf(&message, "%s%s%s", e->msg,
		 !e->hint[0]                ? ""
		 : ends_in_question(e->msg) ? " "
					    : "; ",
		 e->hint);
	add_head(&line, LOG_ERROR, str_text(&message));
	if (config.json)
		str_addf(&line, ",\"event.code\":\"%d\"", err_exit_status(e->code));
	emit(&line);
}
