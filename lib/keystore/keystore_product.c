#include "keystore/keystore_product.h"

#include <string.h>

#include "keystore/beat_keystore.h"
#include "keystore/es_keystore.h"
#include "keystore/kibana_keystore.h"

/* clang-format off */
static const struct keystore_product products[] = {
	/* name           file                         codec                   folder of the image, variable for another */
	{ "elasticsearch", "elasticsearch.keystore",    &es_keystore_codec,     "/usr/share/elasticsearch/config",  "ES_PATH_CONF" },
	{ "kibana",        "kibana.keystore",           &kibana_keystore_codec, "/usr/share/kibana/config",         "KBN_PATH_CONF" },
	{ "filebeat",      "data/filebeat.keystore",    &beat_keystore_codec,   "/usr/share/filebeat",              NULL },
	{ "metricbeat",    "data/metricbeat.keystore",  &beat_keystore_codec,   "/usr/share/metricbeat",            NULL },
	{ "heartbeat",     "data/heartbeat.keystore",   &beat_keystore_codec,   "/usr/share/heartbeat",             NULL },
	{ "auditbeat",     "data/auditbeat.keystore",   &beat_keystore_codec,   "/usr/share/auditbeat",             NULL },
	{ "packetbeat",    "data/packetbeat.keystore",  &beat_keystore_codec,   "/usr/share/packetbeat",            NULL },
	{ "apm-server",    "data/apm-server.keystore",  &beat_keystore_codec,   "/usr/share/apm-server",            NULL },
};
/* clang-format on */

/* Which version writes what: for Elasticsearch, KeyStoreWrapper's CURRENT_VERSION of each release.
 * Rows of one product stand together, the oldest first, without a hole. */
static const struct {
	const struct keystore_codec *codec;
	struct version_range range;
	unsigned format;
} formats[] = {
	{ &es_keystore_codec, { { 7, 0, 0 }, { 8, 0, 0 } }, ES_KEYSTORE_V4 },
	{ &es_keystore_codec, { { 8, 0, 0 }, { 8, 14, 0 } }, ES_KEYSTORE_V5 },
	{ &es_keystore_codec, { { 8, 14, 0 }, { 8, 18, 0 } }, ES_KEYSTORE_V6 },
	{ &es_keystore_codec, { { 8, 18, 0 }, { 0, 0, 0 } }, ES_KEYSTORE_V7 },
	{ &kibana_keystore_codec, { { 7, 0, 0 }, { 0, 0, 0 } }, KIBANA_KEYSTORE_V1 },
	{ &beat_keystore_codec, { { 7, 0, 0 }, { 0, 0, 0 } }, BEAT_KEYSTORE_V1 },
};

const struct keystore_product *keystore_product_at(size_t i)
{
	return i < ARRAY_LEN(products) ? &products[i] : NULL;
}

const struct keystore_product *keystore_product_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(products); i++)
		if (strcmp(products[i].name, name) == 0)
			return &products[i];
	return NULL;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const struct keystore_product *keystore_product_of_file(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(products); i++)
		if (strcmp(last_component(products[i].file_name), last_component(path)) == 0)
			return &products[i];
	return NULL;
}

unsigned keystore_format_for(const struct keystore_product *p, struct version v)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (formats[i].codec == p->codec && version_within(v, formats[i].range))
			return formats[i].format;
	return 0;
}

unsigned keystore_format_again(const struct keystore_product *p, unsigned found)
{
	unsigned oldest = 0;

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (formats[i].codec != p->codec)
			continue;
		if (formats[i].format == found)
			return found;
		if (oldest == 0)
			oldest = formats[i].format;
	}
	return oldest;
}
