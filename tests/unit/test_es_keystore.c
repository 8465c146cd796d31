#include "check.h"
#include "given.h"

#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "keystore/bytes.h"
#include "keystore/es_keystore.h"
#include "keystore/gcm.h"

/* Files made with salt 00 01 .. 3f, IV a0 a1 .. ab and the entries keystore.seed = 20 times A,
 * bootstrap.password = changeme; every one of them was opened by Elasticsearch's own
 * KeyStoreWrapper of 7.12.0, 7.17.28, 8.0.0, 8.19.0 and 9.0.0 as far as it knows the format. */
/* clang-format off */
static const char v4[] =
	"3fd76c1716656c61737469637365617263682e6b657973746f72650000000400000000b300000040"
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
	"28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f0000000ca0a1a2a3a4a5a6a7a8a9aaab"
	"0000005beaafb719d8005e46aad8cd2a8aba88a9bc222a8a6c85a19401b0448d5f11919eff2b5024"
	"37f478b5a1626d87c52a9540a950a30efcd8ae85e9f3363ebb7e829a39d3f81b90058f75274d0b05"
	"a4eb27568a219d1efae962a3c64dd9c02893e800000000000000004b48de2e";
static const char v5[] =
	"3fd76c1716656c61737469637365617263682e6b657973746f72650000000500b300000040000000"
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
	"28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f0c000000a0a1a2a3a4a5a6a7a8a9aaab"
	"5b000000eaafb719d8005e46aad8cd2a8aba88a9bc222a8a6c85a19401b0448d5f11919eff2b5024"
	"37f478b5a1626d87c52a9540a950a30efcd8ae85e9f3363ebb7e829a39d3f81b90058f75274d0b05"
	"a4eb27568a219d1efae962a3c64dd9c02893e80000000000000000e9336f1b";
static const char v7[] =
	"3fd76c1716656c61737469637365617263682e6b657973746f72650000000700b300000040000000"
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
	"28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f0c000000a0a1a2a3a4a5a6a7a8a9aaab"
	"5b000000f38828e48fb21357f015355a77b98973ffeae563406d56063d9ee17d02a7ac16746aa94c"
	"8d3dda23b16f633a84b31d335ccf571fe65a4ac63ffaa5ab1608c13a9daf519f5d02b68cb9bf60a1"
	"6a1de4483d8237b7db1f638625b56ec02893e800000000000000001d949a61";
/* The password is keystorepass. */
static const char v7_with_password[] =
	"3fd76c1716656c61737469637365617263682e6b657973746f72650000000701b300000040000000"
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
	"28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f0c000000a0a1a2a3a4a5a6a7a8a9aaab"
	"5b000000ca583fe322a4d3c48b096a43f10e285387e9746b11e771c46f1dfa3337bcb98b34cb98ab"
	"726893d608a93b115cfa79c84b1af1c262c193e930de17ef5df86fc96cd312e50456311c5e85e687"
	"cca091ff6a05f4454f5ffe7ed6d6d3c02893e80000000000000000325f8be2";
/* clang-format on */

enum { FILE_BYTES = 231, FLAG_AT = 31, CRC_BYTES = 8 };

static struct err e;

static void unhex(const char *hex, struct str *out)
{
	static const char digits[] = "0123456789abcdef";

	for (; hex[0] && hex[1]; hex += 2) {
		char byte = (char)((strchr(digits, hex[0]) - digits) << 4 |
				   (strchr(digits, hex[1]) - digits));

		str_addn(out, &byte, 1);
	}
	CHECK_INT(out->len, FILE_BYTES);
}

static bool parse(const struct str *bytes, const char *password, struct keystore **out)
{
	auto_secret pass = secret_of(password);

	return es_keystore_codec.parse(bytes, "elasticsearch.keystore", pass, out, &e);
}

static bool new_keystore(struct keystore **out)
{
	return keystore_new(out, &e) && es_keystore_codec.complete(*out, &e);
}

static void check_value(const struct keystore *k, const char *name, const char *want)
{
	const struct keystore_entry *entry = keystore_find(k, name);

	CHECK(entry != NULL);
	CHECK_TEXT(secret_reveal(entry->value, NULL), want);
}

static void check_vector(const char *hex, const char *password, unsigned format)
{
	auto_str bytes = STR_INIT(1024);
	auto_keystore k = NULL;

	unhex(hex, &bytes);
	CHECK(parse(&bytes, password, &k));
	CHECK_INT(keystore_origin(k).format, format);
	check_value(k, "keystore.seed", "AAAAAAAAAAAAAAAAAAAA");
	check_value(k, "bootstrap.password", "changeme");
	CHECK(keystore_find(k, "bootstrap.passwor") == NULL);
}

/* Make the checksum true again, so that what lies behind it is looked at. */
static void repair_checksum(struct str *bytes)
{
	uint64_t crc =
	    htobe64(crc32_z(0, (const unsigned char *)bytes->data, bytes->len - CRC_BYTES));

	memcpy(bytes->data + bytes->len - CRC_BYTES, &crc, CRC_BYTES);
}

TEST(es_keystore_opens_the_worked_examples_of_every_format)
{
	check_vector(v4, NULL, 4);
	check_vector(v4, "", 4);
	check_vector(v5, NULL, 5);
	check_vector(v7, NULL, 7);
	check_vector(v7_with_password, "keystorepass", 7);
}

static void add_typed(struct str *plain, const char *name, const char *type, const char *value)
{
	bytes_add_u16(plain, strlen(name));
	str_add(plain, name);
	bytes_add_u16(plain, strlen(type));
	str_add(plain, type);
	bytes_add_u32(plain, (uint32_t)strlen(value), false);
	str_add(plain, value);
}

/* As Elasticsearch 6.3 to 7.0 wrote it; nothing that we support does. */
static void make_v3(struct str *out)
{
	const struct gcm_kind kind = { 10000, 16, true };
	struct gcm_locked locked = { .text = STR_INIT(1024) };
	auto_str plain = STR_INIT(1024);

	bytes_add_u32(&plain, 2, false);
	add_typed(&plain, "a.text", "STRING", "one");
	add_typed(&plain, "a.file", "FILE", "two\n");
	CHECK(gcm_encrypt(&kind, NULL, &plain, &locked, &e));
	bytes_add_u32(out, 0x3fd76c17, false);
	str_add(out, "\x16"
		     "elasticsearch.keystore");
	bytes_add_u32(out, 3, false);
	str_addn(out, "\0", 1);
	bytes_add_u32(
	    out, (uint32_t)(12 + GCM_SALT_BYTES + GCM_IV_BYTES + plain.len + GCM_TAG_BYTES), false);
	bytes_add_u32(out, GCM_SALT_BYTES, false);
	str_addn(out, locked.salt, GCM_SALT_BYTES);
	bytes_add_u32(out, GCM_IV_BYTES, false);
	str_addn(out, locked.iv, GCM_IV_BYTES);
	bytes_add_u32(out, (uint32_t)(plain.len + GCM_TAG_BYTES), false);
	str_addn(out, locked.text.data, locked.text.len);
	str_addn(out, locked.tag, GCM_TAG_BYTES);
	bytes_add_u32(out, ~(uint32_t)0x3fd76c17, false);
	bytes_add_u32(out, 0, false);
	str_addn(out, "\0\0\0\0\0\0\0", CRC_BYTES);
	CHECK(str_ok(out, &e));
	repair_checksum(out);
	str_clear(&locked.text);
}

TEST(es_keystore_of_format_3_is_read_and_written_as_4)
{
	auto_str bytes = STR_INIT(1024);
	auto_str out = STR_INIT(1024);
	auto_keystore k = NULL;

	make_v3(&bytes);
	CHECK(parse(&bytes, NULL, &k));
	CHECK_INT(keystore_origin(k).format, 3);
	check_value(k, "a.text", "one");
	check_value(k, "a.file", "two\n");
	CHECK(!es_keystore_codec.format(k, ES_KEYSTORE_V3, NULL, &out, &e));
	CHECK_INT(e.code, FAIL_BUG);
}

TEST(es_keystore_with_a_wrong_or_missing_password_says_so)
{
	auto_str bytes = STR_INIT(1024);
	auto_keystore k = NULL;

	unhex(v7_with_password, &bytes);
	CHECK(!parse(&bytes, "keystorepasS", &k));
	CHECK_INT(e.code, FAIL_AUTH);
	CHECK_TEXT(e.msg, "wrong password for keystore 'elasticsearch.keystore'");
	CHECK(!parse(&bytes, NULL, &k));
	CHECK_INT(e.code, FAIL_AUTH);
	CHECK_TEXT(e.msg, "keystore 'elasticsearch.keystore' has a password, and none was given");
	CHECK(k == NULL);
}

TEST(es_keystore_torn_at_every_length_is_an_input_error)
{
	auto_str bytes = STR_INIT(1024);

	unhex(v4, &bytes);
	for (size_t n = 0; n < FILE_BYTES; n++) {
		auto_str torn = STR_INIT(1024); /* its own allocation: reading past it is seen */
		auto_keystore k = NULL;

		str_addn(&torn, bytes.data, n);
		CHECK(!parse(&torn, NULL, &k));
		CHECK_INT(e.code, FAIL_INPUT);
		if (n < CRC_BYTES + 1)
			continue;
		repair_checksum(&torn);
		CHECK(!parse(&torn, NULL, &k));
		CHECK_INT(e.code, FAIL_INPUT);
	}
}

TEST(es_keystore_with_any_byte_changed_is_refused)
{
	auto_str bytes = STR_INIT(1024);

	unhex(v4, &bytes);
	for (size_t i = 0; i < FILE_BYTES; i++) {
		auto_keystore k = NULL;

		bytes.data[i] ^= 0x40;
		CHECK(!parse(&bytes, NULL, &k));
		CHECK_INT(e.code, FAIL_INPUT);
		bytes.data[i] ^= 0x40;
	}
}

TEST(es_keystore_with_any_byte_changed_behind_a_true_checksum_is_refused)
{
	static const char masks[] = { 0x01, 0x7f };
	auto_str bytes = STR_INIT(1024);

	unhex(v4, &bytes);
	for (size_t m = 0; m < ARRAY_LEN(masks); m++)
		for (size_t i = 0; i < FILE_BYTES - CRC_BYTES; i += 1 + m) {
			auto_keystore k = NULL;

			if (i == FLAG_AT && masks[m] == 1)
				continue; /* "has a password", and that one is empty: the same */
			bytes.data[i] ^= masks[m];
			repair_checksum(&bytes);
			CHECK(!parse(&bytes, NULL, &k));
			CHECK(e.code == FAIL_INPUT || e.code == FAIL_AUTH);
			bytes.data[i] ^= masks[m];
		}
	repair_checksum(&bytes);
	auto_keystore k = NULL;
	CHECK(parse(&bytes, NULL, &k));
}

TEST(es_keystore_names_what_is_none_and_what_is_too_new)
{
	auto_str text = STR_INIT(1024);
	auto_str newer = STR_INIT(1024);
	auto_keystore k = NULL;

	str_add(&text, "bootstrap.password: changeme\n");
	CHECK(!parse(&text, NULL, &k));
	CHECK_TEXT(e.msg, "'elasticsearch.keystore' is not an Elasticsearch keystore");
	unhex(v7, &newer);
	newer.data[30] = 8;
	repair_checksum(&newer);
	CHECK(!parse(&newer, NULL, &k));
	CHECK_TEXT(e.msg,
		   "keystore 'elasticsearch.keystore' has format 8, newer than the 7 known here");
}

TEST(es_keystore_comes_back_from_every_written_format)
{
	for (int format = ES_KEYSTORE_V4; format <= ES_KEYSTORE_V7; format++)
		for (int locked = 0; locked < 2; locked++) {
			auto_keystore k = NULL;
			auto_keystore again = NULL;
			auto_secret value = NULL;
			auto_secret pass = NULL;
			auto_str bytes = STR_INIT(KEYSTORE_MAX_BYTES);

			CHECK(new_keystore(&k));
			CHECK(secret_new(&value, "p\xc3\xa4ss", 5, &e));
			CHECK(secret_new(&pass, "lock", 4, &e));
			CHECK(keystore_set(k, "bootstrap.password", KEYSTORE_TEXT, value, &e));
			CHECK(es_keystore_codec.format(k, (unsigned)format, locked ? pass : NULL,
						       &bytes, &e));
			CHECK_INT(bytes.data[30], format);
			CHECK_INT(bytes.data[FLAG_AT], locked);
			CHECK(parse(&bytes, locked ? "lock" : NULL, &again));
			CHECK_INT(keystore_origin(again).format, format);
			check_value(again, "bootstrap.password", "p\xc3\xa4ss");
			check_value(again, "keystore.seed",
				    secret_reveal(keystore_find(k, "keystore.seed")->value, NULL));
		}
}

TEST(es_keystore_is_appended_to_what_the_text_holds)
{
	auto_keystore k = NULL;
	auto_keystore again = NULL;
	auto_str bytes = STR_INIT(KEYSTORE_MAX_BYTES);
	auto_str rest = STR_INIT(KEYSTORE_MAX_BYTES);

	CHECK(new_keystore(&k));
	str_add(&bytes, "before");
	CHECK(es_keystore_codec.format(k, ES_KEYSTORE_V4, NULL, &bytes, &e));
	str_addn(&rest, bytes.data + 6, bytes.len - 6);
	CHECK(parse(&rest, NULL, &again));
}

TEST(es_keystore_never_writes_the_same_bytes_twice)
{
	auto_keystore k = NULL;
	auto_str a = STR_INIT(KEYSTORE_MAX_BYTES);
	auto_str b = STR_INIT(KEYSTORE_MAX_BYTES);

	CHECK(new_keystore(&k));
	CHECK(es_keystore_codec.format(k, ES_KEYSTORE_V4, NULL, &a, &e));
	CHECK(es_keystore_codec.format(k, ES_KEYSTORE_V4, NULL, &b, &e));
	CHECK_INT(a.len, b.len);
	CHECK(memcmp(a.data + 40, b.data + 40, 64) != 0);   /* salt */
	CHECK(memcmp(a.data + 108, b.data + 108, 12) != 0); /* IV */
}

TEST(es_keystore_takes_the_names_that_elasticsearch_takes)
{
	static const char *const bad[] = { "", "a b", "a/b", "a\nb", "\xc3\xa4" };

	CHECK(es_keystore_codec.is_name("a.b-c_D9"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!es_keystore_codec.is_name(bad[i]));
}

TEST(es_keystore_without_memory_fails_as_such_and_leaks_nothing)
{
	auto_str bytes = STR_INIT(1024);
	auto_keystore once = NULL;
	bool done = false;

	unhex(v4, &bytes);
	/* What OpenSSL sets up the first time, it never tries again when that fails. */
	CHECK(parse(&bytes, NULL, &once) && es_keystore_codec.complete(once, &e));
	for (unsigned n = 1; !done; n++) {
		auto_keystore k = NULL;
		auto_str out = STR_INIT(KEYSTORE_MAX_BYTES);
		bool ok;

		fault_alloc_at(n);
		ok = parse(&bytes, NULL, &k) && es_keystore_codec.complete(k, &e) &&
		     es_keystore_codec.format(k, ES_KEYSTORE_V4, NULL, &out, &e);
		fault_alloc_at(0);
		done = !fault_hit();
		CHECK(ok || !done); /* static, OpenSSL does without some of its own */
		CHECK(ok || e.code == FAIL_MEMORY || e.code == FAIL_CRYPTO);
	}
}
