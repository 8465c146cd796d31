/* kibana_keystore.h - kibana.keystore, 7.12 to 9.x: settings that shall not stand in kibana.yml.
 *
 * Source of the format: elastic/kibana, src/cli/keystore/keystore.js of 7.12 and 8.15, and
 * src/cli/keystore/lib/keystore.ts of 9.x; the two files in its own test were opened with what is
 * written here. Layout in the .c file.
 *
 * Kibana looks for the file in its configuration folder, but takes the one in its data folder when
 * there is one. Its values win over kibana.yml and the command line. It opens a locked one since
 * 8.15 only, with the password in the file $KBN_KEYSTORE_PASSPHRASE_FILE (blanks at the ends are
 * dropped) or in $KEYSTORE_PASSWORD (elastic/kibana#180414). */
#ifndef KEYSTORE_KIBANA_KEYSTORE_H
#define KEYSTORE_KIBANA_KEYSTORE_H

#include "keystore/keystore_product.h"

enum { KIBANA_KEYSTORE_V1 = 1 };

/* A value is UTF-8 without NUL, or some other JSON: Kibana's own tool makes a number of "123",
 * which is then refused as a password (elastic/kibana#155474). A text of ours stays a text. */
extern const struct keystore_codec kibana_keystore_codec;

#endif
