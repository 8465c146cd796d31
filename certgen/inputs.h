/* inputs.h - what the words of a command line name: files, archives, folders, servers. */
#ifndef CERTGEN_INPUTS_H
#define CERTGEN_INPUTS_H

#include "flow/passphrase.h"
#include "certgen/source.h"
#include "flow/options.h"

/* sources_add() with the passphrase that was taken; when there is none and it turns out to be
 * needed, it is asked for on a terminal, and *pass is the answer. */
bool inputs_add(const struct passphrase *p, const char *path, struct secret **pass,
		struct sources *out, struct err *e) MUST_USE;

/* Where a passphrase stands on the command line: that all words are there, files or with servers
 * addresses. One that is not may be a piece of the passphrase, and no message repeats it.
 * fails  FAIL_MISSING */
bool inputs_check(const struct options *o, char *const *words, bool servers,
		  struct err *e) MUST_USE;

/* Read all of them, with the passphrase of the options; on a terminal it is asked for when it turns
 * out to be needed. A word such as es01:9200 that names no file is a server. fails  FAIL_USAGE:
 * there is no word; as sources_add() and tls_peer_chain() */
bool inputs_read(const struct options *o, char *const *words, struct sources *out,
		 struct err *e) MUST_USE;

#endif
