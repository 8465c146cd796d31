/* service_token.h - bearer tokens of Elasticsearch's service accounts, such as elastic/kibana.
 *
 * A token is the base64 of the bytes 00 01 00 01 and "elastic/kibana/NAME:SECRET"; service_tokens
 * holds a line "elastic/kibana/NAME:" and the hash of SECRET (class ServiceAccountToken). */
#ifndef PKI_SERVICE_TOKEN_H
#define PKI_SERVICE_TOKEN_H

#include "base/secret.h"

/* Make a token with a random secret. */
bool service_token_make(const char *service, const char *name, struct secret **out,
			struct err *e) MUST_USE;

/* The SECRET in it.
 * fails  FAIL_INPUT: it is no token, or one of another account or name */
bool service_token_secret(const struct secret *token, const char *service, const char *name,
			  struct secret **out, struct err *e) MUST_USE;

/* The NAME in it, NUL-terminated in out[size].
 * fails  FAIL_INPUT: it is no token of this account, or its name does not fit */
bool service_token_name(const struct secret *token, const char *service, char *out, size_t size,
			struct err *e) MUST_USE;

#endif
