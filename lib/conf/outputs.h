/* outputs.h - where a Beat's or APM Server's own file sends its events. */
#ifndef CONF_OUTPUTS_H
#define CONF_OUTPUTS_H

#include "base/str.h"

struct outputs {
	bool other;     /* somewhere else than Elasticsearch's hosts: another output, a cloud.id */
	bool own_login; /* to Elasticsearch, with an API key */
};

/* before  the file as it is, our block in it or not; path is its name, for messages
 * fails   FAIL_INPUT: it is not YAML */
bool outputs_find(const char *before, const char *path, struct outputs *out,
		  struct err *e) MUST_USE;

#endif
