#include "certgen/requests.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "certgen/inputs.h"
#include "certgen/make.h"
#include "keystore/paths.h"

#define OUT_HINT "choose X.crt for one certificate, a folder, with '/' at its end, or a .zip"

/* "n bytes of text" + end, owned by r. */
static bool keep(struct requests *r, const char *text, size_t n, const char *end, const char **out,
		 struct err *e)
{
	char whole[PATH_MAX];

	if (snprintf(whole, sizeof(whole), "%.*s%s", (int)n, text, end) >= PATH_MAX)
		return err_set(e, FAIL_INPUT, "path is too long: '%.80s...'", text);
	if (!list_add(&r->texts, whole, e))
		return false;
	*out = r->texts.items[r->texts.count - 1];
	return true;
}

/* The length of "es01/es01" in "es01/es01.csr". */
static size_t stem_length(const char *path)
{
	static const char *const endings[] = { ".csr", ".der", ".p10", ".req", ".pem" };
	size_t n = strlen(path);

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		size_t m = strlen(endings[i]);

		if (n > m && path[n - m - 1] != '/' && str_ends_with(path, endings[i]))
			return n - m;
	}
	return n;
}

static bool name_cert(struct requests *r, struct request *item, const char *request, struct err *e)
{
	const char *fault;

	if (!keep(r, request, stem_length(request), ".crt", &item->path, e))
		return false;
	fault = path_fault(item->path, strlen(item->path));
	return !fault ||
	       err_set(e, FAIL_INPUT, "certificate '%s' of request '%.200s' %s",
		       path_shown(item->path, strlen(item->path)).text, item->from->path, fault) ||
	       err_hint(e, "choose an --out such as X.crt");
}

static bool place(struct requests *r, struct request *item, const char *out, struct err *e)
{
	const char *path = item->from->path, *member = item->from->member;
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

	item->out = out;
	if (r->one_file) {
		item->path = out;
		return true;
	}
	if (!out && member)
		return err_set(e, FAIL_USAGE, "where shall the certificate for '%s' go?", path) ||
		       err_hint(e, "give --out: a folder, with '/' at its end, or a .zip");
	if (!out &&
	    !keep(r, slash ? path : "./", slash ? (size_t)(base - path) : 2, "", &item->out, e))
		return false;
	return name_cert(r, item, member ? member : base, e);
}

static int by_place(const void *a, const void *b)
{
	const struct request *x = a, *y = b;
	int order = strcmp(x->out, y->out);

	if (order == 0)
		order = strcmp(x->path, y->path);
	return order ? order : strcmp(x->from->path, y->from->path);
}

static bool in_one_place(const struct request *a, const struct request *b)
{
	return strcmp(a->out, b->out) == 0 && strcmp(a->path, b->path) == 0;
}

static bool two_for_one(const struct requests *r, const struct request *a, const struct request *b,
			struct err *e)
{
	if (r->one_file)
		return err_set(e, FAIL_USAGE,
			       "'%s' would hold one certificate, and there are %zu requests",
			       a->out, r->sources.count) ||
		       err_hint(e, OUT_HINT);
	return err_set(e, FAIL_INPUT, "'%s' and '%s' would both become '%s' in '%s'", a->from->path,
		       b->from->path, a->path, a->out) ||
	       err_hint(e, "sign one of them alone, with an --out of its own");
}

static bool drop_doubles(struct requests *r, struct err *e)
{
	size_t kept = 0;

	qsort(r->items, r->count, sizeof(*r->items), by_place);
	for (size_t i = 0; i < r->count; i++) {
		const struct request *last = kept ? &r->items[kept - 1] : NULL;

		if (!last || !in_one_place(last, &r->items[i]))
			r->items[kept++] = r->items[i];
		else if (!csr_same(last->from->csr, r->items[i].from->csr))
			return two_for_one(r, last, &r->items[i], e);
	}
	r->count = kept;
	return true;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool requests_read(const struct options *o, char *const *words, struct requests *out, struct err *e)
{
	if (!words[0])
		return err_set(e, FAIL_USAGE, "which request shall be signed?") ||
		       err_hint(e, "name a .csr file, a folder or a zip of them");
	if (o->out && make_is_p12(o->out) && !is_folder(o->out))
		return err_set(e, FAIL_USAGE,
			       "'%s' would hold a PKCS#12 file, and sign makes certificates",
			       o->out) ||
		       err_hint(e, OUT_HINT);
	out->one_file = o->out && make_is_pem(o->out) && !is_folder(o->out);
	out->sources.only_requests = true;
	if (!inputs_check(o, words, false, e))
		return false;
	for (; *words; words++)
		if (!sources_add(&out->sources, *words, NULL, e))
			return false;
	out->items = calloc(out->sources.count, sizeof(*out->items));
	if (!out->items)
		return err_set(e, FAIL_MEMORY, "out of memory for %zu requests",
			       out->sources.count);
	for (; out->count < out->sources.count; out->count++) {
		struct request *item = &out->items[out->count];

		item->from = &out->sources.items[out->count];
		if (!place(out, item, o->out, e))
			return false;
	}
	return drop_doubles(out, e);
}

void requests_clear(struct requests *r)
{
	free(r->items);
	list_clear(&r->texts);
	sources_clear(&r->sources);
	*r = (struct requests){ 0 };
}
