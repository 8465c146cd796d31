/* constraint.h - name constraints of a CA: which names it may sign (RFC 5280, 4.2.1.10). */
#ifndef PKI_CONSTRAINT_H
#define PKI_CONSTRAINT_H

#include <openssl/x509v3.h>

#include "base/list.h"
#include "pki/san.h"

/* Each text is a domain ("example.org": it and all below it), a network ("10.0.0.0/8", "::1") or a
 * mail domain ("@example.org"). The caller frees *out.
 * fails  FAIL_INPUT: none of these */
bool constraint_parse(const struct list *permitted, NAME_CONSTRAINTS **out, struct err *e) MUST_USE;

/* Whether ca is constrained to just these ranges, in whatever order. */
bool constraint_is(const X509 *ca, const struct list *permitted);

/* Whether ca, if it is constrained, may sign what is in leaf.
 * fails  FAIL_CONFIG */
bool constraint_check(X509 *leaf, X509 *ca, struct err *e) MUST_USE;

/* Whether every name of the leaf (which are these) lies in one of the ranges; one of a kind that
 * has no range does not. A CN that is an address, or a host name with a dot in it, is one of its
 * names, since old clients take it for one. fails  FAIL_CONFIG, FAIL_INPUT */
bool constraint_check_policy(X509 *leaf, const struct san *names, const struct list *permitted,
			     struct err *e) MUST_USE;

#endif
