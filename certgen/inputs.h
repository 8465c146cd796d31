/* inputs.h - what the words of a command line name: files, archives, folders, servers. */
#ifndef CERTGEN_INPUTS_H
#define CERTGEN_INPUTS_H

#include "certgen/source.h"
#include "flow/options.h"

/* Read all of them, with the passphrase of the options; on a terminal it is asked for when it turns
 * out to be needed. A word such as es01:9200 that names no file is a server. fails  FAIL_USAGE:
 * there is no word; as sources_add() and tls_peer_chain() */
bool inputs_read(const struct options *o, char *const *words, struct sources *out,
		 struct err *e) MUST_USE;

#endif
