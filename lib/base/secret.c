#include "base/secret.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

enum {
	SECURE_HEAP_GRAIN = 64,
	HEAP_MAX_BYTES = 16 * 1024, /* of one secret: more would crowd out the small ones */
};

struct secret {
	size_t len;
	size_t mapped; /* bytes of its own mapping with the guards; 0: it is in the heap */
	char bytes[];
};

static size_t our_share; /* bytes of the heap that secrets may take */

void secret_setup(enum secret_room room)
{
	static const size_t heap_bytes[] = {
		[SECRET_FEW] = 256 * 1024, [SECRET_MANY] = 4 * 1024 * 1024
	};

	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	/* Where memory cannot be locked (ulimit -l) the heap still wipes and guards. */
	(void)CRYPTO_secure_malloc_init(heap_bytes[room], SECURE_HEAP_GRAIN);
	our_share = heap_bytes[room] / 2;
	(void)prctl(PR_SET_DUMPABLE, 0);
}

/* Half of the heap is left to OpenSSL, which keeps keys there, and without room for the state of
 * its generator draws no random bytes. Without a heap all of it is ordinary memory. */
static bool heap_has_room(size_t size)
{
	return size <= HEAP_MAX_BYTES &&
	       (!CRYPTO_secure_malloc_initialized() || CRYPTO_secure_used() + size <= our_share);
}

static struct secret *heap_take(size_t size)
{
	struct secret *s;

	if (!heap_has_room(size))
		return NULL;
	(void)ERR_set_mark();
	s = OPENSSL_secure_zalloc(size);
	(void)ERR_pop_to_mark(); /* a full heap is no failure of the next one who asks for errors */
	return s;
}

/* Pages between two that nobody may touch, as OpenSSL guards its heap. */
static struct secret *map_take(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), inner, whole;
	char *at;

	if (size > SIZE_MAX / 2)
		return NULL;
	inner = (size + page - 1) / page * page;
	whole = inner + 2 * page;
	at = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	if (mprotect(at + page, inner, PROT_READ | PROT_WRITE) < 0) {
		(void)munmap(at, whole);
		return NULL;
	}
	/* Where memory cannot be locked (ulimit -l) it is still guarded, wiped and not dumped. */
	(void)mlock(at + page, inner);
	(void)madvise(at + page, inner, MADV_DONTDUMP);
	((struct secret *)(void *)(at + page))->mapped = whole;
	return (struct secret *)(void *)(at + page);
}

bool secret_new(struct secret **out, const void *bytes, size_t n, struct err *e)
{
	size_t size = n < SIZE_MAX / 2 ? sizeof(struct secret) + n + 1 : SIZE_MAX;
	struct secret *s = heap_take(size);

	if (!s)
		s = map_take(size);
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
	size_t page = (size_t)sysconf(_SC_PAGESIZE), mapped;

	if (!s)
		return;
	mapped = s->mapped;
	if (mapped == 0) {
		OPENSSL_secure_clear_free(s, sizeof(*s) + s->len + 1);
		return;
	}
	OPENSSL_cleanse(s, sizeof(*s) + s->len);
	(void)munmap((char *)s - page, mapped);
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
