/* json.c - replies and seal.json: net/json. */
#include "fuzz.h"

#include "net/json.h"

enum { TEXT_MAX_BYTES = 64 * 1024 * 1024 };

/* What we wrote reads as what it was: the text no longer changes. */
static void check_written(const struct json *j, bool indented)
{
	auto_str first = STR_INIT(TEXT_MAX_BYTES), second = STR_INIT(TEXT_MAX_BYTES);
	auto_json again = NULL;
	struct err e = { 0 };

	fuzz_done(json_format(j, indented, &first, &e), &e);
	fuzz_done(json_parse(first.data, first.len, &again, &e), &e);
	fuzz_done(json_format(again, indented, &second, &e), &e);
	HOLDS(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
}

static void ask(const struct json *j)
{
	double number;
	bool value;

	(void)json_text(j, "metadata.cluster_uuid");
	(void)json_text(j, "");
	(void)json_number(j, "number_of_data_nodes", &number);
	(void)json_bool(j, "timed_out", &value);
	for (size_t i = 0; json_item(j, i) && i < 16; i++)
		(void)json_text(json_item(j, i), "a.b");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct json *untouched = (struct json *)&untouched, *j = untouched;
	struct err e = { 0 };

	if (!json_parse((const char *)data, n, &j, &e)) {
		HOLDS(j == untouched);
		fuzz_failed(&e);
		return 0;
	}
	ask(j);
	check_written(j, false);
	check_written(j, true);
	json_free(j);
	return 0;
}
