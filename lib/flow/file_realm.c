#include "flow/file_realm.h"

#include <stdio.h>
#include <string.h>

#include "conf/block.h"
#include "conf/colon_file.h"
#include "conf/roles_file.h"
#include "conf/yaml.h"
#include "pki/password_hash.h"
#include "pki/service_token.h"

enum { HASH_MAX_BYTES = 256, FILE_MAX_BYTES = YAML_MAX_BYTES };

/* One of the files, as it is and as it shall be. */
struct realm_file {
	const char *name;
	char path[512];
	struct str before; /* all of it */
	struct str theirs; /* the user's lines, each at its number */
	struct str old;    /* what stands in our block */
	struct str body;   /* what shall stand there */
};

static void realm_file_clear(struct realm_file *f)
{
	str_clear(&f->before);
	str_clear(&f->theirs);
	str_clear(&f->old);
	str_clear(&f->body);
}
#define auto_realm_file CLEANUP(realm_file_clear) struct realm_file

static bool open_file(struct realm_file *f, const char *name, const struct place *place,
		      struct err *e)
{
	bool found;

	*f = (struct realm_file){ .name = name,
				  .before = STR_INIT(FILE_MAX_BYTES),
				  .theirs = STR_INIT(FILE_MAX_BYTES),
				  .old = STR_INIT(FILE_MAX_BYTES),
				  .body = STR_INIT(FILE_MAX_BYTES) };
	(void)snprintf(f->path, sizeof(f->path), "%s/%s", place->dir, name);
	if (!place_read(place, name, &f->before, &found, e) ||
	    !block_take_out(str_text(&f->before), f->path, &f->theirs, e))
		return false;
	block_body(str_text(&f->before), &f->old);
	return str_ok(&f->old, e);
}

/* A file that needs no block and has none is not touched, nor made. */
static bool save_file(struct realm_file *f, struct place *place, struct err *e)
{
	auto_str after = STR_INIT(FILE_MAX_BYTES);

	if (!str_ok(&f->body, e))
		return false;
	if (f->body.len > 0) {
		if (!block_put(str_text(&f->before), str_text(&f->body), &after, e))
			return false;
	} else {
		block_remove(str_text(&f->before), &after);
	}
	if (!str_ok(&after, e))
		return false;
	if (f->body.len == 0 && after.len == f->before.len)
		return true;
	return place_config(place, f->name, &after, 0, e);
}

/* A line for this name whose hash fits this secret: the user's, the one of an earlier run, or a
 * new one. */
static bool add_secret(struct realm_file *f, const char *name, const struct secret *secret,
		       struct err *e)
{
	auto_str hash = STR_INIT(HASH_MAX_BYTES);
	size_t line;

	if (colon_find(str_text(&f->theirs), name, &hash, &line)) {
		if (password_hash_fits(str_text(&hash), secret))
			return true;
		return err_set(e, FAIL_CONFLICT,
			       "'%.300s' has another password for '%s' in line %zu, or hashes it "
			       "in another way",
			       f->path, name, line) ||
		       err_hint(e, "remove that line");
	}
	if (colon_find(str_text(&f->old), name, &hash, NULL) &&
	    !password_hash_fits(str_text(&hash), secret))
		str_clear(&hash);
	if (hash.len == 0 && !password_hash_make(secret, &hash, e))
		return false;
	str_addf(&f->body, "%s:%s\n", name, str_text(&hash));
	return str_ok(&hash, e);
}

static bool add_token(struct realm_file *f, const struct passwords *p, const struct instance *i,
		      struct err *e)
{
	auto_secret token = NULL;
	auto_secret secret = NULL;
	char name[STACK_TOKEN_NAME_BYTES], full[STACK_TOKEN_NAME_BYTES + 32], path[320];

	instance_token_name(i, name);
	(void)snprintf(path, sizeof(path), "tokens/%s", i->name);
	if (!password_kept(p, path, &token, e))
		return false;
	/* One that a cluster made, or the user, has a name of its own. */
	if (token && (!service_token_name(token, STACK_KIBANA_SERVICE, name, sizeof(name), e) ||
		      !service_token_secret(token, STACK_KIBANA_SERVICE, name, &secret, e)))
		return err_prefix(e, "'%s/%s': ", store_where(p->store), path);
	(void)snprintf(full, sizeof(full), STACK_KIBANA_SERVICE "/%s", name);
	if (token)
		return add_secret(f, full, secret, e);
	str_addf(&f->body, "%s:\n", full); /* with --check, it would be made */
	return true;
}

static bool place_users(const struct passwords *p, const struct stack *s, struct place *place,
			struct err *e)
{
	auto_realm_file f = { 0 };
	struct person person;

	if (!open_file(&f, "users", place, e))
		return false;
	for (size_t i = 0; s->accounts == ACCOUNTS_FILE && stack_person_at(s, i, &person); i++) {
		auto_secret password = NULL;
		char path[320];

		(void)snprintf(path, sizeof(path), "passwords/%s", person.name);
		if (!password_kept(p, path, &password, e))
			return false;
		if (password && !add_secret(&f, person.name, password, e))
			return false;
		if (!password) /* with --check, it would be made */
			str_addf(&f.body, "%s:\n", person.name);
	}
	return save_file(&f, place, e);
}

static bool has_role(const struct person *person, const char *role, struct err *e, bool *out)
{
	auto_list built_in = { 0 };

	if (!person->user && !list_split(&built_in, person->built_in_roles, ',', e))
		return false;
	*out = list_has(person->user ? &person->user->roles : &built_in, role);
	return true;
}

/* A line "role:user,user". */
static bool add_members(struct realm_file *f, const struct stack *s, const char *role,
			struct err *e)
{
	struct person person;
	const char *before = ":";

	str_add(&f->body, role);
	for (size_t i = 0; stack_person_at(s, i, &person); i++) {
		bool member;

		if (!has_role(&person, role, e, &member))
			return false;
		if (!member)
			continue;
		str_addf(&f->body, "%s%s", before, person.name);
		before = ",";
	}
	str_add(&f->body, "\n");
	return true;
}

/* Every role that somebody has, once, in the order in which they come. */
static bool list_roles(const struct stack *s, struct list *out, struct err *e)
{
	auto_list all = { 0 };
	struct person person;

	for (size_t i = 0; stack_person_at(s, i, &person); i++) {
		if (!person.user && !list_split(&all, person.built_in_roles, ',', e))
			return false;
		for (size_t k = 0; person.user && k < person.user->roles.count; k++)
			if (!list_add(&all, person.user->roles.items[k], e))
				return false;
	}
	for (size_t i = 0; i < all.count; i++)
		if (!list_has(out, all.items[i]) && !list_add(out, all.items[i], e))
			return false;
	return true;
}

static bool place_users_roles(const struct stack *s, struct place *place, struct err *e)
{
	auto_realm_file f = { 0 };
	auto_list roles = { 0 };

	if (!open_file(&f, "users_roles", place, e))
		return false;
	if (s->accounts == ACCOUNTS_FILE && !list_roles(s, &roles, e))
		return false;
	for (size_t i = 0; i < roles.count; i++)
		if (!add_members(&f, s, roles.items[i], e))
			return false;
	return save_file(&f, place, e);
}

static bool place_roles(const struct stack *s, struct place *place, struct err *e)
{
	auto_realm_file f = { 0 };

	if (!open_file(&f, "roles.yml", place, e))
		return false;
	if (s->accounts == ACCOUNTS_FILE && s->access.roles.count > 0 &&
	    !roles_file_body(&s->access, &f.theirs, f.path, &f.body, e))
		return false;
	return save_file(&f, place, e);
}

/* A line "elastic/kibana/NAME:hash" for each Kibana; without "accounts: file" the cluster makes
 * the tokens. */
static bool place_tokens(const struct passwords *p, const struct stack *s, struct place *place,
			 struct err *e)
{
	auto_realm_file f = { 0 };

	if (!open_file(&f, "service_tokens", place, e))
		return false;
	for (size_t i = 0; s->accounts == ACCOUNTS_FILE && i < s->instance_count; i++) {
		const struct instance *one = &s->instances[i];

		if (stack_gives_token(s, one) && !add_token(&f, p, one, e))
			return false;
	}
	return save_file(&f, place, e);
}

bool file_realm_place(const struct passwords *p, const struct stack *s, struct place *place,
		      struct err *e)
{
	return place_users(p, s, place, e) && place_users_roles(s, place, e) &&
	       place_roles(s, place, e) && place_tokens(p, s, place, e);
}
