/* ca.h - an authority: a CA certificate and, where we hold it, its key. */
#ifndef PKI_CA_H
#define PKI_CA_H

#include "pki/sign.h"

struct ca {
	struct cert *cert;
	struct key *key; /* NULL: others sign, we only trust */
};

/* Make a self-signed authority. subject: see dn.h. */
bool ca_make(const char *subject, enum key_kind kind, unsigned valid_days, struct ca *out,
	     struct err *e) MUST_USE;

/* Read one from PEM texts; key_pem NULL when its key is elsewhere. cert_name and key_name say in
 * errors where the texts came from; pass is for an encrypted key.
 * fails  FAIL_INPUT (not PEM, not a CA, key of another certificate), FAIL_AUTH, FAIL_CONFIG
 *        (expired) */
bool ca_parse(const struct str *cert_pem, const char *cert_name, const struct str *key_pem,
	      const char *key_name, const struct secret *pass, struct ca *out,
	      struct err *e) MUST_USE;

/* Whether cert may sign now, and key, unless NULL, is its key.
 * fails  FAIL_INPUT (not a CA, another key), FAIL_CONFIG (expired) */
bool ca_check(const struct cert *cert, const struct key *key, const char *cert_name,
	      const char *key_name, struct err *e) MUST_USE;

/* A certificate signed by the authority and followed by its intermediates; by itself when ca is
 * NULL. fails  as cert_sign(); FAIL_DENIED: we do not hold the authority's key */
bool ca_sign(const struct ca *ca, const struct cert_request *request, struct cert **out,
	     struct err *e) MUST_USE;

/* The same with a new key; request.key is ignored. */
bool ca_issue(const struct ca *ca, const struct cert_request *request, enum key_kind kind,
	      struct cert **out_cert, struct key **out_key, struct err *e) MUST_USE;

void ca_clear(struct ca *ca);
#define auto_ca CLEANUP(ca_clear) struct ca

#endif
