/* swap.h - certificates and keys of a file give way to their successors; all else in it stays. */
#ifndef PKI_SWAP_H
#define PKI_SWAP_H

#include "pki/p12.h"

struct swap {
	const struct cert *old;
	const struct cert *cert; /* comes in its place, with what stands behind it */
	const struct key *key;   /* comes in place of the key that fits old; NULL: that stays */
};

/* Append the file with these changes.
 *
 * PEM: texts and blocks that are not meant stay byte for byte. Where old is the only certificate
 * that is no CA, those of the file that led from it to its root give way to those that lead from
 * the new one: what the signer brings, and above it what the file had. A root stays only where
 * there was one. A new key is locked where the old one was.
 *
 * PKCS#12: entries keep their aliases and attributes, and what is not meant stays, whatever it is;
 * what the signer brings is added. Encrypted is as it was, the new way or the old one, or with
 * legacy the old one.
 *
 * pass   that opens the file
 * fails  FAIL_INPUT: it is neither PEM nor PKCS#12, or damaged; FAIL_AUTH */
bool swap_in_file(const char *bytes, size_t n, const char *name, const struct secret *pass,
		  bool legacy, const struct swap *swaps, size_t count, struct str *out,
		  struct err *e) MUST_USE;

/* The same for bytes that p12_is() of. Seen only by swap.c. */
bool swap_in_p12(const char *bytes, size_t n, const char *name, const struct secret *pass,
		 bool legacy, const struct swap *swaps, size_t count, struct str *out,
		 struct err *e) MUST_USE;

#endif
