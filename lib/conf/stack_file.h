/* stack_file.h - read a stack file, strictly. */
#ifndef CONF_STACK_FILE_H
#define CONF_STACK_FILE_H

#include "base/str.h"
#include "stack/stack.h"

/* What beats the file: flags, and the variables that lookup finds. */
struct stack_overrides {
	const char *level;         /* NULL: as the file says */
	const char *version;       /* likewise */
	const char *accounts;      /* likewise */
	const char *instance_name; /* without a file: the one instance's name */
};

enum { STACK_FILE_MAX_BYTES = 1024 * 1024 };

/* Read only what the text says: no variables, no defaults, no check of the whole; for certgen,
 * which needs the instances of a certutil file and no stack. s is empty before; the caller clears
 * it. */
bool stack_file_parse(const struct str *text, const char *name, struct stack *s,
		      struct err *e) MUST_USE;

/* Read the stack in path; NULL describes one instance by variables alone.
 *
 * The file is YAML, a superset of elasticsearch-certutil's instances.yml. An unknown key, a key
 * given twice or a value out of range is FAIL_INPUT with file, line, column and what is near;
 * contradictions are FAIL_CONFIG, see stack_finish(). */
bool stack_load(const char *path, const struct stack_overrides *overrides,
		const char *(*lookup)(const char *name), struct stack *out, struct err *e) MUST_USE;

#endif
