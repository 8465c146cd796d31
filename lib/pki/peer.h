/* peer.h - the certificates that a TLS peer shows, whether we trust them or not. */
#ifndef PKI_PEER_H
#define PKI_PEER_H

#include "base/str.h"

/* Of certificates; more is an error of the handshake, "excessive message size". */
enum { PEER_MAX_BYTES = 2 * 1024 * 1024 };

/* Make an SSL_CTX append the peer's chain to out, PEM, as soon as it is shown, and go on whatever
 * it is: to look at a server, never to talk to one. */
void peer_capture(void *ssl_ctx, struct str *out);

/* What a handshake found wrong with the peer's certificates. */
enum peer_verdict {
	PEER_BAD,        /* none of what follows */
	PEER_EXPIRED,    /* one of them */
	PEER_EARLY,      /* one of them is not valid yet */
	PEER_STRANGER,   /* they lead to no CA that is trusted */
	PEER_WRONG_NAME, /* they are somebody else's */
};

/* result  X509_V_ERR_* of SSL_get_verify_result(3), as curl passes it on */
enum peer_verdict peer_verdict(long result);

#endif
