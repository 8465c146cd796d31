/* config.h - an instance's configuration file: what its role needs, beside the user's own lines. */
#ifndef FLOW_CONFIG_H
#define FLOW_CONFIG_H

#include "conf/yaml.h"
#include "flow/material.h"
#include "flow/place.h"
#include "keystore/keystore.h"

/* The file as it shall be, not written yet. Its secrets are in the text, or in entries for the
 * keystore where the product has one. */
struct config {
	const char *file; /* below the configuration folder; NULL: the role has none */
	struct str text;
	const char *snippet_file; /* likewise, for Logstash's pipelines */
	struct str snippet;
	mode_t refused_modes;
	struct keystore *entries; /* NULL: none */
	struct list gave_way;     /* what of the user's became a comment: see render.h */
};

/* clang-format off */
#define CONFIG_INIT { .text = STR_INIT(2 * YAML_MAX_BYTES), .snippet = STR_INIT(YAML_MAX_BYTES) }
/* clang-format on */

/* Who the certificates in use name; "" where there is none, or with --check. */
struct config_subjects {
	const char *transport, *admin;
};

/* Read the file that is there and put the settings of the instance's role into it. Secrets that the
 * stack does not have yet are made in the store. A service token that the cluster has to make first
 * is waited for.
 *
 * timeout_s  for that token
 * fails      as render_config() and password_of_user(); FAIL_TIMEOUT: nobody has sealed yet */
bool config_make(struct material *m, const struct instance *i,
		 const struct config_subjects *subjects, unsigned timeout_s,
		 const struct place *place, struct config *out, struct err *e) MUST_USE;

/* Write it. A file that holds a secret is for its owner only. */
bool config_place(const struct config *c, struct place *place, struct err *e) MUST_USE;

/* Make the secrets of an instance's role in the store, for an instance that cannot write there. */
bool config_make_secrets(struct material *m, const struct instance *i, struct err *e) MUST_USE;

void config_clear(struct config *c);
#define auto_config CLEANUP(config_clear) struct config

#endif
