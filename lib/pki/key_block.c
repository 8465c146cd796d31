#include "pki/key_block.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

typedef bool open_fn(struct pbe *p, const struct pem_reader *r, const struct pem_block *b,
		     struct key **out, struct err *e);

/* Undo the lock of the form with Proc-Type and DEK-Info. It hashes the password once: there is
 * nothing to spend. */
static bool unlock(struct pbe *p, EVP_CIPHER_INFO *how, struct pem_content *c, struct err *e)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, EVP_CIPHER_get0_name(how->cipher), NULL);
	bool known = cipher != NULL;

	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	if (!known)
		return err_set(e, FAIL_INPUT, "a key in '%s' is encrypted with %s: not supported",
			       p->name, EVP_CIPHER_get0_name(how->cipher));
	return (p->pass && PEM_do_header(how, c->bytes, &c->n, openssl_give_pass,
					 (void *)(uintptr_t)p->pass) == 1) ||
	       pbe_refused(p, e);
}

/* The library that we ship has fewer ciphers than others' keys are locked with. */
static bool no_cipher(const struct pbe *p, const struct pem_reader *r, const struct pem_block *b,
		      struct err *e)
{
	bool unknown = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_UNSUPPORTED_ENCRYPTION;

	ERR_clear_error();
	if (!unknown)
		return pem_damaged(r, b, e);
	return err_set(e, FAIL_INPUT,
		       "a key in '%s' is encrypted with a cipher that is not supported", p->name) ||
	       err_hint(e, "lock it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc");
}

static enum key_form form_of(const EVP_CIPHER *cipher)
{
	const char *name = cipher ? EVP_CIPHER_get0_name(cipher) : NULL;

	if (!name)
		return KEY_FORM_PEM;
	return strncmp(name, "AES-", 4) == 0 || strncmp(name, "DES-", 4) == 0 ? KEY_FORM_DEK
									      : KEY_FORM_DEK_OTHER;
}

static bool open_plain(struct pbe *p, const struct pem_reader *r, const struct pem_block *b,
		       struct key **out, struct err *e)
{
	auto_pem_content c = { 0 };
	EVP_CIPHER_INFO how;
	const unsigned char *at;
	EVP_PKEY *pkey;

	if (!pem_decode(r, b, true, &c, e))
		return false;
	if (PEM_get_EVP_CIPHER_INFO(c.header, &how) != 1)
		return no_cipher(p, r, b, e);
	if (how.cipher && !unlock(p, &how, &c, e))
		return false;
	at = c.bytes;
	pkey = d2i_AutoPrivateKey(NULL, &at, c.n);
	if (!pkey) /* once in 256 times the padding of nonsense is right */
		return how.cipher ? pbe_refused(p, e) : pem_damaged(r, b, e);
	ERR_clear_error(); /* what was tried before it was read */
	if (!key_wrap(pkey, out, e))
		return false;
	(*out)->form = form_of(how.cipher);
	return true;
}

static bool open_sealed(struct pbe *p, const struct pem_reader *r, const struct pem_block *b,
			struct key **out, struct err *e)
{
	auto_pem_content c = { 0 };
	const unsigned char *at;
	X509_SIG *sealed;
	bool ok;

	if (!pem_decode(r, b, false, &c, e))
		return false;
	at = c.bytes;
	sealed = d2i_X509_SIG(NULL, &at, c.n);
	if (!sealed)
		return pem_damaged(r, b, e);
	ok = (p->pass || pbe_refused(p, e)) && pbe_open_key(p, sealed, out, e);
	X509_SIG_free(sealed);
	return ok;
}

/* clang-format off */
static const struct kind {
	const char *label;
	open_fn *open;
} kinds[] = {
	{ "PRIVATE KEY",           open_plain },
	{ "RSA PRIVATE KEY",       open_plain },
	{ "EC PRIVATE KEY",        open_plain },
	{ "DSA PRIVATE KEY",       open_plain },
	{ "ANY PRIVATE KEY",       open_plain },
	{ "ENCRYPTED PRIVATE KEY", open_sealed },
};
/* clang-format on */

static const struct kind *kind_of(const struct pem_block *b)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (pem_label_is(b, kinds[i].label))
			return &kinds[i];
	return NULL;
}

bool key_block_is(const struct pem_block *b)
{
	return kind_of(b) != NULL;
}

bool key_block_open(struct pbe *p, const struct pem_reader *r, const struct pem_block *b,
		    struct key **out, struct err *e)
{
	const struct kind *kind = kind_of(b);

	return kind ? kind->open(p, r, b, out, e) : pem_damaged(r, b, e);
}
