#include "keystore/gcm.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

/* Both directions take the same steps; a struct keeps them from taking ten arguments. */
struct work {
	EVP_CIPHER_CTX *ctx;
	const struct gcm_kind *kind;
	unsigned char key[GCM_KEY_MAX_BYTES];
	bool encrypt;
};

static void work_clear(struct work *w)
{
	secret_wipe(w->key, sizeof(w->key));
	EVP_CIPHER_CTX_free(w->ctx);
}
#define auto_work CLEANUP(work_clear) struct work

static bool derive(struct work *w, const struct secret *password, const unsigned char *salt,
		   size_t salt_len, struct err *e)
{
	size_t n = 0;
	const char *bytes = password ? secret_reveal(password, &n) : "";

	w->ctx = EVP_CIPHER_CTX_new();
	return (w->ctx && n <= INT_MAX &&
		PKCS5_PBKDF2_HMAC(bytes, (int)n, salt, (int)salt_len, w->kind->rounds, EVP_sha512(),
				  w->kind->key_bytes, w->key) == 1) ||
	       err_set(e, FAIL_CRYPTO, "cannot derive the key of a keystore");
}

/* All but the tag. out has room for text_len bytes. */
static bool crypt_text(struct work *w, const struct gcm_parts *in, unsigned char *out)
{
	const EVP_CIPHER *aes = w->kind->key_bytes == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
	int n;

	return EVP_CipherInit_ex2(w->ctx, aes, NULL, NULL, w->encrypt, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(w->ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)in->iv_len, NULL) == 1 &&
	       EVP_CipherInit_ex2(w->ctx, NULL, w->key, in->iv, w->encrypt, NULL) == 1 &&
	       (!w->kind->salt_is_aad ||
		EVP_CipherUpdate(w->ctx, NULL, &n, in->salt, (int)in->salt_len) == 1) &&
	       (in->text_len == 0 ||
		EVP_CipherUpdate(w->ctx, out, &n, in->text, (int)in->text_len) == 1);
}

static bool finish(struct work *w)
{
	unsigned char rest[GCM_TAG_BYTES];
	int n;

	return EVP_CipherFinal_ex(w->ctx, rest, &n) == 1;
}

/* Append n bytes that are written later; NULL when there is no room. */
static unsigned char *append_room(struct str *out, size_t n)
{
	static const unsigned char zeros[4096];
	size_t start = out->len;

	for (size_t done = 0; done < n && !out->failed; done += sizeof(zeros))
		str_addn(out, zeros, n - done < sizeof(zeros) ? n - done : sizeof(zeros));
	if (n == 0)
		str_addn(out, "", 0);
	return out->failed ? NULL : (unsigned char *)out->data + start;
}

bool gcm_refused(const char *name, const struct secret *password, struct err *e)
{
	size_t n = 0;

	if (password)
		(void)secret_reveal(password, &n);
	return err_set(e, FAIL_AUTH,
		       n > 0 ? "wrong password for keystore '%s'"
			     : "keystore '%s' has a password, and none was given",
		       name);
}

bool gcm_decrypt(const struct gcm_kind *kind, const struct secret *password,
		 const struct gcm_parts *in, const char *name, struct str *out, struct err *e)
{
	auto_work w = { .kind = kind };
	unsigned char tag[GCM_TAG_BYTES];
	size_t start = out->len;
	unsigned char *plain;
	bool able;

	if (in->salt_len == 0 || in->salt_len > INT_MAX || in->iv_len == 0 ||
	    in->iv_len > GCM_IV_BYTES || in->text_len > INT_MAX)
		return err_set(e, FAIL_INPUT, "keystore '%s' is damaged: its lengths are wrong",
			       name);
	if (!derive(&w, password, in->salt, in->salt_len, e))
		return false;
	plain = append_room(out, in->text_len);
	if (!plain)
		return str_ok(out, e);
	memcpy(tag, in->tag, sizeof(tag));
	able = crypt_text(&w, in, plain) &&
	       EVP_CIPHER_CTX_ctrl(w.ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1;
	if (able && finish(&w))
		return true;
	secret_wipe(plain, in->text_len); /* unproven bytes are nobody's plaintext */
	out->len = start;
	return able ? gcm_refused(name, password, e)
		    : err_set(e, FAIL_CRYPTO, "cannot decrypt keystore '%s'", name);
}

bool gcm_encrypt(const struct gcm_kind *kind, const struct secret *password,
		 const struct str *plain, struct gcm_locked *out, struct err *e)
{
	auto_work w = { .kind = kind, .encrypt = true };
	struct gcm_parts in = { out->salt, out->iv,        (const unsigned char *)str_text(plain),
				NULL,      GCM_SALT_BYTES, GCM_IV_BYTES,
				plain->len };
	unsigned char *text;

	if (plain->len > INT_MAX)
		return err_set(e, FAIL_BUG, "a keystore of %zu bytes", plain->len);
	if (RAND_bytes(out->salt, GCM_SALT_BYTES) != 1 || RAND_bytes(out->iv, GCM_IV_BYTES) != 1)
		return err_set(e, FAIL_CRYPTO, "cannot draw random bytes");
	if (!derive(&w, password, out->salt, GCM_SALT_BYTES, e))
		return false;
	text = append_room(&out->text, plain->len);
	if (!text)
		return str_ok(&out->text, e);
	return (crypt_text(&w, &in, text) && finish(&w) &&
		EVP_CIPHER_CTX_ctrl(w.ctx, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, out->tag) == 1) ||
	       err_set(e, FAIL_CRYPTO, "cannot encrypt a keystore");
}
