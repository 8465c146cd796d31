#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "certgen/commands.h"
#include "certgen/write_pair.h"
#include "conf/stack_file.h"
#include "os/dir.h"
#include "os/env.h"
#include "pki/ca.h"

static bool parse_usage(const char *text, enum cert_purpose *out, struct err *e)
{
	static const struct {
		const char *name;
		enum cert_purpose purpose;
	} uses[] = { { "node", CERT_NODE }, { "server", CERT_SERVER }, { "client", CERT_CLIENT } };

	for (size_t i = 0; i < ARRAY_LEN(uses); i++)
		if (strcmp(text, uses[i].name) == 0) {
			*out = uses[i].purpose;
			return true;
		}
	return err_set(e, FAIL_USAGE, "--usage is node, server or client, not '%s'", text);
}

static bool load_ca(const struct options *o, struct ca *out, struct err *e)
{
	auto_str cert = STR_INIT(PEM_MAX_BYTES);
	auto_str_wiped key = STR_INIT(PEM_MAX_BYTES);

	if (!o->ca_cert || !o->ca_key)
		return err_set(e, FAIL_USAGE, "which CA shall sign?") ||
		       err_hint(e, "give --ca-cert and --ca-key; certgen ca makes them");
	return file_read(o->ca_cert, &cert, e) && file_read(o->ca_key, &key, e) &&
	       ca_parse(&cert, o->ca_cert, &key, o->ca_key, NULL, out, e);
}

static bool add_names(struct san *san, const struct list *dns, const struct list *ip, struct err *e)
{
	for (size_t i = 0; i < dns->count; i++)
		if (!san_add_dns(san, dns->items[i], e))
			return false;
	for (size_t i = 0; i < ip->count; i++)
		if (!san_add_ip(san, ip->items[i], e))
			return false;
	return true;
}

static const char *out_dir(const struct options *o)
{
	return o->out_dir ? o->out_dir : ".";
}

struct order {
	const char *name, *folder;
	const struct list *dns, *ip;
};

static bool make_one(const struct options *o, const struct ca *ca, const struct order *order,
		     struct err *e)
{
	auto_san san = { 0 };
	auto_cert cert = NULL;
	auto_key key = NULL;
	enum key_kind kind;
	char subject[256], path[PATH_MAX];
	struct cert_request rq = { .subject = subject,
				   .san = &san,
				   .valid_days = o->days ? o->days : CERT_LEAF_DAYS };

	(void)snprintf(subject, sizeof(subject), "CN=%s", order->name);
	if (snprintf(path, sizeof(path), "%s/%s", out_dir(o), order->folder) >= (int)sizeof(path))
		return err_set(e, FAIL_USAGE, "--out is too long");
	return parse_usage(o->usage, &rq.purpose, e) && key_kind_parse(o->key_kind, &kind, e) &&
	       add_names(&san, order->dns, order->ip, e) &&
	       ca_issue(ca, &rq, kind, &cert, &key, e) &&
	       write_pair(path, order->folder, cert, key, e);
}

static bool make_listed(const struct options *o, const struct ca *ca, struct err *e)
{
	auto_stack s = STACK_INIT;
	const struct stack_overrides none = { NULL, NULL, NULL };

	if (!stack_load(o->in, &none, env_get, &s, e))
		return false;
	for (size_t k = 0; k < s.instance_count; k++) {
		const struct instance *i = &s.instances[k];
		struct order order = { i->name, instance_folder(i), &i->dns, &i->ip };

		if (!make_one(o, ca, &order, e))
			return false;
	}
	return true;
}

bool cmd_cert(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	const struct file_access access = { 0700, (uid_t)-1, (gid_t)-1 };
	struct order order = { o->name, o->name, &o->dns, &o->ip };
	auto_ca ca = { 0 };

	(void)operands;
	(void)status;
	secret_setup();
	if (!o->name == !o->in)
		return err_set(e, FAIL_USAGE, "give either --name or --in");
	/* It is a folder's name, and part of a distinguished name. */
	if (o->name && (strpbrk(o->name, "/,+=\"\\<>;#") || o->name[0] == '.' || !*o->name))
		return err_set(e, FAIL_USAGE, "--name '%s' is not a file name", o->name) ||
		       err_hint(e, "use letters, digits, '.', '_' and '-'");
	if (!load_ca(o, &ca, e) || !dir_make(out_dir(o), access, e))
		return false;
	return o->in ? make_listed(o, &ca, e) : make_one(o, &ca, &order, e);
}
