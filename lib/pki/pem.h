/* pem.h - the blocks of a PEM text (RFC 7468): where they are, not what is in them. */
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

#endif
