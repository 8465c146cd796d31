#include "stack/url.h"

#include <stdio.h>
#include <string.h>

void url_authority(const char *host, unsigned port, char *out, size_t size)
{
	bool v6 = strchr(host, ':') != NULL;

	(void)snprintf(out, size, "%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

void url_of(const struct stack *s, const struct instance *i, char out[URL_BYTES])
{
	int n = snprintf(out, URL_BYTES, "%s", s->level >= LEVEL_HTTPS ? "https://" : "http://");

	url_authority(instance_host(i), i->http_port, out + n, URL_BYTES - (size_t)n);
}

bool url_add(const struct stack *s, const struct instance *i, struct list *urls, struct err *e)
{
	char url[URL_BYTES];

	url_of(s, i, url);
	return list_has(urls, url) || list_add(urls, url, e);
}

bool url_add_nodes(const struct stack *s, struct list *urls, struct err *e)
{
	for (size_t k = 0; k < s->instance_count; k++)
		if (instance_is_node(&s->instances[k]) && !url_add(s, &s->instances[k], urls, e))
			return false;
	return true;
}
