#include "stack/word.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

enum {
	NAME_MAX_BYTES = 64,
	HOST_MAX_BYTES = 253,
	LABEL_MAX_BYTES = 63,
	FILE_NAME_MAX_BYTES = 251,
	SECURITY_NAME_MAX_BYTES = 64
};

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_word(const char *text, size_t most)
{
	size_t n = strlen(text);

	return n > 0 && n <= most && text[0] != '.' && text[0] != '-' &&
	       strspn(text, LETTERS_AND_DIGITS "._-") == n;
}

bool word_is_name(const char *text)
{
	return is_word(text, NAME_MAX_BYTES);
}

bool word_is_plain(const char *text)
{
	return word_is_name(text) && text[strlen(text) - 1] != '-';
}

bool word_is_the_ca(const char *text)
{
	return strcasecmp(text, "ca") == 0;
}

bool word_is_instance(const char *text)
{
	size_t n = strlen(text);

	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return n > 0 && n <= FILE_NAME_MAX_BYTES && !word_is_the_ca(text);
}

bool word_is_file_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= FILE_NAME_MAX_BYTES && text[0] != '.' &&
	       strspn(text, LETTERS_AND_DIGITS "!@#$%^&{}[]()_+-=,.~'` ") == n;
}

/* Between dots: 1 to 63 bytes, no '-' at either end. */
static bool has_good_labels(const char *text)
{
	for (;;) {
		size_t n = strcspn(text, ".");

		if (n == 0 || n > LABEL_MAX_BYTES || text[0] == '-' || text[n - 1] == '-')
			return false;
		if (!text[n])
			return true;
		text += n + 1;
	}
}

bool word_is_host(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c >= 0x80)
			return strpbrk(text, " \t/\\,;'\"") == NULL;
	if (strncmp(text, "*.", 2) == 0)
		text += 2;
	return is_word(text, HOST_MAX_BYTES) && has_good_labels(text) && !word_is_address(text);
}

bool word_is_address(const char *text)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

bool word_is_security_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= SECURITY_NAME_MAX_BYTES && strchr("_-.", text[0]) == NULL &&
	       strspn(text, LETTERS_AND_DIGITS "._-@") == n;
}

bool word_is_duration(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n < 10 && text[0] != '0' && text[n] && strchr("dhms", text[n]) &&
	       text[n + 1] == '\0';
}

bool word_is_line(const char *text)
{
	uint32_t c = 1;

	while (*text)
		if (!utf8_next(&text, &c) || utf8_is_control(c))
			return false;
	return true;
}
