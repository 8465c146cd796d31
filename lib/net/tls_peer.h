/* tls_peer.h - look at a TLS server. */
#ifndef NET_TLS_PEER_H
#define NET_TLS_PEER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/* Whether text is HOST:PORT, [ADDRESS]:PORT, or those behind https://. */
bool tls_peer_is_address(const char *text);

/* Append the certificates that the server there shows, PEM, leaf first. Nothing is sent but the
 * handshake, and nothing is trusted. A server that wants a client certificate shows its own first.
 * Of the addresses of a name each is tried, within the one time.
 *
 * timeout_s  of all; at least 1
 * fails      FAIL_USAGE (an IPv6 address without brackets), FAIL_NET, FAIL_TIMEOUT, FAIL_TLS (it
 * speaks none, hangs up, or shows more than PEER_MAX_BYTES) */
bool tls_peer_chain(const char *address, unsigned timeout_s, struct str *out_pem,
		    struct err *e) MUST_USE;

#endif
