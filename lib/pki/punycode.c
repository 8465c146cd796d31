#include "pki/punycode.h"

/* RFC 3492, 5 */
enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, FIRST_BIAS = 72, FIRST = 0x80 };

static void add_char(struct str *out, size_t c)
{
	const char byte = (char)c;

	str_addn(out, &byte, 1);
}

static void add_digit(struct str *out, size_t value)
{
	add_char(out, value < 26 ? 'a' + value : '0' + value - 26);
}

/* A number in digits of growing weight, the least first; the first one below its threshold is the
 * last (RFC 3492, 3.3). */
static void add_number(struct str *out, size_t value, size_t bias)
{
	for (size_t k = BASE;; k += BASE) {
		size_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;

		if (value < t)
			break;
		add_digit(out, t + (value - t) % (BASE - t));
		value = (value - t) / (BASE - t);
	}
	add_digit(out, value);
}

/* RFC 3492, 6.1 */
static size_t adapt(size_t delta, size_t done, bool first)
{
	size_t k = 0;

	delta /= first ? DAMP : 2;
	for (delta += delta / done; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t least_from(uint32_t from, const uint32_t *text, size_t n)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < n; i++)
		if (text[i] >= from && text[i] < least)
			least = text[i];
	return least;
}

/* RFC 3492, 6.3: the ASCII characters first, then every other in the order of its code, each as the
 * distance from the one before it, counted over all places and codes in between. The RFC watches
 * for overflow of 26 bits; size_t has room for any text that fits into memory. */
void punycode_encode(const uint32_t *text, size_t n, struct str *out)
{
	size_t ascii = 0, done, delta = 0, bias = FIRST_BIAS;
	uint32_t code = FIRST, next;

	for (size_t i = 0; i < n; i++)
		if (text[i] < FIRST) {
			add_char(out, text[i]);
			ascii++;
		}
	if (ascii > 0)
		add_char(out, '-');
	for (done = ascii; done < n; delta++, code = next + 1) {
		next = least_from(code, text, n);
		delta += (size_t)(next - code) * (done + 1);
		for (size_t i = 0; i < n; i++) {
			delta += text[i] < next;
			if (text[i] != next)
				continue;
			add_number(out, delta, bias);
			bias = adapt(delta, done + 1, done == ascii);
			delta = 0;
			done++;
		}
	}
}
