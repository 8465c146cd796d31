/* cert.h - certificates: signed, read, written, asked about. */
#ifndef PKI_CERT_H
#define PKI_CERT_H

#include <stdbool.h>

#include "base/str.h"
#include "pki/key.h"
#include "pki/san.h"

struct cert; /* a leaf or CA certificate and the intermediates that stood behind it */

enum cert_purpose {
	CERT_CA,     /* signs others; CA:TRUE, path length 0 */
	CERT_NODE,   /* both ends of the transport network: serverAuth and clientAuth */
	CERT_SERVER, /* serverAuth */
	CERT_CLIENT, /* clientAuth */
};

/* Put the CA and its intermediates, but no root, behind the leaf: what a peer that trusts only the
 * root needs to see. */
bool cert_add_chain(struct cert *c, const struct cert *ca, struct err *e) MUST_USE;

/* Read PEM certificates: the first is the leaf, the rest its chain. name is for errors.
 * fails  FAIL_INPUT */
bool cert_parse(const char *pem, size_t n, const char *name, struct cert **out,
		struct err *e) MUST_USE;

/* Append the PEM text, leaf first. */
bool cert_format(const struct cert *c, struct str *out_pem, struct err *e) MUST_USE;

/* Whether text can be the subject of a certificate; see dn.h. fails  FAIL_INPUT */
bool cert_check_subject(const char *text, struct err *e) MUST_USE;

/* Append the subject as RFC 2253 text, as OpenSearch compares it in nodes_dn and admin_dn. */
bool cert_subject(const struct cert *c, struct str *out, struct err *e) MUST_USE;

/* The names it is valid for. Kinds that struct san does not have are left out: what is asked here
 * is whom the certificate covers, not whether it can be made again.
 *
 * out    empty before, untouched on failure
 * fails  FAIL_INPUT: a name that san_add() would not take, say with a NUL byte inside */
bool cert_san(const struct cert *c, struct san *out, struct err *e) MUST_USE;

bool cert_fits_key(const struct cert *c, const struct key *k);
bool cert_is_ca(const struct cert *c);
long cert_days_left(const struct cert *c); /* negative when expired */
bool cert_has_begun(const struct cert *c);
bool cert_same(const struct cert *a, const struct cert *b); /* the same leaf, byte for byte */
bool cert_has_behind(const struct cert *c, const struct cert *link); /* in its chain */

/* Whether c carries a signature of ca's key; says nothing of dates and purposes. */
bool cert_is_signed_by(const struct cert *c, const struct cert *ca);

bool cert_signed_itself(const struct cert *c); /* whatever it may sign besides */

/* Whether its subject is dn (RFC 4514 text, see dn.h); false also when dn is none. */
bool cert_has_subject(const struct cert *c, const char *dn);

/* Whether its extensions let it serve this purpose. */
bool cert_serves(const struct cert *c, enum cert_purpose purpose);

/* This, and no more: what serves a node is too much for a server. */
bool cert_serves_only(const struct cert *c, enum cert_purpose purpose);

/* Whether it is time for another: fewer than within_days are left, or with 0 less than a third of
 * its life. */
bool cert_is_due(const struct cert *c, unsigned within_days);

/* Whether one of the certificate's names covers this host name or address literal. */
bool cert_covers(const struct cert *c, const char *host_or_ip);

void cert_free(struct cert *c);
void cert_freep(struct cert **c);

#define auto_cert CLEANUP(cert_freep) struct cert *

#endif
