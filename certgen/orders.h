/* orders.h - which certificates are wanted: from the options, a file, or the terminal. */
#ifndef CERTGEN_ORDERS_H
#define CERTGEN_ORDERS_H

#include "flow/options.h"
#include "pki/san.h"

/* One certificate. */
struct order {
	char *name;    /* as certutil has it: also the alias in PKCS#12 */
	char *folder;  /* F in F/F.crt */
	char *subject; /* RFC 4514 text */
	struct san san;
};

struct orders {
	struct order *items;
	size_t count, cap;
};

/* Read them from --in, or from --name, --dns and the like, or ask for them with --multiple.
 *
 * fails  FAIL_USAGE: options that exclude each other; FAIL_INPUT, FAIL_CONFIG: a bad name, two that
 *        share one folder, a file that is no instances.yml; with file, line and column where there
 *        is one */
bool orders_read(const struct options *o, struct orders *out, struct err *e) MUST_USE;

/* Whether --name names an instance, and a file. fails  FAIL_USAGE */
bool orders_check_name(const char *name, struct err *e) MUST_USE;

/* Append one with copies of these and no names yet; subject NULL: made from the name. *out is
 * borrowed until the next call. */
bool orders_add(struct orders *orders, const char *name, const char *folder, const char *subject,
		struct order **out, struct err *e) MUST_USE;

/* The names that --dns, --ip, --uri, --email and --cn give. */
bool orders_names(const struct options *o, struct san *out, struct err *e) MUST_USE;

void orders_clear(struct orders *o);
#define auto_orders CLEANUP(orders_clear) struct orders

#endif
