/* credentials.c - what a user hands over to be used or converted: PEM, DER, PKCS#12, with a
 * passphrase and without: pki/credentials, pki/p12.
 *
 * No mutation of a PKCS#12 file survives its MAC, so each input is read a second time with every
 * MAC believed: the linker puts the functions at the end in place of OpenSSL's. */
#include <openssl/pkcs12.h>

#include "fuzz.h"

#include "pki/credentials.h"
#include "pki/p12.h"

enum { TEXT_MAX_BYTES = 4 * CREDENTIALS_MAX_BYTES, MAX_ENTRIES = 3 };

static bool believe;

static void check_cert(const struct cert *c)
{
	auto_str pem = STR_INIT(TEXT_MAX_BYTES);
	auto_credentials again = { 0 };
	struct err e = { 0 };

	fuzz_done(cert_format(c, &pem, &e), &e);
	fuzz_done(credentials_parse(pem.data, pem.len, "again", NULL, &again, &e), &e);
	HOLDS(again.count == 1 && again.items[0].cert && !again.items[0].key);
	HOLDS(cert_same(c, again.items[0].cert));
}

static void check_key(const struct key *k)
{
	auto_str_wiped pem = STR_INIT(TEXT_MAX_BYTES), second = STR_INIT(TEXT_MAX_BYTES);
	auto_credentials again = { 0 };
	struct err e = { 0 };

	if (!key_format(k, &pem, &e)) {
		fuzz_failed(&e);
		return;
	}
	fuzz_done(credentials_parse(pem.data, pem.len, "again", NULL, &again, &e), &e);
	HOLDS(again.count == 1 && !again.items[0].cert && again.items[0].key);
	fuzz_done(key_format(again.items[0].key, &second, &e), &e);
	HOLDS(strcmp(str_text(&pem), str_text(&second)) == 0);
}

/* Everything with a certificate, written as PKCS#12 and read. */
static void check_p12(const struct credentials *c, const struct secret *pass)
{
	struct p12_entry entries[MAX_ENTRIES];
	auto_str_wiped bytes = STR_INIT(TEXT_MAX_BYTES);
	auto_credentials again = { 0 };
	size_t count = 0;
	struct err e = { 0 };

	for (size_t i = 0; i < c->count && count < MAX_ENTRIES; i++)
		if (c->items[i].cert) {
			const struct credential *it = &c->items[i];

			entries[count++] =
			    (struct p12_entry){ it->alias ? it->alias : "none", it->cert, it->key };
		}
	if (count == 0)
		return;
	if (!p12_format(entries, count, pass, P12_LEGACY, &bytes, &e)) {
		fuzz_failed(&e);
		return;
	}
	fuzz_done(credentials_parse(bytes.data, bytes.len, "again", pass, &again, &e), &e);
	HOLDS(again.count == count);
	for (size_t i = 0; i < count; i++) {
		size_t same = 0;

		while (same < count && !cert_same(entries[i].cert, again.items[same].cert))
			same++;
		HOLDS(same < count);
		HOLDS(again.items[same].key || again.items[same].trusted);
	}
}

static void check(const struct credentials *c)
{
	const struct credential *pair = credentials_pair(c);
	bool has_pair = false;

	HOLDS(c->count > 0 && c->count <= CREDENTIALS_MAX);
	for (size_t i = 0; i < c->count; i++) {
		const struct credential *it = &c->items[i];

		HOLDS(it->cert || it->key);
		HOLDS(!it->cert || !it->key || cert_fits_key(it->cert, it->key));
		if (it->cert && it->key && !has_pair)
			HOLDS(pair == it);
		has_pair = has_pair || (it->cert && it->key);
		if (i >= MAX_ENTRIES)
			continue;
		if (it->cert)
			check_cert(it->cert);
		if (it->key)
			check_key(it->key);
	}
	HOLDS(has_pair == (pair != NULL));
}

static void try(const char *bytes, size_t n, const struct secret *pass, bool write)
{
	auto_credentials c = { 0 };
	struct err e = { 0 };

	if (!credentials_parse(bytes, n, "fuzz.p12", pass, &c, &e)) {
		HOLDS(!c.items && c.count == 0);
		fuzz_failed(&e);
		return;
	}
	believe = false;
	check(&c);
	if (write)
		check_p12(&c, pass);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	auto_secret pass = fuzz_pass();

	(void)p12_is((const char *)data, n);
	try((const char *)data, n, NULL, false);
	try((const char *)data, n, pass, false);
	believe = true;
	try((const char *)data, n, pass, true);
	believe = false;
	return 0;
}

int __real_PKCS12_verify_mac(PKCS12 *p12, const char *pass, int n);
int __wrap_PKCS12_verify_mac(PKCS12 *p12, const char *pass, int n);
int __real_PKCS12_set_mac(PKCS12 *p12, const char *pass, int n, unsigned char *salt, int salt_len,
			  int rounds, const EVP_MD *md);
int __wrap_PKCS12_set_mac(PKCS12 *p12, const char *pass, int n, unsigned char *salt, int salt_len,
			  int rounds, const EVP_MD *md);
PKCS7 *__real_PKCS12_pack_p7encdata_ex(int pbe, const char *pass, int n, unsigned char *salt,
				       int salt_len, int rounds, STACK_OF(PKCS12_SAFEBAG) * bags,
				       OSSL_LIB_CTX *ctx, const char *propq);
PKCS7 *__wrap_PKCS12_pack_p7encdata_ex(int pbe, const char *pass, int n, unsigned char *salt,
				       int salt_len, int rounds, STACK_OF(PKCS12_SAFEBAG) * bags,
				       OSSL_LIB_CTX *ctx, const char *propq);
PKCS12_SAFEBAG *__real_PKCS12_SAFEBAG_create_pkcs8_encrypt_ex(int pbe, const char *pass, int n,
							      unsigned char *salt, int salt_len,
							      int rounds, PKCS8_PRIV_KEY_INFO *p8,
							      OSSL_LIB_CTX *ctx, const char *propq);
PKCS12_SAFEBAG *__wrap_PKCS12_SAFEBAG_create_pkcs8_encrypt_ex(int pbe, const char *pass, int n,
							      unsigned char *salt, int salt_len,
							      int rounds, PKCS8_PRIV_KEY_INFO *p8,
							      OSSL_LIB_CTX *ctx, const char *propq);

int __wrap_PKCS12_verify_mac(PKCS12 *p12, const char *pass, int n)
{
	return believe ? 1 : __real_PKCS12_verify_mac(p12, pass, n);
}

/* One round each: what is derived is the same work for every input. */
int __wrap_PKCS12_set_mac(PKCS12 *p12, const char *pass, int n, unsigned char *salt, int salt_len,
			  int rounds, const EVP_MD *md)
{
	(void)rounds;
	return __real_PKCS12_set_mac(p12, pass, n, salt, salt_len, 1, md);
}

PKCS7 *__wrap_PKCS12_pack_p7encdata_ex(int pbe, const char *pass, int n, unsigned char *salt,
				       int salt_len, int rounds, STACK_OF(PKCS12_SAFEBAG) * bags,
				       OSSL_LIB_CTX *ctx, const char *propq)
{
	(void)rounds;
	return __real_PKCS12_pack_p7encdata_ex(pbe, pass, n, salt, salt_len, 1, bags, ctx, propq);
}

PKCS12_SAFEBAG *__wrap_PKCS12_SAFEBAG_create_pkcs8_encrypt_ex(int pbe, const char *pass, int n,
							      unsigned char *salt, int salt_len,
							      int rounds, PKCS8_PRIV_KEY_INFO *p8,
							      OSSL_LIB_CTX *ctx, const char *propq)
{
	(void)rounds;
	return __real_PKCS12_SAFEBAG_create_pkcs8_encrypt_ex(pbe, pass, n, salt, salt_len, 1, p8,
							     ctx, propq);
}
