/* pair_file.h - one certificate, or request, with its key, as it lies in an output. */
#ifndef CERTGEN_PAIR_FILE_H
#define CERTGEN_PAIR_FILE_H

#include "certgen/pairs.h"

/* Where it lies, and how it shall be; all borrowed. */
struct pair_site {
	const struct output *out;
	const struct pair_place *place;
	const struct pair_style *style;
	const struct ca *ca; /* NULL: it signs itself */
};

struct pair_file {
	struct key *key;   /* NULL: it is not there */
	struct cert *cert; /* likewise */
	struct csr *csr;   /* likewise; in place of a certificate, with style.csr */
	bool unlocked;     /* the key is there, and without the passphrase of the style */
};

/* Read what is there, if anything is.
 * fails  FAIL_CONFLICT: PKCS#12 with other entries; FAIL_EXISTS: without a key; FAIL_AUTH: locked
 *        with another passphrase; FAIL_INPUT */
bool pair_file_read(const struct pair_site *at, struct pair_file *p, struct err *e) MUST_USE;

/* Append the certificate or the request; in PKCS#12 the whole file, with the key. */
bool pair_file_format(const struct pair_site *at, const struct pair_file *p, struct str *out,
		      struct err *e) MUST_USE;

/* Append the key, which has a file of its own with style.pem. */
bool pair_file_format_key(const struct pair_site *at, const struct pair_file *p, struct str *out,
			  struct err *e) MUST_USE;

/* FAIL_CONFLICT: "'certs/es01.crt' is there, and " what. Returns false. */
bool pair_file_conflict(const struct pair_site *at, const char *what, struct err *e);

/* What to do about FAIL_AUTH in what was there. Returns false. */
bool pair_file_locked(const struct pair_style *style, struct err *e);

/* What the user knows its two files by; in PKCS#12 only the first is there. */
void pair_file_names(const struct pair_site *at, char cert[OUTPUT_NAME_BYTES],
		     char key[OUTPUT_NAME_BYTES]);

void pair_file_clear(struct pair_file *p);

#endif
