/* locked_line.h - a keystore file that is one line of text, as Kibana's and the Beats' are: the
 * number of its format, then base64 of salt, IV, and a JSON object locked as keystore/gcm does it.
 */
#ifndef KEYSTORE_LOCKED_LINE_H
#define KEYSTORE_LOCKED_LINE_H

#include "keystore/keystore.h"
#include "net/json.h"

/* What differs between the products. */
struct locked_line {
	const char *kind;           /* in words: "a Kibana keystore" */
	const char *before, *after; /* of the format's number: "v1" has a "v" before it */
	unsigned newest;    /* formats are 1 to this, and differ in nothing but the number */
	bool tag_first;     /* the tag stands before the ciphertext, not behind it */
	const char *ending; /* behind the object */
};

/* Open a file; a line end behind its line is fine. The object's names and texts are UTF-8.
 *
 * name      of the file, for errors
 * password  NULL or empty: none. Not used when the file opens without, as Kibana does it
 * fails     FAIL_INPUT: of another kind, a format we do not know, cut short, no object in it;
 *           FAIL_AUTH: wrong or missing password, or other bytes than were written: nothing in the
 *           file tells them apart */
bool locked_line_open(const struct locked_line *l, const struct str *file, const char *name,
		      const struct secret *password, struct json **out,
		      struct keystore_origin *origin, struct err *e) MUST_USE;

/* Append the file for this object, without a line end, with fresh salt and IV. */
bool locked_line_write(const struct locked_line *l, unsigned format, const struct secret *password,
		       const struct json *object, struct str *out, struct err *e) MUST_USE;

#endif
