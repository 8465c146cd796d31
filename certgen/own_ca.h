/* own_ca.h - the CA that comes with the certificates when none is given. */
#ifndef CERTGEN_OWN_CA_H
#define CERTGEN_OWN_CA_H

#include "certgen/pairs.h"

struct own_ca_wish {
	const struct pair_style *style; /* its request's purpose apart */
	const char *beside;             /* the PKCS#12 file that may bring it along; NULL: none */
	const char *subject;            /* RFC 4514 text */
	bool any_subject;               /* that is only for a new one */
	bool keep_key;
};

/* The CA that lies in out already: ca/ca.crt and perhaps ca/ca.key, or ca/ca.p12, or the trusted
 * entry of the PKCS#12 file beside. When there is none, make one, and put it into out: its key only
 * with keep_key. A key that is there without the passphrase of the style is locked with it. *made
 * says whether it is a new one.
 *
 * fails  FAIL_INPUT, FAIL_AUTH, FAIL_CONFIG: what is there is no good; FAIL_CONFLICT: it has
 *        another name */
bool own_ca_obtain(struct output *out, const struct own_ca_wish *wish, struct ca *ca, bool *made,
		   struct err *e) MUST_USE;

#endif
