/* pem.h - the blocks of a PEM text (RFC 7468): where they are, and the bytes in them. */
#ifndef PKI_PEM_H
#define PKI_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct pem_reader {
	const char *at, *end;
	const char *name;    /* of the file, for errors */
	unsigned long line;  /* lines read so far */
	unsigned long count; /* blocks read so far */
};

struct pem_block {
	const char *text; /* from the start of its BEGIN line to the end of its END line */
	size_t len;
	const char *label; /* "CERTIFICATE"; printable ASCII, not NUL-terminated */
	int label_len;
	unsigned long line; /* of its BEGIN, from 1 */
};

/* Whether there is a BEGIN line: at the start of a line, or behind a byte order mark. */
bool pem_is(const char *bytes, size_t n);

/* Read the next block; what stands between blocks is skipped. out->text is NULL: no more.
 * fails  FAIL_INPUT: a block without its END line */
bool pem_next(struct pem_reader *r, struct pem_block *out, struct err *e) MUST_USE;

bool pem_label_is(const struct pem_block *b, const char *label);

/* What a block holds, decoded: OpenSSL's memory, wiped by pem_content_clear(). */
struct pem_content {
	char *label, *header; /* header: what stood before the base64, "" mostly */
	unsigned char *bytes;
	long n;
};

/* secret: it is a key, and goes into the secure heap.
 * fails  FAIL_INPUT, as pem_damaged(); FAIL_MEMORY: the secure heap is full */
bool pem_decode(const struct pem_reader *r, const struct pem_block *b, bool secret,
		struct pem_content *out, struct err *e) MUST_USE;

/* Report that the block r has just given is not what its label says, or that OpenSSL had no memory
 * for it. Returns false. */
bool pem_damaged(const struct pem_reader *r, const struct pem_block *b, struct err *e);

void pem_content_clear(struct pem_content *c);
#define auto_pem_content CLEANUP(pem_content_clear) struct pem_content

#endif
