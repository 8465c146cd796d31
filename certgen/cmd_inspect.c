#include <stdio.h>
#include <string.h>

#include "certgen/commands.h"
#include "certgen/inputs.h"
#include "flow/report.h"
#include "pki/cert_info.h"

static bool print_text(const struct sources *s, struct err *e)
{
	struct source_at at = { 0 };
	const struct credential *c;

	while ((c = sources_next(s, &at)) != NULL) {
		auto_str text = STR_INIT(CREDENTIALS_MAX_BYTES);

		if (!c->cert)
			continue;
		if (!cert_info_text(c->cert, &text, e))
			return false;
		report_text(at.from->path, VISIBLE_LINE);
		(void)fputs(":\n", stdout);
		report_text(str_text(&text), VISIBLE_LINES);
	}
	return true;
}

/* A row of the report; what a source holds besides a certificate has a kind alone. */
static bool add_row(struct json *all, const struct source *from, const char *kind,
		    struct json **out, struct err *e)
{
	return json_new_object(out, e) && json_add(all, NULL, *out, e) &&
	       json_add_text(*out, "path", from->path, e) && json_add_text(*out, "kind", kind, e);
}

static bool add_cert(struct json *all, const struct source *from, const struct credential *c,
		     struct err *e)
{
	auto_cert_info i = { 0 };
	struct json *row;

	if (!cert_info_read(c->cert, &i, e) ||
	    !add_row(all, from, c->trusted ? "trusted certificate" : "certificate", &row, e))
		return false;
	return (!c->alias || json_add_text(row, "alias", c->alias, e)) &&
	       json_add_text(row, "subject", str_text(&i.subject), e) &&
	       json_add_text(row, "issuer", str_text(&i.issuer), e) &&
	       json_add_text(row, "serial", str_text(&i.serial), e) &&
	       json_add_text(row, "names", str_text(&i.names), e) &&
	       json_add_text(row, "usage", str_text(&i.usage), e) &&
	       json_add_text(row, "key", str_text(&i.key), e) &&
	       json_add_bool(row, "has_key", c->key != NULL, e) &&
	       json_add_text(row, "not_before", str_text(&i.from), e) &&
	       json_add_text(row, "not_after", str_text(&i.to), e) &&
	       json_add_number(row, "days_left", (double)i.days_left, e) &&
	       json_add_text(row, "sha256", str_text(&i.sha256), e);
}

static bool add_csr(struct json *all, const struct source *from, struct err *e)
{
	auto_str subject = STR_INIT(CERT_INFO_MAX_BYTES);
	auto_str names = STR_INIT(CERT_INFO_MAX_BYTES);
	auto_san san = { 0 };
	struct json *row;
	struct err why;

	if (!csr_subject(from->csr, &subject, e) || !add_row(all, from, "signing request", &row, e))
		return false;
	if (csr_san(from->csr, &san, &why))
		san_format(&san, &names);
	else
		str_addf(&names, "(%s)", why.msg); /* as for a certificate: the rest is shown */
	return json_add_text(row, "subject", str_text(&subject), e) &&
	       json_add_text(row, "names", str_text(&names), e);
}

static bool add_source(struct json *all, const struct source *from, struct err *e)
{
	if (from->csr && !add_csr(all, from, e))
		return false;
	for (size_t k = 0; k < from->found.count; k++) {
		const struct credential *c = &from->found.items[k];
		struct json *row;

		if (c->cert ? !add_cert(all, from, c, e)
			    : c->key && !add_row(all, from, "key", &row, e))
			return false;
	}
	return true;
}

static void print_field(const struct json *row, const char *name)
{
	const char *text = json_text(row, name);

	if (!text || !*text)
		return;
	printf("  %-11s ", name);
	report_text(text, VISIBLE_LINE);
	(void)putchar('\n');
}

static void print_dates(const struct json *row)
{
	const char *from = json_text(row, "not_before"), *to = json_text(row, "not_after");
	double days = 0;

	if (!from || !to || !json_number(row, "days_left", &days))
		return;
	printf("  %-11s %.10s to %.10s, ", "valid", from, to);
	if (days < 0)
		printf("expired\n");
	else
		printf("%.0f day%s left\n", days, (long)days == 1 ? "" : "s");
}

static void print_table(const struct json *all)
{
	static const char *const fields[] = { "alias", "subject", "issuer", "names",
					      "usage", "key",     "sha256" };
	bool has_key;

	for (const struct json *row = json_item(all, 0); row; row = json_next(row)) {
		report_text(json_text(row, "path"), VISIBLE_LINE);
		printf(": %s%s\n", json_text(row, "kind"),
		       json_bool(row, "has_key", &has_key) && has_key ? " with its key" : "");
		for (size_t k = 0; k < ARRAY_LEN(fields); k++)
			print_field(row, fields[k]);
		print_dates(row);
	}
}

static bool report(const struct options *o, const struct sources *s, struct err *e)
{
	auto_json all = NULL;

	if (!json_new_array(&all, e))
		return false;
	for (size_t i = 0; i < s->count; i++)
		if (!add_source(all, &s->items[i], e))
			return false;
	if (o->json)
		return report_print(all, 16 * 1024 * 1024, e);
	print_table(all);
	return true;
}

bool cmd_inspect(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	auto_sources s = { 0 };

	(void)status;
	secret_setup(SECRET_MANY);
	if (!inputs_read(o, operands, &s, e) || !sources_join_keys(&s, SOURCES_COPIES, e))
		return false;
	return o->text ? print_text(&s, e) : report(o, &s, e);
}
