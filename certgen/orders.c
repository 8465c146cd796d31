#include "certgen/orders.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "conf/stack_file.h"
#include "conf/yaml.h"
#include "os/file.h"
#include "os/terminal.h"
#include "pki/cert.h"
#include "stack/word.h"

enum { SUBJECT_MAX_BYTES = 1024, ANSWER_MAX_BYTES = 64 * 1024 };

/* A plain name becomes the CN, whatever is in it; one with a '=' is a distinguished name already.
 */
static void subject_for(const char *name, struct str *out)
{
	if (strchr(name, '=')) {
		str_add(out, name);
		return;
	}
	str_add(out, "CN=");
	for (const char *c = name; *c; c++) {
		if (strchr(",+\"\\<>;", *c) || (c == name && strchr("# ", *c)))
			str_add(out, "\\");
		str_addn(out, c, 1);
	}
}

bool orders_add(struct orders *orders, const char *name, const char *folder,
		const char *given_subject, struct order **out, struct err *e)
{
	auto_str subject = STR_INIT(SUBJECT_MAX_BYTES);
	struct order *o;

	if (orders->count == orders->cap) {
		size_t cap = orders->cap ? 2 * orders->cap : 8;

		o = realloc(orders->items, cap * sizeof(*o));
		if (!o)
			return err_set(e, FAIL_MEMORY, "out of memory for an instance");
		orders->items = o;
		orders->cap = cap;
	}
	if (given_subject)
		str_add(&subject, given_subject);
	else
		subject_for(name, &subject);
	if (!str_ok(&subject, e))
		return false;
	if (!cert_check_subject(str_text(&subject), e))
		return err_prefix(e, "instance '%s': ", name);
	o = &orders->items[orders->count++];
	*o = (struct order){
		strdup(name), strdup(folder), strdup(str_text(&subject)), { { { 0 } } }
	};
	*out = o;
	return (o->name && o->folder && o->subject) ||
	       err_set(e, FAIL_MEMORY, "out of memory for an instance");
}

static bool add_names(struct order *order, const struct list *const lists[SAN_KINDS], struct err *e)
{
	for (int k = 0; k < SAN_KINDS; k++)
		if (lists[k] && !san_add_list(&order->san, (enum san_kind)k, lists[k], e))
			return err_prefix(e, "instance '%s': ", order->name);
	return true;
}

static bool add_instance(struct orders *orders, const struct instance *i, struct err *e)
{
	const struct list *const lists[SAN_KINDS] = {
		[SAN_DNS] = &i->dns, [SAN_IP] = &i->ip, [SAN_CN] = &i->cn
	};
	struct order *order;

	return orders_add(orders, i->name, instance_folder(i), NULL, &order, e) &&
	       add_names(order, lists, e);
}

static bool from_text(const struct str *text, const char *name, struct orders *out, struct err *e)
{
	auto_stack s = STACK_INIT;

	if (!stack_file_parse(text, name, &s, e))
		return false;
	if (s.instance_count == 0)
		return err_set(e, FAIL_CONFIG, "'%s' describes no instance", name) ||
		       err_hint(e, "list them under instances:");
	for (size_t i = 0; i < s.instance_count; i++)
		if (!add_instance(out, &s.instances[i], e))
			return false;
	return true;
}

static bool from_file(const char *path, struct orders *out, struct err *e)
{
	auto_str text = STR_INIT(STACK_FILE_MAX_BYTES);

	return file_read(path, &text, e) && from_text(&text, path, out, e);
}

bool orders_names(const struct options *o, struct san *out, struct err *e)
{
	const struct list *const lists[SAN_KINDS] = { [SAN_DNS] = &o->dns,
						      [SAN_IP] = &o->ip,
						      [SAN_EMAIL] = &o->email,
						      [SAN_URI] = &o->uri,
						      [SAN_CN] = &o->cn };
	static const char *const flags[SAN_KINDS] = { [SAN_DNS] = "--dns",
						      [SAN_IP] = "--ip",
						      [SAN_EMAIL] = "--email",
						      [SAN_URI] = "--uri",
						      [SAN_CN] = "--cn" };

	for (int k = 0; k < SAN_KINDS; k++)
		if (!san_add_list(out, (enum san_kind)k, lists[k], e))
			return options_blame(flags[k], e);
	return true;
}

bool orders_check_name(const char *name, struct err *e)
{
	return (word_is_file_name(name) && !word_is_the_ca(name)) ||
	       err_set(e, FAIL_USAGE, "--name '%s' cannot be a file name", name) ||
	       err_hint(e, "use a plain name, or --in with a filename for it");
}

static bool from_options(const struct options *o, struct orders *out, struct err *e)
{
	const char *name = o->name ? o->name : "instance";
	struct order *order;

	if (!orders_check_name(name, e))
		return false;
	if (!orders_add(out, name, name, NULL, &order, e))
		return options_blame("--name", e);
	return orders_names(o, &order->san, e);
}

/* Append "key: [a, b]", quoted, to the instances file that the answers make. */
static bool ask_list(const char *question, const char *key, struct str *yaml, struct err *e)
{
	auto_str answer = STR_INIT(ANSWER_MAX_BYTES);
	auto_list parts = { 0 };

	if (!terminal_ask(question, &answer, e) || !list_split(&parts, str_text(&answer), ',', e))
		return false;
	str_addf(yaml, "    %s: [", key);
	for (size_t i = 0; i < parts.count; i++) {
		str_add(yaml, i ? ", " : "");
		yaml_quote(yaml, parts.items[i]);
	}
	str_add(yaml, "]\n");
	return str_ok(yaml, e);
}

static bool from_terminal(struct orders *out, struct err *e)
{
	auto_str yaml = STR_INIT(STACK_FILE_MAX_BYTES);

	if (!terminal_is_there())
		return err_set(e, FAIL_USAGE,
			       "--multiple asks on the terminal, and there is none") ||
		       err_hint(e, "describe the instances in a file, and name it with --in");
	str_add(&yaml, "instances:\n");
	for (;;) {
		auto_str name = STR_INIT(ANSWER_MAX_BYTES);

		if (!terminal_ask("name of an instance (enter ends): ", &name, e))
			return false;
		if (name.len == 0)
			break;
		str_add(&yaml, "  - name: ");
		yaml_quote(&yaml, str_text(&name));
		str_add(&yaml, "\n");
		if (!ask_list("  its host names, comma-separated: ", "dns", &yaml, e) ||
		    !ask_list("  its addresses, comma-separated: ", "ip", &yaml, e))
			return false;
	}
	return from_text(&yaml, "the answers", out, e);
}

bool orders_read(const struct options *o, struct orders *out, struct err *e)
{
	bool described =
	    o->name || o->dns.count || o->ip.count || o->uri.count || o->email.count || o->cn.count;

	if (o->in)
		return from_file(o->in, out, e);
	if (o->multiple && described)
		return err_set(e, FAIL_USAGE,
			       "--multiple asks for what --name, --dns and --ip say");
	return o->multiple ? from_terminal(out, e) : from_options(o, out, e);
}

void orders_clear(struct orders *o)
{
	for (size_t i = 0; i < o->count; i++) {
		free(o->items[i].name);
		free(o->items[i].folder);
		free(o->items[i].subject);
		san_clear(&o->items[i].san);
	}
	free(o->items);
	*o = (struct orders){ 0 };
}
