/* general_names.h - struct san as the subjectAltName of certificates and requests, and back. */
#ifndef PKI_GENERAL_NAMES_H
#define PKI_GENERAL_NAMES_H

#include "pki/openssl.h"
#include "pki/san.h"

/* The extension that holds the names of san, not critical. The caller frees it. NULL: out of
 * memory, OpenSSL's queue may say more. */
X509_EXTENSION *general_names_encode(const struct san *san);

/* Read the names out of extensions; without a subjectAltName there are none. Each goes through
 * san_add(), so what a stranger wrote in there is as good as what a user of ours may write.
 *
 * whose      for errors: "the request"
 * out        empty before, untouched on failure
 * out_other  what else there is, a kind that struct san does not have, in words; NULL: nothing
 * fails      FAIL_INPUT: damaged, twice there, or a name that is not what its kind allows */
bool general_names_decode(const STACK_OF(X509_EXTENSION) * extensions, const char *whose,
			  struct san *out, const char **out_other, struct err *e) MUST_USE;

#endif
