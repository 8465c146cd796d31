#include "keystore/base64.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/secret.h"

/* In pieces, for OpenSSL wants the whole room for its answer. */
enum { PIECE_BYTES = 48, PIECE_CHARS = 64 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t n, struct str *out)
{
	const unsigned char *at = bytes;
	unsigned char text[PIECE_CHARS + 1];

	while (n > 0) {
		size_t piece = n < PIECE_BYTES ? n : PIECE_BYTES;

		str_addn(out, text, (size_t)EVP_EncodeBlock(text, at, (int)piece));
		at += piece;
		n -= piece;
	}
	secret_wipe(text, sizeof(text));
}

/* OpenSSL takes blanks, and '-' for an end. */
static bool is_base64(const char *text, size_t n, size_t *padding)
{
	size_t i = 0;

	while (i < n && text[i] && strchr(alphabet, text[i]))
		i++;
	*padding = n - i;
	return n % 4 == 0 && *padding <= 2 && memcmp(text + i, "==", *padding) == 0;
}

bool base64_decode(const char *text, size_t n, struct str *out)
{
	unsigned char bytes[PIECE_BYTES];
	size_t padding;

	if (n > 0 && !is_base64(text, n, &padding))
		return false;
	while (n > 0) {
		size_t piece = n < PIECE_CHARS ? n : PIECE_CHARS;
		int got = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)piece);

		text += piece;
		n -= piece;
		str_addn(out, bytes, (size_t)got - (n == 0 ? padding : 0));
	}
	secret_wipe(bytes, sizeof(bytes));
	return true;
}
