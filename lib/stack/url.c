#include "stack/url.h"

#include <stdio.h>
#include <string.h>

void url_of(const struct stack *s, const struct instance *i, char out[URL_BYTES])
{
	const char *host = instance_host(i);
	bool v6 = strchr(host, ':') != NULL;

	(void)snprintf(out, URL_BYTES, "%s://%s%s%s:%u", s->level >= LEVEL_HTTPS ? "https" : "http",
		       v6 ? "[" : "", host, v6 ? "]" : "", i->http_port);
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
