#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "base/visible.h"

/* A value is cut at VALUE_MAX_BYTES, so that a line always has room for its end. */
enum { VALUE_MAX_BYTES = 1024, LINE_MAX_BYTES = 128 * 1024 };

static struct {
	const char *program;
	enum log_level most;
	bool json;
	bool redraws; /* stderr is a terminal of ours alone */
	bool drawn;   /* a line stands there without its end */
} config = { .program = "?", .most = LOG_INFO };

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

static void add_text_pair(struct str *line, const char *name, const char *value)
{
	str_addf(line, " %s=", name);
	if (is_plain(value))
		str_add(line, value);
	else
		add_quoted(line, value);
}

static void add_member(struct str *line, const char *separator, const char *name, const char *value)
{
	str_addf(line, "%s\"%s\":", separator, name);
	add_quoted(line, value);
}

/* Values that have a field of their own in ECS; the rest are labels. */
static const struct {
	const char *name, *field;
} fields[] = {
	{ "path", "file.path" },
	{ "url", "url.full" },
	{ "user", "user.name" },
	{ "reason", "event.reason" },
};

static const char *field_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].field;
	return NULL;
}

/* The message is a constant of ours, and so is the action that is made of it: "set-password". */
static void add_action(struct str *line, const char *event)
{
	str_add(line, ",\"event.action\":\"");
	for (; *event; event++)
		str_addn(line, *event == ' ' ? "-" : event, 1);
	str_add(line, "\"");
}

/* ecs-logging wants these four first, flat and in this order. */
static void add_json_head(struct str *line, enum log_level level, const char *message)
{
	struct timespec now;
	struct tm utc;
	char stamp[32] = "";

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	str_addf(line, "{\"@timestamp\":\"%s.%03ldZ\",\"log.level\":\"%s\"", stamp,
		 now.tv_nsec / 1000000, level_name[level]);
	add_member(line, ",", "message", message);
	str_addf(line,
		 ",\"ecs.version\":\"8.11.0\",\"service.name\":\"stackseal\","
		 "\"event.dataset\":\"stackseal.%s\",\"process.name\":\"%s\",\"process.pid\":%ld",
		 config.program, config.program, (long)getpid());
}

static void add_text_head(struct str *line, enum log_level level, const char *message)
{
	str_addf(line, "%s: ", config.program);
	if (level != LOG_INFO)
		str_addf(line, "%s: ", level_name[level]);
	visible_add(VISIBLE_LINE, message, line);
}

void log_redraw(void)
{
	config.redraws = !config.json && isatty(STDERR_FILENO) == 1;
}

static const char wipe[] = "\r\x1b[K";

/* What fits on one line of the terminal, cut between characters; a longer one could not be redrawn.
 */
static size_t fitting(const struct str *line)
{
	const char *begin = str_text(line), *at = begin, *last = begin;
	struct winsize size = { 0 };
	unsigned column = 0;
	uint32_t c;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		size.ws_col = 80;
	while (*at && ++column < size.ws_col && utf8_next(&at, &c))
		last = at;
	return (size_t)(last - begin);
}

/* One write, so lines of two processes do not mix. */
static void emit(const struct str *line, bool progress)
{
	auto_str out = STR_INIT(LINE_MAX_BYTES + sizeof(wipe) + 2);
	bool draws = progress && config.redraws;

	if (config.drawn)
		str_add(&out, wipe);
	str_addn(&out, str_text(line), draws ? fitting(line) : line->len);
	if (!draws)
		str_add(&out, config.json ? "}\n" : "\n");
	config.drawn = draws;
	if (write(STDERR_FILENO, str_text(&out), out.len) < 0)
		return; /* nowhere left to report it */
}

/* Fields first, then the labels, which are an object. */
static void add_json_pairs(struct str *line, va_list pairs)
{
	va_list again;
	const char *name, *separator = ",\"labels\":{";

	va_copy(again, pairs);
	while ((name = va_arg(pairs, const char *)) != NULL) {
		const char *value = va_arg(pairs, const char *);

		if (field_of(name))
			add_member(line, ",", field_of(name), value);
	}
	while ((name = va_arg(again, const char *)) != NULL) {
		const char *value = va_arg(again, const char *);

		if (field_of(name))
			continue;
		add_member(line, separator, name, value);
		separator = ",";
	}
	va_end(again);
	if (separator[1] == '\0') /* there was one */
		str_add(line, "}");
}

static void add_text_pairs(struct str *line, va_list pairs)
{
	const char *name;

	while ((name = va_arg(pairs, const char *)) != NULL)
		add_text_pair(line, name, va_arg(pairs, const char *));
}

static void say(enum log_level level, bool progress, const char *event, va_list pairs)
{
	auto_str line = STR_INIT(LINE_MAX_BYTES);

	if (level > config.most)
		return;
	if (config.json) {
		add_json_head(&line, level, event);
		add_action(&line, event);
		add_json_pairs(&line, pairs);
	} else {
		add_text_head(&line, level, event);
		add_text_pairs(&line, pairs);
	}
	emit(&line, progress);
}

void log_event(enum log_level level, const char *event, ...)
{
	va_list ap;

	va_start(ap, event);
	say(level, false, event, ap);
	va_end(ap);
}

void log_progress(const char *event, ...)
{
	va_list ap;

	va_start(ap, event);
	say(LOG_INFO, true, event, ap);
	va_end(ap);
}

static bool ends_in_question(const char *text)
{
	return *text && text[strlen(text) - 1] == '?';
}

void log_failure(const struct err *e)
{
	auto_str line = STR_INIT(LINE_MAX_BYTES);
	char message[sizeof(e->msg) + sizeof(e->hint) + 4], status[16];

	(void)snprintf(message, sizeof(message), "%s%s%s", e->msg,
		       !e->hint[0]                ? ""
		       : ends_in_question(e->msg) ? " "
						  : "; ",
		       e->hint);
	if (!config.json) {
		add_text_head(&line, LOG_ERROR, message);
		emit(&line, false);
		return;
	}
	(void)snprintf(status, sizeof(status), "%d", err_exit_status(e->code));
	add_json_head(&line, LOG_ERROR, message);
	add_member(&line, ",", "event.outcome", "failure");
	add_member(&line, ",", "error.message", e->msg);
	add_member(&line, ",", "error.code", status);
	if (e->hint[0])
		add_member(&line, ",\"labels\":{", "hint", e->hint);
	if (e->hint[0])
		str_add(&line, "}");
	emit(&line, false);
}
