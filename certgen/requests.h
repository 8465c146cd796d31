/* requests.h - signing requests, with the places that their certificates get. */
#ifndef CERTGEN_REQUESTS_H
#define CERTGEN_REQUESTS_H

#include "base/list.h"
#include "certgen/source.h"
#include "flow/options.h"

struct request {
	const struct source *from; /* its csr is never NULL */
	const char *out;           /* --out, or the folder that the request lies in, with a '/' */
	const char *path;          /* in that: "es01.crt", "es01/es01.crt" */
};

struct requests {
	struct request *items; /* what goes into one out stands together, in the order of paths */
	size_t count;
	bool one_file; /* out is the certificate itself, there are no paths in it */
	struct sources sources;
	struct list texts; /* what the items borrow */
};

/* Read what the words name: files, archives, folders; all but requests is passed over. A
 * certificate has the path of its request in the archive, or the name of its request on the disk,
 * with .crt at the end. The same request twice is one.
 *
 * fails  FAIL_USAGE: no word, an --out that does not do; FAIL_INPUT: no request, two for one
 *        place, a name that cannot be put into an archive; as sources_add() */
bool requests_read(const struct options *o, char *const *words, struct requests *out,
		   struct err *e) MUST_USE;

void requests_clear(struct requests *r);
#define auto_requests CLEANUP(requests_clear) struct requests

#endif
