/* contents.h - what was named, sorted for writing: each once, with a name, and none left out. */
#ifndef CERTGEN_CONTENTS_H
#define CERTGEN_CONTENTS_H

#include "certgen/source.h"

enum content_kind {
	CONTENT_PAIR,    /* a certificate with its chain behind it, and its key */
	CONTENT_TRUSTED, /* a CA, or what PKCS#12 marks as trusted */
	CONTENT_CERT,    /* any other certificate, whose key is not there */
	CONTENT_KEY,     /* a key whose certificate is not there */
	CONTENT_KINDS
};

struct content {
	enum content_kind kind;
	char *name;              /* its alias, or else its file's name without ending */
	const char *alias;       /* borrowed; NULL: it has none */
	const char *from;        /* borrowed: the file, for messages */
	struct credential *what; /* borrowed */
};

struct contents {
	struct content *items; /* kind by kind, as in the enum; each in the order they were named */
	size_t count, cap;
	size_t count_of[CONTENT_KINDS];
};

/* Join keys with their certificates and certificates with their chains, and sort them. A CA that
 * only stands in a pair's chain is with that pair, and is no trusted one: it came in the pair's own
 * file, did not sign itself, and nobody marked it as trusted.
 *
 * s      lives as long as out
 * out    empty before; contents_clear() also after a failure
 * fails  FAIL_INPUT: there is nothing, only requests; FAIL_MEMORY */
bool contents_sort(struct sources *s, struct contents *out, struct err *e) MUST_USE;

/* The first of a kind, borrowed; NULL: there is none. The others stand behind it. */
const struct content *contents_first(const struct contents *c, enum content_kind kind);

void contents_clear(struct contents *c);
#define auto_contents CLEANUP(contents_clear) struct contents

#endif
