/* word.h - what may stand as a value in a stack file: names, hosts, addresses, durations. Each
 * answers for one value, whose bytes may be any but NUL. */
#ifndef STACK_WORD_H
#define STACK_WORD_H

#include <stdbool.h>

/* Letters, digits, '.', '_' and '-', at most 64, neither '.' nor '-' in front. */
bool word_is_name(const char *text);

/* The same and no '-' at its end: safe as a folder, in YAML, in a URL, as a host and in a
 * distinguished name. init wants it of names; certgen takes certutil's. */
bool word_is_plain(const char *text);

/* A name of certutil's, plain or distinguished: at most 251 bytes without control characters, and
 * not the CA's own. */
bool word_is_instance(const char *text);

/* A file or folder of a certificate, as elasticsearch-certutil has it: at most 251 characters out
 * of a set without '/', '\\' and ':', and no dot in front. */
bool word_is_file_name(const char *text);

/* The CA's files and its alias lie beside those of the instances, and case is not kept everywhere.
 */
bool word_is_the_ca(const char *text);

/* A host name, which may begin with "*.", and no address. An international one is looked at closer
 * when a certificate is made (pki/idn.h). */
bool word_is_host(const char *text);
bool word_is_address(const char *text); /* IPv4 or IPv6 */

/* Of users, roles, mappings and keys: as it stands in a URL, in a line "name:value" and in a list
 * with commas; Elasticsearch takes more, and none of these reads a name in two ways. */
bool word_is_security_name(const char *text);

/* Elasticsearch's TimeValue, without its fractions of a second: 30d, 12h, 30m, 90s. */
bool word_is_duration(const char *text);

/* One line of UTF-8 without control characters. */
bool word_is_line(const char *text);

#endif
