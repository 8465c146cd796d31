/* renewal.h - the certificates of one file, signed again where it is time. */
#ifndef CERTGEN_RENEWAL_H
#define CERTGEN_RENEWAL_H

#include "certgen/output.h"
#include "pki/ca.h"
#include "pki/credentials.h"

struct renewal_terms {
	const struct ca *ca;
	const struct secret *pass; /* that opens the files and locks new keys; NULL: none */
	bool legacy;               /* what is locked is locked the old way */
	bool force;                /* also what is not due */
	unsigned within_days;      /* due is what has fewer left; 0: less than a third */
	bool new_key;
	enum key_kind kind; /* of new keys */
	bool kind_asked;    /* else they are of the kind that the old one was */
	unsigned days;
	bool exact_days; /* refuse days that outlive the CA */
};

/* What became of one file. */
struct renewal {
	const char *path;        /* in the output */
	bool named;              /* by the user, not come across */
	size_t made, good;       /* certificates signed again; not due yet */
	size_t foreign;          /* of another CA */
	const char *why;         /* it was signed again */
	const char *passed_over; /* why a certificate was; NULL: none was */
	struct err problem;      /* what could not be done; code FAIL_NONE: all was */
	struct str bytes;        /* the file's successor; empty: it stays */
	struct str key_path;     /* of the key beside it; empty: it is in the file */
	struct str key_bytes;    /* that one's successor; empty: it stays */
};

/* clang-format off */
#define RENEWAL_INIT(the_path, is_named) { .path = (the_path), .named = (is_named), \
	.bytes = STR_INIT(CREDENTIALS_MAX_BYTES), .key_path = STR_INIT(PATH_MAX), \
	.key_bytes = STR_INIT(CREDENTIALS_MAX_BYTES) }
/* clang-format on */

/* Look at r->path and make its successor. PEM may hold pairs, or one certificate with X.key beside
 * X.crt; PKCS#12 any number of entries. May run for several files at once.
 * fails  FAIL_MEMORY; all else is r->problem */
bool renewal_make(const struct output *out, const struct renewal_terms *terms, struct renewal *r,
		  struct err *e) MUST_USE;

void renewal_clear(struct renewal *r);

#endif
