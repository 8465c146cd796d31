/* cert_info.h - a certificate in words. */
#ifndef PKI_CERT_INFO_H
#define PKI_CERT_INFO_H

#include "pki/cert.h"

enum { CERT_INFO_MAX_BYTES = 64 * 1024 };

struct cert_info {
	struct str subject, issuer; /* RFC 2253 */
	struct str serial;          /* hex */
	struct str from, to;        /* RFC 3339, UTC */
	struct str key;             /* "p256", "rsa2048" or what OpenSSL calls it */
	struct str names;           /* "DNS:es01, IP:10.0.0.1" */
	struct str usage;           /* "ca", "server", "client", "server, client" */
	struct str sha256;          /* of the whole certificate, hex: ca_trusted_fingerprint */
	long days_left;             /* negative: expired */
};

bool cert_info_read(const struct cert *c, struct cert_info *out, struct err *e) MUST_USE;

/* Append everything there is to say, as openssl x509 -text does. */
bool cert_info_text(const struct cert *c, struct str *out, struct err *e) MUST_USE;

/* Append the SHA-256 of the DER bytes in hex, without colons. */
bool cert_fingerprint(const struct cert *c, struct str *out, struct err *e) MUST_USE;

void cert_info_clear(struct cert_info *i);
#define auto_cert_info CLEANUP(cert_info_clear) struct cert_info

#endif
