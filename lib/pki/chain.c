#include "pki/chain.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "pki/openssl.h"

static bool run_verify(const struct cert *cert, const struct cert *trust, int purpose, int *why)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ok = store && ctx && X509_STORE_add_cert(store, trust->leaf) == 1;

	*why = X509_V_ERR_OUT_OF_MEM;
	for (int i = 0; ok && i < sk_X509_num(trust->chain); i++)
		ok = X509_STORE_add_cert(store, sk_X509_value(trust->chain, i)) == 1;
	/* A trusted intermediate is enough, as it is for Java. */
	ok = ok && X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
	     X509_STORE_CTX_init(ctx, store, cert->leaf, cert->chain) == 1 &&
	     X509_STORE_CTX_set_purpose(ctx, purpose) == 1;
	if (ok) {
		ok = X509_verify_cert(ctx) == 1;
		*why = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return ok;
}

bool chain_check(const struct cert *cert, const char *name, const struct cert *trust,
		 const char *trust_name, enum cert_purpose purpose, struct err *e)
{
	int why = X509_V_OK;
	bool serves =
	    purpose == CERT_CLIENT || run_verify(cert, trust, X509_PURPOSE_SSL_SERVER, &why);
	bool calls = !serves || purpose == CERT_SERVER ||
		     run_verify(cert, trust, X509_PURPOSE_SSL_CLIENT, &why);

	if (serves && calls)
		return true;
	(void)err_set(e, FAIL_CONFIG, "certificate '%s' is no good under CA '%s': %s", name,
		      trust_name, X509_verify_cert_error_string(why));
	return err_hint(e, "replace it, or remove it and its key to have a new one made");
}

static bool covers_all(const struct cert *cert, const char *name, const struct list *wanted,
		       struct err *e)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!cert_covers(cert, wanted->items[i])) {
			(void)err_set(e, FAIL_CONFIG, "certificate '%s' does not cover '%s'", name,
				      wanted->items[i]);
			return err_hint(e, "remove it and its key to have a new one made, or "
					   "replace it by one with that name");
		}
	return true;
}

bool chain_check_names(const struct cert *cert, const char *name, const struct san *san,
		       struct err *e)
{
	return covers_all(cert, name, &san->dns, e) && covers_all(cert, name, &san->ip, e);
}
