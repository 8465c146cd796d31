#include "flow/options.h"

#define AT(member) offsetof(struct options, member)
#define CONFIG     (CONFIG_SHOW | CONFIG_DIFF | CONFIG_CHECK)
#define STACKED    (CONFIG | CMD_PREPARE | CMD_SEAL | CMD_RUN | CMD_WAIT | CMD_STATUS | CMD_HEALTH)
#define ASKING     (CMD_SEAL | CMD_RUN | CMD_WAIT | CMD_STATUS)
#define DROP_IN    (CMD_CA | CMD_CERT | CMD_CSR | CMD_HTTP)
#define NAMING     (CMD_CERT | CMD_CSR | CMD_HTTP)
#define NAMED      (CMD_SIGN | CMD_VERIFY)
#define MAKES      (CMD_CA | NAMING)
#define SIGNS      (CMD_CERT | CMD_HTTP | CMD_SIGN | CMD_RENEW)
#define WRITES     (MAKES | CMD_SIGN | CMD_CONVERT | CMD_BUNDLE)
#define READS      (CMD_INSPECT | CMD_VERIFY | CMD_CONVERT | CMD_BUNDLE | CMD_FINGERPRINT)
#define KEYS       (MAKES | CMD_RENEW | READS)
#define KS_ADDS    (KEYSTORE_ADD | KEYSTORE_ADD_FILE)
#define KS_CHANGES (KS_ADDS | KEYSTORE_REMOVE | KEYSTORE_PASSWD | KEYSTORE_UPGRADE)
#define KS_OPENS   (KS_CHANGES | KEYSTORE_CREATE | KEYSTORE_LIST | KEYSTORE_SHOW)
#define KS_ANY     (KS_OPENS | KEYSTORE_HAS_PASSWD)
#define ANY        (STACKED | MAKES | CMD_SIGN | CMD_RENEW | READS | KS_ANY)

/* clang-format off */
const struct opt options_table[] = {
	{ "stack",         0,   "FILE", "STACKSEAL_STACK",      OPT_TEXT,    AT(stack_path),    STACKED, "the stack file; without it one instance is described by variables" },
	{ "name",          0,   "NAME", "STACKSEAL_NAME",       OPT_TEXT,    AT(instance_name), STACKED, "which instance of the stack this is" },
	{ "store",         0,   "DIR",  "STACKSEAL_STORE",      OPT_TEXT,    AT(store),         STACKED, "folder that the stack shares; default /stackseal" },
	{ "config-dir",    0,   "DIR",  "STACKSEAL_CONFIG_DIR", OPT_TEXT,    AT(config_dir),    CONFIG | CMD_PREPARE | CMD_RUN | CMD_HEALTH | CMD_STATUS | KS_ANY, "configuration folder of this instance; default: the image's" },
	{ "secure-settings", 0, "DIR",  "STACKSEAL_SECURE_SETTINGS", OPT_TEXT, AT(secure_settings), CMD_PREPARE | CMD_RUN, "folder of files, each an entry of the instance's keystore named as the file" },
	{ "level",         0,   "LEVEL", NULL,                  OPT_TEXT,    AT(level),         STACKED, "minimal, basic or https; beats the stack file" },
	{ "stack-version", 0,   "X.Y.Z", NULL,                  OPT_TEXT,    AT(stack_version), STACKED, "the product's version; beats the stack file" },
	{ "accounts",      0,   "KIND", NULL,                   OPT_TEXT,    AT(accounts),      STACKED, "where users live: api or file; beats the stack file" },
	{ "all",           0,   NULL,   NULL,                   OPT_FLAG,    AT(all),           CMD_PREPARE, "make the certificates of every instance, and write no configuration" },
	{ "check",         0,   NULL,   NULL,                   OPT_FLAG,    AT(check),         CMD_PREPARE, "say what would be made, make nothing, leave with 81 if there is anything" },
	{ "override",      0,   NULL,   NULL,                   OPT_FLAG,    AT(override),      CMD_PREPARE | CMD_RUN | CONFIG_SHOW | CONFIG_DIFF, "turn lines of the configuration file that contradict into comments" },
	{ "block",         0,   NULL,   NULL,                   OPT_FLAG,    AT(block),         CONFIG_SHOW, "only what stackseal writes, without the user's lines" },
	{ "user",          0,   "UID:GID", NULL,                OPT_TEXT,    AT(user),          CONFIG_CHECK, "who must be able to read the files; default: the owner of the folder" },
	{ "timeout",       0,   "TIME", "STACKSEAL_TIMEOUT",    OPT_SECONDS, AT(timeout_s),     ASKING, "how long to wait for the cluster; default 5m" },
	{ "url",           0,   "URL",  "STACKSEAL_URL",        OPT_LIST,    AT(urls),          ASKING | CMD_HEALTH, "address of a node, instead of those in the stack; may be repeated" },
	{ "elastic-password-file", 0, "FILE", NULL,             OPT_TEXT,    AT(superuser_file), CMD_SEAL | CMD_RUN, "file with the password that the superuser has now: log in with it, and set the store's" },
	{ "timeout",       0,   "TIME", NULL,                   OPT_SECONDS, AT(health_s),      CMD_HEALTH, "how long an answer may take; default 5s" },
	{ "user",          0,   "NAME", "STACKSEAL_HEALTH_USER", OPT_TEXT,   AT(user),          CMD_HEALTH, "who logs in; default: the superuser" },
	{ "password-file", 0,   "FILE", "STACKSEAL_HEALTH_PASSWORD_FILE", OPT_TEXT, AT(password_file), CMD_HEALTH, "file with the password; default: the variable's or the store's" },
	{ "no-prepare",    0,   NULL,   NULL,                   OPT_FLAG,    AT(no_prepare),    CMD_RUN, "only start the command and seal" },
	{ "no-seal",       0,   NULL,   NULL,                   OPT_FLAG,    AT(no_seal),       CMD_RUN, "only prepare and start the command" },
	{ "grace",         0,   "TIME", "STACKSEAL_GRACE",      OPT_SECONDS, AT(grace_s),       CMD_RUN, "kill the command this long after SIGTERM; default: never" },
	{ "json",          0,   NULL,   NULL,                   OPT_FLAG,    AT(json),          CMD_STATUS, "print JSON instead of a table" },
	{ "product",       0,   "NAME", NULL,                   OPT_TEXT,    AT(product),       KS_ANY, "whose keystore: elasticsearch (default), kibana, filebeat ..." },
	{ "keystore",      0,   "FILE", NULL,                   OPT_TEXT,    AT(keystore),      KS_ANY, "the file; default: the usual one in the configuration folder" },
	{ "stack-version", 0,   "X.Y.Z", "STACKSEAL_STACK_VERSION", OPT_TEXT, AT(stack_version), KS_CHANGES | KEYSTORE_CREATE, "write the format of this version; default: the file's, or one that all read" },
	{ "force",         'f', NULL,   NULL,                   OPT_FLAG,    AT(force),         KS_ADDS | KEYSTORE_CREATE | KEYSTORE_SHOW, "replace what is there, make what is not, and do not ask" },
	{ "stdin",         'x', NULL,   NULL,                   OPT_FLAG,    AT(from_stdin),    KEYSTORE_ADD, "read the values from standard input, one a line" },
	{ "password",      'p', NULL,   NULL,                   OPT_FLAG,    AT(with_password), KEYSTORE_CREATE, "with a password, asked for when it is not given" },
	{ "output",        'o', "FILE", NULL,                   OPT_TEXT,    AT(output),        KEYSTORE_SHOW, "write the value to this file, byte for byte" },
	{ "pass-file",     0,   "FILE", NULL,                   OPT_TEXT,    AT(pass.file),     KS_OPENS, "file with the password; or $KEYSTORE_PASSWORD, $KEYSTORE_PASSWORD_FILE" },
	{ "pass-fd",       0,   "N",    NULL,                   OPT_TEXT,    AT(pass.fd),       KS_OPENS, "open descriptor with it" },
	{ "new-pass-file", 0,   "FILE", NULL,                   OPT_TEXT,    AT(new_pass.file), KEYSTORE_PASSWD, "file with the new one; or $KEYSTORE_NEW_PASSWORD, $KEYSTORE_NEW_PASSWORD_FILE" },
	{ "new-pass-fd",   0,   "N",    NULL,                   OPT_TEXT,    AT(new_pass.fd),   KEYSTORE_PASSWD, "open descriptor with it" },
	{ "no-password",   0,   NULL,   NULL,                   OPT_FLAG,    AT(no_password),   KEYSTORE_PASSWD, "take the password away" },
	{ "in",            0,   "FILE", NULL,                   OPT_TEXT,    AT(in),            NAMING, "instances.yml or stack file: one for each instance in it" },
	{ "name",          0,   "NAME", NULL,                   OPT_TEXT,    AT(name),          NAMING, "name of the instance, or its distinguished name; default instance" },
	{ "dns",           0,   "NAME", NULL,                   OPT_LIST,    AT(dns),           NAMING, "host names, comma-separated; may be repeated, as the others" },
	{ "ip",            0,   "ADDR", NULL,                   OPT_LIST,    AT(ip),            NAMING, "addresses" },
	{ "uri",           0,   "URI",  NULL,                   OPT_LIST,    AT(uri),           NAMING, "URIs" },
	{ "email",         0,   "ADDR", NULL,                   OPT_LIST,    AT(email),         NAMING, "mail addresses" },
	{ "cn",            0,   "NAME", NULL,                   OPT_LIST,    AT(cn),            NAMING, "names for Elasticsearch's trust restrictions" },
	{ "dns",           0,   "NAME", NULL,                   OPT_FILLED,  AT(dns),           NAMED, "host names, comma-separated; may be repeated, as the others" },
	{ "ip",            0,   "ADDR", NULL,                   OPT_FILLED,  AT(ip),            NAMED, "addresses" },
	{ "uri",           0,   "URI",  NULL,                   OPT_FILLED,  AT(uri),           NAMED, "URIs" },
	{ "email",         0,   "ADDR", NULL,                   OPT_FILLED,  AT(email),         NAMED, "mail addresses" },
	{ "cn",            0,   "NAME", NULL,                   OPT_FILLED,  AT(cn),            NAMED, "names for Elasticsearch's trust restrictions" },
	{ "multiple",      0,   NULL,   NULL,                   OPT_FLAG,    AT(multiple),      CMD_CERT | CMD_CSR, "ask for several instances on the terminal" },
	{ "out",           0,   "PATH", "CERTGEN_OUT",          OPT_TEXT,    AT(out),           WRITES, "what to write: a .p12, .zip or .tar.gz; with '/' at its end a folder" },
	{ "pem",           0,   NULL,   NULL,                   OPT_FLAG,    AT(pem),           CMD_CA | CMD_CERT | CMD_HTTP, "PEM files instead of PKCS#12" },
	{ "ca",            0,   "FILE", NULL,                   OPT_TEXT,    AT(ca),            SIGNS | CMD_CA | CMD_VERIFY, "the CA with its key: .p12, PEM, zip or folder" },
	{ "ca-cert",       0,   "FILE", NULL,                   OPT_TEXT,    AT(ca_cert),       SIGNS | CMD_CA, "the CA's certificate, when its key is in another file" },
	{ "ca-key",        0,   "FILE", NULL,                   OPT_TEXT,    AT(ca_key),        SIGNS | CMD_CA, "the CA's key" },
	{ "ca-pass",       0,   "[PASS]", NULL,                 OPT_SECRET,  AT(ca_pass.word),  SIGNS | CMD_CA | CMD_VERIFY, "its passphrase; without PASS it is asked for" },
	{ "ca-pass-file",  0,   "FILE", NULL,                   OPT_TEXT,    AT(ca_pass.file),  SIGNS | CMD_CA | CMD_VERIFY, "file with it; or $CERTGEN_CA_PASS, $CERTGEN_CA_PASS_FILE" },
	{ "ca-pass-fd",    0,   "N",    NULL,                   OPT_TEXT,    AT(ca_pass.fd),    SIGNS | CMD_CA | CMD_VERIFY, "open descriptor with it" },
	{ "self-signed",   0,   NULL,   NULL,                   OPT_FLAG,    AT(self_signed),   CMD_CERT, "no CA: each certificate signs itself" },
	{ "keep-ca-key",   0,   NULL,   NULL,                   OPT_FLAG,    AT(keep_ca_key),   CMD_CERT, "no CA given: make one, and put its key beside the certificates" },
	{ "ca-dn",         0,   "DN",   NULL,                   OPT_TEXT,    AT(ca_dn),         CMD_CA | CMD_CERT | CMD_HTTP, "distinguished name of the CA that is made" },
	{ "days",          0,   "N",    "CERTGEN_DAYS",         OPT_DAYS,    AT(days),          SIGNS | CMD_CA, "days until it expires, or 18m, 2y; default 10y for a CA, 2y for others" },
	{ "key",           0,   "KIND", NULL,                   OPT_TEXT,    AT(key_kind),      MAKES | CMD_RENEW, "p256 (default), p384, rsa2048, rsa3072 or rsa4096" },
	{ "keysize",       0,   "BITS", NULL,                   OPT_NUMBER,  AT(keysize),       MAKES | CMD_RENEW, "an RSA key of 2048, 3072 or 4096 bits" },
	{ "usage",         0,   "USE",  NULL,                   OPT_TEXT,    AT(usage),         CMD_CERT | CMD_SIGN | CMD_VERIFY, "node (default: server and client), server or client" },
	{ "keyusage",      0,   "USES", NULL,                   OPT_LIST,    AT(key_usage),     CMD_CA, "key usage of the CA; default keyCertSign,cRLSign" },
	{ "path-length",   0,   "N",    NULL,                   OPT_TEXT,    AT(path_length),   CMD_CA, "how many CAs may stand below this one, or any; default 0" },
	{ "permit",        0,   "NAMES", NULL,                  OPT_FILLED,  AT(permit),        CMD_CA | CMD_SIGN, "only these may be signed: example.org, 10.0.0.0/8, @example.org" },
	{ "pass",          0,   "[PASS]", NULL,                 OPT_SECRET,  AT(pass.word),     KEYS, "passphrase of the keys and keystores; without PASS it is asked for" },
	{ "pass-file",     0,   "FILE", NULL,                   OPT_TEXT,    AT(pass.file),     KEYS, "file with it; or $CERTGEN_PASS, $CERTGEN_PASS_FILE" },
	{ "pass-fd",       0,   "N",    NULL,                   OPT_TEXT,    AT(pass.fd),       KEYS, "open descriptor with it" },
	{ "new-pass",      0,   "[PASS]", NULL,                 OPT_SECRET,  AT(new_pass.word), CMD_CONVERT | CMD_BUNDLE, "passphrase of what is written; default: none" },
	{ "new-pass-file", 0,   "FILE", NULL,                   OPT_TEXT,    AT(new_pass.file), CMD_CONVERT | CMD_BUNDLE, "file with it; or $CERTGEN_NEW_PASS, $CERTGEN_NEW_PASS_FILE" },
	{ "new-pass-fd",   0,   "N",    NULL,                   OPT_TEXT,    AT(new_pass.fd),   CMD_CONVERT | CMD_BUNDLE, "open descriptor with it" },
	{ "legacy",        0,   NULL,   NULL,                   OPT_FLAG,    AT(legacy),        MAKES | CMD_RENEW | CMD_CONVERT | CMD_BUNDLE, "SHA-1 and 3DES for encrypted files: readers older than 2021" },
	{ "csr",           0,   NULL,   NULL,                   OPT_FLAG,    AT(csr),           CMD_HTTP, "signing requests instead of certificates" },
	{ "force",         0,   NULL,   NULL,                   OPT_FLAG,    AT(force),         WRITES | CMD_RENEW, "replace what is there, keys too" },
	{ "check",         0,   NULL,   NULL,                   OPT_FLAG,    AT(check),         WRITES | CMD_RENEW, "say what would be written, write nothing, leave with 81 if there is anything" },
	{ "within",        0,   "DAYS", NULL,                   OPT_DAYS,    AT(within_days),   CMD_RENEW, "renew what has fewer days left; default: a third of its life" },
	{ "new-key",       0,   NULL,   NULL,                   OPT_FLAG,    AT(new_key),       CMD_RENEW, "with a new key instead of the same" },
	{ "stack-version", 0,   "X.Y.Z", NULL,                  OPT_TEXT,    AT(stack_version), CMD_VERIFY, "the Elasticsearch that shall take it; default 8.0.0" },
	{ "user",          0,   "UID:GID", NULL,                OPT_TEXT,    AT(user),          CMD_VERIFY, "who must be able to read it; Elasticsearch's image: 1000:0" },
	{ "json",          0,   NULL,   NULL,                   OPT_FLAG,    AT(json),          CMD_INSPECT | CMD_VERIFY | CMD_FINGERPRINT, "print JSON instead of a table" },
	{ "text",          0,   NULL,   NULL,                   OPT_FLAG,    AT(text),          CMD_INSPECT, "print everything, as openssl x509 -text" },
	{ "timeout",       0,   "TIME", NULL,                   OPT_SECONDS, AT(connect_s),     CMD_INSPECT | CMD_VERIFY | CMD_FINGERPRINT, "how long to wait for a server; default 10s" },
	{ "E",             'E', "K=V",  NULL,                   OPT_LIST,    AT(ignored),       DROP_IN, "a setting of Elasticsearch's; without a meaning here" },
	{ "silent",        's', NULL,   NULL,                   OPT_FLAG,    AT(quiet),         DROP_IN | KS_ANY, "as --quiet" },
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
		.connect_s = 10,
		.health_s = 5,
		.log_format = "text",
	};
}

bool options_blame(const char *flag, struct err *e)
{
	if (e->code == FAIL_INPUT)
		e->code = FAIL_USAGE;
	return err_prefix(e, "%s: ", flag);
}
