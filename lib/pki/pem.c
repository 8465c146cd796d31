#include "pki/pem.h"

#include <limits.h>
#include <string.h>

#include <openssl/pem.h>

#include "pki/openssl.h"

enum { LABEL_MAX = 64 };

static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";
static const char byte_order_mark[] = "\xef\xbb\xbf";

struct line {
	const char *text;
	size_t len; /* without the line's end and the blanks before it */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool next_line(struct pem_reader *r, struct line *out)
{
	const char *newline;

	if (r->at == r->end)
		return false;
	newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	out->text = r->at;
	r->at = newline ? newline + 1 : r->end;
	out->len = (size_t)((newline ? newline : r->end) - out->text);
	while (out->len > 0 && is_blank(out->text[out->len - 1]))
		out->len--;
	if (r->line++ == 0 && out->len >= 3 && memcmp(out->text, byte_order_mark, 3) == 0) {
		out->text += 3;
		out->len -= 3;
	}
	return true;
}

static bool starts_with(const struct line *l, const char *what)
{
	return l->len >= strlen(what) && memcmp(l->text, what, strlen(what)) == 0;
}

/* Between what and five dashes; false: there is none that could be printed. */
static bool label_behind(const struct line *l, const char *what, struct pem_block *out)
{
	size_t around = strlen(what) + strlen(dashes);
	size_t n = l->len - around;

	if (l->len <= around || n > LABEL_MAX ||
	    memcmp(l->text + l->len - strlen(dashes), dashes, strlen(dashes)) != 0)
		return false;
	out->label = l->text + strlen(what);
	out->label_len = (int)n;
	for (size_t i = 0; i < n; i++)
		if (out->label[i] < ' ' || out->label[i] > '~')
			return false;
	return true;
}

bool pem_label_is(const struct pem_block *b, const char *label)
{
	return (size_t)b->label_len == strlen(label) && memcmp(b->label, label, strlen(label)) == 0;
}

bool pem_is(const char *bytes, size_t n)
{
	struct pem_reader r = { .at = bytes, .end = bytes + n };
	struct line l;

	while (next_line(&r, &l))
		if (starts_with(&l, begin))
			return true;
	return false;
}

static bool cut_off(const struct pem_reader *r, const struct pem_block *b, struct err *e)
{
	return err_set(e, FAIL_INPUT, "block %lu of '%s' (line %lu, %.*s) has no END line: cut off",
		       r->count, r->name, b->line, b->label_len, b->label);
}

bool pem_next(struct pem_reader *r, struct pem_block *out, struct err *e)
{
	struct line l = { "", 0 };
	struct pem_block found = { 0 }, last = { 0 };

	while (next_line(r, &l) && !starts_with(&l, begin))
		;
	if (!starts_with(&l, begin)) {
		*out = found;
		return true;
	}
	r->count++;
	found.text = l.text;
	found.line = r->line;
	if (!label_behind(&l, begin, &found))
		return err_set(e, FAIL_INPUT, "block %lu of '%s' has a damaged BEGIN in line %lu",
			       r->count, r->name, r->line);
	do
		if (!next_line(r, &l) || starts_with(&l, begin))
			return cut_off(r, &found, e);
	while (!starts_with(&l, end));
	if (!label_behind(&l, end, &last) || last.label_len != found.label_len ||
	    memcmp(last.label, found.label, (size_t)last.label_len) != 0)
		return cut_off(r, &found, e);
	found.len = (size_t)(l.text + l.len - found.text);
	*out = found;
	return true;
}

bool pem_damaged(const struct pem_reader *r, const struct pem_block *b, struct err *e)
{
	if (openssl_lacks_memory())
		return err_set(e, FAIL_MEMORY, "out of protected memory for the keys in '%s'",
			       r->name);
	return err_set(e, FAIL_INPUT, "block %lu of '%s' (line %lu, %.*s) is damaged", r->count,
		       r->name, b->line, b->label_len, b->label);
}

/* Blanks at the ends of lines are what PEM_FLAG_EAY_COMPATIBLE allows. */
bool pem_decode(const struct pem_reader *r, const struct pem_block *b, bool secret,
		struct pem_content *out, struct err *e)
{
	auto_bio bio = b->len <= INT_MAX ? BIO_new_mem_buf(b->text, (int)b->len) : NULL;
	unsigned flags = PEM_FLAG_EAY_COMPATIBLE | (secret ? PEM_FLAG_SECURE : 0);

	return (bio && PEM_read_bio_ex(bio, &out->label, &out->header, &out->bytes, &out->n,
				       flags) == 1) ||
	       pem_damaged(r, b, e);
}

/* These look for themselves where the memory came from. */
void pem_content_clear(struct pem_content *c)
{
	OPENSSL_secure_clear_free(c->bytes, (size_t)c->n);
	OPENSSL_secure_free(c->header);
	OPENSSL_secure_free(c->label);
}
