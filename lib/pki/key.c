#include "pki/key.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "pki/ec_key.h"
#include "pki/key_block.h"
#include "pki/openssl.h"
#include "pki/rsa.h"

/* clang-format off */
static const struct kind_row {
	const char *name;
	const char *curve; /* as OpenSSL names it; NULL: RSA */
	int bits;
} kinds[] = {
	[KEY_P256]     = { "p256",    SN_X9_62_prime256v1, 256 },
	[KEY_P384]     = { "p384",    SN_secp384r1,        384 },
	[KEY_RSA_2048] = { "rsa2048", NULL,                2048 },
	[KEY_RSA_3072] = { "rsa3072", NULL,                3072 },
	[KEY_RSA_4096] = { "rsa4096", NULL,                4096 },
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

const char *key_kind_name(enum key_kind kind)
{
	return kinds[kind].name;
}

bool key_format_for(const struct key *k, const struct secret *pass, enum key_lock lock,
		    struct str *out_pem, struct err *e)
{
	return pass ? key_format_locked(k, pass, lock, out_pem, e) : key_format(k, out_pem, e);
}

enum key_form key_form(const struct key *k)
{
	return k->form;
}

void key_type(const struct key *k, char out[KEY_TYPE_BYTES])
{
	const char *type = EVP_PKEY_get0_type_name(k->pkey);
	char curve[64] = "";

	if (EVP_PKEY_is_a(k->pkey, "EC"))
		(void)EVP_PKEY_get_group_name(k->pkey, curve, sizeof(curve), NULL);
	ERR_clear_error(); /* a curve without a name */
	(void)snprintf(out, KEY_TYPE_BYTES, "%.32s%s%s", type ? type : "?", *curve ? " " : "",
		       curve);
}

bool key_lock_of(const char *pem, size_t n, enum key_lock *out)
{
	auto_bio bio = n <= INT_MAX ? BIO_new_mem_buf(pem, (int)n) : NULL;
	X509_SIG *locked = bio ? PEM_read_bio_PKCS8(bio, NULL, NULL, NULL) : NULL;
	const X509_ALGOR *how;

	ERR_clear_error();
	if (!locked)
		return false;
	X509_SIG_get0(locked, &how, NULL);
	*out = OBJ_obj2nid(how->algorithm) == NID_pbes2 ? KEY_PBES2 : KEY_PBES1;
	X509_SIG_free(locked);
	return true;
}

/* By their public halves: nobody has two keys that share one. */
struct key *key_share(const struct key *k)
{
	struct key *copy = malloc(sizeof(*copy));

	if (!copy || EVP_PKEY_up_ref(k->pkey) != 1) {
		free(copy);
		return NULL;
	}
	*copy = *k;
	return copy;
}

bool key_same(const struct key *a, const struct key *b)
{
	bool same = EVP_PKEY_eq(a->pkey, b->pkey) == 1;

	ERR_clear_error();
	return same;
}

bool key_kind(const struct key *k, enum key_kind *out)
{
	char curve[64];

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const char *want = kinds[i].curve;

		if (EVP_PKEY_get_bits(k->pkey) != kinds[i].bits ||
		    !EVP_PKEY_is_a(k->pkey, want ? "EC" : "RSA"))
			continue;
		/* Other curves have as many bits; one without a name is none of ours. */
		if (want && (EVP_PKEY_get_group_name(k->pkey, curve, sizeof(curve), NULL) != 1 ||
			     strcmp(curve, want) != 0))
			continue;
		*out = (enum key_kind)i;
		return true;
	}
	return false;
}

bool key_wrap(EVP_PKEY *pkey, struct key **out, struct err *e)
{
	struct key *k = calloc(1, sizeof(*k));

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
	EVP_PKEY *pkey;

	if (!row->curve)
		return rsa_generate((unsigned)row->bits, &pkey, e) && key_wrap(pkey, out, e);
	pkey = EVP_EC_gen(row->curve);
	if (!pkey)
		return openssl_failed(e, FAIL_CRYPTO, "cannot generate a key");
	return key_wrap(pkey, out, e);
}

static bool read_block(struct pbe *p, const char *pem, size_t n, struct key **out, struct err *e)
{
	struct pem_reader r = { .at = pem, .end = pem + n, .name = p->name };
	struct pem_block b;

	do
		if (!pem_next(&r, &b, e))
			return false;
	while (b.text && !key_block_is(&b));
	return b.text ? key_block_open(p, &r, &b, out, e)
		      : err_set(e, FAIL_INPUT, "cannot read a private key from '%s': no key in it",
				p->name);
}

bool key_parse(const char *pem, size_t n, const char *name, const struct secret *pass,
	       struct key **out, struct err *e)
{
	auto_pbe p = { .name = name, .pass = pass };

	if (read_block(&p, pem, n, out, e))
		return true;
	return e->code == FAIL_AUTH && !pass
		   ? err_hint(e, "give its passphrase, or an unencrypted key")
		   : false;
}

bool key_format(const struct key *k, struct str *out_pem, struct err *e)
{
	auto_bio bio = BIO_new(BIO_s_mem()); /* wipes what it frees; out_pem is not locked either */
	unsigned char der[EC_KEY_MAX_BYTES];
	size_t der_bytes = ec_key_pkcs8(k->pkey, der);
	char *bytes;
	long n;
	bool ok;

	if (der_bytes > 0)
		ok = bio && PEM_write_bio(bio, PEM_STRING_PKCS8INF, "", der, (long)der_bytes) > 0;
	else
		ok = bio &&
		     PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) == 1;
	OPENSSL_cleanse(der, sizeof(der));
	if (!ok)
		return openssl_failed(e, FAIL_CRYPTO, "cannot encode a key");
	n = BIO_get_mem_data(bio, &bytes);
	str_addn(out_pem, bytes, (size_t)n);
	return str_ok(out_pem, e);
}

/* 3 ms, and as many as Java's own PKCS#12 files have. The server opens the key at every start; a
 * PKCS#12 file of the same key may stand beside it with the same passphrase, so more here alone
 * would protect nothing, and a random passphrase needs none. */
enum { LOCK_ITERATIONS = 10000, LOCK_SALT_BYTES = 16 };

static X509_SIG *lock_up(PKCS8_PRIV_KEY_INFO *plain, const struct secret *pass, enum key_lock lock)
{
	X509_ALGOR *how = lock == KEY_PBES1
			      ? PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
					      LOCK_ITERATIONS, NULL, LOCK_SALT_BYTES)
			      : PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), LOCK_ITERATIONS, NULL,
						  LOCK_SALT_BYTES, NULL, NID_hmacWithSHA256);
	size_t n;
	const char *bytes = secret_reveal(pass, &n);
	X509_SIG *locked = how ? PKCS8_set0_pbe(bytes, (int)n, plain, how) : NULL;

	if (!locked)
		X509_ALGOR_free(how);
	return locked;
}

/* Java (17 was tried) takes printable ASCII alone; OpenSSL cannot read back what was locked with
 * more bytes than its buffer holds. */
static bool can_lock(const struct secret *pass, struct err *e)
{
	size_t n;
	const char *bytes = secret_reveal(pass, &n);

	if (n > PEM_BUFSIZE)
		return err_set(e, FAIL_INPUT, "the passphrase of a key is longer than %d bytes",
			       PEM_BUFSIZE);
	for (size_t i = 0; i < n; i++)
		if (bytes[i] < ' ' || bytes[i] > '~') {
			(void)err_set(e, FAIL_INPUT, "the passphrase of a key is not plain ASCII");
			return err_hint(e, "Java can open no key with such a passphrase");
		}
	return true;
}

bool key_format_locked(const struct key *k, const struct secret *pass, enum key_lock lock,
		       struct str *out_pem, struct err *e)
{
	auto_bio bio = BIO_new(BIO_s_mem());
	PKCS8_PRIV_KEY_INFO *plain;
	X509_SIG *locked = NULL;
	char *text;
	size_t n;
	bool ok;

	if (!can_lock(pass, e))
		return false;
	plain = EVP_PKEY2PKCS8(k->pkey);
	if (plain)
		locked = lock_up(plain, pass, lock);
	ok = bio && locked && PEM_write_bio_PKCS8(bio, locked) == 1;
	X509_SIG_free(locked);
	PKCS8_PRIV_KEY_INFO_free(plain); /* wipes */
	if (!ok)
		return openssl_failed(e, FAIL_CRYPTO, "cannot encrypt a key");
	n = (size_t)BIO_get_mem_data(bio, &text);
	str_addn(out_pem, text, n);
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
