/* checks.h - what verify looks at, a row a check. */
#ifndef CERTGEN_CHECKS_H
#define CERTGEN_CHECKS_H

#include "certgen/source.h"
#include "pki/chain.h"
#include "stack/version.h"

/* What a pair is checked against. */
struct wanted {
	struct version version; /* of Elasticsearch */
	enum cert_purpose purpose;
	struct san names;
	const struct trust *trust; /* NULL: no CA was named */
	const char *trust_name;
	bool has_user;
	unsigned uid, gid;
};

/* A pair, or a certificate that is no CA. */
struct subject {
	const struct source *from;     /* of the certificate */
	const struct source *key_from; /* of its key; the same one when there is none */
	const struct credential *c;
};

struct check {
	const char *name;
	/* NULL: always. What is not asked is not called well. */
	bool (*is_asked)(const struct wanted *w, const struct subject *s);
	/* Sets e to why the pair would be refused; FAIL_MEMORY is no answer. */
	bool (*run)(const struct wanted *w, const struct subject *s, struct err *e);
};

extern const struct check checks[];
extern const size_t checks_count;

#endif
