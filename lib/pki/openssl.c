#include "pki/openssl.h"

#include <string.h>

#include <openssl/cryptoerr.h>
#include <openssl/err.h>

#include "base/secret.h"

bool openssl_failed(struct err *e, enum fail code, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(e, code, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
}

bool openssl_lacks_memory(void)
{
	unsigned long code;
	bool lacks = false;

	while ((code = ERR_get_error()) != 0) {
		int reason = ERR_GET_REASON(code);

		lacks = lacks || reason == ERR_R_MALLOC_FAILURE ||
			(ERR_GET_LIB(code) == ERR_LIB_CRYPTO &&
			 reason == CRYPTO_R_SECURE_MALLOC_FAILURE);
	}
	return lacks;
}

int openssl_give_pass(char *buf, int size, int rwflag, void *pass)
{
	size_t n = 0;
	const char *bytes = pass ? secret_reveal(pass, &n) : NULL;

	(void)rwflag;
	if (!bytes || n > (size_t)size)
		return -1;
	memcpy(buf, bytes, n);
	return (int)n;
}
