/* accepts.h - which keys Elasticsearch takes, by its version. */
#ifndef CERTGEN_ACCEPTS_H
#define CERTGEN_ACCEPTS_H

#include "pki/key.h"
#include "stack/version.h"

/* Whether it takes a key of this kind, in the form in which it was read. fails  FAIL_CONFIG, with
 * what to do */
bool accepts_kind(const struct key *k, struct err *e) MUST_USE;

/* Whether that version opens the form in which it was read. fails  FAIL_CONFIG, with what to do */
bool accepts_form(const struct key *k, struct version v, struct err *e) MUST_USE;

#endif
