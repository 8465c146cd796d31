#include "keystore/bytes.h"

#include <endian.h>
#include <string.h>

const unsigned char *bytes_take(struct byte_reader *r, size_t n)
{
	const unsigned char *at = r->at;

	if (n > r->left) {
		r->short_of = true;
		r->left = 0;
		return (const unsigned char *)"";
	}
	r->at += n;
	r->left -= n;
	return at;
}

uint32_t bytes_u32(struct byte_reader *r, bool little_endian)
{
	uint32_t raw = 0;
	const unsigned char *at = bytes_take(r, sizeof(raw));

	if (r->short_of)
		return 0;
	memcpy(&raw, at, sizeof(raw));
	return little_endian ? le32toh(raw) : be32toh(raw);
}

uint16_t bytes_u16(struct byte_reader *r)
{
	uint16_t raw = 0;
	const unsigned char *at = bytes_take(r, sizeof(raw));

	if (r->short_of)
		return 0;
	memcpy(&raw, at, sizeof(raw));
	return be16toh(raw);
}

void bytes_add_u32(struct str *out, uint32_t value, bool little_endian)
{
	uint32_t raw = little_endian ? htole32(value) : htobe32(value);

	str_addn(out, &raw, sizeof(raw));
}

void bytes_add_u16(struct str *out, size_t value)
{
	uint16_t raw = htobe16((uint16_t)value);

	str_addn(out, &raw, sizeof(raw));
}
