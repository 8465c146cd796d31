#include "pki/service_token.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "pki/rand.h"

enum { SECRET_CHARS = 22, TOKEN_MAX_BYTES = 384, TEXT_MAX_BYTES = 4 * (TOKEN_MAX_BYTES / 3) + 5 };

static const char head[4] = { 0, 1, 0, 1 };

/* What Elasticsearch takes in a token's name (class ServiceAccountToken, Validation). */
static const char name_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

/* What stands before the secret; how many bytes. */
static size_t put_head(const char *service, const char *name, char out[TOKEN_MAX_BYTES])
{
	size_t room = TOKEN_MAX_BYTES - sizeof(head) - SECRET_CHARS - 1;
	int n = snprintf(out + sizeof(head), room, "%s/%s:", service, name);

	memcpy(out, head, sizeof(head));
	return n > 0 && (size_t)n < room ? sizeof(head) + (size_t)n : 0;
}

bool service_token_make(const char *service, const char *name, struct secret **out, struct err *e)
{
	char bytes[TOKEN_MAX_BYTES];
	unsigned char text[TEXT_MAX_BYTES];
	size_t n = put_head(service, name, bytes);
	bool made;

	if (n == 0)
		return err_set(e, FAIL_BUG, "the name of token '%s' does not fit", name);
	if (!rand_text(bytes + n, SECRET_CHARS, e))
		return false;
	n = (size_t)EVP_EncodeBlock(text, (const unsigned char *)bytes, (int)(n + SECRET_CHARS));
	made = secret_new(out, text, n, e);
	secret_wipe(bytes, sizeof(bytes));
	secret_wipe(text, sizeof(text));
	return made;
}

/* Decode; the number of bytes, 0 when it is no base64. */
static size_t decode(const struct secret *token, unsigned char out[TOKEN_MAX_BYTES])
{
	size_t n;
	const char *text = secret_reveal(token, &n);
	int bytes;

	if (n < 4 || n % 4 != 0 || n / 4 * 3 > TOKEN_MAX_BYTES)
		return 0;
	bytes = EVP_DecodeBlock(out, (const unsigned char *)text, (int)n);
	if (bytes < 0)
		return 0;
	return (size_t)bytes - (text[n - 1] == '=') - (text[n - 2] == '=');
}

bool service_token_secret(const struct secret *token, const char *service, const char *name,
			  struct secret **out, struct err *e)
{
	char wanted[TOKEN_MAX_BYTES];
	unsigned char bytes[TOKEN_MAX_BYTES];
	size_t n = decode(token, bytes), head_n = put_head(service, name, wanted);
	bool fits = head_n > 0 && n > head_n && memcmp(bytes, wanted, head_n) == 0;
	bool made = fits && secret_new(out, bytes + head_n, n - head_n, e);

	secret_wipe(bytes, sizeof(bytes));
	return fits ? made : err_set(e, FAIL_INPUT, "this is no token '%s' of %s", name, service);
}

bool service_token_name(const struct secret *token, const char *service, char *out, size_t size,
			struct err *e)
{
	unsigned char bytes[TOKEN_MAX_BYTES];
	size_t n = decode(token, bytes), begin = sizeof(head) + strlen(service) + 1;
	const unsigned char *colon = n > begin ? memchr(bytes + begin, ':', n - begin) : NULL;
	size_t name_n = colon ? (size_t)(colon - bytes) - begin : 0;
	bool fits = name_n > 0 && name_n < size && memcmp(bytes, head, sizeof(head)) == 0 &&
		    memcmp(bytes + sizeof(head), service, strlen(service)) == 0 &&
		    bytes[begin - 1] == '/';

	for (size_t i = 0; fits && i < name_n; i++)
		fits = strchr(name_chars, bytes[begin + i]) && bytes[begin + i];
	if (fits) {
		memcpy(out, bytes + begin, name_n);
		out[name_n] = '\0';
	}
	secret_wipe(bytes, sizeof(bytes));
	return fits || err_set(e, FAIL_INPUT, "this is no token of %s", service);
}
