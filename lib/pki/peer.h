/* peer.h - the certificates that a TLS peer shows, whether we trust them or not. */
#ifndef PKI_PEER_H
#define PKI_PEER_H

#include "base/str.h"

/* Of certificates; more is an error of the handshake, "excessive message size". */
enum { PEER_MAX_BYTES = 2 * 1024 * 1024 };

/* Make an SSL_CTX append the peer's chain to out, PEM, as soon as it is shown, and go on whatever
 * it is: to look at a server, never to talk to one. */
void peer_capture(void *ssl_ctx, struct str *out);

#endif
