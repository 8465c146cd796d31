/* setting.h - every configuration line we may write, as data. */
#ifndef STACK_SETTING_H
#define STACK_SETTING_H

#include <stddef.h>

#include "stack/stack.h"

enum setting_when {
	WHEN_ALWAYS,
	WHEN_SINGLE,   /* the stack has one node */
	WHEN_SEVERAL,  /* the stack has several */
	WHEN_FORMING,  /* several, and the cluster has never been sealed */
	WHEN_FILE,     /* its users live in the file realm */
	WHEN_KIBANA,   /* the stack has a Kibana */
	WHEN_PASSWORD, /* it logs in with a password, */
	WHEN_TOKEN,    /* or with a service token */
	WHEN_OUTPUT,   /* the user's file names no other output than Elasticsearch, */
	WHEN_LOGIN,    /* nor a key to log in with there */
};

enum setting_kind {
	SETTING_BARE,    /* written as it is: true, false, a number; left out when empty */
	SETTING_TEXT,    /* written quoted; left out when it comes out empty */
	SETTING_LIST,    /* one placeholder that stands for several texts; left out when empty */
	SETTING_SECRET,  /* a text for the product's keystore, under this key; into the file, which
			  * nobody else may read then, where the product has none */
	SETTING_SECRETS, /* the same as a list of one */
	SETTING_ENTRY,   /* a reference to the entry of that name in the keystore */
	SETTING_ABSENT,  /* never written: the product refuses it beside what we write */
};

/* One line: written when role, level, version and circumstance fit. */
struct setting {
	unsigned roles;                  /* bits, 1 << ROLE_X */
	enum level from_level, to_level; /* both included */
	struct version_range range;
	enum setting_when when;
	enum setting_kind kind;
	const char *key;
	const char *value; /* may hold {name} placeholders: see conf/render.h */
};

/* What of a stack decides which settings apply. */
struct setting_scope {
	enum role role;
	enum level level;
	struct version version;
	bool several; /* nodes */
	bool forming; /* not sealed yet */
	enum accounts accounts;
	bool kibana;       /* the stack has one */
	bool token;        /* the instance logs in with one */
	bool other_output; /* the user's file names one */
	bool own_login;    /* the user's file has a key for it */
};

/* Whether the value itself is a secret: {password}, {token}, {password:USER} or {secret:NAME}. */
bool setting_is_secret(const struct setting *s);

/* The i-th setting that applies, NULL past the end; in the order they are written. */
const struct setting *setting_at(const struct setting_scope *scope, size_t i);

/* The i-th of all rows, NULL past the end; for tests that walk the table. */
const struct setting *setting_row(size_t i);

#endif
