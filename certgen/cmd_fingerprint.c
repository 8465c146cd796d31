#include <stdio.h>

#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "flow/report.h"
#include "pki/cert_info.h"

/* One certificate: its fingerprint alone, so that a script can use it as it is. */
static bool print_plain(const struct sources *s, bool alone, struct err *e)
{
	struct source_at at = { 0 };
	const struct credential *c;

	while ((c = sources_next(s, &at)) != NULL) {
		auto_str hex = STR_INIT(256);

		if (!c->cert)
			continue;
		if (!cert_fingerprint(c->cert, &hex, e))
			return false;
		printf("%s%s", str_text(&hex), alone ? "" : "  ");
		report_text(alone ? "" : at.from->path, VISIBLE_LINE);
		(void)putchar('\n');
	}
	return true;
}

static bool print_json(const struct sources *s, struct err *e)
{
	struct source_at at = { 0 };
	const struct credential *c;
	auto_json all = NULL;

	if (!json_new_array(&all, e))
		return false;
	while ((c = sources_next(s, &at)) != NULL) {
		auto_str hex = STR_INIT(256);
		struct json *row;

		if (!c->cert)
			continue;
		if (!cert_fingerprint(c->cert, &hex, e) || !json_new_object(&row, e) ||
		    !json_add(all, NULL, row, e) || !json_add_text(row, "path", at.from->path, e) ||
		    !json_add_text(row, "sha256", str_text(&hex), e))
			return false;
	}
	return report_print(all, CREDENTIALS_MAX_BYTES, e);
}

static size_t certificate_count(const struct sources *s)
{
	struct source_at at = { 0 };
	const struct credential *c;
	size_t n = 0;

	while ((c = sources_next(s, &at)) != NULL)
		n += c->cert != NULL;
	return n;
}

bool cmd_fingerprint(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_sources s = { 0 };
	size_t count;

	(void)status;
	secret_setup(SECRET_MANY);
	if (!inputs_read(o, operands, &s, e))
		return false;
	count = certificate_count(&s);
	if (count == 0)
		return err_set(e, FAIL_INPUT, "there is no certificate in '%s'", operands[0]);
	return o->json ? print_json(&s, e) : print_plain(&s, count == 1, e);
}
