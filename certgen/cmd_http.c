#include <stdio.h>
#include <string.h>

#include "certgen/authority.h"
#include "certgen/commands.h"
#include "certgen/http_texts.h"
#include "certgen/make.h"
#include "certgen/orders.h"
#include "certgen/own_ca.h"
#include "os/terminal.h"

enum { FILE_MAX_BYTES = 256 * 1024, ANSWER_MAX_BYTES = 64 * 1024 };

struct work {
	const struct options *o;
	struct orders orders;
	struct pair_style style;
	struct ca ca; /* that was given; empty: there is none */
};

/* "es01.example.org" as CN=es01,DC=example,DC=org, as elasticsearch-certutil has it. */
static void subject_for(const char *name, struct str *out)
{
	str_add(out, "CN=");
	for (const char *c = name; *c; c++)
		if (*c == '.' && c[1])
			str_add(out, ",DC=");
		else if (*c != '.')
			str_addn(out, c, 1);
}

static const char *host_of(const struct san *names)
{
	const struct list *dns = &names->of[SAN_DNS];

	for (size_t i = 0; i < dns->count; i++)
		if (dns->items[i][0] != '*')
			return dns->items[i];
	return names->of[SAN_IP].count > 0 ? names->of[SAN_IP].items[0] : "elasticsearch";
}

static bool is_plain_name(const char *name)
{
	return strpbrk(name, "=,+\"\\<>;#") == NULL;
}

/* One node, named by its first host name unless the user named it. */
static bool from_options(const struct options *o, struct orders *out, struct err *e)
{
	auto_str subject = STR_INIT(1024);
	auto_san names = { 0 };
	struct order *order;
	const char *name;

	if ((o->name && !orders_check_name(o->name, e)) || !orders_names(o, &names, e))
		return false;
	if (san_is_empty(&names) &&
	    !san_add(&names, SAN_DNS, o->name ? o->name : "elasticsearch", e))
		return options_blame("--name", e) ||
		       err_hint(e, "give the host names: --dns, --ip");
	name = o->name ? o->name : host_of(&names);
	if (is_plain_name(name))
		subject_for(name, &subject);
	if (!str_ok(&subject, e) ||
	    !orders_add(out, name, name, subject.len ? str_text(&subject) : NULL, &order, e))
		return false;
	order->san = names;
	names = (struct san){ 0 };
	return true;
}

typedef void text_fn(const struct http_texts *t, struct str *out);

static bool put(struct output *out, const char *folder, const char *name, text_fn *make,
		const struct http_texts *t, struct err *e)
{
	auto_str text = STR_INIT(FILE_MAX_BYTES);
	char path[PAIR_PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	make(t, &text);
	return make_put(out, path, &text, OUTPUT_PUBLIC, e);
}

/* A node's certificate, and what explains it, all in one folder. */
static bool make_node(struct output *out, const struct work *w, const struct order *order,
		      const struct ca *ca, struct err *e)
{
	struct pair_place place = { .alias = "http",
				    .subject = order->subject,
				    .san = &order->san,
				    .purpose = CERT_SERVER };
	char folder[PAIR_PATH_BYTES / 2] = "elasticsearch", file[PAIR_PATH_BYTES / 2] = "http";
	const struct http_texts texts = { .pem = w->style.pem,
					  .csr = w->style.csr,
					  .locked = w->style.pass != NULL,
					  .file = file };

	if (w->orders.count > 1)
		(void)snprintf(folder, sizeof(folder), "elasticsearch/%s", order->folder);
	if (w->style.csr)
		(void)snprintf(file, sizeof(file), "http-%s", order->folder);
	pair_place_at(&place, folder, file, &w->style);
	return pairs_make(out, &place, 1, &w->style, ca, e) &&
	       put(out, folder, "README.txt", http_text_elasticsearch_readme, &texts, e) &&
	       put(out, folder, "sample-elasticsearch.yml", http_text_elasticsearch_sample, &texts,
		   e);
}

static bool make_kibana(struct output *out, const struct work *w, const struct ca *ca,
			struct err *e)
{
	const struct http_texts texts = { .csr = w->style.csr,
					  .host = host_of(&w->orders.items[0].san) };
	auto_str pem = STR_INIT(FILE_MAX_BYTES);

	if (!put(out, "kibana", "README.txt", http_text_kibana_readme, &texts, e) ||
	    (ca && (!cert_format(ca->cert, &pem, e) ||
		    !make_put(out, "kibana/elasticsearch-ca.pem", &pem, OUTPUT_PUBLIC, e))))
		return false;
	return put(out, "kibana", "sample-kibana.yml", http_text_kibana_sample, &texts, e);
}

static bool make_all(struct output *out, const struct work *w, const struct ca *ca, struct err *e)
{
	for (size_t i = 0; i < w->orders.count; i++)
		if (!make_node(out, w, &w->orders.items[i], ca, e))
			return false;
	return make_kibana(out, w, ca, e);
}

static bool fill(struct output *out, void *ctx, struct err *e)
{
	const struct work *w = ctx;
	const char *dn = w->o->ca_dn ? w->o->ca_dn : "CN=Elasticsearch HTTP CA";
	const struct own_ca_wish wish = {
		.style = &w->style, .subject = dn, .any_subject = !w->o->ca_dn, .keep_key = true
	};
	const struct http_texts texts = { .pem = w->style.pem };
	auto_ca own = { 0 };
	bool made;

	if (w->style.csr)
		return make_all(out, w, NULL, e);
	if (w->ca.cert)
		return make_all(out, w, &w->ca, e);
	return own_ca_obtain(out, &wish, &own, &made, e) &&
	       put(out, "ca", "README.txt", http_text_ca_readme, &texts, e) &&
	       make_all(out, w, &own, e);
}

static bool ask_into(const char *question, struct list *out, struct err *e)
{
	auto_str answer = STR_INIT(ANSWER_MAX_BYTES);

	return terminal_ask(question, &answer, e) && list_split(out, str_text(&answer), ',', e);
}

/* What was answered; the options borrow it. */
struct answers {
	struct list dns, ip;
	struct str ca;
};

/* Without any answer among the options, and with somebody there: ask, as elasticsearch-certutil
 * does. */
static bool ask(struct options *o, struct answers *a, struct err *e)
{
	if (o->in || o->name || o->dns.count || o->ip.count || o->quiet || !terminal_is_there())
		return true;
	if (!ask_into("host names of Elasticsearch, comma-separated [elasticsearch]: ", &a->dns,
		      e) ||
	    !ask_into("its addresses, comma-separated [none]: ", &a->ip, e))
		return false;
	o->dns = a->dns;
	o->ip = a->ip;
	if (authority_is_named(o) || o->csr)
		return true;
	if (!terminal_ask("a CA that you have, .p12, PEM or zip [a new one]: ", &a->ca, e))
		return false;
	if (a->ca.len > 0)
		o->ca = str_text(&a->ca);
	return true;
}

static bool describe(const struct options *o, const struct secret *pass, struct work *w,
		     struct err *e)
{
	w->o = o;
	w->style = (struct pair_style){ .pem = o->pem || o->csr,
					.csr = o->csr,
					.legacy = o->legacy,
					.pass = pass,
					.ca_alias = "ca" };
	w->style.request = (struct cert_request){ .valid_days = o->days ? o->days : SIGN_LEAF_DAYS,
						  .exact_days = o->days != 0 };
	if (o->csr && authority_is_named(o))
		return err_set(e, FAIL_USAGE, "--csr needs no CA, and one is named");
	return make_key_kind(o, &w->style.kind, &w->style.kind_asked, e) &&
	       (o->in ? orders_read(o, &w->orders, e) : from_options(o, &w->orders, e)) &&
	       (!authority_is_named(o) || authority_load(o, &w->ca, e));
}

bool cmd_http(const void *options, char *const *operands, int *status, struct err *e)
{
	struct options o = *(const struct options *)options;
	struct answers answers = { .ca = STR_INIT(ANSWER_MAX_BYTES) };
	auto_secret pass = NULL;
	struct work w = { 0 };
	bool done;

	(void)operands;
	make_begin(&o);
	done = ask(&o, &answers, e);
	const struct output_wish wish = { .out = o.out,
					  .bundle_name = "elasticsearch-ssl-http.zip",
					  .force = o.force,
					  .check = o.check };
	done = done && make_passphrase(&o, o.pem || o.csr, &pass, e) && describe(&o, pass, &w, e) &&
	       make_run(&o, &wish, fill, &w, status, e);
	orders_clear(&w.orders);
	ca_clear(&w.ca);
	list_clear(&answers.dns);
	list_clear(&answers.ip);
	str_clear(&answers.ca);
	return done;
}
