#include "flow/options.h"

#include "pki/cert.h"

#define AT(member) offsetof(struct options, member)
#define STACKED    (CMD_PREPARE | CMD_SEAL | CMD_RUN | CMD_WAIT | CMD_STATUS)
#define ASKING     (CMD_SEAL | CMD_RUN | CMD_WAIT | CMD_STATUS)
#define CERTGEN    (CMD_CA | CMD_CERT)
#define ANY        (STACKED | CERTGEN)

/* clang-format off */
const struct opt options_table[] = {
	{ "stack",         0,   "FILE", "STACKSEAL_STACK",      OPT_TEXT,    AT(stack_path),    STACKED, "the stack file; without it one instance is described by variables" },
	{ "name",          0,   "NAME", "STACKSEAL_NAME",       OPT_TEXT,    AT(instance_name), STACKED, "which instance of the stack this is" },
	{ "store",         0,   "DIR",  "STACKSEAL_STORE",      OPT_TEXT,    AT(store),         STACKED, "folder that the stack shares; default /stackseal" },
	{ "config-dir",    0,   "DIR",  "STACKSEAL_CONFIG_DIR", OPT_TEXT,    AT(config_dir),    CMD_PREPARE | CMD_RUN, "configuration folder of this instance; default: the image's" },
	{ "level",         0,   "LEVEL", NULL,                  OPT_TEXT,    AT(level),         STACKED, "minimal, basic or https; beats the stack file" },
	{ "stack-version", 0,   "X.Y.Z", NULL,                  OPT_TEXT,    AT(stack_version), STACKED, "the product's version; beats the stack file" },
	{ "all",           0,   NULL,   NULL,                   OPT_FLAG,    AT(all),           CMD_PREPARE, "make the certificates of every instance, and write no configuration" },
	{ "check",         0,   NULL,   NULL,                   OPT_FLAG,    AT(check),         CMD_PREPARE, "say what would be made, and make nothing" },
	{ "timeout",       0,   "TIME", "STACKSEAL_TIMEOUT",    OPT_SECONDS, AT(timeout_s),     ASKING, "how long to wait for the cluster; default 5m" },
	{ "url",           0,   "URL",  "STACKSEAL_URL",        OPT_LIST,    AT(urls),          ASKING, "address of a node, instead of those in the stack; may be repeated" },
	{ "no-prepare",    0,   NULL,   NULL,                   OPT_FLAG,    AT(no_prepare),    CMD_RUN, "only start the command and seal" },
	{ "no-seal",       0,   NULL,   NULL,                   OPT_FLAG,    AT(no_seal),       CMD_RUN, "only prepare and start the command" },
	{ "grace",         0,   "TIME", "STACKSEAL_GRACE",      OPT_SECONDS, AT(grace_s),       CMD_RUN, "kill the command this long after SIGTERM; default: never" },
	{ "json",          0,   NULL,   NULL,                   OPT_FLAG,    AT(json),          CMD_STATUS, "print JSON instead of a table" },
	{ "out",           0,   "DIR",  "CERTGEN_OUT",          OPT_TEXT,    AT(out_dir),       CERTGEN, "folder to write, never replaced; default ca for a CA, else the current one" },
	{ "ca-dn",         0,   "DN",   NULL,                   OPT_TEXT,    AT(ca_dn),         CMD_CA, "distinguished name of the CA" },
	{ "days",          0,   "N",    "CERTGEN_DAYS",         OPT_NUMBER,  AT(days),          CERTGEN, "days until it expires; default 3650 for a CA, 730 for others" },
	{ "key",           0,   "KIND", NULL,                   OPT_TEXT,    AT(key_kind),      CERTGEN, "p256 (default), p384, rsa2048, rsa3072 or rsa4096" },
	{ "ca-cert",       0,   "FILE", NULL,                   OPT_TEXT,    AT(ca_cert),       CMD_CERT, "certificate of the CA that signs, PEM" },
	{ "ca-key",        0,   "FILE", NULL,                   OPT_TEXT,    AT(ca_key),        CMD_CERT, "its key, PEM" },
	{ "name",          0,   "NAME", NULL,                   OPT_TEXT,    AT(name),          CMD_CERT, "name of the instance: folder, file names and CN" },
	{ "dns",           0,   "NAME", NULL,                   OPT_LIST,    AT(dns),           CMD_CERT, "host names, comma-separated; may be repeated" },
	{ "ip",            0,   "ADDR", NULL,                   OPT_LIST,    AT(ip),            CMD_CERT, "addresses, comma-separated; may be repeated" },
	{ "in",            0,   "FILE", NULL,                   OPT_TEXT,    AT(in),            CMD_CERT, "instances.yml or stack file: a certificate for each instance" },
	{ "usage",         0,   "USE",  NULL,                   OPT_TEXT,    AT(usage),         CMD_CERT, "node (default: server and client), server or client" },
	{ "log-format",    0,   "KIND", "STACKSEAL_LOG_FORMAT", OPT_TEXT,    AT(log_format),    ANY, "text or json (ECS fields); default text" },
	{ "verbose",       'v', NULL,   NULL,                   OPT_FLAG,    AT(verbose),       ANY, "say also why" },
	{ "quiet",         'q', NULL,   NULL,                   OPT_FLAG,    AT(quiet),         ANY, "say only what is wrong" },
};
/* clang-format on */

const size_t options_count = ARRAY_LEN(options_table);

void options_defaults(struct options *o)
{
	*o = (struct options){
		.store = "/stackseal",
		.timeout_s = 300,
		.log_format = "text",
		.key_kind = "p256",
		.usage = "node",
	};
}
