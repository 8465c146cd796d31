/* floor.c - what a certificate costs at the least: libcrypto alone, linked as our programs are.
 *
 * Makes a CA and N certificates signed by it, each with a key of its own, in memory, on T threads,
 * and prints the milliseconds of wall clock and of CPU. What a tool takes beyond this is its own.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#ifdef FLOOR_FAST_RSA
#include "pki/rsa.h"
#endif

enum { MAX_THREADS = 64, RSA_BITS = 2048, SERIAL_BITS = 159 };

static EVP_PKEY *p256(void)
{
	return EVP_EC_gen("P-256");
}

static EVP_PKEY *rsa2048(void)
{
	return EVP_RSA_gen(RSA_BITS);
}

#ifdef FLOOR_FAST_RSA
static EVP_PKEY *rsa2048_fast(void)
{
	struct err e = { 0 };
	EVP_PKEY *key = NULL;

	return rsa_generate(RSA_BITS, &key, &e) ? key : NULL;
}
#endif

static const struct kind {
	const char *name;
	EVP_PKEY *(*generate)(void);
	const char *leaf_usage;
} kinds[] = {
	{ "p256", p256, "critical,digitalSignature" },
	{ "rsa2048", rsa2048, "critical,digitalSignature,keyEncipherment" },
#ifdef FLOOR_FAST_RSA
	{ "rsa2048-fast", rsa2048_fast, "critical,digitalSignature,keyEncipherment" },
#endif
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct job {
	const struct kind *kind;
	unsigned count;
	atomic_uint next;
	X509 *ca;
	EVP_PKEY *ca_key;
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "floor: cannot %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(EXIT_FAILURE);
}

static double now_ms(clockid_t clock)
{
	struct timespec t;

	must(clock_gettime(clock, &t) == 0, "read the clock");
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void add(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(ext && X509_add_ext(x, ext, -1) == 1, "add an extension");
	X509_EXTENSION_free(ext);
}

/* All but extensions and signature. */
static X509 *blank(const char *name, EVP_PKEY *key, const X509 *ca, int days)
{
	X509 *x = X509_new();
	BIGNUM *serial = BN_new();

	must(x && serial && X509_set_version(x, X509_VERSION_3) == 1 &&
		 BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		 BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x)) &&
		 X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
		 X509_time_adj_ex(X509_getm_notAfter(x), days, 0, NULL) &&
		 X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
					    (const unsigned char *)name, -1, -1, 0) == 1 &&
		 X509_set_issuer_name(x, X509_get_subject_name(ca ? ca : x)) == 1 &&
		 X509_set_pubkey(x, key) == 1,
	     "fill in a certificate");
	BN_free(serial);
	return x;
}

static void make_ca(struct job *j)
{
	j->ca_key = j->kind->generate();
	must(j->ca_key, "generate the key of the CA");
	j->ca = blank("floor CA", j->ca_key, NULL, 3650);
	add(j->ca, j->ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
	add(j->ca, j->ca, NID_key_usage, "critical,keyCertSign,cRLSign");
	add(j->ca, j->ca, NID_subject_key_identifier, "hash");
	add(j->ca, j->ca, NID_authority_key_identifier, "keyid");
	must(X509_sign(j->ca, j->ca_key, EVP_sha256()) > 0, "sign the CA");
}

/* The extensions of lib/pki/cert.c for a node. The last certificate is verified, so that a wrong
 * one cannot look fast. */
static void make_leaf(const struct job *j, unsigned i)
{
	EVP_PKEY *key = j->kind->generate();
	char name[32], names[64];
	X509 *x;

	must(key, "generate a key");
	(void)snprintf(name, sizeof(name), "es%04u", i);
	(void)snprintf(names, sizeof(names), "DNS:%s,IP:10.0.%u.%u", name, i / 250 % 250, i % 250);
	x = blank(name, key, j->ca, 730);
	add(x, j->ca, NID_basic_constraints, "critical,CA:FALSE");
	add(x, j->ca, NID_key_usage, j->kind->leaf_usage);
	add(x, j->ca, NID_ext_key_usage, "serverAuth,clientAuth");
	add(x, j->ca, NID_subject_key_identifier, "hash");
	add(x, j->ca, NID_authority_key_identifier, "keyid");
	add(x, j->ca, NID_subject_alt_name, names);
	must(X509_sign(x, j->ca_key, EVP_sha256()) > 0, "sign a certificate");
	must(i + 1 < j->count || X509_verify(x, j->ca_key) == 1, "verify a certificate");
	X509_free(x);
	EVP_PKEY_free(key);
}

static void *work(void *arg)
{
	struct job *j = arg;

	for (unsigned i; (i = atomic_fetch_add(&j->next, 1)) < j->count;)
		make_leaf(j, i);
	return NULL;
}

static void run(struct job *j, unsigned threads)
{
	pthread_t ids[MAX_THREADS];

	make_ca(j);
	for (unsigned t = 1; t < threads; t++)
		must(pthread_create(&ids[t], NULL, work, j) == 0, "start a thread");
	(void)work(j);
	for (unsigned t = 1; t < threads; t++)
		must(pthread_join(ids[t], NULL) == 0, "wait for a thread");
	X509_free(j->ca);
	EVP_PKEY_free(j->ca_key);
}

static int usage(void)
{
	fputs("usage: floor KIND N [THREADS], or floor kinds\n", stderr);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	double wall = now_ms(CLOCK_MONOTONIC), cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
	unsigned long threads = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
	struct job j = { 0 };

	for (size_t i = 0; argc == 2 && strcmp(argv[1], "kinds") == 0 && i < KINDS; i++)
		puts(kinds[i].name);
	if (argc == 2 && strcmp(argv[1], "kinds") == 0)
		return EXIT_SUCCESS;
	for (size_t i = 0; argc > 2 && i < KINDS; i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			j.kind = &kinds[i];
	j.count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	if (!j.kind || j.count == 0 || threads == 0 || threads > MAX_THREADS)
		return usage();
	run(&j, (unsigned)threads);
	printf("%s: %u certificates, threads: %lu, wall %.2f ms, CPU %.2f ms\n", j.kind->name,
	       j.count, threads, now_ms(CLOCK_MONOTONIC) - wall,
	       now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return EXIT_SUCCESS;
}
