#include "keystore/gunzip.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { PIECE_BYTES = 32 * 1024, GZIP_ONLY = 16 };

struct gunzip {
	z_stream z;
	const char *name;
	size_t max_unpacked;
	bool ended;
	char piece[PIECE_BYTES];
};

bool gunzip_new(struct gunzip **out, const char *bytes, size_t n, const char *name,
		size_t max_unpacked, struct err *e)
{
	struct gunzip *g = calloc(1, sizeof(*g));

	if (!g)
		return err_set(e, FAIL_MEMORY, "out of memory for an archive");
	g->name = name;
	g->max_unpacked = max_unpacked;
	g->z.next_in = (Bytef *)(uintptr_t)bytes; /* zlib only reads it */
	g->z.avail_in = (uInt)n;
	if (inflateInit2(&g->z, MAX_WBITS + GZIP_ONLY) != Z_OK) {
		free(g);
		return err_set(e, FAIL_MEMORY, "out of memory for an archive");
	}
	*out = g;
	return true;
}

static bool check(const struct gunzip *g, int result, struct err *e)
{
	const char *why = NULL;

	if (result == Z_MEM_ERROR)
		return err_set(e, FAIL_MEMORY, "out of memory for an archive");
	if (result == Z_BUF_ERROR)
		why = "is cut off";
	else if (result != Z_OK && result != Z_STREAM_END)
		why = "is damaged: its bytes or its checksum are wrong";
	else if (result == Z_STREAM_END && g->z.avail_in > 0)
		why = "has something behind its end";
	else if (g->z.total_out > g->max_unpacked)
		return err_set(e, FAIL_INPUT, "archive '%.200s' unpacks to more than %zu MiB",
			       g->name, g->max_unpacked >> 20);
	return why == NULL || err_set(e, FAIL_INPUT, "archive '%.200s' %s", g->name, why);
}

bool gunzip_next(struct gunzip *g, const void **bytes, size_t *n, struct err *e)
{
	g->z.next_out = (Bytef *)g->piece;
	g->z.avail_out = sizeof(g->piece);
	while (!g->ended && g->z.avail_out > 0) {
		int result = inflate(&g->z, Z_NO_FLUSH);

		if (!check(g, result, e))
			return false;
		g->ended = result == Z_STREAM_END;
	}
	*bytes = g->piece;
	*n = sizeof(g->piece) - g->z.avail_out;
	return true;
}

void gunzip_free(struct gunzip *g)
{
	if (!g)
		return;
	(void)inflateEnd(&g->z);
	explicit_bzero(g->piece, sizeof(g->piece));
	free(g);
}

void gunzip_freep(struct gunzip **g)
{
	gunzip_free(*g);
}
