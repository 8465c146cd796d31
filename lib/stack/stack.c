#include "stack/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "stack/word.h"

bool stack_add_instance(struct stack *s, struct instance **out, struct err *e)
{
	struct instance *grown;

	if (s->instance_count == STACK_MAX_INSTANCES)
		return err_set(e, FAIL_CONFIG, "a stack has at most %d instances",
			       STACK_MAX_INSTANCES);
	grown = realloc(s->instances, (s->instance_count + 1) * sizeof(*grown));
	if (!grown)
		return err_set(e, FAIL_MEMORY, "out of memory for an instance");
	s->instances = grown;
	*out = &grown[s->instance_count++];
	**out = (struct instance){ 0 };
	return true;
}

static bool check_words(const struct instance *i, const char *source, struct err *e)
{
	const char *bad = !word_is_plain(i->name)              ? i->name
			  : !word_is_plain(instance_folder(i)) ? i->filename
							       : NULL;

	return !bad ||
	       err_set(e, FAIL_CONFIG, "'%s' in '%s' cannot be the name of an instance", bad,
		       source) ||
	       err_hint(e, "use letters, digits, '.', '_' and '-', at most 64");
}

static bool finish_instance(const struct stack *s, struct instance *i, const char *source,
			    struct err *e)
{
	const struct role_row *role;

	if (!i->name)
		return err_set(e, FAIL_CONFIG, "an instance in '%s' has no name", source);
	if (!check_words(i, source, e))
		return false;
	if (!i->has_role && !role_parse(stack_distribution(s)->server_role, &i->role))
		return err_set(e, FAIL_BUG, "a distribution names no role of ours");
	role = role_row(i->role);
	if (role->distribution != s->distribution) {
		(void)err_set(e, FAIL_CONFIG, "'%s' has role %s, which is not part of %s", i->name,
			      role->name, stack_distribution(s)->name);
		return err_hint(e, "set distribution: %s in '%s'",
				distribution_row(role->distribution)->name, source);
	}
	i->has_http_port = i->http_port != 0;
	i->has_transport_port = i->transport_port != 0;
	if (!i->has_http_port)
		i->http_port = role->http_port;
	if (!i->has_transport_port)
		i->transport_port = role->transport_port;
	return true;
}

bool stack_check_last(const struct stack *s, struct err *e)
{
	const struct instance *last = &s->instances[s->instance_count - 1];

	for (const struct instance *i = s->instances; i < last; i++) {
		if (strcmp(i->name, last->name) == 0)
			return err_set(e, FAIL_CONFIG, "two instances have the name '%s'",
				       last->name);
		if (strcmp(instance_folder(i), instance_folder(last)) == 0)
			return err_set(e, FAIL_CONFIG, "'%s' and '%s' share the folder '%s'",
				       i->name, last->name, instance_folder(last)) ||
			       err_hint(e, "give each its own filename");
	}
	return true;
}

static bool check_level(const struct stack *s, const char *source, struct err *e)
{
	const struct distribution_row *d = stack_distribution(s);
	size_t nodes = stack_node_count(s);

	if (s->level < d->lowest_level) {
		(void)err_set(e, FAIL_CONFIG, "level %s in '%s' is not possible with %s: %s",
			      level_name(s->level), source, d->name, d->lowest_why);
		return err_hint(e, "set level: %s", level_name(d->lowest_level));
	}
	if (s->level == LEVEL_MINIMAL && nodes > 1) {
		(void)err_set(e, FAIL_CONFIG,
			      "level minimal in '%s' is for one node, and there are %zu", source,
			      nodes);
		return err_hint(e, "set level: basic, so that the nodes can trust each other");
	}
	return true;
}

static bool check_accounts(const struct stack *s, const char *source, struct err *e)
{
	const struct distribution_row *d = stack_distribution(s);

	return s->accounts != ACCOUNTS_FILE || d->file_realm ||
	       err_set(e, FAIL_CONFIG,
		       "accounts: file in '%s' is not possible with %s: it has no "
		       "file realm",
		       source, d->name) ||
	       err_hint(e, "leave it out: its users are locked until the cluster is sealed");
}

static bool check_access(struct stack *s, const char *source, struct err *e)
{
	const struct distribution_row *d = stack_distribution(s);

	if (!access_is_empty(&s->access) && !d->declares_access)
		return err_set(e, FAIL_CONFIG,
			       "'%s' declares users, roles, role_mappings or "
			       "api_keys, which is not built for %s yet",
			       source, d->name) ||
		       err_hint(e, "make them with its own API");
	return access_finish(&s->access, s->version, source, e);
}

/* The account is in 8.0 and later, and a node in production mode takes its tokens over TLS only. */
static bool check_token(const struct stack *s, const char *source, struct err *e)
{
	static const struct version first = { 8, 0, 0 };

	if (!s->kibana_token)
		return true;
	if (s->distribution != DIST_ELASTICSEARCH || version_cmp(s->version, first) < 0)
		return err_set(e, FAIL_CONFIG,
			       "kibana_token in '%s' needs Elasticsearch 8.0 or later", source) ||
		       err_hint(e, "leave it out: Kibana logs in with a password");
	return s->level >= LEVEL_HTTPS ||
	       err_set(e, FAIL_CONFIG, "kibana_token in '%s' needs level https, and it is %s",
		       source, level_name(s->level)) ||
	       err_hint(e, "leave it out: Kibana logs in with a password");
}

/* A product that ended with an earlier version. */
static bool check_gone(const struct stack *s, const char *source, struct err *e)
{
	for (size_t i = 0; i < s->instance_count; i++) {
		const struct role_row *role = role_row(s->instances[i].role);
		char last[32];

		if (role->gone.major == 0 || version_cmp(s->version, role->gone) < 0)
			continue;
		version_format(role->gone, last, sizeof(last));
		return err_set(e, FAIL_CONFIG, "'%s' in '%s' has role %s, which ended before %s",
			       s->instances[i].name, source, role->name, last) ||
		       err_hint(e, "take the instance out, or set an earlier version");
	}
	return true;
}

/* Whom an instance writes to the cluster as is declared by its role, where nobody did. */
static bool declare_users(struct stack *s, struct err *e)
{
	for (size_t i = 0; i < s->instance_count; i++)
		if (role_row(s->instances[i].role)->user_roles &&
		    !access_imply_user(&s->access, role_row(s->instances[i].role)->user,
				       role_row(s->instances[i].role)->user_roles, e))
			return false;
	return true;
}

static bool check_masters(const struct stack *s, const char *source, struct err *e)
{
	for (size_t i = 0; i < s->instance_count; i++)
		if (instance_may_be_master(&s->instances[i]))
			return true;
	return stack_node_count(s) == 0 ||
	       err_set(e, FAIL_CONFIG, "no node in '%s' may become master", source) ||
	       err_hint(e, "give one of them the role master, or leave out its node_roles");
}

static bool check_version(struct stack *s, const char *source, struct err *e)
{
	const struct distribution_row *d = stack_distribution(s);
	char have[32], oldest[32];

	if (!s->has_version)
		s->version = d->assumed;
	if (version_cmp(s->version, d->oldest) >= 0)
		return true;
	version_format(s->version, have, sizeof(have));
	version_format(d->oldest, oldest, sizeof(oldest));
	return err_set(e, FAIL_CONFIG, "version %s in '%s' is older than %s %s", have, source,
		       d->name, oldest);
}

bool stack_finish(struct stack *s, const char *source, struct err *e)
{
	if (s->instance_count == 0)
		return err_set(e, FAIL_CONFIG, "'%s' describes no instance", source) ||
		       err_hint(e, "list them under instances:");
	if (!s->name) {
		s->name = strdup(stack_distribution(s)->name);
		if (!s->name)
			return err_set(e, FAIL_MEMORY, "out of memory for a name");
	}
	for (size_t i = 0; i < s->instance_count; i++)
		if (!finish_instance(s, &s->instances[i], source, e))
			return false;
	return check_level(s, source, e) && check_masters(s, source, e) &&
	       check_accounts(s, source, e) && check_version(s, source, e) &&
	       check_gone(s, source, e) && check_token(s, source, e) && declare_users(s, e) &&
	       check_access(s, source, e);
}

static const char *instance_name_at(size_t i, const void *ctx)
{
	const struct stack *s = ctx;

	return i < s->instance_count ? s->instances[i].name : NULL;
}

bool stack_find(const struct stack *s, const char *name, const struct instance **out, struct err *e)
{
	const char *nearest;

	for (size_t i = 0; i < s->instance_count; i++)
		if (strcmp(s->instances[i].name, name) == 0) {
			*out = &s->instances[i];
			return true;
		}
	nearest = num_nearest(name, instance_name_at, s);
	(void)err_set(e, FAIL_CONFIG, "the stack has no instance '%s'", name);
	if (nearest)
		return err_hint(e, "did you mean '%s'?", nearest);
	return err_hint(e, "add it under instances: in the stack file");
}

size_t stack_node_count(const struct stack *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->instance_count; i++)
		n += instance_is_node(&s->instances[i]);
	return n;
}

const struct distribution_row *stack_distribution(const struct stack *s)
{
	return distribution_row(s->distribution);
}

bool stack_person_at(const struct stack *s, size_t i, struct person *out)
{
	const struct account *a = account_at(s->distribution, s->version, i);
	size_t built_in = 0;

	if (a) {
		*out = (struct person){ a->name, a->roles, NULL };
		return true;
	}
	while (account_at(s->distribution, s->version, built_in))
		built_in++;
	out->user = access_user_at(&s->access, i - built_in);
	if (!out->user)
		return false;
	out->name = out->user->name;
	out->built_in_roles = NULL;
	return true;
}

enum sealer stack_sealer(const struct stack *s)
{
	return s->accounts == ACCOUNTS_FILE ? SEALER_NOBODY : stack_distribution(s)->sealer;
}

bool stack_gives_token(const struct stack *s, const struct instance *i)
{
	return s->kibana_token && i->role == ROLE_KIBANA;
}

unsigned stack_settle_s(const struct stack *s)
{
	/* A node reads its files again every 5 s (resource.reload.interval.high). */
	return s->accounts == ACCOUNTS_FILE ? 15 : stack_distribution(s)->settle_s;
}

const char *stack_sealer_file(const struct stack *s)
{
	return s->accounts == ACCOUNTS_FILE ? NULL : stack_distribution(s)->sealer_file;
}

bool instance_is_node(const struct instance *i)
{
	return role_row(i->role)->is_node;
}

bool instance_may_be_master(const struct instance *i)
{
	return instance_is_node(i) && (!i->has_node_roles || list_has(&i->node_roles, "master") ||
				       list_has(&i->node_roles, "cluster_manager"));
}

const char *instance_host(const struct instance *i)
{
	for (size_t k = 0; k < i->dns.count; k++)
		if (i->dns.items[k][0] != '*')
			return i->dns.items[k];
	return i->ip.count > 0 ? i->ip.items[0] : i->name;
}

void instance_token_name(const struct instance *i, char out[STACK_TOKEN_NAME_BYTES])
{
	(void)snprintf(out, STACK_TOKEN_NAME_BYTES, "%s%s", i->name[0] == '_' ? "i" : "", i->name);
	for (char *c = out; *c; c++)
		if (*c == '.')
			*c = '_';
}

const char *instance_folder(const struct instance *i)
{
	return i->filename ? i->filename : i->name;
}

static void clear_instance(struct instance *i)
{
	free(i->name);
	free(i->filename);
	list_clear(&i->node_roles);
	list_clear(&i->dns);
	list_clear(&i->ip);
	list_clear(&i->cn);
}

void stack_clear(struct stack *s)
{
	free(s->name);
	for (size_t i = 0; i < s->instance_count; i++)
		clear_instance(&s->instances[i]);
	free(s->instances);
	access_clear(&s->access);
	*s = (struct stack)STACK_INIT;
}
