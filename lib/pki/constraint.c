#include "pki/constraint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "base/num.h"
#include "pki/general_names.h"
#include "pki/openssl.h"
#include "pki/san.h"

enum { MOST_ADDRESS_BYTES = 16 };

static bool not_a_range(const char *text, struct err *e)
{
	return err_set(e, FAIL_INPUT, "'%s' is not a range of names", text) ||
	       err_hint(e, "write example.org, 10.0.0.0/8 or @example.org");
}

/* Address and mask, as the extension holds them. *n is 0 when text is no network. */
static void parse_network(const char *text, unsigned char out[2 * MOST_ADDRESS_BYTES], size_t *n)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	size_t size = strchr(text, ':') ? 16 : 4;
	unsigned bits = (unsigned)size * 8;

	*n = 0;
	(void)snprintf(address, sizeof(address), "%.*s",
		       slash ? (int)(slash - text) : (int)sizeof(address) - 1, text);
	if (inet_pton(size == 4 ? AF_INET : AF_INET6, address, out) != 1 ||
	    (slash && !num_parse(slash + 1, 0, bits, &bits)))
		return;
	for (size_t i = 0; i < size; i++) {
		unsigned here = bits > 8 ? 8 : bits;

		out[size + i] = (unsigned char)(0xff00u >> here);
		bits -= here;
	}
	*n = 2 * size;
}

static bool is_domain(const char *text, struct err *e)
{
	auto_san checked = { 0 };

	return text[0] != '*' && san_add(&checked, SAN_DNS, text[0] == '.' ? text + 1 : text, e);
}

static bool fill(GENERAL_NAME *base, const char *text, struct err *e)
{
	unsigned char network[2 * MOST_ADDRESS_BYTES];
	size_t n;
	bool mail = text[0] == '@';
	ASN1_STRING *value;

	parse_network(text, network, &n);
	if (n == 0 && !is_domain(text + mail, e))
		return not_a_range(text, e);
	value = n ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
	if (!value ||
	    ASN1_STRING_set(value, n ? (const void *)network : text + mail, n ? (int)n : -1) != 1) {
		ASN1_STRING_free(value);
		return openssl_failed(e, FAIL_MEMORY, "cannot constrain a CA");
	}
	GENERAL_NAME_set0_value(base, n ? GEN_IPADD : mail ? GEN_EMAIL : GEN_DNS, value);
	return true;
}

static bool add(NAME_CONSTRAINTS *nc, const char *text, struct err *e)
{
	GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();

	if (tree && sk_GENERAL_SUBTREE_push(nc->permittedSubtrees, tree) > 0)
		return fill(tree->base, text, e);
	GENERAL_SUBTREE_free(tree);
	return openssl_failed(e, FAIL_MEMORY, "cannot constrain a CA");
}

bool constraint_parse(const struct list *permitted, NAME_CONSTRAINTS **out, struct err *e)
{
	NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();
	bool ok = nc && (nc->permittedSubtrees = sk_GENERAL_SUBTREE_new_null()) != NULL;

	if (!ok)
		(void)openssl_failed(e, FAIL_MEMORY, "cannot constrain a CA");
	for (size_t i = 0; ok && i < permitted->count; i++)
		ok = add(nc, permitted->items[i], e);
	if (ok)
		*out = nc;
	else
		NAME_CONSTRAINTS_free(nc);
	return ok;
}

static bool has_tree(const NAME_CONSTRAINTS *nc, const GENERAL_NAME *base)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(nc->permittedSubtrees); i++)
		if (GENERAL_NAME_cmp(sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, i)->base,
				     (GENERAL_NAME *)(uintptr_t)base) == 0)
			return true;
	return false;
}

static bool has_all(const NAME_CONSTRAINTS *nc, const NAME_CONSTRAINTS *wanted)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(wanted->permittedSubtrees); i++)
		if (!has_tree(nc, sk_GENERAL_SUBTREE_value(wanted->permittedSubtrees, i)->base))
			return false;
	return true;
}

bool constraint_is(const X509 *ca, const struct list *permitted)
{
	NAME_CONSTRAINTS *have = X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
	NAME_CONSTRAINTS *wanted = NULL;
	struct err ignored;
	bool is = have && sk_GENERAL_SUBTREE_num(have->excludedSubtrees) <= 0 &&
		  constraint_parse(permitted, &wanted, &ignored) && has_all(have, wanted) &&
		  has_all(wanted, have);

	NAME_CONSTRAINTS_free(have);
	NAME_CONSTRAINTS_free(wanted);
	ERR_clear_error();
	return is;
}

/* NAME_CONSTRAINTS_check() looks only at names that OpenSSL has cached, and it caches them for
 * good: so not in leaf, which is still being made. */
static int violation(const X509 *leaf, NAME_CONSTRAINTS *nc)
{
	X509 *copy = X509_dup(leaf);
	int why = X509_V_ERR_OUT_OF_MEM;

	if (copy && X509_check_purpose(copy, -1, 0) == 1)
		why = NAME_CONSTRAINTS_check(copy, nc);
	X509_free(copy);
	return why;
}

bool constraint_check(X509 *leaf, X509 *ca, struct err *e)
{
	NAME_CONSTRAINTS *nc;
	int why = X509_V_OK;

	if (X509_get_ext_by_NID(ca, NID_name_constraints, -1) < 0)
		return true;
	nc = X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
	if (nc)
		why = violation(leaf, nc);
	NAME_CONSTRAINTS_free(nc);
	ERR_clear_error();
	if (nc && why == X509_V_OK)
		return true;
	if (!nc)
		return err_set(e, FAIL_INPUT, "the CA's name constraints are damaged");
	return err_set(e, FAIL_CONFIG, "the CA is constrained to other names than these (%s)",
		       X509_verify_cert_error_string(why)) ||
	       err_hint(e, "certgen inspect shows which it may sign");
}

static bool has_range(const NAME_CONSTRAINTS *nc, enum san_kind kind)
{
	static const int types[SAN_KINDS] = { [SAN_DNS] = GEN_DNS,
					      [SAN_IP] = GEN_IPADD,
					      [SAN_EMAIL] = GEN_EMAIL,
					      [SAN_URI] = GEN_URI,
					      [SAN_CN] = GEN_OTHERNAME };

	for (int i = 0; i < sk_GENERAL_SUBTREE_num(nc->permittedSubtrees); i++)
		if (sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, i)->base->type == types[kind])
			return true;
	return false;
}

/* What lies outside of the ranges, in words, or NULL. */
static const char *outside_of(NAME_CONSTRAINTS *ranges, X509 *leaf, const struct san *names)
{
	for (int k = 0; names && k < SAN_KINDS; k++)
		if (names->of[k].count > 0 && !has_range(ranges, (enum san_kind)k))
			return names->of[k].items[0];
	return violation(leaf, ranges) == X509_V_OK ? NULL : "one of its names";
}

/* A CN that clients without better names could connect to: an address, or a host name with a dot in
 * it. Others are no more than names, "es01" or "Example Inc.". False: nearly one, or damaged. */
static bool add_host(const char *cn, struct san *hosts)
{
	static const char host_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789-_.*";
	auto_san found = { 0 };
	struct err e;

	if (san_add(&found, SAN_IP, cn, &e))
		return san_add(hosts, SAN_IP, cn, &e);
	if (san_add(&found, SAN_DNS, cn, &e))
		return !strchr(found.of[SAN_DNS].items[0], '.') || san_add(hosts, SAN_DNS, cn, &e);
	return e.code == FAIL_INPUT && (!strchr(cn, '.') || cn[strspn(cn, host_letters)] != '\0');
}

static bool add_cn(const ASN1_STRING *value, struct san *hosts)
{
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, value);
	char *cn = (char *)utf8;
	bool good = n >= 0 && strlen(cn) == (size_t)n;

	if (good && n > 1 && cn[n - 1] == '.')
		cn[n - 1] = '\0'; /* as a resolver takes it */
	good = good && add_host(cn, hosts);
	OPENSSL_free(utf8);
	return good;
}

/* The hosts that the CNs of its subject name. */
static bool hosts_of(const X509 *leaf, struct san *out)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	int at = -1;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		if (!add_cn(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)), out))
			return false;
	return true;
}

/* The same certificate with these names alone; NULL: out of memory. OpenSSL has its bytes kept from
 * when it was copied, and must be told that they are no longer right. */
static X509 *renamed(const X509 *leaf, const struct san *names)
{
	X509 *copy = X509_dup(leaf);
	X509_EXTENSION *ext = general_names_encode(names);
	int at = copy ? X509_get_ext_by_NID(copy, NID_subject_alt_name, -1) : -1;

	if (at >= 0)
		X509_EXTENSION_free(X509_delete_ext(copy, at));
	if (!copy || !ext || X509_add_ext(copy, ext, -1) != 1 || i2d_re_X509_tbs(copy, NULL) <= 0) {
		X509_free(copy);
		copy = NULL;
	}
	X509_EXTENSION_free(ext);
	return copy;
}

static bool cn_is_outside(NAME_CONSTRAINTS *ranges, const X509 *leaf)
{
	auto_san hosts = { 0 };
	X509 *as_names;
	bool outside;

	if (!hosts_of(leaf, &hosts))
		return true;
	if (san_is_empty(&hosts))
		return false;
	as_names = renamed(leaf, &hosts);
	outside = !as_names || outside_of(ranges, as_names, &hosts) != NULL;
	X509_free(as_names);
	return outside;
}

bool constraint_check_policy(X509 *leaf, const struct san *names, const struct list *permitted,
			     struct err *e)
{
	NAME_CONSTRAINTS *ranges;
	const char *outside;
	bool cn;

	if (!constraint_parse(permitted, &ranges, e))
		return false;
	outside = outside_of(ranges, leaf, names);
	cn = !outside && cn_is_outside(ranges, leaf);
	if (cn)
		outside = "its CN";
	NAME_CONSTRAINTS_free(ranges);
	ERR_clear_error();
	return !outside ||
	       err_set(e, FAIL_CONFIG, "%s lies outside of what --permit allows", outside) ||
	       err_hint(e, cn ? "allow it, or have a request made with another subject"
			      : "allow it, or give the names yourself: --dns, --ip ...");
}
