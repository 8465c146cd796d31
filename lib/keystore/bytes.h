/* bytes.h - numbers and runs of bytes as Lucene and Java's data streams write them. */
#ifndef KEYSTORE_BYTES_H
#define KEYSTORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* A cursor that remembers having run over the end: ask short_of once, before what was read is used.
 */
struct byte_reader {
	const unsigned char *at;
	size_t left;
	bool short_of;
};

/* The next n bytes, borrowed; when there are fewer, something of one byte. Numbers are then 0. */
const unsigned char *bytes_take(struct byte_reader *r, size_t n);
uint32_t bytes_u32(struct byte_reader *r, bool little_endian);
uint16_t bytes_u16(struct byte_reader *r); /* big-endian */

void bytes_add_u32(struct str *out, uint32_t value, bool little_endian);
void bytes_add_u16(struct str *out, size_t value);

#endif
