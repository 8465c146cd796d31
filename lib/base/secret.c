#include "base/secret.h"

#include <string.h>
#include <sys/prctl.h>

#include <openssl/crypto.h>

enum { SECURE_HEAP_GRAIN = 64 };

struct secret {
	size_t len;
	char bytes[];
};

void secret_setup(enum secret_room room)
{
	static const size_t heap_bytes[] = {
		[SECRET_FEW] = 256 * 1024, [SECRET_MANY] = 4 * 1024 * 1024
	};

	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	/* Where memory cannot be locked (ulimit -l) the heap still wipes and guards. */
	(void)CRYPTO_secure_malloc_init(heap_bytes[room], SECURE_HEAP_GRAIN);
	(void)prctl(PR_SET_DUMPABLE, 0);
}

bool secret_new(struct secret **out, const void *bytes, size_t n, struct err *e)
{
	struct secret *s = OPENSSL_secure_zalloc(sizeof(*s) + n + 1);

	if (!s)
		return err_set(e, FAIL_MEMORY, "out of memory for a secret");
	s->len = n;
	if (n > 0)
		memcpy(s->bytes, bytes, n);
	*out = s;
	return true;
}

void secret_free(struct secret *s)
{
	if (s)
		OPENSSL_secure_clear_free(s, sizeof(*s) + s->len + 1);
}

void secret_freep(struct secret **s)
{
	secret_free(*s);
}

const char *secret_reveal(const struct secret *s, size_t *n)
{
	if (n)
		*n = s->len;
	return s->bytes;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && CRYPTO_memcmp(a->bytes, b->bytes, a->len) == 0;
}

void secret_wipe(void *bytes, size_t n)
{
	OPENSSL_cleanse(bytes, n);
}
