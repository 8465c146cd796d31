/* san.h - the names and addresses a certificate is valid for. */
#ifndef PKI_SAN_H
#define PKI_SAN_H

#include "base/list.h"

enum san_kind {
	SAN_DNS,   /* host name, perhaps with a leading "*."; kept as A-labels, lower case */
	SAN_IP,    /* IPv4 or IPv6 literal, as inet_ntop(3) writes it */
	SAN_EMAIL, /* mailbox, RFC 5322 addr-spec, ASCII */
	SAN_URI,   /* absolute URI, RFC 3986 */
	SAN_CN,    /* certutil's "cn": otherName of type 2.5.4.3, for Elasticsearch's
		      trust_restrictions */
	SAN_KINDS,
};

struct san {
	struct list of[SAN_KINDS];
};

/* "dns", "ip", "email", "uri", "cn". */
const char *san_kind_name(enum san_kind kind);

enum { SAN_MAX = 1024 }; /* of one kind */

/* Add a name if it is not there yet. An international host name becomes its xn-- form (see idn.h).
 *
 * text   dns: RFC 1123, also with '_'; at most 253 bytes as A-labels; no dot at the end, no address
 *        ip: without zone · email: local@host without quotes, at most 254 bytes
 *        uri: scheme:rest, at most 2048 bytes · cn: UTF-8 without controls, 1 to 255 bytes
 * fails  FAIL_INPUT: not a host name, not an address literal ...; SAN_MAX are there */
bool san_add(struct san *s, enum san_kind kind, const char *text, struct err *e) MUST_USE;
bool san_add_list(struct san *s, enum san_kind kind, const struct list *texts,
		  struct err *e) MUST_USE;

bool san_is_empty(const struct san *s);
bool san_equal(const struct san *a, const struct san *b); /* the same names, in any order */

/* Append "DNS:es01, IP:10.0.0.1" or nothing; a comma or \ inside a name has a \ before it. */
struct str;
void san_format(const struct san *s, struct str *out);

void san_clear(struct san *s);
#define auto_san CLEANUP(san_clear) struct san

#endif
