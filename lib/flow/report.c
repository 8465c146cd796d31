#include "flow/report.h"

#include <stdio.h>
#include <string.h>

#include "base/visible.h"
#include "flow/keystore_file.h"
#include "flow/prepare.h"
#include "flow/reach.h"
#include "flow/seal_record.h"
#include "pki/cert.h"

enum { PATH_BYTES = 320, SOON_DAYS = 30 };

struct report {
	const struct options *options;
	struct json *rows; /* array of { what, state, days_left, detail } */
	bool bad;
};

/* days is negative for what has none. */
static bool add_row(struct report *r, const char *what, const char *state, long days,
		    const char *detail, struct err *e)
{
	struct json *row;

	return json_new_object(&row, e) && json_add(r->rows, NULL, row, e) &&
	       json_add_text(row, "what", what, e) && json_add_text(row, "state", state, e) &&
	       (days < 0 || json_add_number(row, "days_left", (double)days, e)) &&
	       json_add_text(row, "detail", detail, e);
}

static bool report_cert(struct report *r, const struct store *store, const char *path,
			struct err *e)
{
	auto_str pem = STR_INIT(STORE_FILE_MAX_BYTES);
	auto_str subject = STR_INIT(1024);
	auto_cert cert = NULL;
	long days;

	if (!store_has(store, path)) {
		r->bad = true;
		return add_row(r, path, "missing", -1, "init prepare makes it", e);
	}
	if (!store_read(store, path, false, &pem, e) ||
	    !cert_parse(str_text(&pem), pem.len, path, &cert, e) ||
	    !cert_subject(cert, &subject, e)) {
		r->bad = true;
		return add_row(r, path, "unreadable", -1, e->msg, e);
	}
	days = cert_days_left(cert);
	r->bad |= days < 0;
	return add_row(r, path,
		       days < 0           ? "expired"
		       : days < SOON_DAYS ? "expires soon"
					  : "ok",
		       days < 0 ? 0 : days, str_text(&subject), e);
}

/* Of one instance, when it was named: its container sees only its own part of the store. */
static bool is_wanted(const struct report *r, const struct stack *s, const struct instance *i,
		      enum network network)
{
	const char *only = r->options->instance_name;

	return (!only || strcmp(only, i->name) == 0) && material_wants_pair(s, i, network);
}

static bool report_network(struct report *r, const struct stack *s, const struct store *store,
			   enum network network, struct err *e)
{
	char path[PATH_BYTES];
	bool wanted = false;

	for (size_t i = 0; i < s->instance_count; i++)
		wanted |= is_wanted(r, s, &s->instances[i], network);
	if (!wanted)
		return true;
	(void)snprintf(path, sizeof(path), "trust/%s.crt", network_name(network));
	if (!report_cert(r, store, path, e))
		return false;
	for (size_t i = 0; i < s->instance_count; i++) {
		const struct instance *one = &s->instances[i];

		if (!is_wanted(r, s, one, network))
			continue;
		(void)snprintf(path, sizeof(path), "instances/%s/%s/tls.crt", instance_folder(one),
			       network_name(network));
		if (!report_cert(r, store, path, e))
			return false;
	}
	return true;
}

static bool report_seal(struct report *r, const struct stack *s, const struct store *store,
			struct err *e)
{
	struct seal_record seal;
	const char *state = "ok";
	char detail[256];

	if (!seal_record_load(store, &seal, e))
		return false;
	if (!seal.found) {
		r->bad = true;
		return add_row(r, "seal", "missing", -1, "the passwords were not set yet", e);
	}
	(void)snprintf(detail, sizeof(detail), "%s, level %s, %s", seal.cluster,
		       level_name(seal.level), seal.sealed_at);
	if (strcmp(seal.cluster, s->name) != 0)
		state = "other stack";
	else if (seal.level != s->level)
		state = "other level";
	r->bad |= strcmp(state, "ok") != 0;
	return add_row(r, "seal", state, -1, detail, e);
}

/* A secret of the store: whether it is there, never what it is. */
static bool report_kept(struct report *r, const struct store *store, const char *folder,
			const char *name, const char *maker, struct err *e)
{
	char path[PATH_BYTES], detail[64];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (store_has(store, path))
		return add_row(r, path, "ok", -1, "", e);
	r->bad = true;
	(void)snprintf(detail, sizeof(detail), "init %s makes it", maker);
	return add_row(r, path, "missing", -1, detail, e);
}

/* Where users live, and what the stack file declares. */
static bool report_accounts(struct report *r, const struct stack *s, struct err *e)
{
	const struct access *a = &s->access;
	char detail[160];

	(void)snprintf(detail, sizeof(detail),
		       "declared: users %zu, roles %zu, role mappings %zu, API keys %zu",
		       a->users.count, a->roles.count, a->mappings.count, a->keys.count);
	return add_row(r, "accounts", accounts_name(s->accounts), -1, detail, e);
}

/* Nodes alone have the secrets of all. */
static bool report_secrets(struct report *r, const struct stack *s, const struct store *store,
			   const struct instance *self, struct err *e)
{
	const char *tokens_maker = s->accounts == ACCOUNTS_FILE ? "prepare" : "seal";
	const struct access_key *key;
	struct person person;

	if (self && !instance_is_node(self))
		return true;
	if (!report_accounts(r, s, e))
		return false;
	for (size_t i = 0; stack_person_at(s, i, &person); i++)
		if (!report_kept(r, store, "passwords", person.name, "prepare", e))
			return false;
	for (size_t i = 0; (key = access_key_at(&s->access, i)) != NULL; i++)
		if (!report_kept(r, store, "api-keys", key->name, "seal", e))
			return false;
	for (size_t i = 0; i < s->instance_count; i++)
		if (stack_gives_token(s, &s->instances[i]) &&
		    !report_kept(r, store, "tokens", s->instances[i].name, tokens_maker, e))
			return false;
	return true;
}

/* What a keystore shows without its password. */
static bool describe_keystore(struct keystore_file *f, char detail[64], struct err *e)
{
	if (f->locked) {
		(void)snprintf(detail, 64, "it has a password");
		return true;
	}
	if (!keystore_file_open(f, NULL, e))
		return false;
	(void)snprintf(detail, 64, "format %u, entries %zu", keystore_origin(f->entries).format,
		       keystore_count(f->entries));
	return true;
}

/* Of the instance that this container is: its configuration folder is here. */
static bool report_keystore(struct report *r, const struct instance *self, struct err *e)
{
	const struct keystore_product *product =
	    self ? keystore_product_find(role_row(self->role)->name) : NULL;
	auto_keystore_file f = KEYSTORE_FILE_INIT;
	struct place place;
	char detail[64] = "";

	if (!product)
		return true;
	/* Where the image has it, there need not be one: this may be another container. */
	if (!place_open(prepare_config_dir(r->options, self), true, &place, e))
		return r->options->config_dir == NULL;
	if (!keystore_file_look(&f, product, &place, product->file_name, e) ||
	    (f.found && !describe_keystore(&f, detail, e))) {
		r->bad = true;
		return add_row(r, product->file_name, "unreadable", -1, e->msg, e);
	}
	return !f.found || add_row(r, product->file_name, "ok", -1, detail, e);
}

static bool report_cluster(struct report *r, const struct stack *s, struct store *store,
			   struct err *e)
{
	auto_reach reach = REACH_INIT;
	struct cluster_state state = { .reached = READY_NOTHING };

	if (!reach_open(r->options, s, store, NULL, &reach, e)) {
		r->bad = true;
		return add_row(r, "cluster", "unknown", -1, e->msg, e);
	}
	for (size_t i = 0; i < reach.urls.count; i++) {
		struct cluster_state one;

		cluster_ask(reach.cluster, i);
		if (!reach_probe(&reach, READY_GREEN, &one, e))
			return false;
		if (i == 0 || one.reached > state.reached)
			state = one;
		if (state.reached >= READY_YELLOW)
			break;
	}
	r->bad |= state.reached < READY_YELLOW;
	return add_row(r, "cluster", ready_step_name(state.reached), -1, state.reason, e);
}

void report_text(const char *text, enum visible as)
{
	char piece[VISIBLE_BYTES];

	while (visible_next(as, &text, piece))
		(void)fputs(piece, stdout);
}

bool report_print(const struct json *j, size_t most_bytes, struct err *e)
{
	auto_str text = STR_INIT(most_bytes);
	char piece[VISIBLE_BYTES];
	const char *at;

	if (!json_format(j, true, &text, e))
		return false;
	for (at = str_text(&text); *at;)
		if ((unsigned char)*at < 0x7f) /* all that JSON has outside of its texts */
			(void)putchar(*at++);
		else if (visible_next(VISIBLE_JSON, &at, piece))
			(void)fputs(piece, stdout);
	(void)putchar('\n');
	return true;
}

static void print_table(const struct report *r)
{
	const struct json *row;

	printf("%-44s %-13s %6s  %s\n", "WHAT", "STATE", "DAYS", "DETAIL");
	for (size_t i = 0; (row = json_item(r->rows, i)) != NULL; i++) {
		double days;
		char text[16] = "";

		if (json_number(row, "days_left", &days))
			(void)snprintf(text, sizeof(text), "%.0f", days);
		printf("%-44s %-13s %6s  ", json_text(row, "what"), json_text(row, "state"), text);
		report_text(json_text(row, "detail"), VISIBLE_LINE);
		(void)putchar('\n');
	}
}

static bool print_report(const struct report *r, struct err *e)
{
	if (r->options->json)
		return report_print(r->rows, 4 * 1024 * 1024, e);
	print_table(r);
	return true;
}

bool report_stack(const struct options *o, const struct stack *s, const struct instance *self,
		  int *status, struct err *e)
{
	auto_store store = NULL;
	auto_json rows = NULL;
	struct report r = { .options = o };

	if (!store_open(o->store, STORE_READ, &store, e) || !json_new_array(&rows, e))
		return false;
	r.rows = rows;
	if (!report_network(&r, s, store, NETWORK_TRANSPORT, e) ||
	    !report_network(&r, s, store, NETWORK_HTTP, e) ||
	    !report_secrets(&r, s, store, self, e) || !report_keystore(&r, self, e) ||
	    !report_seal(&r, s, store, e) || !report_cluster(&r, s, store, e) ||
	    !print_report(&r, e))
		return false;
	*status = r.bad ? err_exit_status(FAIL_CONFLICT) : 0;
	return true;
}
