#include "check.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>

static struct err e;

TEST(err_set_fills_message_and_drops_an_older_hint)
{
	CHECK(!err_hint(&e, "old"));
	CHECK(!err_set(&e, FAIL_USAGE, "bad %s '%d'", "value", 5));
	CHECK_INT(e.code, FAIL_USAGE);
	CHECK_TEXT(e.msg, "bad value '5'");
	CHECK_TEXT(e.hint, "");
	CHECK(!err_hint(&e, "try %d", 6));
	CHECK_TEXT(e.hint, "try 6");
}

TEST(err_errno_says_why_and_picks_the_code)
{
	static const struct {
		int errnum;
		enum fail code;
	} map[] = { { ENOENT, FAIL_MISSING }, { EEXIST, FAIL_EXISTS }, { EACCES, FAIL_DENIED },
		    { EROFS, FAIL_DENIED },   { ENOSPC, FAIL_IO },     { EAGAIN, FAIL_BUSY },
		    { ENOMEM, FAIL_MEMORY },  { EIO, FAIL_IO } };

	for (size_t i = 0; i < ARRAY_LEN(map); i++) {
		CHECK(!err_errno(&e, map[i].errnum, "cannot open '%s'", "x"));
		CHECK_INT(e.code, map[i].code);
	}
	CHECK_TEXT(e.msg, "cannot open 'x': Input/output error");
}

TEST(err_gives_a_hint_for_a_read_only_mount_and_a_mounted_file)
{
	CHECK(!err_errno(&e, EROFS, "cannot write"));
	CHECK(strstr(e.hint, "read-write"));
	CHECK(!err_errno(&e, EBUSY, "cannot write"));
	CHECK(strstr(e.hint, "mount the folder"));
}

TEST(err_cuts_a_message_that_is_too_long)
{
	char longer[2000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	CHECK(!err_errno(&e, EIO, "%s", longer));
	CHECK_INT(strlen(e.msg), sizeof(e.msg) - 1);
	CHECK(!err_hint(&e, "%s", longer));
	CHECK_INT(strlen(e.hint), sizeof(e.hint) - 1);
}

TEST(err_exit_statuses_all_stand_in_the_table_of_the_help)
{
	for (int code = FAIL_NONE; code <= FAIL_BUG; code++) {
		const struct exit_status *row;
		bool found = false;

		for (size_t i = 0; (row = err_exit_table(i)) != NULL; i++)
			found |= row->status == err_exit_status((enum fail)code);
		CHECK(found);
		CHECK(code == FAIL_NONE || err_exit_status((enum fail)code) >= 64);
	}
	CHECK_INT(err_exit_status(FAIL_CONFLICT), 80);
	CHECK_INT(err_exit_status(FAIL_CONFIG), 78);
	CHECK_INT(err_exit_status(FAIL_TIMEOUT), 69);
}
