/* trait.h - a number by which a key and its certificates find each other among thousands. Seen only
 * by the modules of pki, and by who joins several files. */
#ifndef PKI_TRAIT_H
#define PKI_TRAIT_H

#include <stddef.h>
#include <stdint.h>

#include "pki/cert.h"

struct trait {
	uint64_t
	    value; /* the same for what belongs together; whoever trusts it asks cert_fits_key() */
	size_t at; /* the caller's number of it */
};

uint64_t trait_of_key(const struct key *k);
uint64_t trait_of_cert(const struct cert *c);

/* By value; those that are the same stay in the order of their numbers. */
void traits_sort(struct trait *traits, size_t count);

/* The first with this value, the others stand behind it; count: there is none. */
size_t traits_find(const struct trait *traits, size_t count, uint64_t value);

#endif
