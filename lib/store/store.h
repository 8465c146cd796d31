/* store.h - the material that a stack shares, in a mounted folder.
 *
 *   ca/transport/{ca.crt,ca.key}          signs node-to-node certificates, and nothing else
 *   ca/http/{ca.crt,ca.key}               signs HTTP server and client certificates
 *   trust/{transport,http}.crt            the CA certificates that the stack trusts
 *   instances/NAME/transport/{tls.crt,tls.key}   one key pair of one instance ...
 *   instances/NAME/http/{tls.crt,tls.key}
 *   admin/{tls.crt,tls.key}               OpenSearch: the administrator's client certificate
 *   passwords/USER                        one password a file
 *   api-keys/NAME                         Elasticsearch: an API key of the stack file, id:key
 *   tokens/INSTANCE                       Elasticsearch: the service token of a Kibana
 *   secrets/NAME                          a key that instances of one product share
 *   bootstrap.password                    Elasticsearch: opens the superuser until it is sealed
 *   seal.json                             what was sealed; no secret
 *
 * What appears together is a unit: a folder of files, or one file. A unit is made once, by one
 * atomic step that never replaces anything; of many makers the first wins and the rest get
 * FAIL_EXISTS and load what is there. Nothing rests on the locks: they only save work. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "base/str.h"
#include "os/lock.h"

struct store;

enum { STORE_FILE_MAX_BYTES = 256 * 1024, STORE_MAX_FILES = 4 };

enum store_mode {
	STORE_READ,  /* never writes */
	STORE_WRITE, /* may write; a folder that cannot be written is opened all the same, and the
		      * first thing that has to be made says why it cannot be */
};

/* One file of a unit. */
struct store_file {
	const char *name;
	const struct str *content;
	bool secret; /* 0600 instead of 0644 */
};

/* Open the store in an existing folder. With STORE_WRITE what killed writers left is removed,
 * unless somebody is writing just now.
 *
 * where  the folder's path
 * fails  FAIL_MISSING (no such folder), FAIL_DENIED */
bool store_open(const char *where, enum store_mode mode, struct store **out,
		struct err *e) MUST_USE;
void store_close(struct store *s);
void store_closep(struct store **s);
#define auto_store CLEANUP(store_closep) struct store *

const char *store_where(const struct store *s);

/* With --check: say that a unit would be made, and count it. */
void store_note_missing(struct store *s, const char *path);
unsigned store_missing(const struct store *s);

/* Whether path, relative to the store, is there. */
bool store_has(const struct store *s, const char *path);

/* The same for whoever waits for it: a folder on the way that is closed to us is no reason to wait.
 * fails  FAIL_DENIED */
bool store_look(const struct store *s, const char *path, bool *found, struct err *e) MUST_USE;

/* Append one file's content to out. A private file that others can read is reported as a
 * warning, once a file; it is used all the same.
 * fails  FAIL_MISSING and as file_read() */
bool store_read(const struct store *s, const char *path, bool secret, struct str *out,
		struct err *e) MUST_USE;

/* Make a unit that is a folder, or a unit that is one file; parents are made as needed.
 * fails  FAIL_EXISTS (somebody made it first: load it), FAIL_DENIED, FAIL_IO */
bool store_make_folder(struct store *s, const char *path, const struct store_file *files,
		       size_t count, struct err *e) MUST_USE;
bool store_make_file(struct store *s, const char *path, const struct store_file *file,
		     struct err *e) MUST_USE;

/* Replace a file that is not material but a note about it, such as seal.json, by one atomic step.
 * Its writers exclude each other by a lock. fails  FAIL_DENIED, FAIL_IO */
bool store_replace_file(struct store *s, const char *path, const struct store_file *file,
			struct err *e) MUST_USE;

/* Names of the units below path; none when path is not there. */
bool store_list(const struct store *s, const char *path, struct list *out, struct err *e) MUST_USE;

/* Take one of the work-saving locks. Where the volume has no locks,
 * or cannot be written, this succeeds and means nothing. FAIL_BUSY after wait_ms. */
bool store_lock(struct store *s, enum lock_what what, enum lock_kind kind, unsigned wait_ms,
		struct err *e) MUST_USE;
void store_unlock(struct store *s, enum lock_what what);

#endif
