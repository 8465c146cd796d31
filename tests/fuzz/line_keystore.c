/* line_keystore.c - Kibana's and the Beats' keystore files: keystore/kibana_keystore,
 * beat_keystore.
 *
 * Authenticated encryption keeps random bytes from ever getting far, so an input is tried as a file
 * as it stands, and, when it does not start as one, as the plaintext of one of each, which is
 * sealed here. The linker puts the functions of seed_key.h in place of OpenSSL's: a key costs one
 * round, but for the seeds that are files. */

#include "fuzz.h"
#include "seed_key.h"

#include "keystore/base64.h"
#include "keystore/beat_keystore.h"
#include "keystore/gcm.h"
#include "keystore/kibana_keystore.h"

enum { PLAIN_MAX_BYTES = 1024 * 1024 };

static const struct product {
	const struct keystore_codec *codec;
	const char *start;
	bool tag_first;
} kibana = { &kibana_keystore_codec, "1:", true }, beat = { &beat_keystore_codec, "v1", false };

static void check_same(const struct keystore *a, const struct keystore *b)
{
	HOLDS(keystore_count(a) == keystore_count(b));
	for (size_t i = 0; i < keystore_count(a); i++) {
		const struct keystore_entry *x = keystore_at(a, i), *y = keystore_at(b, i);

		HOLDS(strcmp(x->name, y->name) == 0);
		HOLDS(x->kind == y->kind);
		HOLDS(secret_equal(x->value, y->value));
	}
}

/* What was read is written, and is the same when it is read again. */
static void check_written(const struct product *p, const struct keystore *k,
			  const struct secret *pass)
{
	auto_str file = STR_INIT(KEYSTORE_MAX_BYTES);
	auto_keystore again = NULL;
	struct err e = { 0 };

	fuzz_done(p->codec->format(k, 1, pass, &file, &e), &e);
	fuzz_done(p->codec->parse(&file, "again", pass, &again, &e), &e);
	HOLDS(keystore_origin(again).has_password == (pass != NULL));
	check_same(k, again);
}

static void try(const struct product *p, const struct str *file)
{
	struct keystore *untouched = (struct keystore *)&untouched, *k = untouched;
	auto_secret pass = fuzz_pass();
	struct err e = { 0 };
	bool locked;

	if (!p->codec->is_locked(file, "fuzz.keystore", &locked, &e))
		fuzz_failed(&e);
	if (!p->codec->parse(file, "fuzz.keystore", pass, &k, &e)) {
		HOLDS(k == untouched);
		fuzz_failed(&e);
		return;
	}
	check_written(p, k, NULL);
	check_written(p, k, pass);
	keystore_free(k);
}

static void try_plain(const struct product *p, const uint8_t *plain, size_t n)
{
	static const struct gcm_kind kind = { .rounds = 10000, .key_bytes = 32 };
	struct gcm_locked locked = { .text = STR_INIT(PLAIN_MAX_BYTES) };
	auto_str text = STR_INIT(PLAIN_MAX_BYTES), raw = STR_INIT(2 * PLAIN_MAX_BYTES),
		 file = STR_INIT(KEYSTORE_MAX_BYTES);
	struct err e = { 0 };

	str_addn(&text, plain, n);
	if (text.failed)
		return;
	fuzz_done(gcm_encrypt(&kind, NULL, &text, &locked, &e), &e);
	str_addn(&raw, locked.salt, GCM_SALT_BYTES);
	str_addn(&raw, locked.iv, GCM_IV_BYTES);
	if (p->tag_first)
		str_addn(&raw, locked.tag, GCM_TAG_BYTES);
	str_addn(&raw, str_text(&locked.text), locked.text.len);
	if (!p->tag_first)
		str_addn(&raw, locked.tag, GCM_TAG_BYTES);
	str_clear(&locked.text);
	str_add(&file, p->start);
	base64_encode(raw.data, raw.len, &file);
	try(p, &file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	auto_str file = STR_INIT(PLAIN_MAX_BYTES);

	str_addn(&file, data, n);
	if (file.failed)
		return 0;
	if (n > 0 && (data[0] == '1' || data[0] == 'v')) {
		try(data[0] == 'v' ? &beat : &kibana, &file);
		return 0;
	}
	try_plain(&kibana, data, n);
	try_plain(&beat, data, n);
	return 0;
}
