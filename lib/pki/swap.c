#include "pki/swap.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "pki/chain.h"
#include "pki/openssl.h"
#include "pki/pem.h"

struct rewriting {
	const char *bytes;
	size_t n;
	const char *name;
	const struct secret *pass;
	bool legacy;
	const struct swap *swaps;
	size_t count;
	struct credentials found;
	struct cert
	    *path; /* of the only leaf: what led from it to its root; NULL: several leaves */
	struct str *out;
};

static bool is_cert_block(const struct pem_block *b)
{
	return pem_label_is(b, "CERTIFICATE") || pem_label_is(b, "X509 CERTIFICATE") ||
	       pem_label_is(b, "TRUSTED CERTIFICATE");
}

static bool is_key_block(const struct pem_block *b)
{
	static const char end[] = "PRIVATE KEY";
	int n = (int)strlen(end);

	return b->label_len >= n && memcmp(b->label + b->label_len - n, end, (size_t)n) == 0;
}

/* Certificates of the file, borrowed; all has room for them. */
static size_t list_certs(const struct credentials *found, const struct cert **all)
{
	size_t count = 0;

	for (size_t i = 0; i < found->count; i++)
		if (found->items[i].cert)
			all[count++] = found->items[i].cert;
	return count;
}

static bool complete(const struct rewriting *w, struct cert *c, bool with_root, struct err *e)
{
	const struct cert **all = calloc(w->found.count + 1, sizeof(const struct cert *));
	bool done = all ? chain_complete(c, all, list_certs(&w->found, all), with_root, e)
			: err_set(e, FAIL_MEMORY, "out of memory for a chain");

	free(all);
	return done;
}

/* The same leaf, without what stands behind it. */
static bool copy_leaf(const struct cert *c, struct cert **out, struct err *e)
{
	if (X509_up_ref(c->leaf) != 1)
		return openssl_failed(e, FAIL_MEMORY, "cannot put a chain together");
	return cert_wrap(c->leaf, out, e);
}

static bool copy_all(const struct cert *c, struct cert **out, struct err *e)
{
	auto_cert made = NULL;

	if (!copy_leaf(c, &made, e))
		return false;
	for (int i = 0; i < sk_X509_num(c->chain); i++) {
		X509 *x = sk_X509_value(c->chain, i);

		if (X509_up_ref(x) != 1)
			return openssl_failed(e, FAIL_MEMORY, "cannot put a chain together");
		if (sk_X509_push(made->chain, x) <= 0) {
			X509_free(x);
			return openssl_failed(e, FAIL_MEMORY, "cannot put a chain together");
		}
	}
	*out = TAKE(made);
	return true;
}

static bool find_path(struct rewriting *w, struct err *e)
{
	const struct cert *leaf = NULL;
	size_t leaves = 0;

	for (size_t i = 0; i < w->found.count; i++)
		if (w->found.items[i].cert && !cert_is_ca(w->found.items[i].cert)) {
			leaf = w->found.items[i].cert;
			leaves++;
		}
	return leaves != 1 || (copy_leaf(leaf, &w->path, e) && complete(w, w->path, true, e));
}

static bool has_root(const struct cert *path)
{
	int n = sk_X509_num(path->chain);

	return n > 0 && X509_self_signed(sk_X509_value(path->chain, n - 1), 0) == 1;
}

static bool is_on_path(const struct rewriting *w, X509 *x)
{
	for (int i = 0; w->path && i < sk_X509_num(w->path->chain); i++)
		if (X509_cmp(sk_X509_value(w->path->chain, i), x) == 0)
			return true;
	return false;
}

/* Whether it will stand in the file anyhow. */
static bool stays(const struct rewriting *w, X509 *x)
{
	for (size_t i = 0; i < w->found.count; i++)
		if (w->found.items[i].cert && X509_cmp(w->found.items[i].cert->leaf, x) == 0)
			return !is_on_path(w, x);
	return false;
}

static bool put_cert(struct rewriting *w, X509 *x, struct err *e)
{
	auto_bio bio = BIO_new(BIO_s_mem());
	char *text;
	long n;

	if (!bio || PEM_write_bio_X509(bio, x) != 1)
		return openssl_failed(e, FAIL_CRYPTO, "cannot encode a certificate");
	n = BIO_get_mem_data(bio, &text);
	str_addn(w->out, text, (size_t)n);
	return true;
}

/* The line end behind a block is the file's own. */
static bool put_pair(struct rewriting *w, const struct swap *s, struct err *e)
{
	auto_cert made = NULL;

	if (!copy_all(s->cert, &made, e) || !made)
		return false;
	if (w->path && !complete(w, made, has_root(w->path), e))
		return false;
	if (!put_cert(w, made->leaf, e))
		return false;
	for (int i = 0; i < sk_X509_num(made->chain); i++) {
		X509 *x = sk_X509_value(made->chain, i);

		if (!stays(w, x) && !put_cert(w, x, e))
			return false;
	}
	str_cut_line_end(w->out);
	return true;
}

static X509 *read_cert(const struct pem_block *b)
{
	auto_bio bio = BIO_new_mem_buf(b->text, (int)b->len);
	X509 *x = bio ? PEM_read_bio_X509_AUX(bio, NULL, openssl_give_pass, NULL) : NULL;

	ERR_clear_error();
	return x;
}

/* *taken: something stands in its place, be it nothing. */
static bool swap_cert(struct rewriting *w, const struct pem_block *b, bool *taken, struct err *e)
{
	X509 *x = read_cert(b);
	bool done = true;

	if (!x)
		return err_set(e, FAIL_INPUT, "a certificate in '%s' is damaged", w->name);
	for (size_t i = 0; !*taken && i < w->count; i++)
		if (X509_cmp(w->swaps[i].old->leaf, x) == 0) {
			*taken = true;
			done = put_pair(w, &w->swaps[i], e);
		}
	*taken = *taken || is_on_path(w, x);
	X509_free(x);
	return done;
}

static bool swap_key(struct rewriting *w, const struct pem_block *b, bool *taken, struct err *e)
{
	auto_key key = NULL;
	enum key_form form;
	bool old_way;

	if (!key_parse(b->text, b->len, w->name, w->pass, &key, e))
		return false;
	form = key_form(key);
	old_way = w->legacy || form == KEY_FORM_DEK || form == KEY_FORM_PBES1;
	for (size_t i = 0; i < w->count; i++) {
		const struct swap *s = &w->swaps[i];

		if (!s->key || !cert_fits_key(s->old, key))
			continue;
		*taken = true;
		if (!key_format_for(s->key, form == KEY_FORM_PEM ? NULL : w->pass,
				    old_way ? KEY_PBES1 : KEY_PBES2, w->out, e))
			return false;
		str_cut_line_end(w->out);
		break;
	}
	return true;
}

static bool has_new_keys(const struct rewriting *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->swaps[i].key)
			return true;
	return false;
}

static bool swap_block(struct rewriting *w, const struct pem_block *b, bool *dropped, struct err *e)
{
	size_t before = w->out->len;
	bool taken = false;

	if (is_cert_block(b) ? !swap_cert(w, b, &taken, e)
			     : is_key_block(b) && has_new_keys(w) && !swap_key(w, b, &taken, e))
		return false;
	if (!taken)
		str_addn(w->out, b->text, b->len);
	*dropped = w->out->len == before;
	return true;
}

/* The line end of a block that is gone goes with it. */
static const char *skip_line_end(const char *at, const char *end)
{
	at += at < end && *at == '\r';
	return at + (at < end && *at == '\n');
}

static bool swap_in_pem(struct rewriting *w, struct err *e)
{
	struct pem_reader r = { .at = w->bytes, .end = w->bytes + w->n, .name = w->name };
	const char *done = w->bytes; /* so far it is in out */
	struct pem_block b;

	if (!credentials_parse(w->bytes, w->n, w->name, w->pass, &w->found, e) || !find_path(w, e))
		return false;
	for (;;) {
		bool dropped;

		if (!pem_next(&r, &b, e))
			return false;
		if (!b.text)
			break;
		str_addn(w->out, done, (size_t)(b.text - done));
		if (!swap_block(w, &b, &dropped, e))
			return false;
		done = b.text + b.len;
		if (dropped)
			done = skip_line_end(done, w->bytes + w->n);
	}
	str_addn(w->out, done, (size_t)(w->bytes + w->n - done));
	return str_ok(w->out, e);
}

static void rewriting_clear(struct rewriting *w)
{
	credentials_clear(&w->found);
	cert_free(w->path);
}

bool swap_in_file(const char *bytes, size_t n, const char *name, const struct secret *pass,
		  bool legacy, const struct swap *swaps, size_t count, struct str *out,
		  struct err *e)
{
	struct rewriting w CLEANUP(rewriting_clear) = { .bytes = bytes,
							.n = n,
							.name = name,
							.pass = pass,
							.legacy = legacy,
							.swaps = swaps,
							.count = count,
							.out = out };

	if (p12_is(bytes, n))
		return swap_in_p12(bytes, n, name, pass, legacy, swaps, count, out, e);
	if (pem_is(bytes, n))
		return swap_in_pem(&w, e);
	return err_set(e, FAIL_INPUT, "'%s' is neither PEM nor PKCS#12", name) ||
	       err_hint(e, "certgen convert makes PEM of DER");
}
