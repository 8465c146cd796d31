/* block.h - our part of a file that is the user's: one marked block, replaced in place. */
#ifndef CONF_BLOCK_H
#define CONF_BLOCK_H

#include "base/str.h"

/* Split text at the markers. without receives the text with the block taken out, every other
 * line at its own number (the block's lines become empty), so that places in it are true.
 * fails  FAIL_INPUT: a begin without an end, or two blocks */
bool block_take_out(const char *text, const char *name, struct str *without,
		    struct err *e) MUST_USE;

/* Append the block's body; nothing when there is no block. */
void block_body(const char *text, struct str *out);

/* Append text without the block and its lines. */
void block_remove(const char *text, struct str *out);

/* Append text with the block's body replaced, or a new block at its end, with the line ends that
 * the text's first line has. body's lines end in "\n". */
bool block_put(const char *text, const char *body, struct str *out, struct err *e) MUST_USE;

#endif
