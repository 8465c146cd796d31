#include "pki/san.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"
#include "pki/idn.h"

enum {
	HOST_MAX_BYTES = 253,
	LABEL_MAX_BYTES = 63,
	EMAIL_MAX_BYTES = 254, /* RFC 5321, 4.5.3.1.3, without the angle brackets */
	LOCAL_MAX_BYTES = 64,
	URI_MAX_BYTES = 2048,
	CN_MAX_BYTES = 255,
	KEPT_MAX_BYTES =
	    4096, /* of any kind: as given or, before its length is checked, as A-labels */
	GIVEN_MAX_BYTES = 1024, /* a host name, before it is encoded */
};

static bool is_label(const char *text, size_t n)
{
	if (n == 0 || n > LABEL_MAX_BYTES || text[0] == '-' || text[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) /* '_' is no RFC 1123, but compose makes such names */
		if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
			return false;
	return true;
}

static bool is_host_name(const char *name)
{
	if (strlen(name) > HOST_MAX_BYTES)
		return false;
	for (;;) {
		size_t n = strcspn(name, ".");

		if (!is_label(name, n))
			return false;
		if (name[n] == '\0')
			return true;
		name += n + 1;
	}
}

/* Four numbers are an address to everybody who reads them, also where one is out of range. */
static bool looks_like_address(const char *text)
{
	size_t dots = 0;

	if (strchr(text, ':'))
		return true;
	for (const char *p = text; *p; p++) {
		if (*p != '.' && !isdigit((unsigned char)*p))
			return false;
		dots += *p == '.';
	}
	return dots == 3;
}

static bool no_host_name(const char *text, struct err *e)
{
	size_t n = strlen(text);

	(void)err_set(e, FAIL_INPUT, "'%s' is not a host name", text);
	if (looks_like_address(text))
		return err_hint(e, "addresses go under ip");
	if (n > 1 && text[n - 1] == '.')
		return err_hint(e, "leave out the dot at its end");
	return err_hint(
	    e, "it has labels of letters, digits, '-' and '_', and perhaps *. before them");
}

static bool take_dns(const char *text, struct str *out, struct err *e)
{
	if (strlen(text) > GIVEN_MAX_BYTES || looks_like_address(text))
		return no_host_name(text, e);
	if (!idn_to_ascii(text, out, e))
		return false;
	return is_host_name(str_text(out) + (strncmp(str_text(out), "*.", 2) == 0 ? 2 : 0)) ||
	       no_host_name(text, e);
}

static bool take_ip(const char *text, struct str *out, struct err *e)
{
	unsigned char bytes[16];
	char normal[INET6_ADDRSTRLEN];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, text, bytes) == 1 &&
	    inet_ntop(family, bytes, normal, sizeof(normal))) {
		str_add(out, normal);
		return true;
	}
	(void)err_set(e, FAIL_INPUT, "'%s' is not an IP address", text);
	return err_hint(e, strchr(text, '%') ? "leave out the zone behind '%%'"
					     : "host names go under dns");
}

/* RFC 5322's dot-atom: what needs no quotes. */
static bool is_local_part(const char *text, size_t n)
{
	if (n == 0 || n > LOCAL_MAX_BYTES || text[0] == '.' || text[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		bool dots = text[i] == '.' && text[i + 1] == '.';

		if (dots ||
		    (!isalnum((unsigned char)text[i]) && !strchr("!#$%&'*+-/=?^_`{|}~.", text[i])))
			return false;
	}
	return true;
}

static bool take_email(const char *text, struct str *out, struct err *e)
{
	size_t n = strcspn(text, "@");

	if (strlen(text) > EMAIL_MAX_BYTES || text[n] != '@' || !is_local_part(text, n) ||
	    !is_host_name(text + n + 1))
		return err_set(e, FAIL_INPUT, "'%s' is not a mail address", text) ||
		       err_hint(e, "write it as name@host, in ASCII");
	str_add(out, text);
	return true;
}

static bool is_uri(const char *text)
{
	const char *rest = strchr(text, ':');

	if (!rest || !isalpha((unsigned char)*text) || rest[1] == '\0')
		return false;
	for (const char *p = text; p < rest; p++)
		if (!isalnum((unsigned char)*p) && !strchr("+-.", *p))
			return false;
	for (const char *p = rest; *p; p++) {
		bool escape =
		    *p == '%' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2]);

		if (!escape && !isalnum((unsigned char)*p) && !strchr("-._~:/?#[]@!$&'()*+,;=", *p))
			return false;
	}
	return true;
}

static bool take_uri(const char *text, struct str *out, struct err *e)
{
	if (strlen(text) > URI_MAX_BYTES || !is_uri(text))
		return err_set(e, FAIL_INPUT, "'%s' is not a URI", text) ||
		       err_hint(
			   e, "write it as scheme:rest, and what RFC 3986 does not allow as %%XX");
	str_add(out, text);
	return true;
}

static bool take_cn(const char *text, struct str *out, struct err *e)
{
	size_t n = strlen(text);

	if (n == 0 || n > CN_MAX_BYTES ||
	    !utf8_is_printable(text)) /* not repeated: it may be anything */
		return err_set(e, FAIL_INPUT, "a cn is not a text of 1 to %d bytes",
			       CN_MAX_BYTES) ||
		       err_hint(e, "it must be UTF-8, without control characters");
	str_add(out, text);
	return true;
}

/* clang-format off */
static const struct kind_row {
	const char *name, *label;
	bool (*take)(const char *text, struct str *out, struct err *e); /* check it, put it in form */
} kinds[SAN_KINDS] = {
	[SAN_DNS]   = { "dns",   "DNS",   take_dns },
	[SAN_IP]    = { "ip",    "IP",    take_ip },
	[SAN_EMAIL] = { "email", "email", take_email },
	[SAN_URI]   = { "uri",   "URI",   take_uri },
	[SAN_CN]    = { "cn",    "CN",    take_cn },
};
/* clang-format on */

const char *san_kind_name(enum san_kind kind)
{
	return kinds[kind].name;
}

bool san_add(struct san *s, enum san_kind kind, const char *text, struct err *e)
{
	struct list *names = &s->of[kind];
	auto_str kept = STR_INIT(KEPT_MAX_BYTES);

	if (!kinds[kind].take(text, &kept, e) || !str_ok(&kept, e))
		return false;
	if (list_has(names, str_text(&kept)))
		return true;
	if (names->count == SAN_MAX)
		return err_set(e, FAIL_INPUT, "more than %d names of kind %s", SAN_MAX,
			       san_kind_name(kind));
	return list_add(names, str_text(&kept), e);
}

bool san_add_list(struct san *s, enum san_kind kind, const struct list *texts, struct err *e)
{
	for (size_t i = 0; i < texts->count; i++)
		if (!san_add(s, kind, texts->items[i], e))
			return false;
	return true;
}

bool san_is_empty(const struct san *s)
{
	for (unsigned kind = 0; kind < SAN_KINDS; kind++)
		if (s->of[kind].count > 0)
			return false;
	return true;
}

/* No list holds a name twice, so as many and all there means the same. */
bool san_equal(const struct san *a, const struct san *b)
{
	for (unsigned kind = 0; kind < SAN_KINDS; kind++) {
		if (a->of[kind].count != b->of[kind].count)
			return false;
		for (size_t i = 0; i < a->of[kind].count; i++)
			if (!list_has(&b->of[kind], a->of[kind].items[i]))
				return false;
	}
	return true;
}

void san_format(const struct san *s, struct str *out)
{
	const char *separator = "";

	for (unsigned kind = 0; kind < SAN_KINDS; kind++)
		for (size_t i = 0; i < s->of[kind].count; i++) {
			str_addf(out, "%s%s:", separator, kinds[kind].label);
			for (const char *p = s->of[kind].items[i]; *p; p++) {
				if (*p == ',' || *p == '\\')
					str_add(out, "\\");
				str_addn(out, p, 1);
			}
			separator = ", ";
		}
}

void san_clear(struct san *s)
{
	for (unsigned kind = 0; kind < SAN_KINDS; kind++)
		list_clear(&s->of[kind]);
}
