/* leaves.h - the wanted certificates with the places they get in an output. */
#ifndef CERTGEN_LEAVES_H
#define CERTGEN_LEAVES_H

#include "certgen/orders.h"
#include "certgen/pairs.h"

struct leaves {
	struct orders orders;
	struct pair_place *places; /* one an order, borrowing from it */
};

/* As orders_read(), for what --usage says; each at FOLDER/FOLDER.crt and the like. */
bool leaves_read(const struct options *o, const struct pair_style *style, struct leaves *out,
		 struct err *e) MUST_USE;

void leaves_clear(struct leaves *l);

#endif
