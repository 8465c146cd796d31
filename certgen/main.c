/* certgen: a certificate authority on a command line. */
#include "certgen/commands.h"
#include "flow/program.h"

/* clang-format off */
static const struct command commands[] = {
	{ "ca",          CMD_CA,          "",        "make a certificate authority", cmd_ca },
	{ "cert",        CMD_CERT,        "[ca]",    "make certificates with their keys", cmd_cert },
	{ "csr",         CMD_CSR,         "",        "make signing requests with their keys", cmd_csr },
	{ "http",        CMD_HTTP,        "",        "make what HTTP over TLS needs, for Elasticsearch and Kibana", cmd_http },
	{ "sign",        CMD_SIGN,        "CSR...",  "sign requests", cmd_sign },
	{ "renew",       CMD_RENEW,       "PATH...", "sign again what ends soon, with the same names", cmd_renew },
	{ "inspect",     CMD_INSPECT,     "PATH...", "show what is in files, archives, folders or behind HOST:PORT", cmd_inspect },
	{ "verify",      CMD_VERIFY,      "PATH...", "say whether Elasticsearch would take it, and why not", cmd_verify },
	{ "convert",     CMD_CONVERT,     "PATH...", "write keys and certificates in another form", cmd_convert },
	{ "bundle",      CMD_BUNDLE,      "PATH...", "collect certificates into a chain or a truststore", cmd_bundle },
	{ "fingerprint", CMD_FINGERPRINT, "PATH...", "print SHA-256 as ca_trusted_fingerprint wants it", cmd_fingerprint },
};
/* clang-format on */

int main(int argc, char **argv)
{
	const struct program certgen = {
		.name = "certgen",
		.purpose = "a certificate authority on a command line",
		.version = STACKSEAL_VERSION,
		.commands = commands,
		.command_count = ARRAY_LEN(commands),
		.opts = options_table,
		.opt_count = options_count,
	};

	(void)argc;
	return program_main(&certgen, argv);
}
