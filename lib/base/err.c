#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *e, enum fail code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	e->hint[0] = '\0';
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return false;
}

static const struct errno_meaning {
	int errnum;
	enum fail code;
	const char *hint;
} errno_meanings[] = {
	{ ENOENT, FAIL_MISSING, "" },
	{ ENOTDIR, FAIL_MISSING, "" },
	{ EEXIST, FAIL_EXISTS, "" },
	{ EACCES, FAIL_DENIED,
	  "give this user access to the folder, or run as the user who owns it" },
	{ EPERM, FAIL_DENIED,
	  "give this user access to the folder, or run as the user who owns it" },
	{ EROFS, FAIL_DENIED, "mount the volume read-write for this step" },
	{ ENOMEM, FAIL_MEMORY, "" },
	{ EAGAIN, FAIL_BUSY, "" },
	{ ETIMEDOUT, FAIL_TIMEOUT, "" },
	{ ENOSPC, FAIL_IO, "free some space on that volume and run again" },
	{ EDQUOT, FAIL_IO, "free some space on that volume and run again" },
	{ EBUSY, FAIL_IO,
	  "mount the folder, not the single file: a mounted file cannot be replaced" },
};

static struct errno_meaning errno_meaning(int errnum)
{
	for (size_t i = 0; i < ARRAY_LEN(errno_meanings); i++)
		if (errno_meanings[i].errnum == errnum)
			return errno_meanings[i];
	return (struct errno_meaning){ errnum, FAIL_IO, "" };
}

bool err_errno(struct err *e, int errnum, const char *fmt, ...)
{
	struct errno_meaning meaning = errno_meaning(errnum);
	va_list ap;
	int n;

	e->code = meaning.code;
	(void)snprintf(e->hint, sizeof(e->hint), "%s", meaning.hint);
	va_start(ap, fmt);
	n = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(e->msg))
		(void)snprintf(e->msg + n, sizeof(e->msg) - (size_t)n, ": %s", strerror(errnum));
	return false;
}

bool err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return false;
}

bool err_prefix(struct err *e, const char *fmt, ...)
{
	char message[sizeof(e->msg)];
	va_list ap;
	int n;

	memcpy(message, e->msg, sizeof(message));
	va_start(ap, fmt);
	n = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(e->msg))
		(void)snprintf(e->msg + n, sizeof(e->msg) - (size_t)n, "%s", message);
	return false;
}

int err_exit_status(enum fail code)
{
	static const int status[] = {
		[FAIL_NONE] = 0,     [FAIL_USAGE] = 64,   [FAIL_CONFIG] = 78,   [FAIL_INPUT] = 65,
		[FAIL_MISSING] = 66, [FAIL_EXISTS] = 73,  [FAIL_DENIED] = 77,   [FAIL_IO] = 74,
		[FAIL_BUSY] = 75,    [FAIL_NET] = 69,     [FAIL_TLS] = 76,      [FAIL_AUTH] = 77,
		[FAIL_TIMEOUT] = 69, [FAIL_MEMORY] = 71,  [FAIL_CONFLICT] = 80, [FAIL_CRYPTO] = 70,
		[FAIL_BUG] = 70,     [FAIL_DIFFERS] = 81,
	};

	return (size_t)code < ARRAY_LEN(status) ? status[code] : 70;
}

const struct exit_status *err_exit_table(size_t i)
{
	static const struct exit_status table[] = {
		{ 0, "done" },
		{ 64, "usage: the command line is wrong" },
		{ 65, "a file or a reply is malformed" },
		{ 66, "a file is missing" },
		{ 69, "not available before the timeout" },
		{ 70, "a defect in stackseal" },
		{ 71, "out of memory" },
		{ 73, "cannot create: it exists already" },
		{ 74, "read or write error" },
		{ 75, "busy, try again" },
		{ 76, "TLS: no trust in the other side" },
		{ 77, "no permission, or wrong password" },
		{ 78, "the settings contradict each other" },
		{ 80, "conflict: the store or the cluster holds something else; nothing was "
		      "overwritten" },
		{ 81, "--check, config diff: something would be written" },
	};

	return i < ARRAY_LEN(table) ? &table[i] : NULL;
}
