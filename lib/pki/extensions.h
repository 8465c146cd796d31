/* extensions.h - the extensions that a certificate hands on to its successor. */
#ifndef PKI_EXTENSIONS_H
#define PKI_EXTENSIONS_H

#include <stdbool.h>

#include "pki/openssl.h"

/* Copy, as they stand, all that say something about the subject: its names of whatever kind, its
 * usage, what strangers put in. Those that speak of the signer, of the key or of this one
 * certificate are left out; so is the key usage without with_key_usage, for another key.
 *
 * fails  FAIL_CONFLICT: one is critical, and we do not know what it asks of who signs it */
bool extensions_hand_on(const X509 *from, X509 *to, bool with_key_usage, struct err *e) MUST_USE;

#endif
