/* make.h - what the commands that make something share: look, make what is missing, write it once.
 */
#ifndef CERTGEN_MAKE_H
#define CERTGEN_MAKE_H

#include "certgen/output.h"
#include "flow/options.h"
#include "pki/key.h"

/* Puts into out what is not there as it shall be; called again when another process was quicker. */
typedef bool make_fill_fn(struct output *out, void *ctx, struct err *e);

/* First of all: protect secrets, and say which options of elasticsearch-certutil mean nothing here.
 */
void make_begin(const struct options *o);

/* The passphrase that locks what is made; *out is NULL for none. On a terminal PKCS#12 is never
 * made without asking for it, as elasticsearch-certutil does. */
bool make_passphrase(const struct options *o, bool pem, struct secret **out,
		     struct err *e) MUST_USE;

/* Open the output, have it filled, and write what was put; say so, or that all is up to date. With
 * --check nothing is written, and *status tells that something would be. */
bool make_run(const struct options *o, const struct output_wish *wish, make_fill_fn *fill,
	      void *ctx, int *status, struct err *e) MUST_USE;

/* --new-pass: of what convert and bundle write. */
bool make_new_passphrase(const struct options *o, struct secret **out, struct err *e) MUST_USE;

/* Whether the name is that of a PKCS#12 file, or of a certificate in PEM. */
bool make_is_p12(const char *path);
bool make_is_pem(const char *path);

/* Have these bytes there; what is there and differs is replaced. */
bool make_put(struct output *out, const char *path, const struct str *bytes, mode_t mode,
	      struct err *e) MUST_USE;

/* The same, but what is there and differs stays. Of PKCS#12 and locked keys, which differ each time
 * they are written, the meaning is compared: pass opens what is there, too.
 * fails  FAIL_EXISTS: something else is there, and there is no --force */
bool make_keep(struct output *out, const char *path, const struct str *bytes, mode_t mode,
	       const struct secret *pass, struct err *e) MUST_USE;

/* The kind of key that --key or --keysize ask for, P-256 when neither does. */
bool make_key_kind(const struct options *o, enum key_kind *out, bool *asked,
		   struct err *e) MUST_USE;

#endif
