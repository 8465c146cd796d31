/* fuzz.h - what the fuzz targets share.
 *
 * A target is one file with LLVMFuzzerTestOneInput. `make fuzz` links it with libFuzzer, the tests
 * link it with driver.c; both run it under the address and undefined-behaviour sanitizers. A target
 * knows no right answers, so it checks what holds for every input: HOLDS() stops the run. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The passphrase of every encrypted seed. */
#define FUZZ_PASS "changeme"

#define HOLDS(cond) fuzz_holds((cond), #cond, __FILE__, __LINE__)

static inline void fuzz_holds(bool ok, const char *expr, const char *file, int line)
{
	if (ok)
		return;
	(void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, expr);
	abort();
}

/* A failure says what failed, in a message that ends. */
static inline void fuzz_failed(const struct err *e)
{
	HOLDS(e->code != FAIL_NONE);
	HOLDS(e->msg[0] != '\0');
	HOLDS(memchr(e->msg, '\0', sizeof(e->msg)) != NULL);
	HOLDS(memchr(e->hint, '\0', sizeof(e->hint)) != NULL);
	HOLDS(e->code != FAIL_BUG);
}

/* For a step that only a defect of ours can fail. */
static inline void fuzz_done(bool ok, const struct err *e)
{
	if (ok)
		return;
	(void)fprintf(stderr, "failed: %s\n", e->msg);
	abort();
}

static inline struct secret *fuzz_pass(void)
{
	struct secret *pass = NULL;
	struct err e = { 0 };

	fuzz_done(secret_new(&pass, FUZZ_PASS, strlen(FUZZ_PASS), &e), &e);
	return pass;
}

#endif
