#include "pki/idn.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "pki/punycode.h"

enum { LABEL_MAX_BYTES = 63 };

/* What a character may do in a label: a letter anywhere, a mark behind another character. A number
 * above MARK is its canonical combining class: marks that have one stand in rising order in NFC. */
enum { LETTER = 0, MARK = 1, NUKTA = 7, VIRAMA = 9 };

/* Ranges of characters that are PVALID in RFC 5892 and their own NFC form (checked against the
 * tables of Unicode 17 for every character). step 2: small letters that take turns with capitals.
 */
/* clang-format off */
static const struct range {
	uint32_t first, last;
	unsigned char step, role;
} ranges[] = {
	/* Latin */
	{ 0x00df, 0x00f6, 1, LETTER }, { 0x00f8, 0x00ff, 1, LETTER }, { 0x0101, 0x0131, 2, LETTER },
	{ 0x0135, 0x0137, 2, LETTER }, { 0x0138, 0x0138, 1, LETTER }, { 0x013a, 0x013e, 2, LETTER },
	{ 0x0142, 0x0148, 2, LETTER }, { 0x014b, 0x0177, 2, LETTER }, { 0x017a, 0x017e, 2, LETTER },
	{ 0x0192, 0x0192, 1, LETTER }, { 0x01a1, 0x01a1, 1, LETTER }, { 0x01b0, 0x01b0, 1, LETTER },
	{ 0x01ce, 0x01dc, 2, LETTER }, { 0x01dd, 0x01ef, 2, LETTER }, { 0x01f9, 0x0233, 2, LETTER },
	{ 0x0250, 0x02af, 1, LETTER }, { 0x1e01, 0x1e95, 2, LETTER }, { 0x1ea1, 0x1ef9, 2, LETTER },
	/* Greek, Cyrillic, Armenian, Georgian */
	{ 0x0390, 0x0390, 1, LETTER }, { 0x03ac, 0x03ce, 1, LETTER }, { 0x0430, 0x045f, 1, LETTER },
	{ 0x0461, 0x0481, 2, LETTER }, { 0x048b, 0x04bf, 2, LETTER }, { 0x04c2, 0x04ce, 2, LETTER },
	{ 0x04cf, 0x052f, 2, LETTER }, { 0x0561, 0x0586, 1, LETTER }, { 0x10d0, 0x10fa, 1, LETTER },
	/* Hebrew, Arabic */
	{ 0x05d0, 0x05ea, 1, LETTER }, { 0x0620, 0x063f, 1, LETTER }, { 0x0641, 0x064a, 1, LETTER },
	{ 0x066e, 0x066f, 1, LETTER }, { 0x0671, 0x0674, 1, LETTER }, { 0x0679, 0x06d3, 1, LETTER },
	{ 0x06d5, 0x06d5, 1, LETTER }, { 0x06fa, 0x06fc, 1, LETTER }, { 0x06ff, 0x06ff, 1, LETTER },
	/* Indic letters that not each of these blocks has; see indic */
	{ 0x0971, 0x097f, 1, LETTER }, { 0x09ce, 0x09ce, 1, LETTER }, { 0x09f0, 0x09f1, 1, LETTER },
	{ 0x0a70, 0x0a71, 1, MARK },   { 0x0a72, 0x0a74, 1, LETTER }, { 0x0b71, 0x0b71, 1, LETTER },
	{ 0x0d7a, 0x0d7f, 1, LETTER },
	/* Sinhala, Thai, Lao */
	{ 0x0d81, 0x0d83, 1, MARK },   { 0x0d85, 0x0dc6, 1, LETTER }, { 0x0dca, 0x0dca, 1, VIRAMA },
	{ 0x0dcf, 0x0ddf, 1, MARK },   { 0x0e01, 0x0e30, 1, LETTER }, { 0x0e31, 0x0e31, 1, MARK },
	{ 0x0e32, 0x0e32, 1, LETTER }, { 0x0e34, 0x0e37, 1, MARK },   { 0x0e38, 0x0e39, 1, 103 },
	{ 0x0e40, 0x0e46, 1, LETTER }, { 0x0e47, 0x0e47, 1, MARK },   { 0x0e48, 0x0e4b, 1, 107 },
	{ 0x0e4c, 0x0e4e, 1, MARK },   { 0x0e50, 0x0e59, 1, LETTER }, { 0x0e81, 0x0eb0, 1, LETTER },
	{ 0x0eb1, 0x0eb1, 1, MARK },   { 0x0eb2, 0x0eb2, 1, LETTER }, { 0x0eb4, 0x0eb7, 1, MARK },
	{ 0x0eb8, 0x0eb9, 1, 118 },  { 0x0ebb, 0x0ebc, 1, MARK },   { 0x0ebd, 0x0ebd, 1, LETTER },
	{ 0x0ec0, 0x0ec6, 1, LETTER }, { 0x0ec8, 0x0ecb, 1, 122 },   { 0x0ecc, 0x0ecd, 1, MARK },
	{ 0x0ed0, 0x0ed9, 1, LETTER },
	/* Kana, Bopomofo, Han, Hangul */
	{ 0x3005, 0x3007, 1, LETTER }, { 0x3041, 0x3096, 1, LETTER }, { 0x309d, 0x309e, 1, LETTER },
	{ 0x30a1, 0x30fa, 1, LETTER }, { 0x30fc, 0x30fe, 1, LETTER }, { 0x3105, 0x312f, 1, LETTER },
	{ 0x3400, 0x4dbf, 1, LETTER }, { 0x4e00, 0x9fff, 1, LETTER }, { 0xac00, 0xd7a3, 1, LETTER },
	{ 0x20000, 0x2a6df, 1, LETTER },
};

/* Devanagari to Malayalam: nine blocks of 128, laid out alike. */
enum { INDIC_FIRST = 0x0900, INDIC_LAST = 0x0d7f, INDIC_BLOCK = 128 };
static const struct range indic[] = {
	{ 0x00, 0x03, 1, MARK },   { 0x05, 0x39, 1, LETTER }, { 0x3c, 0x3c, 1, NUKTA },
	{ 0x3d, 0x3d, 1, LETTER }, { 0x3e, 0x4c, 1, MARK },   { 0x4d, 0x4d, 1, VIRAMA },
	{ 0x60, 0x61, 1, LETTER }, { 0x62, 0x63, 1, MARK },   { 0x66, 0x6f, 1, LETTER },
};

/* Gurmukhi letters in there that NFC writes as two characters. */
static const uint32_t never[] = { 0x0a33, 0x0a36 };

/* Pairs that NFC writes as one character. */
static const uint32_t pairs[][2] = {
	{ 0x0928, 0x093c }, { 0x0930, 0x093c }, { 0x0933, 0x093c }, { 0x09c7, 0x09be },
	{ 0x0b47, 0x0b3e }, { 0x0bc6, 0x0bbe }, { 0x0bc7, 0x0bbe }, { 0x0cc6, 0x0cc2 },
	{ 0x0d46, 0x0d3e }, { 0x0d47, 0x0d3e }, { 0x0dd9, 0x0dca }, { 0x0dd9, 0x0dcf },
	{ 0x0dd9, 0x0ddf }, { 0x0ddc, 0x0dca },
};
/* clang-format on */

static bool find_role(const struct range *rows, size_t count, uint32_t c, unsigned *out)
{
	for (size_t i = 0; i < count; i++)
		if (c >= rows[i].first && c <= rows[i].last &&
		    (c - rows[i].first) % rows[i].step == 0) {
			*out = rows[i].role;
			return true;
		}
	return false;
}

/* false: it is not in the table. */
static bool role_of(uint32_t c, unsigned *out)
{
	*out = LETTER;
	if (c < 0x80)
		return isalnum((int)c) || c == '-';
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		if (c == never[i])
			return false;
	if (find_role(ranges, ARRAY_LEN(ranges), c, out))
		return true;
	return c >= INDIC_FIRST && c <= INDIC_LAST &&
	       find_role(indic, ARRAY_LEN(indic), c % INDIC_BLOCK, out);
}

static bool is_pair(uint32_t a, uint32_t b)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (a == pairs[i][0] && b == pairs[i][1])
			return true;
	return false;
}

/* Whether c may stand between the two beside it; 0: it is the first or the last. */
static bool may_stand(uint32_t before, uint32_t c, uint32_t after)
{
	unsigned role, role_before = LETTER;

	if (c == 0xb7) /* Catalan; RFC 5892, A.3 */
		return before == 'l' && after == 'l';
	if (!role_of(c, &role) || is_pair(before, c))
		return false;
	if (role == LETTER)
		return true;
	if (before == 0)
		return false;
	return role == MARK || !role_of(before, &role_before) || role_before <= role;
}

static bool is_right_to_left(uint32_t c)
{
	return c >= 0x0590 && c <= 0x06ff;
}

/* RFC 5893, 2: such a label starts with a letter of its direction, and holds none of the other. */
static bool directions_agree(const uint32_t *text, size_t n)
{
	bool any = false, others = false;

	for (size_t i = 0; i < n; i++)
		if (is_right_to_left(text[i]))
			any = true;
		else if (i == 0 || !(text[i] == '-' || (text[i] < 0x80 && isdigit((int)text[i]))))
			others = true;
	return !any || !others;
}

static bool refuse(struct err *e, const char *name, const char *why)
{
	return err_set(e, FAIL_INPUT, "'%s' is not a host name: %s", name, why);
}

static bool check_label(const char *name, const uint32_t *text, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!may_stand(i > 0 ? text[i - 1] : 0, text[i], i + 1 < n ? text[i + 1] : 0))
			return err_set(e, FAIL_INPUT,
				       "'%s' is not a host name: U+%04X cannot stand there", name,
				       text[i]) ||
			       err_hint(e, "write it in lower case and composed (NFC), or give it "
					   "in its xn-- form");
	if (text[0] == '-' || text[n - 1] == '-' || (n > 3 && text[2] == '-' && text[3] == '-'))
		return refuse(e, name, "a label cannot have '-' there");
	return directions_agree(text, n) || refuse(e, name, "a label mixes writing directions");
}

static bool decode_label(const char *name, const char *at, const char *end, uint32_t *out,
			 size_t *out_n, struct err *e)
{
	*out_n = 0;
	while (at < end) {
		if (*out_n == LABEL_MAX_BYTES)
			return refuse(e, name, "a label is too long");
		if (!utf8_next(&at, &out[*out_n]))
			return err_set(e, FAIL_INPUT, "a host name is not UTF-8");
		if (out[*out_n] < 0x80)
			out[*out_n] = (uint32_t)tolower((int)out[*out_n]);
		++*out_n;
	}
	return true;
}

static bool add_international(struct str *out, const char *name, const char *at, size_t bytes,
			      struct err *e)
{
	uint32_t text[LABEL_MAX_BYTES];
	size_t n, before = out->len;

	if (!decode_label(name, at, at + bytes, text, &n, e) || !check_label(name, text, n, e))
		return false;
	str_add(out, "xn--");
	punycode_encode(text, n, out);
	if (!str_ok(out, e))
		return false;
	return out->len - before <= LABEL_MAX_BYTES || refuse(e, name, "a label is too long");
}

/* Whether an ASCII label that says it is an A-label has at least the form of one. */
static bool is_plain(const char *at, size_t n)
{
	if (n < 4 || strncasecmp(at, "xn--", 4) != 0)
		return true;
	for (size_t i = 4; i < n; i++)
		if (!isalnum((unsigned char)at[i]) && at[i] != '-')
			return false;
	return n > 4 && at[n - 1] != '-';
}

static bool add_ascii(struct str *out, const char *name, const char *at, size_t n, struct err *e)
{
	if (!is_plain(at, n))
		return err_set(e, FAIL_INPUT, "'%s' holds a damaged xn-- label", name);
	for (size_t i = 0; i < n; i++) {
		char c = (char)tolower((unsigned char)at[i]);

		str_addn(out, &c, 1);
	}
	return true;
}

static bool is_ascii(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)at[i] >= 0x80)
			return false;
	return true;
}

bool idn_to_ascii(const char *name, struct str *out, struct err *e)
{
	for (const char *at = name;; at++) {
		size_t n = strcspn(at, ".");

		if (!(is_ascii(at, n) ? add_ascii(out, name, at, n, e)
				      : add_international(out, name, at, n, e)))
			return false;
		at += n;
		if (*at == '\0')
			return str_ok(out, e);
		str_add(out, ".");
	}
}
