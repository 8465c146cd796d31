#include "pki/openssl.h"

#include <openssl/err.h>

bool openssl_failed(struct err *e, enum fail code, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(e, code, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
}
