/* es_keystore.h - elasticsearch.keystore: secure settings, without a JVM.
 *
 * Source of the format: org.elasticsearch.common.settings.KeyStoreWrapper, 7.12 to 9.x, tried in
 * both directions against the real class (tests/peers/test_keystore.py). Layout in the .c file. */
#ifndef KEYSTORE_ES_KEYSTORE_H
#define KEYSTORE_ES_KEYSTORE_H

#include "keystore/keystore_product.h"

/* Formats by the version that writes them: a node rewrites a file of another format when it
 * starts, so we write exactly its own. */
enum es_keystore_format {
	ES_KEYSTORE_V3 = 3, /* 6.3 to 7.0; read only: no release we support writes it */
	ES_KEYSTORE_V4 = 4, /* 6.8 to 7.17 */
	ES_KEYSTORE_V5 = 5, /* 8.0 to 8.13 */
	ES_KEYSTORE_V6 = 6, /* 8.14 to 8.17 */
	ES_KEYSTORE_V7 = 7, /* 8.18 and later, 9.x */
};

extern const struct keystore_codec es_keystore_codec;

#endif
