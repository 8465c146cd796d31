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
};

struct options {
	/* init: which stack, which instance, where */
	const char *stack_path, *instance_name, *store, *config_dir;
	const char *level, *stack_version;
	bool all, check;
	/* init: the cluster */
	unsigned timeout_s;
	struct list urls;
	/* init run */
	bool no_prepare, no_seal;
	unsigned grace_s;
	/* both: what is said */
	const char *log_format;
	bool verbose, quiet, json;
	/* certgen */
	const char *out_dir, *ca_cert, *ca_key, *ca_dn, *name, *in, *key_kind, *usage;
	struct list dns, ip;
	unsigned days;
};

/* Before the environment and the command line are read. */
void options_defaults(struct options *o);

extern const struct opt options_table[];
extern const size_t options_count;

#endif
