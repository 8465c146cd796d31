/* source.h - certificates, keys and signing requests wherever they lie. */
#ifndef CERTGEN_SOURCE_H
#define CERTGEN_SOURCE_H

#include <sys/types.h>

#include "pki/chain.h"
#include "pki/credentials.h"
#include "pki/csr.h"

/* One file that holds some, on the disk or in an archive. */
struct source {
	char *path;         /* "certs/es01.crt", or "bundle.zip:es01/es01.crt" */
	const char *member; /* in path: "es01/es01.crt"; NULL: of no archive */
	bool on_disk;       /* then mode, uid and gid are the file's */
	bool shown;         /* a server showed it: there is no file, and never a key */
	bool has_secret;    /* a key is in it */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct credentials found;
	struct csr *csr; /* a signing request instead; NULL: none */
};

struct sources {
	struct source *items;
	size_t count, cap;
	bool
	    only_requests; /* set before: all but signing requests is passed over, damaged or not */
};

/* Append what path holds: a file, an archive, or a folder with all below it.
 *
 * pass   for what is encrypted; NULL: none
 * fails  FAIL_INPUT: there is nothing, or the file is none of these; in a folder or an archive such
 * files are passed over, but one that looks like one and is damaged is an error; FAIL_AUTH; as
 * file_read() */
bool sources_add(struct sources *s, const char *path, const struct secret *pass,
		 struct err *e) MUST_USE;

/* The same from the PEM text that a server showed; path, its address, is for messages. */
bool sources_add_shown(struct sources *s, const char *path, const char *pem, size_t n,
		       struct err *e) MUST_USE;

/* A place among the credentials of all files: { 0 } is before the first. */
struct source_at {
	size_t file, item;         /* of the next one */
	const struct source *from; /* of the one that was given last */
};

/* The next credential, borrowed; NULL: that were all. */
struct credential *sources_next(const struct sources *s, struct source_at *at);

/* Every certificate, borrowed; the caller frees the array, which has room for them all and is never
 * empty. NULL: out of memory. */
const struct cert **sources_certs(const struct sources *s, size_t *count);

/* The same of CAs: what may stand in a chain. */
const struct cert **sources_issuers(const struct sources *s, size_t *count);

/* Give each certificate without key the one among these that fits it; its key_origin is then that
 * file's place in items, counted from 1. What is no CA also shares that of a pair: two may have one
 * key, and with SOURCES_COPIES the second may be the same certificate once more.
 * fails  FAIL_MEMORY */
enum sources_share { SOURCES_EACH_ONCE, SOURCES_COPIES };
bool sources_join_keys(struct sources *s, enum sources_share share, struct err *e) MUST_USE;

/* Put the certificates of these that lead from cert to a root behind it, in order, without the
 * root. */
bool sources_complete(const struct sources *s, struct cert *cert, struct err *e) MUST_USE;

/* All CAs of these as one trust, owned; *out is NULL when there is none. */
bool sources_trust(const struct sources *s, struct trust **out, struct err *e) MUST_USE;

void sources_clear(struct sources *s);
#define auto_sources CLEANUP(sources_clear) struct sources

#endif
