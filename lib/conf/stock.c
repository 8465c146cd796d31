#include "conf/stock.h"

#include <string.h>

#include "conf/yaml.h"

/* Sources: the default files of the official images, all versions since 7.12: of Elasticsearch and
 * OpenSearch; Kibana's and Logstash's of elastic/dockerfiles; BEAT.docker.yml and apm-server's
 * packaged files; opensearch_dashboards.yml of OpenSearch's build. */
static const struct {
	const char *key, *value;
} stock[] = {
	{ "cluster.name", "docker-cluster" },
	{ "server.host", "0" },
	{ "elasticsearch.hosts", "http://elasticsearch:9200" },
	{ "xpack.monitoring.elasticsearch.hosts", "http://elasticsearch:9200" },
	{ "output.elasticsearch.hosts", "${ELASTICSEARCH_HOSTS:elasticsearch:9200}" },
	{ "output.elasticsearch.username", "${ELASTICSEARCH_USERNAME:}" },
	{ "output.elasticsearch.password", "${ELASTICSEARCH_PASSWORD:}" },
	{ "output.elasticsearch.hosts", "elasticsearch:9200" },
	{ "output.elasticsearch.hosts", "localhost:9200" },
	{ "apm-server.host", "localhost:8200" },
	{ "apm-server.host", "127.0.0.1:8200" },
	{ "opensearch.hosts", "https://localhost:9200" },
	{ "opensearch.ssl.verificationMode", "none" },
	{ "opensearch.username", "kibanaserver" },
	{ "opensearch.password", "kibanaserver" },
	{ "opensearch_security.cookie.secure", "false" },
};

static const char mark[] = "# (the image's default) ";

static size_t indent(const char *line)
{
	return strspn(line, " ");
}

static bool is_empty(const char *line)
{
	const char *at = line + indent(line);

	return *at == '\0' || *at == '\n' || *at == '\r' || *at == '#';
}

/* The line as the image has it: "key: value", or the last parts of the key below the first ones. */
static bool stands_alone(const char *text, const char *key, size_t line)
{
	const char *at = yaml_find_line(text, line);
	size_t depth = at ? indent(at) : 0;

	for (const char *part = key; at && part; part = strchr(part, '.')) {
		part += part > key;
		if (strncmp(at + depth, part, strlen(part)) == 0 && at[depth + strlen(part)] == ':')
			return (part > key) == (depth > 0);
	}
	return false;
}

bool stock_is(const char *text, const char *key, const struct list *values, size_t line)
{
	if (values->count != 1 || !stands_alone(text, key, line))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(stock); i++)
		if (strcmp(key, stock[i].key) == 0 && strcmp(values->items[0], stock[i].value) == 0)
			return true;
	return false;
}

static bool mark_line(struct str *text, size_t line, struct err *e)
{
	auto_str changed = STR_INIT(text->max);
	const char *at = yaml_find_line(str_text(text), line);

	if (!at)
		return true;
	str_addn(&changed, str_text(text), (size_t)(at - str_text(text)));
	str_addf(&changed, "%s%s", mark, at);
	if (!str_ok(&changed, e))
		return false;
	str_clear(text);
	str_add(text, str_text(&changed));
	return str_ok(text, e);
}

/* The line above that has this one below it, when nothing else is left there; 0: none. */
static size_t bare_parent(const char *text, size_t line, size_t depth)
{
	const char *at = NULL;
	size_t parent = line;

	while (--parent > 0 && (at = yaml_find_line(text, parent)) != NULL && is_empty(at))
		;
	if (parent == 0 || !at || indent(at) >= depth || at[strcspn(at, ":")] != ':')
		return 0;
	for (const char *next = yaml_find_line(text, line + 1); next;
	     next = yaml_find_line(next, 2))
		if (!is_empty(next))
			return indent(next) <= indent(at) ? parent : 0;
	return parent;
}

bool stock_comment_out(struct str *text, size_t line, struct err *e)
{
	while (line > 0) {
		const char *at = yaml_find_line(str_text(text), line);
		size_t depth = at ? indent(at) : 0;

		if (!mark_line(text, line, e))
			return false;
		line = depth > 0 ? bare_parent(str_text(text), line, depth) : 0;
	}
	return true;
}
