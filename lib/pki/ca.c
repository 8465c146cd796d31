#include "pki/ca.h"

bool ca_make(const char *subject, enum key_kind kind, unsigned valid_days, struct ca *out,
	     struct err *e)
{
	const struct cert_request rq = { .subject = subject,
					 .purpose = CERT_CA,
					 .valid_days = valid_days };

	return ca_issue(NULL, &rq, kind, &out->cert, &out->key, e);
}

bool ca_check(const struct cert *cert, const struct key *key, const char *cert_name,
	      const char *key_name, struct err *e)
{
	if (!cert_is_ca(cert))
		return err_set(e, FAIL_INPUT, "certificate '%s' is not a CA", cert_name) ||
		       err_hint(e, "a CA certificate has basicConstraints CA:TRUE");
	if (cert_days_left(cert) < 0)
		return err_set(e, FAIL_CONFIG, "CA certificate '%s' has expired", cert_name) ||
		       err_hint(e, "put a valid one there");
	if (!cert_has_begun(cert))
		return err_set(e, FAIL_CONFIG, "CA certificate '%s' is not valid yet", cert_name) ||
		       err_hint(e, "is the clock of this machine right?");
	if (key && !cert_fits_key(cert, key))
		return err_set(e, FAIL_INPUT, "key '%s' does not belong to certificate '%s'",
			       key_name, cert_name);
	return true;
}

bool ca_parse(const struct str *cert_pem, const char *cert_name, const struct str *key_pem,
	      const char *key_name, const struct secret *pass, struct ca *out, struct err *e)
{
	auto_cert cert = NULL;
	auto_key key = NULL;

	if (!cert_parse(str_text(cert_pem), cert_pem->len, cert_name, &cert, e))
		return false;
	if (key_pem && !key_parse(str_text(key_pem), key_pem->len, key_name, pass, &key, e))
		return false;
	if (!ca_check(cert, key, cert_name, key_name, e))
		return false;
	out->cert = TAKE(cert);
	out->key = TAKE(key);
	return true;
}

bool ca_sign(const struct ca *ca, const struct cert_request *request, struct cert **out,
	     struct err *e)
{
	auto_cert cert = NULL;

	if (ca && !ca->key)
		return err_set(e, FAIL_DENIED, "cannot sign '%s': the key of the CA is not here",
			       request->subject ? request->subject : "a request") ||
		       err_hint(e, "run it where the CA's key is");
	if (!cert_sign(request, ca ? ca->cert : NULL, ca ? ca->key : NULL, &cert, e) ||
	    (ca && !cert_add_chain(cert, ca->cert, e)))
		return false;
	*out = TAKE(cert);
	return true;
}

bool ca_issue(const struct ca *ca, const struct cert_request *request, enum key_kind kind,
	      struct cert **out_cert, struct key **out_key, struct err *e)
{
	struct cert_request rq = *request;
	auto_key key = NULL;

	if (!key_generate(kind, &key, e))
		return false;
	rq.key = key;
	if (!ca_sign(ca, &rq, out_cert, e))
		return false;
	*out_key = TAKE(key);
	return true;
}

void ca_clear(struct ca *ca)
{
	cert_free(ca->cert);
	key_free(ca->key);
	*ca = (struct ca){ 0 };
}
