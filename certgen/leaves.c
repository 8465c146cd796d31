#include "certgen/leaves.h"

#include <stdlib.h>

#include "certgen/usage.h"

bool leaves_read(const struct options *o, const struct pair_style *style, struct leaves *out,
		 struct err *e)
{
	enum cert_purpose purpose;

	if (!usage_parse(o->usage, &purpose, e) || !orders_read(o, &out->orders, e))
		return false;
	out->places = calloc(out->orders.count ? out->orders.count : 1, sizeof(*out->places));
	if (!out->places)
		return err_set(e, FAIL_MEMORY, "out of memory for %zu certificates",
			       out->orders.count);
	for (size_t i = 0; i < out->orders.count; i++) {
		const struct order *order = &out->orders.items[i];

		out->places[i] = (struct pair_place){ .alias = order->name,
						      .subject = order->subject,
						      .san = &order->san,
						      .purpose = purpose };
		pair_place_at(&out->places[i], order->folder, order->folder, style);
	}
	return true;
}

void leaves_clear(struct leaves *l)
{
	free(l->places);
	orders_clear(&l->orders);
	*l = (struct leaves){ 0 };
}
