#include "pki/key.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "pki/openssl.h"

/* clang-format off */
static const struct kind_row {
	const char *name;
	const char *curve; /* NULL: RSA */
	unsigned bits;
} kinds[] = {
	[KEY_P256]     = { "p256",    "P-256", 256 },
	[KEY_P384]     = { "p384",    "P-384", 384 },
	[KEY_RSA_2048] = { "rsa2048", NULL,    2048 },
	[KEY_RSA_3072] = { "rsa3072", NULL,    3072 },
	[KEY_RSA_4096] = { "rsa4096", NULL,    4096 },
};
/* clang-format on */

bool key_kind_parse(const char *text, enum key_kind *out, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(text, kinds[i].name) == 0) {
			*out = (enum key_kind)i;
			return true;
		}
	(void)err_set(e, FAIL_USAGE, "unknown kind of key '%s'", text);
	return err_hint(e, "use p256, p384, rsa2048, rsa3072 or rsa4096");
}

static bool wrap(EVP_PKEY *pkey, struct key **out, struct err *e)
{
	struct key *k = malloc(sizeof(*k));

	if (!k) {
		EVP_PKEY_free(pkey);
		return err_set(e, FAIL_MEMORY, "out of memory for a key");
	}
	k->pkey = pkey;
	*out = k;
	return true;
}

bool key_generate(enum key_kind kind, struct key **out, struct err *e)
{
	const struct kind_row *row = &kinds[kind];
	EVP_PKEY *pkey = row->curve ? EVP_EC_gen(row->curve) : EVP_RSA_gen(row->bits);

	if (!pkey)
		return openssl_failed(e, FAIL_CRYPTO, "cannot generate a key");
	return wrap(pkey, out, e);
}

/* Without a password an encrypted key must fail, not ask on a terminal. */
static int give_pass(char *buf, int size, int rwflag, void *ctx)
{
	const struct secret *pass = ctx;
	size_t n = 0;
	const char *bytes = pass ? secret_reveal(pass, &n) : NULL;

	(void)rwflag;
	if (!bytes || n > (size_t)size)
		return -1;
	memcpy(buf, bytes, n);
	return (int)n;
}

bool key_parse(const char *pem, size_t n, const char *name, const struct secret *pass,
	       struct key **out, struct err *e)
{
	auto_bio bio = n <= INT_MAX ? BIO_new_mem_buf(pem, (int)n) : NULL;
	EVP_PKEY *pkey;
	const char *why;

	if (!bio)
		return openssl_failed(e, FAIL_MEMORY, "cannot read a key");
	pkey = PEM_read_bio_PrivateKey(bio, NULL, give_pass, (void *)(uintptr_t)pass);
	if (pkey)
		return wrap(pkey, out, e);
	why = ERR_reason_error_string(ERR_peek_last_error());
	ERR_clear_error();
	if (strstr(pem, "ENCRYPTED")) /* n bytes of text end in a NUL: struct str, secret */
		return err_set(e, FAIL_AUTH, "cannot decrypt key '%s'", name) ||
		       err_hint(e, pass ? "check its passphrase"
					: "give an unencrypted key, or its passphrase");
	return err_set(e, FAIL_INPUT, "cannot read a private key from '%s': %s", name,
		       why ? why : "no key in it");
}

bool key_format(const struct key *k, struct str *out_pem, struct err *e)
{
	auto_bio bio = BIO_new(BIO_s_secmem());
	char *bytes;
	long n;

	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) != 1)
		return openssl_failed(e, FAIL_CRYPTO, "cannot encode a key");
	n = BIO_get_mem_data(bio, &bytes);
	str_addn(out_pem, bytes, (size_t)n);
	return str_ok(out_pem, e);
}

void key_free(struct key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

void key_freep(struct key **k)
{
	key_free(*k);
}
