#include "check.h"

#include <string.h>

#include "cluster/readiness.h"

static struct err e;

TEST(each_ready_step_is_parsed_from_its_own_name)
{
	enum ready_step got;

	for (enum ready_step s = READY_TCP; s <= READY_GREEN; s++) {
		CHECK(ready_step_parse(ready_step_name(s), &got));
		CHECK_INT(got, s);
	}
	CHECK(!ready_step_parse("nothing", &got));
	CHECK(!ready_step_parse("purple", &got));
}

static void diagnose_text(enum http_fault fault, enum http_stage stage, long status,
			  const char *text, struct diagnosis *out)
{
	auto_http_reply r = { .fault = fault,
			      .stage = stage,
			      .status = status,
			      .body = STR_INIT(HTTP_BODY_MAX_BYTES),
			      .reason = "curl's words" };

	str_add(&r.body, text);
	diagnose(&r, out);
}

#define ES(type, reason) "{\"error\":{\"type\":\"" type "\",\"reason\":" reason "},\"status\":0}"

/* Answers as the products word them (see readiness.c); what they mean. */
/* clang-format off */
static const struct {
	long status;
	const char *body;
	enum verdict verdict;
	enum fail code;
	const char *says; /* the reason begins with it */
} answers[] = {
	{ 401, ES("security_exception", "\"unable to authenticate user [elastic] for REST request [/]\""), VERDICT_SETTLE, FAIL_AUTH, "HTTP 401: unable to authenticate user [elastic]" },
	{ 401, ES("security_exception", "\"missing authentication credentials for REST request [/]\""), VERDICT_SETTLE, FAIL_AUTH, "HTTP 401: missing authentication" },
	{ 401, "Unauthorized", VERDICT_SETTLE, FAIL_AUTH, "HTTP 401: Unauthorized" },
	{ 403, ES("security_exception", "\"action [cluster:monitor/main] is unauthorized for user [x]\""), VERDICT_SETTLE, FAIL_AUTH, "it knows us, and does not allow that (HTTP 403: action" },
	{ 403, ES("security_exception", "\"current license is non-compliant for [security]\""), VERDICT_STOP, FAIL_CONFIG, "its licence does not allow this (HTTP 403: current license" },
	{ 400, ES("illegal_argument_exception", "\"no handler found for uri [/_security/_authenticate] and method [GET]\""), VERDICT_STOP, FAIL_CONFIG, "security is switched off there (HTTP 400" },
	{ 400, "{\"error\":\"no handler found for uri [/_security/_authenticate] and method [GET]\"}", VERDICT_STOP, FAIL_CONFIG, "security is switched off there (HTTP 400" },
	{ 405, "{\"error\":\"Incorrect HTTP method for uri [/_security/user/elastic/_password] and method [PUT], allowed: [POST]\"}", VERDICT_STOP, FAIL_CONFIG, "security is switched off there" },
	{ 500, ES("exception", "\"Security must be explicitly enabled when using a [basic] license.\""), VERDICT_STOP, FAIL_CONFIG, "security is switched off there" },
	{ 403, ES("cluster_block_exception", "\"blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];\""), VERDICT_WAIT, FAIL_TIMEOUT, "its disk is too full" },
	{ 429, ES("cluster_block_exception", "\"blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];\""), VERDICT_WAIT, FAIL_TIMEOUT, "its disk is too full" },
	{ 503, ES("master_not_discovered_exception", "null"), VERDICT_WAIT, FAIL_TIMEOUT, "no master is elected yet (HTTP 503: master_not_discovered_exception)" },
	{ 503, ES("status_exception", "\"Cluster state has not been recovered yet, cannot write to the [null] index\""), VERDICT_WAIT, FAIL_TIMEOUT, "the cluster has not recovered its state yet" },
	{ 503, ES("cluster_block_exception", "\"blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];\""), VERDICT_WAIT, FAIL_TIMEOUT, "the cluster has not recovered its state yet" },
	{ 503, ES("unavailable_shards_exception", "\"[.security-7][0] primary shard is not active\""), VERDICT_WAIT, FAIL_TIMEOUT, "the security index has no active primary shard" },
	{ 503, "OpenSearch Security not initialized.", VERDICT_WAIT, FAIL_TIMEOUT, "its security plugin has not loaded its index yet" },
	{ 503, "Kibana server is not ready yet", VERDICT_WAIT, FAIL_TIMEOUT, "it is not ready yet (HTTP 503: Kibana" },
	{ 503, "", VERDICT_WAIT, FAIL_TIMEOUT, "HTTP 503" },
	{ 429, ES("circuit_breaking_exception", "\"[parent] Data too large\""), VERDICT_WAIT, FAIL_TIMEOUT, "it has too much to do (HTTP 429: [parent]" },
	{ 408, "", VERDICT_WAIT, FAIL_TIMEOUT, "it ran out of time itself (HTTP 408)" },
	{ 500, ES("exception", "\"clearing the cache for [elastic] failed\""), VERDICT_WAIT, FAIL_TIMEOUT, "HTTP 500: clearing" },
	{ 502, "<html>\n<h1>Bad Gateway</h1>", VERDICT_WAIT, FAIL_TIMEOUT, "HTTP 502: <html>" },
	{ 504, "{\"message\":\"later\"}", VERDICT_WAIT, FAIL_TIMEOUT, "HTTP 504: later" },
	{ 307, "", VERDICT_WAIT, FAIL_TIMEOUT, "it points elsewhere, and we do not follow (HTTP 307)" },
	{ 404, "nothing here", VERDICT_WAIT, FAIL_TIMEOUT, "HTTP 404: nothing here" },
};

static const struct {
	enum http_fault fault;
	enum http_stage stage;
	enum ready_step reached;
	const char *says;
} silences[] = {
	{ HTTP_FAULT_OTHER,        HTTP_STAGE_NAME, READY_NOTHING, "curl's words" },
	{ HTTP_FAULT_TIMEOUT,      HTTP_STAGE_NAME, READY_NOTHING, "curl's words" },
	{ HTTP_FAULT_OTHER,        HTTP_STAGE_TCP,  READY_NAME,    "curl's words" },
	{ HTTP_FAULT_TIMEOUT,      HTTP_STAGE_TCP,  READY_NAME,    "curl's words" },
	{ HTTP_FAULT_OTHER,        HTTP_STAGE_TLS,  READY_TCP,     "curl's words" },
	{ HTTP_FAULT_CERT_EXPIRED, HTTP_STAGE_TLS,  READY_TCP,     "its certificate has expired" },
	{ HTTP_FAULT_CERT_EARLY,   HTTP_STAGE_TLS,  READY_TCP,     "its certificate is not valid yet" },
	{ HTTP_FAULT_CERT_ISSUER,  HTTP_STAGE_TLS,  READY_TCP,     "its certificate is not of the CA that we trust" },
	{ HTTP_FAULT_CERT_NAME,    HTTP_STAGE_TLS,  READY_TCP,     "its certificate does not cover the name" },
	{ HTTP_FAULT_WANTS_CERT,   HTTP_STAGE_TLS,  READY_TCP,     "it wants to see a client certificate" },
	{ HTTP_FAULT_NOT_TLS,      HTTP_STAGE_TLS,  READY_TCP,     "it does not speak TLS on this port" },
	{ HTTP_FAULT_CLOSED,       HTTP_STAGE_TLS,  READY_TCP,     "it closed the connection during the TLS handshake" },
	{ HTTP_FAULT_CLOSED,       HTTP_STAGE_HTTP, READY_TLS,     "it closed the connection without an answer" },
	{ HTTP_FAULT_HUNG_UP,      HTTP_STAGE_HTTP, READY_TLS,     "it closed the connection without an answer" },
	{ HTTP_FAULT_NOT_HTTP,     HTTP_STAGE_HTTP, READY_TLS,     "it does not speak HTTP on this port" },
	{ HTTP_FAULT_TORN,         HTTP_STAGE_HTTP, READY_TLS,     "its answer broke off" },
	{ HTTP_FAULT_TOO_LARGE,    HTTP_STAGE_HTTP, READY_TLS,     "curl's words" },
	{ HTTP_FAULT_OTHER,        HTTP_STAGE_HTTP, READY_TLS,     "curl's words" },
};
/* clang-format on */

TEST(each_answer_of_a_node_has_its_meaning)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct diagnosis d;

		diagnose_text(HTTP_FAULT_NONE, HTTP_STAGE_REPLY, answers[i].status, answers[i].body,
			      &d);
		CHECK_INT(d.verdict, answers[i].verdict);
		CHECK_INT(d.code, answers[i].code);
		CHECK_INT(d.reached, READY_HTTP);
		if (strncmp(d.reason, answers[i].says, strlen(answers[i].says)) != 0)
			CHECK_TEXT(d.reason, answers[i].says);
	}
}

TEST(each_silence_of_a_node_has_its_meaning_and_is_waited_out)
{
	for (size_t i = 0; i < sizeof(silences) / sizeof(*silences); i++) {
		struct diagnosis d;

		diagnose_text(silences[i].fault, silences[i].stage, 0, "", &d);
		CHECK_INT(d.verdict, VERDICT_WAIT);
		CHECK_INT(d.reached, silences[i].reached);
		if (strncmp(d.reason, silences[i].says, strlen(silences[i].says)) != 0)
			CHECK_TEXT(d.reason, silences[i].says);
	}
}

TEST(a_servers_words_are_bounded_and_cannot_steer_a_terminal)
{
	static char huge[4000];
	struct diagnosis d;
	size_t n;

	memset(huge, 'x', sizeof(huge) - 1);
	diagnose_text(HTTP_FAULT_NONE, HTTP_STAGE_REPLY, 503, huge, &d);
	n = strlen(d.reason);
	CHECK(n < 200);
	CHECK_TEXT(d.reason + n - 3, "...");
	diagnose_text(HTTP_FAULT_NONE, HTTP_STAGE_REPLY, 503,
		      ES("x", "\"a\\u001b[2Jb\\nforged\\u009bc\\u007fd \\u00e9\""), &d);
	CHECK_TEXT(d.reason, "HTTP 503: a\\x1b[2Jb\\x0aforged\\u009bc\\x7fd \xc3\xa9");
}

static void judge(void (*how)(const struct json *health, struct diagnosis *out), const char *text,
		  enum ready_step reached, const char *reason)
{
	auto_json health = NULL;
	struct diagnosis d;

	CHECK(json_parse(text, strlen(text), &health, &e));
	how(health, &d);
	CHECK_INT(d.reached, reached);
	CHECK_TEXT(d.reason, reason);
	CHECK(d.hint != NULL);
}

TEST(the_health_of_the_security_index_is_read_apart_from_the_rest)
{
	static const char recovering[] = "the cluster has not recovered its state yet";
	static const char down[] = "the security index has no active primary shard";

	judge(diagnose_security_index, "{\"status\":\"red\",\"number_of_data_nodes\":0}",
	      READY_AUTH, recovering);
	judge(diagnose_security_index,
	      "{\"status\":\"red\",\"number_of_data_nodes\":1,\"indices\":{}}", READY_AUTH,
	      recovering);
	judge(diagnose_security_index,
	      "{\"status\":\"red\",\"number_of_data_nodes\":1,"
	      "\"indices\":{\".security-7\":{\"status\":\"red\"}}}",
	      READY_MASTER, down);
	judge(diagnose_security_index,
	      "{\"status\":\"green\",\"number_of_data_nodes\":0,\"indices\":{}}", READY_MASTER,
	      "no data node has joined yet");
	judge(diagnose_security_index,
	      "{\"status\":\"green\",\"number_of_data_nodes\":1,\"indices\":{}}", READY_SECURITY,
	      "");
	judge(diagnose_security_index,
	      "{\"status\":\"yellow\",\"number_of_data_nodes\":1,"
	      "\"indices\":{\".security-7\":{\"status\":\"yellow\"}}}",
	      READY_SECURITY, "");
	judge(diagnose_security_index, "{}", READY_AUTH, "its health has no status");
}

TEST(the_health_of_the_cluster_is_its_colour)
{
	judge(diagnose_health, "{\"status\":\"red\",\"number_of_nodes\":3}", READY_SECURITY,
	      "the cluster is red with 3 nodes");
	judge(diagnose_health, "{\"status\":\"yellow\",\"number_of_nodes\":1}", READY_YELLOW,
	      "the cluster is yellow with 1 nodes");
	judge(diagnose_health, "{\"status\":\"green\",\"number_of_nodes\":1}", READY_GREEN,
	      "the cluster is green with 1 nodes");
	judge(diagnose_health, "{\"status\":\"mauve\"}", READY_SECURITY,
	      "the cluster is mauve with 0 nodes");
	judge(diagnose_health, "{\"status\":\"green\",\"number_of_data_nodes\":0}", READY_MASTER,
	      "no data node has joined yet");
}
