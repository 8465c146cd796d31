/* p12_safe.h - the safes of a PKCS#12 file and the bags in them, for who reads, writes or changes
 * one. Seen only by the modules of pki. */
#ifndef PKI_P12_SAFE_H
#define PKI_P12_SAFE_H

#include <openssl/pkcs12.h>

#include "pki/p12.h"
#include "pki/pbe.h"

/* Decrypt a safe; the caller frees the bags.
 * fails  FAIL_INPUT: damaged, or locked with a certificate; FAIL_AUTH */
bool p12_safe_open(struct pbe *pbe, PKCS7 *safe, STACK_OF(PKCS12_SAFEBAG) * *out,
		   struct err *e) MUST_USE;

/* An encrypted safe with these bags. NULL: OpenSSL's queue says why. */
PKCS7 *p12_safe_close(const struct pbe *pbe, enum p12_form form, STACK_OF(PKCS12_SAFEBAG) * bags);

/* A bag with this key, encrypted. NULL likewise. */
PKCS12_SAFEBAG *p12_safe_key(const struct pbe *pbe, enum p12_form form, const struct key *key);

/* Append the whole file: these safes and a MAC over them. */
bool p12_safe_format(const struct pbe *pbe, enum p12_form form, STACK_OF(PKCS7) * safes,
		     struct str *out, struct err *e) MUST_USE;

#endif
