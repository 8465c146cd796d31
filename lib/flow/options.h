/* options.h - every option of both programs: one struct, one table. */
#ifndef FLOW_OPTIONS_H
#define FLOW_OPTIONS_H

#include "base/list.h"
#include "base/opt.h"

/* A bit a command, for the table's column "commands". */
enum command_bit {
	CMD_PREPARE = 1 << 0,
	CMD_SEAL = 1 << 1,
	CMD_RUN = 1 << 2,
	CMD_WAIT = 1 << 3,
	CMD_STATUS = 1 << 4,
	CMD_CA = 1 << 5,
	CMD_CERT = 1 << 6,
	CMD_CSR = 1 << 7,
	CMD_HTTP = 1 << 8,
	CMD_SIGN = 1 << 9,
	CMD_RENEW = 1 << 10,
	CMD_INSPECT = 1 << 11,
	CMD_VERIFY = 1 << 12,
	CMD_CONVERT = 1 << 13,
	CMD_BUNDLE = 1 << 14,
	CMD_FINGERPRINT = 1 << 15,
	CMD_HEALTH = 1 << 16,
	/* init keystore */
	KEYSTORE_CREATE = 1 << 17,
	KEYSTORE_LIST = 1 << 18,
	KEYSTORE_ADD = 1 << 19,
	KEYSTORE_ADD_FILE = 1 << 20,
	KEYSTORE_REMOVE = 1 << 21,
	KEYSTORE_SHOW = 1 << 22,
	KEYSTORE_PASSWD = 1 << 23,
	KEYSTORE_HAS_PASSWD = 1 << 24,
	KEYSTORE_UPGRADE = 1 << 25,
	/* init config */
	CONFIG_SHOW = 1 << 26,
	CONFIG_DIFF = 1 << 27,
	CONFIG_CHECK = 1 << 28,
};

/* Where a passphrase comes from; at most one of them, or the variable. */
struct pass_options {
	struct opt_secret word;
	const char *file, *fd;
};

struct options {
	/* init: which stack, which instance, where */
	const char *stack_path, *instance_name, *store, *config_dir;
	const char *level, *stack_version, *accounts;
	bool all, check, override, block;
	const char *secure_settings;
	/* init: the cluster */
	unsigned timeout_s;
	struct list urls;
	const char *superuser_file; /* init seal, run: the password that the superuser has now */
	/* init health: its user is `user` */
	const char *password_file;
	unsigned health_s;
	/* init run */
	bool no_prepare, no_seal;
	unsigned grace_s;
	/* init keystore */
	const char *product, *keystore, *output;
	bool from_stdin, with_password, no_password;
	/* both: what is said */
	const char *log_format;
	bool verbose, quiet, json;
	/* certgen: what is made */
	const char *name, *in, *usage, *key_kind, *out;
	struct list dns, ip, uri, email, cn;
	unsigned days, keysize;
	bool pem, legacy, multiple, csr;
	/* certgen: who signs it */
	const char *ca, *ca_cert, *ca_key, *ca_dn, *path_length;
	struct list permit, key_usage;
	bool self_signed, keep_ca_key;
	struct pass_options pass, ca_pass, new_pass; /* pass and new_pass: of a keystore, too */
	/* certgen: how */
	bool force, new_key, text;
	const char *user;
	unsigned within_days, connect_s;
	struct list ignored;
};

/* Before the environment and the command line are read. */
void options_defaults(struct options *o);

/* A library refused what stands behind this option, and spoke of malformed input: it is the command
 * line that is wrong. Returns false. */
bool options_blame(const char *flag, struct err *e);

extern const struct opt options_table[];
extern const size_t options_count;

#endif
