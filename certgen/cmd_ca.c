#include "base/secret.h"
#include "certgen/commands.h"
#include "certgen/write_pair.h"
#include "pki/ca.h"

bool cmd_ca(const void *options, char *const *operands, int *status, struct err *e)
{
	const struct options *o = options;
	const char *subject = o->ca_dn ? o->ca_dn : "CN=stackseal CA";
	auto_ca ca = { 0 };
	enum key_kind kind;

	(void)operands;
	(void)status;
	secret_setup();
	return key_kind_parse(o->key_kind, &kind, e) &&
	       ca_make(subject, kind, o->days ? o->days : CERT_CA_DAYS, &ca, e) &&
	       write_pair(o->out_dir ? o->out_dir : "ca", "ca", ca.cert, ca.key, e);
}
