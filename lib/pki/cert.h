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

enum { CERT_CA_DAYS = 3650, CERT_LEAF_DAYS = 730 };

struct cert_request {
	const char *subject;   /* RFC 4514 text, see dn.h */
	const struct san *san; /* NULL: none */
	enum cert_purpose purpose;
	unsigned valid_days;   /* never past the end of the signing CA */
	const struct key *key; /* the subject's; its public half goes in */
};

/* Sign a certificate: X.509 v3, SHA-256, a random serial of 159 bits, valid from ten minutes
 * ago since the clocks of containers differ, critical key usage and the identifiers of RFC 5280.
 *
 * ca, ca_key  the signer; both NULL for a self-signed CA
 * fails       FAIL_INPUT (subject), FAIL_CONFIG (the signer has expired), FAIL_CRYPTO */
bool cert_sign(const struct cert_request *rq, const struct cert *ca, const struct key *ca_key,
	       struct cert **out, struct err *e) MUST_USE;

/* Put the CA and its intermediates, but no root, behind the leaf: what a peer that trusts only the
 * root needs to see. */
bool cert_add_chain(struct cert *c, const struct cert *ca, struct err *e) MUST_USE;

/* Read PEM certificates: the first is the leaf, the rest its chain. name is for errors.
 * fails  FAIL_INPUT */
bool cert_parse(const char *pem, size_t n, const char *name, struct cert **out,
		struct err *e) MUST_USE;

/* Append the PEM text, leaf first. */
bool cert_format(const struct cert *c, struct str *out_pem, struct err *e) MUST_USE;

/* Append the subject as RFC 2253 text, as OpenSearch compares it in nodes_dn and admin_dn. */
bool cert_subject(const struct cert *c, struct str *out, struct err *e) MUST_USE;

bool cert_fits_key(const struct cert *c, const struct key *k);
bool cert_is_ca(const struct cert *c);
long cert_days_left(const struct cert *c); /* negative when expired */
bool cert_has_begun(const struct cert *c);
bool cert_same(const struct cert *a, const struct cert *b); /* the same leaf, byte for byte */

/* Whether one of the certificate's names covers this host name or address literal. */
bool cert_covers(const struct cert *c, const char *host_or_ip);

void cert_free(struct cert *c);
void cert_freep(struct cert **c);

#define auto_cert CLEANUP(cert_freep) struct cert *

#endif
