/* num.h - strict parsing of numbers and durations, and the nearest of several names. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Decimal digits only, the whole text, within [low, high]. *out is written only on success. */
bool num_parse(const char *text, unsigned low, unsigned high, unsigned *out) MUST_USE;

/* "90", "90s", "5m" or "2h" as seconds, at most a week; a plain number is seconds. */
bool num_parse_seconds(const char *text, unsigned *out_s) MUST_USE;

/* "730", "730d", "18m" or "2y" as days, a month being 30 of them and a year 365; at least 1 and at
 * most a hundred years. */
bool num_parse_days(const char *text, unsigned *out_days) MUST_USE;

/* true, yes, on, 1 or false, no, off, 0. */
bool num_parse_bool(const char *text, bool *out) MUST_USE;

/* The name that a misspelt text most likely meant, or NULL when none is near.
 * name_at(i, ctx) gives the i-th known name, NULL past the end. */
const char *num_nearest(const char *text, const char *(*name_at)(size_t i, const void *ctx),
			const void *ctx);

#endif
