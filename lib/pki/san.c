#include "pki/san.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63 };

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
	if (strlen(name) > NAME_MAX_BYTES)
		return false;
	if (strncmp(name, "*.", 2) == 0)
		name += 2;
	for (;;) {
		size_t n = strcspn(name, ".");

		if (!is_label(name, n))
			return false;
		if (name[n] == '\0')
			return true;
		name += n + 1;
	}
}

bool san_add_dns(struct san *s, const char *name, struct err *e)
{
	if (!is_host_name(name)) {
		(void)err_set(e, FAIL_INPUT, "'%s' is not a host name", name);
		return err_hint(e, "addresses go under ip; international names in their xn-- form");
	}
	return list_has(&s->dns, name) || list_add(&s->dns, name, e);
}

bool san_add_ip(struct san *s, const char *address, struct err *e)
{
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, address, bytes) != 1 || !inet_ntop(family, bytes, text, sizeof(text)))
		return err_set(e, FAIL_INPUT, "'%s' is not an IP address", address) ||
		       err_hint(e, "host names go under dns");
	return list_has(&s->ip, text) || list_add(&s->ip, text, e);
}

void san_clear(struct san *s)
{
	list_clear(&s->dns);
	list_clear(&s->ip);
}
