#include "stack/raise.h"

/* A node that speaks TLS to its peers is not understood by one that does not, so at the step to
 * basic no node may stay behind (Elasticsearch's documentation, "Set up basic security": a full
 * cluster restart). TLS on HTTP changes nothing between the nodes: they go one after another, and
 * the cluster stays up ("Set up basic security plus HTTPS"). Their clients cannot follow before,
 * because there is nothing that they could talk to, and cannot talk to them afterwards. */
static const struct step {
	enum level to;
	const char *nodes;   /* how they are restarted; NULL: they need not be */
	bool clients_follow; /* whoever talks HTTP to them is restarted after them */
} steps[] = {
	{ LEVEL_BASIC, "all together", false },
	{ LEVEL_HTTPS, "one at a time", true },
};

static void add_names(const struct stack *s, bool nodes, struct str *out)
{
	size_t left = 0;

	for (size_t i = 0; i < s->instance_count; i++)
		left += instance_is_node(&s->instances[i]) == nodes;
	for (size_t i = 0; i < s->instance_count; i++) {
		if (instance_is_node(&s->instances[i]) != nodes)
			continue;
		left--;
		str_addf(out, "%s%s", s->instances[i].name,
			 left == 0   ? ""
			 : left == 1 ? " and "
				     : ", ");
	}
}

bool raise_format(const struct stack *s, enum level from, struct str *out, struct err *e)
{
	size_t node_count = stack_node_count(s);
	const char *nodes = NULL;
	bool clients_follow = false;

	/* The first step that is taken is the one that leaves least freedom. */
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i].to > from && steps[i].to <= s->level) {
			nodes = nodes ? nodes : steps[i].nodes;
			clients_follow |= steps[i].clients_follow;
		}
	if (!nodes)
		return true;
	str_addf(out, "restart ");
	add_names(s, true, out);
	if (node_count > 1)
		str_addf(out, " %s", nodes);
	if (clients_follow && s->instance_count > node_count) {
		str_addf(out, ", then ");
		add_names(s, false, out);
	}
	return str_ok(out, e);
}
