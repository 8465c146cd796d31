/* beat_keystore.h - filebeat.keystore and its like, 7.12 to 9.x: values for ${NAME} in a Beat's
 * configuration.
 *
 * Source of the format: libbeat/keystore/file_keystore.go of beats 7.17, and keystore/ of
 * elastic-agent-libs, which newer Beats use; tried in both directions against both
 * (tests/peers/test_line_keystores.py). Layout in the .c file.
 *
 * A Beat looks for it in its data folder, and wants it owned by root or its own user, with mode
 * 0600 exactly. It has no way to be given a password. */
#ifndef KEYSTORE_BEAT_KEYSTORE_H
#define KEYSTORE_BEAT_KEYSTORE_H

#include "keystore/keystore_product.h"

enum beat_keystore_format {
	BEAT_KEYSTORE_V1 = 1,
	BEAT_KEYSTORE_V2 = 2, /* of builds for FIPS 140 (9.x), which take no other */
};

/* A value is any bytes. 7.x takes one with a comma in it for a list (elastic/beats#29789). */
extern const struct keystore_codec beat_keystore_codec;

#endif
