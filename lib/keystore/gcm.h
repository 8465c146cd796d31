/* gcm.h - bytes under a password, as all products lock their keystores: PBKDF2-HMAC-SHA512 makes
 * the key, AES-GCM encrypts. An empty password is one too: it hides, and protects from nobody. */
#ifndef KEYSTORE_GCM_H
#define KEYSTORE_GCM_H

#include "base/secret.h"
#include "base/str.h"

enum { GCM_SALT_BYTES = 64, GCM_IV_BYTES = 12, GCM_TAG_BYTES = 16, GCM_KEY_MAX_BYTES = 32 };

struct gcm_kind {
	int rounds;       /* of PBKDF2 */
	int key_bytes;    /* 16 or 32 */
	bool salt_is_aad; /* the salt is authenticated with the text */
};

/* The parts of a locked text, borrowed from wherever they stand. */
struct gcm_parts {
	const unsigned char *salt, *iv, *text, *tag; /* the tag: GCM_TAG_BYTES */
	size_t salt_len, iv_len, text_len;
};

/* Append the plaintext to out. The parts come from a file: any lengths are looked at here.
 *
 * name      of the keystore, for errors
 * password  NULL or empty: none
 * fails     FAIL_AUTH: another password, or not the bytes that were written;
 *           FAIL_INPUT: lengths that nobody writes */
bool gcm_decrypt(const struct gcm_kind *kind, const struct secret *password,
		 const struct gcm_parts *in, const char *name, struct str *out,
		 struct err *e) MUST_USE;

/* A text locked by us, with fresh salt and IV. */
struct gcm_locked {
	unsigned char salt[GCM_SALT_BYTES], iv[GCM_IV_BYTES], tag[GCM_TAG_BYTES];
	struct str text; /* as long as the plaintext; of the caller, who gives its limit */
};

bool gcm_encrypt(const struct gcm_kind *kind, const struct secret *password,
		 const struct str *plain, struct gcm_locked *out, struct err *e) MUST_USE;

/* Report that the password is missing or wrong. Returns false. */
bool gcm_refused(const char *name, const struct secret *password, struct err *e);

#endif
