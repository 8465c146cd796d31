#include "pki/rand.h"

#include <ctype.h>
#include <string.h>

#include <openssl/rand.h>

#include "pki/openssl.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

enum { LETTERS = 52, ALPHABET_SIZE = sizeof(alphabet) - 1, DASH_AT = RAND_PASSWORD_CHARS / 2 };

/* A number below limit without bias; limit is at most 256. */
static bool draw(unsigned limit, unsigned *out, struct err *e)
{
	unsigned char byte;

	do {
		if (RAND_priv_bytes(&byte, 1) != 1)
			return openssl_failed(e, FAIL_CRYPTO, "cannot draw random bytes");
	} while (byte >= 256 - 256 % limit);
	*out = byte % limit;
	return true;
}

bool rand_text(char *out, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		unsigned k = 0;

		if (!draw(i == 0 ? LETTERS : ALPHABET_SIZE, &k, e))
			return false;
		out[i] = alphabet[k];
	}
	out[count] = '\0';
	return true;
}

static bool is_mixed(const char *text)
{
	bool digit = false, upper = false, lower = false;

	for (; *text; text++) {
		digit |= isdigit((unsigned char)*text) != 0;
		upper |= isupper((unsigned char)*text) != 0;
		lower |= islower((unsigned char)*text) != 0;
	}
	return digit && upper && lower;
}

bool rand_password(struct secret **out, struct err *e)
{
	char text[RAND_PASSWORD_CHARS + 1];
	bool made;

	do {
		if (!rand_text(text, RAND_PASSWORD_CHARS, e))
			return false;
		text[DASH_AT] = '-';
	} while (!is_mixed(text));
	made = secret_new(out, text, RAND_PASSWORD_CHARS, e);
	secret_wipe(text, sizeof(text));
	return made;
}
