/* output.h - what a command writes: one file, an archive, or a folder laid out as the archive is.
 * What is there of it can be read, what shall be there is put; commit.h writes that. */
#ifndef CERTGEN_OUTPUT_H
#define CERTGEN_OUTPUT_H

#include "base/list.h"
#include "certgen/claim.h"
#include "keystore/bundle.h"

enum output_kind {
	OUTPUT_FILE, /* one PKCS#12 file, certificate or key; it has no paths inside */
	OUTPUT_ZIP,
	OUTPUT_TAR_GZ,
	OUTPUT_FOLDER,
};

/* What a command would write by itself. */
struct output_wish {
	const char *out;       /* --out; NULL: default_name */
	const char *file_name; /* for one file; NULL: it cannot be one */
	const char *bundle_name;
	bool force;    /* what is there is not looked at, and is replaced */
	bool check;    /* nothing will be written */
	bool in_place; /* out was not chosen to be written: it is what shall be changed */
};

/* What becomes of a file that was there. */
enum output_change { OUTPUT_SIGNED_AGAIN, OUTPUT_LOCKED };

struct output_note {
	enum output_change change;
	char *name; /* what the user knows it by */
	const char *why;
};

struct output {
	char path[PATH_MAX];
	enum output_kind kind;
	bool force;
	bool exists;               /* a file: it is there already */
	struct bundle found;       /* an archive: what is in it */
	struct bundle wanted;      /* what was put, and is not there so */
	bool *replaces;            /* for each file of wanted: it was there when looked at */
	struct output_note *notes; /* what became of files that were there */
	size_t note_count;
	struct claim claim; /* held until output_clear() */
};

/* clang-format off */
#define OUTPUT_INIT { .claim = CLAIM_INIT }
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
bool output_list(const struct output *o, struct list *paths, struct err *e) MUST_USE;

/* What the user knows it by: "certs/es01/es01.crt", "certs.zip:es01/es01.crt". */
void output_name(const struct output *o, const char *path, char out[OUTPUT_NAME_BYTES]);

/* Have this file there after the commit. What was not there when it was looked at is only created,
 * so that nobody else's is lost where locks do not hold. */
enum output_before { OUTPUT_ADDS, OUTPUT_REPLACES };
bool output_put(struct output *o, const char *path, const void *bytes, size_t n, mode_t mode,
		enum output_before before, struct err *e) MUST_USE;

/* Tell, once it is written, what became of the file that is there under this path, and why;
 * why is a literal. */
bool output_explain(struct output *o, const char *path, enum output_change change, const char *why,
		    struct err *e) MUST_USE;

/* A link to nowhere is as good as missing, but is replaced, and not written through. */
bool output_is_dead_link(const char *path);

bool output_changes(const struct output *o);

/* The folder that all of it lies in, and where in the filesystem a path of a folder, or the one
 * file, is. fails  FAIL_USAGE: too long */
void output_folder(const struct output *o, char out[PATH_MAX]);
bool output_path(const struct output *o, const char *path, char out[PATH_MAX],
		 struct err *e) MUST_USE;

void output_clear(struct output *o);
#define auto_output CLEANUP(output_clear) struct output

#endif
