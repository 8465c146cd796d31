/* own_ca.h - the CA that comes with the certificates when none is given. */
#ifndef CERTGEN_OWN_CA_H
#define CERTGEN_OWN_CA_H

#include "certgen/pairs.h"

/* The CA that lies in out already: ca/ca.crt and perhaps ca/ca.key, or ca/ca.p12, or the trusted
 * entry of the PKCS#12 file at `beside` (NULL: none). When there is none, make one as style says
 * (its request's purpose apart), and put it into out: its key only with keep_key. *made says
 * whether it is a new one.
 *
 * fails  FAIL_INPUT, FAIL_AUTH, FAIL_CONFIG: what is there is no good */
bool own_ca_obtain(struct output *out, const char *beside, const char *subject,
		   const struct pair_style *style, bool keep_key, struct ca *ca, bool *made,
		   struct err *e) MUST_USE;

#endif
