/* authority.h - the CA that signs, from the options. */
#ifndef CERTGEN_AUTHORITY_H
#define CERTGEN_AUTHORITY_H

#include "flow/options.h"
#include "pki/ca.h"

bool authority_is_named(const struct options *o);

/* Load it from --ca, or from --ca-cert and --ca-key, with its intermediates behind it in order. On
 * a terminal its passphrase is asked for when it turns out to be locked. fails  FAIL_USAGE: half of
 * a pair, or both ways; FAIL_INPUT, FAIL_AUTH, FAIL_CONFIG as ca_check() */
bool authority_load(const struct options *o, struct ca *out, struct err *e) MUST_USE;

#endif
