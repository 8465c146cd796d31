#include <stdio.h>

#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "net/json.h"
#include "pki/cert_info.h"

/* One certificate: its fingerprint alone, so that a script can use it as it is. */
static bool print_plain(const struct sources *s, bool alone, struct err *e)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->items[i].found.count; k++) {
			const struct credential *c = &s->items[i].found.items[k];
			auto_str hex = STR_INIT(256);

			if (!c->cert)
				continue;
			if (!cert_fingerprint(c->cert, &hex, e))
				return false;
			printf("%s%s%s\n", str_text(&hex), alone ? "" : "  ",
			       alone ? "" : s->items[i].path);
		}
	return true;
}

static bool print_json(const struct sources *s, struct err *e)
{
	auto_str text = STR_INIT(CREDENTIALS_MAX_BYTES);
	auto_json all = NULL;

	if (!json_new_array(&all, e))
		return false;
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->items[i].found.count; k++) {
			const struct credential *c = &s->items[i].found.items[k];
			auto_str hex = STR_INIT(256);
			struct json *row;

			if (!c->cert)
				continue;
			if (!cert_fingerprint(c->cert, &hex, e) || !json_new_object(&row, e) ||
			    !json_add(all, NULL, row, e) ||
			    !json_add_text(row, "path", s->items[i].path, e) ||
			    !json_add_text(row, "sha256", str_text(&hex), e))
				return false;
		}
	if (!json_format(all, true, &text, e))
		return false;
	printf("%s\n", str_text(&text));
	return true;
}

static size_t certificate_count(const struct sources *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->items[i].found.count; k++)
			n += s->items[i].found.items[k].cert != NULL;
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
