/* write_pair.h - a certificate and its key as two files that appear together. */
#ifndef CERTGEN_WRITE_PAIR_H
#define CERTGEN_WRITE_PAIR_H

#include "pki/cert.h"

enum { PEM_MAX_BYTES = 256 * 1024 };

/* Make folder `folder` holding name.crt (0644) and name.key (0600); the folder itself appears whole
 * or not at all.
 * fails  FAIL_EXISTS: there is such a folder already, and it is left as it is */
bool write_pair(const char *folder, const char *name, const struct cert *cert,
		const struct key *key, struct err *e) MUST_USE;

#endif
