/* sign.h - certificates made and signed. */
#ifndef PKI_SIGN_H
#define PKI_SIGN_H

#include "pki/cert.h"
#include "pki/csr.h"

enum { SIGN_CA_DAYS = 3650, SIGN_LEAF_DAYS = 730, SIGN_ANY_LENGTH = -1 };

struct cert_request {
	const char *subject;   /* RFC 4514 text, see dn.h */
	const struct key *key; /* the subject's; its public half goes in */
	const struct csr *csr; /* its subject and key instead of those two; NULL: none */
	/* To be made once more: its subject, names and extensions instead of subject and san, see
	 * extensions.h; NULL: none */
	const struct cert *like;
	const struct san *san; /* NULL: none */
	enum cert_purpose purpose;
	unsigned valid_days;
	bool for_file;   /* it will only be formatted, and not be asked for its key: quicker */
	bool exact_days; /* refuse what would outlive the signing CA, instead of ending with it */

	/* Ranges of names, see constraint.h; NULL or empty: all. A CA may sign only these; another
	 * certificate is refused when it has a name outside, or of a kind that has no range here.
	 */
	const struct list *permitted;

	/* of a CA */
	int path_length;              /* how many CAs may stand below it; SIGN_ANY_LENGTH */
	bool exact_length;            /* it was asked for, and is no default */
	const struct list *key_usage; /* RFC 5280 names; NULL or empty: keyCertSign, cRLSign */
};

/* Sign a certificate: X.509 v3, SHA-256 (SHA-384 with a P-384 key), a random serial of 159 bits,
 * valid from ten minutes ago since the clocks of containers differ, critical key usage and the
 * identifiers of RFC 5280.
 *
 * ca, ca_key  the signer; both NULL: the certificate signs itself with its own key
 * fails       FAIL_INPUT (subject), FAIL_CRYPTO, FAIL_CONFIG (the signer has expired, may sign no
 *             CA, or not these names; the certificate would outlive it, with exact_days),
 *             FAIL_CONFLICT (like has a critical extension that we do not know) */
bool cert_sign(const struct cert_request *rq, const struct cert *ca, const struct key *ca_key,
	       struct cert **out, struct err *e) MUST_USE;

/* Whether these can be the ranges of cert_request.permitted. fails  FAIL_INPUT */
bool sign_check_permitted(const struct list *permitted, struct err *e) MUST_USE;

/* Whether these can be cert_request.key_usage. fails  FAIL_USAGE */
bool sign_check_key_usage(const struct list *usages, struct err *e) MUST_USE;

/* What a CA that is there has otherwise than the request asks for, in words: its days (with
 * exact_days), path length (with exact_length), ranges of names, key usage (where there are any).
 * NULL: nothing. */
const char *sign_difference(const struct cert *ca, const struct cert_request *rq);

#endif
