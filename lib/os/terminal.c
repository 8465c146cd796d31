#include "os/terminal.h"

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/visible.h"

enum { LINE_MAX_BYTES = 4096, CTRL_C = 3 };

bool terminal_is_there(void)
{
	return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

static void show(const char *text)
{
	char piece[VISIBLE_BYTES];

	/* A question that cannot be shown will find no answer either. */
	while (visible_next(VISIBLE_LINES, &text, piece))
		(void)!write(STDERR_FILENO, piece, strlen(piece));
}

/* Byte by byte: what stands behind the line's end belongs to the next question. */
static bool read_line(struct str *out, struct err *e)
{
	char c;

	for (;;) {
		ssize_t n = read(STDIN_FILENO, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "cannot read the answer");
		if (n == 0 || c == CTRL_C)
			return err_set(e, FAIL_USAGE, "no answer was given; nothing was done");
		if (c == '\n' || c == '\r')
			return str_ok(out, e);
		str_addn(out, &c, 1);
	}
}

bool terminal_ask(const char *question, struct str *out, struct err *e)
{
	show(question);
	return read_line(out, e);
}

bool terminal_confirm(const char *question, bool *yes, struct err *e)
{
	auto_str answer = STR_INIT(LINE_MAX_BYTES);

	if (!terminal_ask(question, &answer, e))
		return false;
	*yes = *str_text(&answer) == 'y' || *str_text(&answer) == 'Y';
	return true;
}

/* No echo, and Ctrl-C as a character: a signal would leave the terminal without echo. */
static bool hide_input(struct termios *before, struct err *e)
{
	struct termios hidden;

	if (tcgetattr(STDIN_FILENO, before) < 0)
		return err_errno(e, errno, "cannot hide what is typed");
	hidden = *before;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	hidden.c_cc[VEOL] = CTRL_C; /* else it would wait for the line's end */
	hidden.c_cc[VEOL] = CTRL_C; /* else it would wait for the line's end */
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0 ||
	       err_errno(e, errno, "cannot hide what is typed");
}

static bool ask_hidden(const char *question, struct str *out, struct err *e)
{
	struct termios before;
	bool done;

	if (!hide_input(&before, e))
		return false;
	show(question);
	done = read_line(out, e);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	show("\n");
	return done;
}

bool terminal_ask_secret(const char *question, bool twice, struct secret **out, struct err *e)
{
	auto_str_wiped first = STR_INIT(LINE_MAX_BYTES);
	auto_str_wiped again = STR_INIT(LINE_MAX_BYTES);

	*out = NULL;
	if (!ask_hidden(question, &first, e))
		return false;
	if (first.len == 0)
		return true;
	if (twice && !ask_hidden("the same again: ", &again, e))
		return false;
	if (twice && strcmp(str_text(&first), str_text(&again)) != 0)
		return err_set(e, FAIL_USAGE, "the two are not the same; nothing was done");
	return secret_new(out, first.data, first.len, e);
}
