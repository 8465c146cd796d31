/* san.h - the names and addresses a certificate is valid for. */
#ifndef PKI_SAN_H
#define PKI_SAN_H

#include "base/list.h"

struct san {
	struct list dns; /* host names, perhaps with a leading "*." */
	struct list ip;  /* IPv4 or IPv6 literals */
};

/* Add a name or an address if it is not there yet.
 * fails  FAIL_INPUT: not a host name (RFC 1123, ASCII), not an address literal */
bool san_add_dns(struct san *s, const char *name, struct err *e) MUST_USE;
bool san_add_ip(struct san *s, const char *address, struct err *e) MUST_USE;

void san_clear(struct san *s);
#define auto_san CLEANUP(san_clear) struct san

#endif
