#include "conf/logstash_output.h"

#include <string.h>

/* clang-format off */
#define BEFORE(major, minor) { { 0, 0, 0 }, { major, minor, 0 } }
#define SINCE(major, minor)  { { major, minor, 0 }, { 0, 0, 0 } }

/* Options of TLS. Source: logstash-output-elasticsearch, whose 11.14 (in Logstash 8.8) renamed them
 * and whose 12.0 (in 9.0) refuses the old names. The list of authorities takes exactly one file. */
static const struct {
	struct version_range range;
	const char *option, *value; /* {ca}: its path, quoted */
} rows[] = {
	{ BEFORE(8, 8), "ssl",                          "true" },
	{ BEFORE(8, 8), "cacert",                       "{ca}" },
	{ BEFORE(8, 8), "ssl_certificate_verification", "true" },
	{ SINCE(8, 8),  "ssl_enabled",                  "true" },
	{ SINCE(8, 8),  "ssl_certificate_authorities",  "[{ca}]" },
	{ SINCE(8, 8),  "ssl_verification_mode",        "\"full\"" },
};
/* clang-format on */

/* A string has no escapes (config.support_escapes is off): it stands in the quotes that it does not
 * hold. */
static void add_quoted(struct str *out, const char *text)
{
	const char *quote = strchr(text, '"') ? "'" : "\"";

	str_add(out, quote);
	str_add(out, text);
	str_add(out, quote);
}

static bool can_be_quoted(const char *text)
{
	return !(strchr(text, '"') && strchr(text, '\'')) && !strstr(text, "${");
}

static void add_tls(struct version v, const char *ca, struct str *out)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *value = rows[i].value;
		const char *at = strstr(value, "{ca}");

		if (!version_within(v, rows[i].range))
			continue;
		str_addf(out, "    %s => ", rows[i].option);
		str_addn(out, value, at ? (size_t)(at - value) : strlen(value));
		if (at) {
			add_quoted(out, ca);
			str_add(out, at + 4);
		}
		str_add(out, "\n");
	}
}

bool logstash_output_format(struct version v, enum level level, const struct logstash_output *o,
			    struct str *out, struct err *e)
{
	if (!can_be_quoted(secret_reveal(o->password, NULL)))
		return err_set(e, FAIL_CONFIG,
			       "a pipeline of Logstash cannot be told the password of '%s'",
			       o->user) ||
		       err_hint(e, "give one without both kinds of quotes and without ${");
	str_add(out,
		"# Written by init prepare: copy or mount it beside your inputs; changes to it are "
		"lost.\noutput {\n  elasticsearch {\n    hosts => [");
	for (size_t i = 0; i < o->hosts->count; i++) {
		str_add(out, i ? ", " : "");
		add_quoted(out, o->hosts->items[i]);
	}
	str_add(out, "]\n    user => ");
	add_quoted(out, o->user);
	str_add(out, "\n    password => ");
	add_quoted(out, secret_reveal(o->password, NULL));
	str_add(out, "\n");
	if (level >= LEVEL_HTTPS)
		add_tls(v, o->ca, out);
	str_add(out, "  }\n}\n");
	return str_ok(out, e);
}
