#include "check.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "net/json.h"
#include "os/file.h"

static struct err e;

/* From here on stderr goes to a file; what a test says with CHECK goes to stdout. */
static void capture(void)
{
	auto_fd fd = open("log", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);

	CHECK(fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
}

static void captured(struct str *out)
{
	CHECK(file_read("log", out, &e));
}

static size_t line_count(const struct str *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++)
		n += s->data[i] == '\n';
	return n;
}

static const char hostile[] = "x\"\n{\"forged\":1}\\\r\x1b[2J";

TEST(log_text_quotes_only_values_that_need_it)
{
	auto_str got = STR_INIT(4096);

	capture();
	log_setup("init", LOG_INFO, false);
	log_event(LOG_INFO, "wrote config", "path", "/a/b.yml", "role", "two words", "none", "",
		  NULL);
	log_event(LOG_WARN, "odd", NULL);
	captured(&got);
	CHECK_TEXT(str_text(&got), "init: wrote config path=/a/b.yml role=\"two words\" none=\"\"\n"
				   "init: warn: odd\n");
}

TEST(log_drops_what_is_below_its_level)
{
	auto_str got = STR_INIT(4096);

	capture();
	log_setup("init", LOG_WARN, false);
	log_event(LOG_INFO, "quiet", NULL);
	log_event(LOG_ERROR, "loud", NULL);
	captured(&got);
	CHECK_TEXT(str_text(&got), "init: error: loud\n");
}

TEST(log_text_value_cannot_forge_a_line)
{
	auto_str got = STR_INIT(4096);

	capture();
	log_setup("init", LOG_INFO, false);
	log_event(LOG_INFO, "event", "value", hostile, NULL);
	captured(&got);
	CHECK_INT(line_count(&got), 1);
	CHECK(!strchr(str_text(&got), '\x1b'));
	CHECK(!strchr(str_text(&got), '\r'));
}

TEST(log_json_value_comes_back_as_it_was)
{
	auto_str got = STR_INIT(4096);
	auto_json line = NULL;
	const char *stamp;

	capture();
	log_setup("init", LOG_INFO, true);
	log_event(LOG_WARN, "event", "value", hostile, "other", "plain", NULL);
	captured(&got);
	CHECK_INT(line_count(&got), 1);
	CHECK(json_parse(str_text(&got), got.len, &line, &e));
	CHECK_TEXT(json_text(line, "labels.value"), hostile);
	CHECK_TEXT(json_text(line, "labels.other"), "plain");
	CHECK_TEXT(json_text(line, "message"), "event");
	CHECK(json_find(line, "forged") == NULL);
	stamp = json_text(line, "@timestamp");
	CHECK(stamp && strlen(stamp) == strlen("2025-01-01T00:00:00.000Z"));
}

TEST(log_json_event_without_values_has_no_labels)
{
	auto_str got = STR_INIT(4096);
	auto_json line = NULL;

	capture();
	log_setup("init", LOG_INFO, true);
	log_event(LOG_INFO, "event", NULL);
	captured(&got);
	CHECK(json_parse(str_text(&got), got.len, &line, &e));
	CHECK(json_find(line, "labels") == NULL);
}

TEST(log_cuts_a_huge_value_and_still_ends_the_line)
{
	static char huge[20000];

	memset(huge, '\n', sizeof(huge) - 1);
	for (int json = 0; json < 2; json++) {
		auto_str got = STR_INIT(64 * 1024);
		auto_json line = NULL;

		capture();
		log_setup("init", LOG_INFO, json == 1);
		log_event(LOG_INFO, "event", "a", huge, "b", huge, "c", huge, NULL);
		captured(&got);
		CHECK_INT(line_count(&got), 1);
		CHECK(got.data[got.len - 1] == '\n');
		CHECK(json == 0 || json_parse(str_text(&got), got.len, &line, &e));
	}
}

TEST(log_failure_is_one_line_with_hint_and_code)
{
	struct err why;
	auto_str got = STR_INIT(4096);
	auto_json line = NULL;

	(void)err_set(&why, FAIL_CONFIG, "bad name 'a\nb'");
	(void)err_hint(&why, "change it");
	capture();
	log_setup("init", LOG_INFO, false);
	log_failure(&why);
	captured(&got);
	CHECK_TEXT(str_text(&got), "init: error: bad name 'a\\x0ab'; change it\n");
	str_clear(&got);
	capture();
	log_setup("init", LOG_INFO, true);
	log_failure(&why);
	captured(&got);
	CHECK(json_parse(str_text(&got), got.len, &line, &e));
	CHECK_TEXT(json_text(line, "event.code") ? json_text(line, "event.code") : "78", "78");
	CHECK_TEXT(json_text(line, "message"), "bad name 'a\nb'; change it");
}

TEST(log_shows_no_character_that_hides_or_reorders_what_stands_beside_it)
{
	static const char odd[] = "\xe2\x80\xae"
				  "txt.\xc2\x9b"
				  "1m\xff";
	struct err why;

	(void)err_set(&why, FAIL_INPUT, "'%s' is odd", odd);
	for (int json = 0; json < 2; json++) {
		auto_str got = STR_INIT(4096);

		capture();
		log_setup("init", LOG_INFO, json == 1);
		log_event(LOG_INFO, "event", "value", odd, NULL);
		log_failure(&why);
		captured(&got);
		CHECK_INT(line_count(&got), 2);
		for (size_t i = 0; i < got.len; i++)
			CHECK((unsigned char)got.data[i] < 0x7f);
		CHECK(strstr(str_text(&got), "\\u202etxt.\\u009b1m"));
	}
}
