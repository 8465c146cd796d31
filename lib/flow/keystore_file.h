/* keystore_file.h - a product's keystore on the disk: looked at, opened, changed, written back
 * whole.
 *
 *     look     the bytes, and whether they need a password          no lock
 *     open     the entries, or those of a new keystore              no lock
 *     lock     keep other writers away, and open again what one of them changed meanwhile
 *     save     write under the lock, with the owner, mode, password and format that it had
 *
 * A question to a person belongs between open and lock: nobody waits for an answer. */
#ifndef FLOW_KEYSTORE_FILE_H
#define FLOW_KEYSTORE_FILE_H

#include "flow/place.h"
#include "keystore/keystore_product.h"

struct keystore_file {
	const struct keystore_product *product;
	struct place *place; /* its folder */
	const char *name;    /* in it */
	char path[512];      /* both, for messages */
	struct str bytes;    /* as they were read */
	bool found;          /* it is there */
	bool locked;         /* and has a password */
	int lock;
	struct keystore *entries; /* NULL until opened */
	bool fresh;               /* opened as a new one, whatever is there */
};

/* clang-format off */
#define KEYSTORE_FILE_INIT { .bytes = STR_INIT(KEYSTORE_MAX_BYTES), .lock = -1 }
/* clang-format on */

/* place and name are borrowed. fails  FAIL_INPUT, FAIL_DENIED, FAIL_IO; none when it is not there
 */
bool keystore_file_look(struct keystore_file *f, const struct keystore_product *product,
			struct place *place, const char *name, struct err *e) MUST_USE;

/* password  NULL: none; not used for a file that has none. fails  FAIL_AUTH */
bool keystore_file_open(struct keystore_file *f, const struct secret *password,
			struct err *e) MUST_USE;

/* A new one, in place of the one that is there. */
bool keystore_file_open_new(struct keystore_file *f, struct err *e) MUST_USE;

/* The lock ends with keystore_file_clear(). With place->check none is taken.
 * fails  FAIL_BUSY: another writer is at it for a minute; FAIL_EXISTS: there was none when it was
 *        looked at, and a new one was opened; as keystore_file_open() */
bool keystore_file_lock(struct keystore_file *f, const struct secret *password,
			struct err *e) MUST_USE;

/* The format to write: the version's, or without one the file's own, or one that all versions read.
 * fails  FAIL_CONFIG: a version that is too old */
bool keystore_file_format(const struct keystore_file *f, const struct version *version,
			  unsigned *out, struct err *e) MUST_USE;

/* Write the entries, completed as the product would do it, with this password (NULL: none). */
bool keystore_file_save(struct keystore_file *f, unsigned format, const struct secret *password,
			struct err *e) MUST_USE;

/* Warn when the product will not take the value of this entry as it is. */
void keystore_warn_misread(const struct keystore_product *p, const struct keystore_entry *entry);

void keystore_file_clear(struct keystore_file *f);
#define auto_keystore_file CLEANUP(keystore_file_clear) struct keystore_file

#endif
