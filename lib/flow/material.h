/* material.h - certificates that a stack shares, loaded from the store or made there, once. */
#ifndef FLOW_MATERIAL_H
#define FLOW_MATERIAL_H

#include "pki/ca.h"
#include "stack/stack.h"
#include "store/store.h"

enum network { NETWORK_TRANSPORT, NETWORK_HTTP, NETWORKS };

struct material {
	struct store *store;
	const struct stack *stack;
	bool check;                      /* make nothing: say what would be made */
	struct ca authorities[NETWORKS]; /* those that were needed so far */
};

void material_clear(struct material *m);
#define auto_material CLEANUP(material_clear) struct material

/* A certificate with its key. Empty texts: with check, it would be made. */
struct pair {
	struct str cert_pem;
	struct str key_pem;
	struct str subject; /* RFC 2253 */
};

/* clang-format off */
#define PAIR_INIT { STR_INIT(STORE_FILE_MAX_BYTES), STR_INIT(STORE_FILE_MAX_BYTES), STR_INIT(1024) }
/* clang-format on */

/* Load what is there, and check it as a peer will; make what is not. Of many containers that do
 * this at once, one makes each unit and all others load it.
 * fails  FAIL_CONFIG (what is there is no good: expired, wrong CA, names missing), FAIL_DENIED
 *        (the store cannot be written, or the CA's key is elsewhere), FAIL_INPUT, FAIL_IO */
bool material_instance_pair(struct material *m, const struct instance *i, enum network network,
			    struct pair *out, struct err *e) MUST_USE;
bool material_admin_pair(struct material *m, struct pair *out, struct err *e) MUST_USE;

/* The CA certificates that this network trusts, PEM. */
bool material_trust(struct material *m, enum network network, struct str *out,
		    struct err *e) MUST_USE;

/* Whether this instance has a key pair on a network, at the stack's level. */
bool material_wants_pair(const struct stack *s, const struct instance *i, enum network network);

const char *network_name(enum network network);
bool material_is_sealed(const struct material *m);

void pair_clear(struct pair *p);
#define auto_pair CLEANUP(pair_clear) struct pair

#endif
