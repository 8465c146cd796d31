#include "pki/chain.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "pki/openssl.h"

/* MOST_TRIES: of certificates with the name and key id of an issuer. Who makes thousands of them
 * would have every signature tried against each. */
enum { CHAIN_MAX = 16, MOST_TRIES = 32 };

struct trust {
	X509_STORE *store;
};

/* Empty; NULL: out of memory. */
static struct trust *trust_start(struct err *e)
{
	struct trust *t = malloc(sizeof(*t));

	if (t)
		t->store = X509_STORE_new();
	/* A trusted intermediate is enough, as it is for Java. */
	if (t && t->store && X509_STORE_set_flags(t->store, X509_V_FLAG_PARTIAL_CHAIN) == 1)
		return t;
	trust_free(t);
	(void)err_set(e, FAIL_MEMORY, "out of memory for trusted certificates");
	return NULL;
}

static bool trust_add(struct trust *t, X509 *x, struct err *e)
{
	return X509_STORE_add_cert(t->store, x) == 1 ||
	       openssl_failed(e, FAIL_MEMORY, "cannot trust a certificate");
}

bool trust_new(const struct cert *const *certs, size_t count, struct trust **out, struct err *e)
{
	auto_trust t = NULL;

	if (count > TRUST_MAX)
		return err_set(e, FAIL_INPUT, "more than %d trusted certificates", TRUST_MAX);
	t = trust_start(e);
	if (!t)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!trust_add(t, certs[i]->leaf, e))
			return false;
	*out = TAKE(t);
	return true;
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	X509_STORE_free(t->store);
	free(t);
}

void trust_freep(struct trust **t)
{
	trust_free(*t);
}

static bool run_verify(const struct trust *t, const struct cert *cert, int purpose, int *why)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ok = ctx && X509_STORE_CTX_init(ctx, t->store, cert->leaf, cert->chain) == 1 &&
		  X509_STORE_CTX_set_purpose(ctx, purpose) == 1;

	*why = X509_V_ERR_OUT_OF_MEM;
	if (ok) {
		ok = X509_verify_cert(ctx) == 1;
		*why = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

bool trust_check(const struct trust *t, const char *trust_name, const struct cert *cert,
		 const char *name, enum cert_purpose purpose, struct err *e)
{
	int why = X509_V_OK;
	bool serves = purpose == CERT_CLIENT || run_verify(t, cert, X509_PURPOSE_SSL_SERVER, &why);
	bool calls =
	    !serves || purpose == CERT_SERVER || run_verify(t, cert, X509_PURPOSE_SSL_CLIENT, &why);

	if (serves && calls)
		return true;
	(void)err_set(e, FAIL_CONFIG, "certificate '%s' is no good under CA '%s': %s", name,
		      trust_name, X509_verify_cert_error_string(why));
	return err_hint(e, "replace it, or remove it and its key to have a new one made");
}

bool chain_check(const struct cert *cert, const char *name, const struct cert *trust,
		 const char *trust_name, enum cert_purpose purpose, struct err *e)
{
	auto_trust t = trust_start(e);
	bool ok = t && trust_add(t, trust->leaf, e);

	for (int i = 0; ok && i < sk_X509_num(trust->chain); i++)
		ok = trust_add(t, sk_X509_value(trust->chain, i), e);
	return ok && trust_check(t, trust_name, cert, name, purpose, e);
}

static bool not_covered(const char *name, const char *wanted, struct err *e)
{
	(void)err_set(e, FAIL_CONFIG, "certificate '%s' does not cover '%s'", name, wanted);
	return err_hint(e, "remove it and its key to have a new one made, or "
			   "replace it by one with that name");
}

/* Host names and addresses: a wildcard may cover them. */
static bool covers_all(const struct cert *cert, const char *name, const struct list *wanted,
		       struct err *e)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!cert_covers(cert, wanted->items[i]))
			return not_covered(name, wanted->items[i], e);
	return true;
}

/* All others are there or they are not. */
static bool holds_all(const struct list *held, const char *name, const struct list *wanted,
		      struct err *e)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!list_has(held, wanted->items[i]))
			return not_covered(name, wanted->items[i], e);
	return true;
}

bool chain_check_names(const struct cert *cert, const char *name, const struct san *san,
		       struct err *e)
{
	auto_san held = { 0 };

	for (unsigned kind = 0; kind < SAN_KINDS; kind++) {
		const struct list *wanted = &san->of[kind];

		if (kind == SAN_DNS || kind == SAN_IP) {
			if (!covers_all(cert, name, wanted, e))
				return false;
			continue;
		}
		if (wanted->count > 0 && san_is_empty(&held) && !cert_san(cert, &held, e))
			return false;
		if (!holds_all(&held.of[kind], name, wanted, e))
			return false;
	}
	return true;
}

static X509 *issuer_of(X509 *x, const struct cert *const *pool, size_t count)
{
	int tries = 0;

	for (size_t i = 0; i < count && tries < MOST_TRIES; i++) {
		X509 *candidate = pool[i]->leaf;

		if (X509_check_issued(candidate, x) != X509_V_OK)
			continue;
		if (X509_verify(x, X509_get0_pubkey(candidate)) == 1)
			return candidate;
		tries++;
	}
	return NULL;
}

/* Two authorities may have signed each other. */
static bool is_in(const struct cert *c, const X509 *x)
{
	bool in = X509_cmp(c->leaf, x) == 0;

	for (int i = 0; !in && i < sk_X509_num(c->chain); i++)
		in = X509_cmp(sk_X509_value(c->chain, i), x) == 0;
	return in;
}

bool chain_complete(struct cert *c, const struct cert *const *pool, size_t count, bool with_root,
		    struct err *e)
{
	int have = sk_X509_num(c->chain);
	X509 *at = have > 0 ? sk_X509_value(c->chain, have - 1) : c->leaf;

	while (X509_self_signed(at, 0) != 1 && sk_X509_num(c->chain) < CHAIN_MAX) {
		X509 *issuer = issuer_of(at, pool, count);

		if (!issuer || is_in(c, issuer) || (!with_root && X509_self_signed(issuer, 0) == 1))
			break;
		if (!X509_up_ref(issuer) || sk_X509_push(c->chain, issuer) <= 0)
			return openssl_failed(e, FAIL_MEMORY, "cannot put a chain together");
		at = issuer;
	}
	ERR_clear_error();
	return true;
}
