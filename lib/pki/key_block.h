/* key_block.h - a private key in a block of a PEM file, opened whatever it is locked with. Seen
 * only by the modules of pki. */
#ifndef PKI_KEY_BLOCK_H
#define PKI_KEY_BLOCK_H

#include "pki/pbe.h"
#include "pki/pem.h"

/* Whether the label is one of a private key: PKCS#8 (RFC 5958), PKCS#1, SEC 1 and their like. */
bool key_block_is(const struct pem_block *b);

/* Read the key of a block that is one; r is the reader that gave it.
 * fails  as pbe_open_key(); FAIL_INPUT: damaged, or locked with a cipher that is not supported */
bool key_block_open(struct pbe *p, const struct pem_reader *r, const struct pem_block *b,
		    struct key **out, struct err *e) MUST_USE;

#endif
