/* keystore_product.h - the products whose keystores we read and write, a row each. */
#ifndef KEYSTORE_KEYSTORE_PRODUCT_H
#define KEYSTORE_KEYSTORE_PRODUCT_H

#include "keystore/keystore.h"
#include "stack/version.h"

/* Of a new file, whatever the product: Beats read no other, and a secret has no other here. */
enum { KEYSTORE_FILE_MODE = 0600 };

/* How a product keeps its keystore: the functions of one module. */
struct keystore_codec {
	const char *kind;   /* in words: "an Elasticsearch keystore" */
	bool has_passwords; /* a file can have one */
	bool has_files;     /* a value may be any bytes; else it is UTF-8 without NUL */

	/* Open the bytes of a file and say in its origin what it was.
	 *
	 * name      of the file, for errors
	 * password  NULL: none. Not used when the file has none
	 * fails     FAIL_INPUT (torn, damaged, of another kind, a format we do not know),
	 *           FAIL_AUTH (wrong or missing password) */
	bool (*parse)(const struct str *bytes, const char *name, const struct secret *password,
		      struct keystore **out, struct err *e);

	/* Append the file's bytes with fresh random salt and IV. The format is one that
	 * keystore_format_for() gives; the password NULL or empty for none. */
	bool (*format)(const struct keystore *k, unsigned format, const struct secret *password,
		       struct str *out, struct err *e);

	/* Whether a file can only be opened with a password; asked without one. fails  FAIL_INPUT
	 */
	bool (*is_locked)(const struct str *bytes, const char *name, bool *out, struct err *e);

	/* Whether the product takes this name for an entry. */
	bool (*is_name)(const char *name);

	/* What the product takes a value for, in words ("a number"), when it makes another text of
	 * it; else NULL. It is the product's fault, so this is a warning. NULL: it takes all as
	 * they are. */
	const char *(*misread)(const struct secret *value);

	/* Add what the product would add by itself, rewriting the file for it; NULL: nothing. */
	bool (*complete)(struct keystore *k, struct err *e);
};

struct keystore_product {
	const char *name;      /* for --product: elasticsearch, kibana, filebeat ... */
	const char *file_name; /* below the configuration folder: data/filebeat.keystore */
	const struct keystore_codec *codec;
	const char *folder;          /* the official image's configuration folder */
	const char *folder_variable; /* from which the product takes another one, or NULL */
};

/* Row i, or NULL past the end. */
const struct keystore_product *keystore_product_at(size_t i);

/* By name; NULL: there is none. */
const struct keystore_product *keystore_product_find(const char *name);

/* By the last component of a path, as "/x/kibana.keystore"; NULL: nobody's usual name. */
const struct keystore_product *keystore_product_of_file(const char *path);

/* The format that this version of the product writes; a newer version than we know is taken for the
 * newest, and 0 is for one that is too old. */
unsigned keystore_format_for(const struct keystore_product *p, struct version v);

/* The format for when no version is known: the one that was found, as long as it is one that is
 * written; else the oldest of those, which every supported version reads. */
unsigned keystore_format_again(const struct keystore_product *p, unsigned found);

#endif
