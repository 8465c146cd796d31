/* output.h - what a command writes: one file, an archive, or a folder laid out as the archive is.
 */
#ifndef CERTGEN_OUTPUT_H
#define CERTGEN_OUTPUT_H

#include <limits.h>

#include "keystore/bundle.h"

enum output_kind {
	OUTPUT_FILE, /* one PKCS#12 file; it has no paths inside */
	OUTPUT_ZIP,
	OUTPUT_TAR_GZ,
	OUTPUT_FOLDER,
};

/* What a command would write by itself. */
struct output_wish {
	const char *out;       /* --out; NULL: default_name */
	const char *file_name; /* for one PKCS#12 file; NULL: it cannot be one */
	const char *bundle_name;
	bool force;    /* what is there is not looked at, and is replaced */
	bool check;    /* nothing will be written */
	bool in_place; /* out was not chosen to be written: it is what shall be changed */
};

struct output {
	char path[PATH_MAX];
	char base[PATH_MAX]; /* the part of it that was there before */
	enum output_kind kind;
	bool force, exists;   /* a file: it is there already */
	struct bundle found;  /* an archive: what is in it */
	struct bundle wanted; /* what was put, and is not there so */
	int lock; /* held until output_clear(): two at once would lose one's additions */
};

/* clang-format off */
#define OUTPUT_INIT { .lock = -1 }
/* clang-format on */

enum { OUTPUT_NAME_BYTES = PATH_MAX + 600 };
enum { OUTPUT_PUBLIC = 0644, OUTPUT_SECRET = 0600 };

/* Decide from its name what it is, as elasticsearch-certutil does where it says nothing: .zip,
 * .tar.gz and .tgz are archives, .p12 and .pfx PKCS#12, a '/' at the end or an existing folder is a
 * folder; any other name is what the command makes by itself. Keeps other
 * certgens away from the folder it lies in, and reads the archive that is there; makes nothing.
 *
 * fails  FAIL_USAGE: empty, or a .p12 for what does not fit into one; FAIL_INPUT: what is there is
 *        no archive; FAIL_BUSY: another certgen has been writing there for half a minute */
bool output_open(const struct output_wish *wish, struct output *out, struct err *e) MUST_USE;

/* Append what is there under this path ("es01/es01.crt"). *found is false with --force. */
bool output_read(const struct output *o, const char *path, struct str *bytes, bool *found,
		 struct err *e) MUST_USE;

/* Append the paths of what is there: of an archive, or of a folder and all below it, but not behind
 * links to other folders; of one file "". */
struct list;
bool output_list(const struct output *o, struct list *paths, struct err *e) MUST_USE;

/* What the user knows it by: "certs/es01/es01.crt", "certs.zip:es01/es01.crt". */
void output_name(const struct output *o, const char *path, char out[OUTPUT_NAME_BYTES]);

/* Have this file there after the commit. */
bool output_put(struct output *o, const char *path, const void *bytes, size_t n, mode_t mode,
		struct err *e) MUST_USE;

bool output_changes(const struct output *o);

/* Write what was put: a file or archive by one rename; in a folder the folders that are new each
 * whole, single files of others each by a rename, in the order put.
 * fails  FAIL_EXISTS, FAIL_BUSY: another process was quicker; open it again, and look */
bool output_commit(struct output *o, struct err *e) MUST_USE;

void output_clear(struct output *o);
#define auto_output CLEANUP(output_clear) struct output

#endif
