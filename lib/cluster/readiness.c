#include "cluster/readiness.h"

#include <stdio.h>
#include <string.h>

#include "base/visible.h"

static const char *const step_names[] = {
	[READY_NOTHING] = "nothing", [READY_NAME] = "name",         [READY_TCP] = "tcp",
	[READY_TLS] = "tls",         [READY_HTTP] = "http",         [READY_AUTH] = "auth",
	[READY_MASTER] = "master",   [READY_SECURITY] = "security", [READY_YELLOW] = "yellow",
	[READY_GREEN] = "green",
};

const char *ready_step_name(enum ready_step step)
{
	return step_names[step];
}

bool ready_step_parse(const char *text, enum ready_step *out)
{
	for (size_t i = READY_TCP; i < ARRAY_LEN(step_names); i++)
		if (strcmp(text, step_names[i]) == 0) {
			*out = (enum ready_step)i;
			return true;
		}
	return false;
}

enum { WORDS_BYTES = 150 };

struct symptom {
	enum http_fault fault; /* NONE: an answer with a status */
	enum http_stage stage; /* with a fault: where; REPLY: wherever */
	long status;           /* without one; 0: any */
	const char *words;     /* that the answer holds; NULL: any */
	enum verdict verdict;
	enum fail code;   /* for who does not wait, or no longer */
	const char *says; /* in our words; NULL: the other side's are as good */
	const char *hint;
};

#define STATUS HTTP_FAULT_NONE, HTTP_STAGE_REPLY
#define ANY    HTTP_STAGE_REPLY
#define WAIT   VERDICT_WAIT, FAIL_TIMEOUT
#define TRUST  VERDICT_WAIT, FAIL_TLS
#define SETTLE VERDICT_SETTLE, FAIL_AUTH
#define STOP   VERDICT_STOP, FAIL_CONFIG

#define SEC_OFF "security is switched off there"
#define SEC_ON  "set xpack.security.enabled: true, as init prepare does, and restart the node"
#define FULL    "its disk is too full: indices may only be read"
#define FREE    "free space on the volume of its data; it goes on by itself"
#define CLOCKS  "compare the clocks of both machines"

/* The first row that fits counts. Texts of Elasticsearch after its sources, 7.12 to 9.x:
 * RestController (no handler), SecurityBaseRestHandler (licence), TransportMasterNodeAction (no
 * master), SecurityIndexManager (not recovered, unavailable shards), DiskThresholdMonitor; of
 * OpenSearch's after BackendRegistry of its security plugin; of Kibana after its http service. */
/* clang-format off */
static const struct symptom symptoms[] = {
	/* name, TCP */
	{ HTTP_FAULT_TIMEOUT, HTTP_STAGE_NAME, 0, NULL, WAIT, NULL, "does its name server answer?" },
	{ HTTP_FAULT_OTHER, HTTP_STAGE_NAME, 0, NULL, WAIT, NULL, "is it spelt right, does the container run, and are both on one network?" },
	{ HTTP_FAULT_TIMEOUT, HTTP_STAGE_TCP, 0, NULL, WAIT, NULL, "is a firewall or a network policy in between?" },
	{ HTTP_FAULT_OTHER, HTTP_STAGE_TCP, 0, NULL, WAIT, NULL, "does the server run, and listen on this port? look at its own log" },
	/* TLS */
	{ HTTP_FAULT_CERT_EXPIRED, ANY, 0, NULL, TRUST, "its certificate has expired", "renew it; if it should be valid, " CLOCKS },
	{ HTTP_FAULT_CERT_EARLY, ANY, 0, NULL, TRUST, "its certificate is not valid yet", CLOCKS },
	{ HTTP_FAULT_CERT_ISSUER, ANY, 0, NULL, TRUST, "its certificate is not of the CA that we trust", "is it another stack's node, or does the server still use older files?" },
	{ HTTP_FAULT_CERT_NAME, ANY, 0, NULL, TRUST, "its certificate does not cover the name that it was asked by", "add the name to the instance's dns or ip, or ask by another one with --url" },
	{ HTTP_FAULT_WANTS_CERT, ANY, 0, NULL, TRUST, "it wants to see a client certificate", "let http.ssl.client_authentication be none or optional" },
	{ HTTP_FAULT_NOT_TLS, ANY, 0, NULL, TRUST, "it does not speak TLS on this port", "is it plain HTTP? level https wants http.ssl.enabled: true in its settings" },
	{ HTTP_FAULT_CLOSED, HTTP_STAGE_TLS, 0, NULL, WAIT, "it closed the connection during the TLS handshake", "look at its own log" },
	{ HTTP_FAULT_OTHER, HTTP_STAGE_TLS, 0, NULL, TRUST, NULL, "look at its own log" },
	/* HTTP */
	{ HTTP_FAULT_NOT_HTTP, ANY, 0, NULL, WAIT, "it does not speak HTTP on this port", "is it TLS, or the port of the links between nodes? below level https HTTP is plain" },
	{ HTTP_FAULT_CLOSED, ANY, 0, NULL, WAIT, "it closed the connection without an answer", "does it want TLS on this port? below level https HTTP is plain; look at its own log" },
	{ HTTP_FAULT_HUNG_UP, ANY, 0, NULL, WAIT, "it closed the connection without an answer", "does it want a client certificate? look at its own log" },
	{ HTTP_FAULT_TORN, ANY, 0, NULL, WAIT, "its answer broke off", "" },
	{ HTTP_FAULT_TOO_LARGE, ANY, 0, NULL, WAIT, NULL, "is that the address of a node?" },
	/* security is not there */
	{ STATUS, 0, "no handler found for uri", STOP, SEC_OFF, SEC_ON },
	{ STATUS, 0, "Incorrect HTTP method for uri [/_security", STOP, SEC_OFF, SEC_ON },
	{ STATUS, 0, "Security must be explicitly enabled", STOP, SEC_OFF, SEC_ON },
	{ STATUS, 0, "Security is not enabled", STOP, SEC_OFF, SEC_ON },
	{ STATUS, 403, "license is non-compliant", STOP, "its licence does not allow this", "GET /_license says which it has; install a valid one" },
	/* a full disk: 403 before 7.8, then 429 */
	{ STATUS, 403, "read-only / allow delete", WAIT, FULL, FREE },
	{ STATUS, 0, "read-only-allow-delete", WAIT, FULL, FREE },
	/* who we are */
	{ STATUS, 401, NULL, SETTLE, NULL, "" },
	{ STATUS, 403, NULL, SETTLE, "it knows us, and does not allow that", "is the superuser's role, or OpenSearch's admin_dn, as it was made?" },
	/* not yet */
	{ STATUS, 503, "master_not_discovered", WAIT, "no master is elected yet", "are enough master nodes up, and do they find each other?" },
	{ STATUS, 503, "not been recovered", WAIT, "the cluster has not recovered its state yet", "" },
	{ STATUS, 503, "state not recovered", WAIT, "the cluster has not recovered its state yet", "" },
	{ STATUS, 503, "unavailable_shards_exception", WAIT, "the security index has no active primary shard", "is there a data node, and has its disk room?" },
	{ STATUS, 503, "Security not initialized", WAIT, "its security plugin has not loaded its index yet", "are admin_dn and the users' file as they were made?" },
	{ STATUS, 503, "server is not ready yet", WAIT, "it is not ready yet", "can it reach its Elasticsearch, and log in there? look at its own log" },
	{ STATUS, 408, NULL, WAIT, "it ran out of time itself", "" },
	{ STATUS, 429, NULL, WAIT, "it has too much to do", "" },
	/* something else answers */
	{ STATUS, 301, NULL, WAIT, "it points elsewhere, and we do not follow", "give the address of the node itself with --url" },
	{ STATUS, 302, NULL, WAIT, "it points elsewhere, and we do not follow", "give the address of the node itself with --url" },
	{ STATUS, 307, NULL, WAIT, "it points elsewhere, and we do not follow", "give the address of the node itself with --url" },
	{ STATUS, 308, NULL, WAIT, "it points elsewhere, and we do not follow", "give the address of the node itself with --url" },
	{ STATUS, 404, NULL, WAIT, NULL, "is that the address of a node?" },
};
/* clang-format on */

static bool fits(const struct symptom *s, const struct http_reply *r)
{
	if (s->fault != r->fault)
		return false;
	if (r->stage != HTTP_STAGE_REPLY)
		return s->stage == ANY || s->stage == r->stage;
	return (s->status == 0 || s->status == r->status) &&
	       (!s->words || strstr(str_text(&r->body), s->words));
}

static const struct symptom *find(const struct http_reply *r)
{
	static const struct symptom other = { .code = FAIL_TIMEOUT, .hint = "" };

	for (size_t i = 0; i < ARRAY_LEN(symptoms); i++)
		if (fits(&symptoms[i], r))
			return &symptoms[i];
	return &other;
}

/* Its own words: each product has its own place for them. A reason can be null, its type never is.
 */
static void own_words(const struct http_reply *r, char out[WORDS_BYTES])
{
	static const char *const places[] = { "error.reason", "error.type", "message", "reason" };
	auto_json body = NULL;
	struct err ignored;
	const char *words = NULL;
	char line[2 * WORDS_BYTES];

	if (json_parse(str_text(&r->body), r->body.len, &body, &ignored))
		for (size_t i = 0; i < ARRAY_LEN(places) && !words; i++)
			words = json_text(body, places[i]);
	if (!words) { /* the first line of whatever it is */
		(void)snprintf(line, sizeof(line), "%s", str_text(&r->body));
		line[strcspn(line, "\r\n")] = '\0';
		words = line;
	}
	visible_cut(out, WORDS_BYTES, words);
}

static void explain(const struct http_reply *r, const char *says, char reason[REASON_BYTES])
{
	char words[WORDS_BYTES];

	if (r->stage != HTTP_STAGE_REPLY) {
		visible_cut(reason, REASON_BYTES, says ? says : r->reason);
		return;
	}
	own_words(r, words);
	(void)snprintf(reason, REASON_BYTES, "%s%sHTTP %ld%s%s%s", says ? says : "",
		       says ? " (" : "", r->status, *words ? ": " : "", words, says ? ")" : "");
}

void diagnose(const struct http_reply *r, struct diagnosis *out)
{
	static const enum ready_step reached[] = {
		[HTTP_STAGE_NAME] = READY_NOTHING, [HTTP_STAGE_TCP] = READY_NAME,
		[HTTP_STAGE_TLS] = READY_TCP,      [HTTP_STAGE_HTTP] = READY_TLS,
		[HTTP_STAGE_REPLY] = READY_HTTP,
	};
	const struct symptom *s = find(r);

	out->reached = reached[r->stage];
	out->verdict = s->verdict;
	out->code = s->code;
	out->hint = s->hint;
	explain(r, s->says, out->reason);
}

static bool say(struct diagnosis *out, enum ready_step reached, const char *reason,
		const char *hint)
{
	out->reached = reached;
	out->verdict = VERDICT_WAIT;
	out->code = FAIL_TIMEOUT;
	out->hint = hint;
	(void)snprintf(out->reason, sizeof(out->reason), "%s", reason);
	return false;
}

/* What both healths share: a status, a state that was recovered, and a node for the data. */
static bool is_whole(const struct json *health, struct diagnosis *out)
{
	double data_nodes;

	if (!json_text(health, "status"))
		return say(out, READY_AUTH, "its health has no status", "is that a node?");
	/* A cluster of masters alone is green, and cannot store a password: the security index
	 * would be created without a primary (elasticsearch #38261). */
	if (json_number(health, "number_of_data_nodes", &data_nodes) && data_nodes < 1)
		return say(out, READY_MASTER, "no data node has joined yet",
			   "does one run, and does it find the others?");
	return true;
}

void diagnose_security_index(const struct json *health, struct diagnosis *out)
{
	const char *status = json_text(health, "status");

	/* Red without an index is red for another reason: the block that stands until the state is
	 * recovered. */
	if (status && strcmp(status, "red") == 0 && !json_item(json_find(health, "indices"), 0)) {
		(void)say(out, READY_AUTH, "the cluster has not recovered its state yet", "");
		return;
	}
	if (!is_whole(health, out))
		return;
	if (strcmp(status, "red") == 0)
		(void)say(out, READY_MASTER, "the security index has no active primary shard",
			  "is the node that holds it up, and has its disk room?");
	else
		(void)say(out, READY_SECURITY, "", "");
}

void diagnose_health(const struct json *health, struct diagnosis *out)
{
	static const struct {
		const char *status;
		enum ready_step reached;
	} colours[] = { { "red", READY_SECURITY },
			{ "yellow", READY_YELLOW },
			{ "green", READY_GREEN } };
	const char *status = json_text(health, "status");
	double nodes = 0;

	if (!is_whole(health, out))
		return;
	(void)json_number(health, "number_of_nodes", &nodes);
	(void)say(out, READY_SECURITY, "",
		  "GET /_cluster/allocation/explain says why a shard is not active");
	for (size_t i = 0; i < ARRAY_LEN(colours); i++)
		if (strcmp(status, colours[i].status) == 0)
			out->reached = colours[i].reached;
	(void)snprintf(out->reason, sizeof(out->reason), "the cluster is %.20s with %.0f nodes",
		       status, nodes);
}
