/* idn.h - international host names as certificates hold them: A-labels, RFC 5890. */
#ifndef PKI_IDN_H
#define PKI_IDN_H

#include "base/str.h"

/* Append name with each label that is not ASCII as its xn-- form (Punycode, RFC 3492), ASCII
 * letters in lower case; a leading "*." stays. What else an ASCII label holds is for san.h to
 * judge.
 *
 * name   UTF-8. Labels must be in lower case and composed (NFC) already. Of Unicode we carry only a
 *        small table: the letters of the scripts that country domains have, those which IDNA 2008
 *        (RFC 5892) takes as they are. All others are refused, never mapped or guessed; the xn--
 * form can always be given instead fails  FAIL_INPUT: not UTF-8, a character that is not in the
 * table or cannot stand where it does, writing directions mixed (RFC 5893), a label over 63 bytes
 * as A-label, no xn-- label */
bool idn_to_ascii(const char *name, struct str *out, struct err *e) MUST_USE;

#endif
