#include "keystore/paths.h"

#include <stdlib.h>
#include <string.h>

/* The bytes of the UTF-8 character that begins at text, or 0: not UTF-8, or a control character. */
static size_t character(const unsigned char *text, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t bytes = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	uint32_t c = text[0];

	if (bytes == 1)
		return c < 0x20 || c == 0x7f ? 0 : 1;
	if (c < 0xc2 || c > 0xf4 || bytes > n)
		return 0;
	c &= 0x7fu >> bytes;
	for (size_t i = 1; i < bytes; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3f);
	}
	if (c < least[bytes] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || c < 0xa0)
		return 0;
	return bytes;
}

static const char *text_fault(const char *path, size_t n)
{
	size_t bytes;

	for (size_t i = 0; i < n; i += bytes) {
		bytes = character((const unsigned char *)path + i, n - i);
		if (bytes == 0)
			return (unsigned char)path[i] >= 0x80
				   ? "has a name that is not printable UTF-8"
				   : "has a control character in its name";
		if (path[i] == '\\')
			return "has a backslash in its name";
	}
	return NULL;
}

static bool part_is(const char *part, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(part, word, n) == 0;
}

static const char *part_fault(const char *part, size_t n)
{
	if (n == 0)
		return "has an empty part in its path";
	if (part_is(part, n, ".."))
		return "leads outside";
	if (part_is(part, n, "."))
		return "has '.' in its path";
	if (n > PATH_MAX_PART)
		return "has a name that is too long";
	return NULL;
}

const char *path_fault(const char *path, size_t n)
{
	size_t parts = 0;
	const char *why;

	if (n == 0)
		return "has no name";
	if (n > PATH_MAX_LENGTH)
		return "has a path that is too long";
	why = text_fault(path, n);
	if (why)
		return why;
	/* C:\ on Windows, where our archives may be unpacked. */
	if (path[0] == '/' ||
	    (n > 1 && path[1] == ':' && (path[0] | 0x20) >= 'a' && (path[0] | 0x20) <= 'z'))
		return "has an absolute path";
	for (;;) {
		const char *slash = memchr(path, '/', n);
		size_t length = slash ? (size_t)(slash - path) : n;

		why = part_fault(path, length);
		if (why)
			return why;
		if (++parts > PATH_MAX_PARTS)
			return "lies in too many folders";
		if (!slash)
			return NULL;
		path += length + 1;
		n -= length + 1;
	}
}

struct path_shown path_shown(const char *path, size_t n)
{
	static const char more[] = "...";
	struct path_shown shown = { "" };
	size_t used = 0;

	for (size_t i = 0; i < n;) {
		size_t bytes = character((const unsigned char *)path + i, n - i);

		if (used + bytes + sizeof(more) >= sizeof(shown.text)) {
			memcpy(shown.text + used, more, sizeof(more));
			return shown;
		}
		if (bytes == 0)
			shown.text[used++] = '?';
		memcpy(shown.text + used, path + i, bytes);
		used += bytes;
		i += bytes ? bytes : 1;
	}
	return shown;
}

bool path_is_ascii(const char *path, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)path[i] >= 0x80)
			return false;
	return true;
}

size_t path_next_folder(const char *path, size_t n)
{
	const char *slash = strchr(path + (n ? n + 1 : 0), '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* FNV-1a */
static uint32_t hash_of(const char *path, size_t n)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)path[i]) * 16777619u;
	return hash;
}

/* The slot that holds the path, or the free one where it would go. There always is a free one. */
static size_t *slot_of(const struct paths *set, const char *path, size_t n, uint32_t hash)
{
	size_t i = hash & (set->slot_count - 1);

	for (;; i = (i + 1) & (set->slot_count - 1)) {
		const struct path *at;

		if (set->slots[i] == 0)
			return &set->slots[i];
		at = &set->items[set->slots[i] - 1];
		if (at->hash == hash && at->n == n && memcmp(at->text, path, n) == 0)
			return &set->slots[i];
	}
}

struct path *paths_find(const struct paths *set, const char *path, size_t n)
{
	size_t slot;

	if (set->slot_count == 0)
		return NULL;
	slot = *slot_of(set, path, n, hash_of(path, n));
	return slot ? &set->items[slot - 1] : NULL;
}

const char *paths_fault(const struct paths *set, const char *path)
{
	const struct path *at = paths_find(set, path, strlen(path));
	size_t folders = set->folders;

	if (at)
		return at->folder ? "is a file and a folder" : "is there twice";
	for (size_t n = path_next_folder(path, 0); n > 0; n = path_next_folder(path, n)) {
		at = paths_find(set, path, n);
		if (at && !at->folder)
			return "lies in a folder that is a file";
		folders += at == NULL;
	}
	return folders > PATHS_MAX_FOLDERS ? "is in one folder too many" : NULL;
}

/* At most half of the slots are taken. */
static bool reserve_slots(struct paths *set, size_t count)
{
	size_t cap = set->slot_count ? set->slot_count : 64;
	size_t *grown;

	while (cap < 2 * count)
		cap *= 2;
	if (cap == set->slot_count)
		return true;
	grown = calloc(cap, sizeof(*grown));
	if (!grown)
		return false;
	free(set->slots);
	set->slots = grown;
	set->slot_count = cap;
	for (size_t i = 0; i < set->count; i++) {
		const struct path *at = &set->items[i];

		*slot_of(set, at->text, at->n, at->hash) = i + 1;
	}
	return true;
}

bool paths_reserve(struct paths *set, struct err *e)
{
	size_t need = set->count + PATH_MAX_PARTS;
	struct path *grown;

	if (need > set->cap) {
		grown = realloc(set->items, 2 * need * sizeof(*grown));
		if (!grown)
			return err_set(e, FAIL_MEMORY, "out of memory for a list of paths");
		set->items = grown;
		set->cap = 2 * need;
	}
	return reserve_slots(set, need) ||
	       err_set(e, FAIL_MEMORY, "out of memory for a list of paths");
}

static void add(struct paths *set, const char *path, size_t n, bool folder, size_t index)
{
	uint32_t hash = hash_of(path, n);
	size_t *slot = slot_of(set, path, n, hash);

	if (*slot != 0)
		return;
	set->items[set->count] =
	    (struct path){ .text = path, .n = n, .hash = hash, .folder = folder, .index = index };
	*slot = ++set->count;
	set->folders += folder;
}

void paths_add(struct paths *set, const char *path, size_t index)
{
	for (size_t n = path_next_folder(path, 0); n > 0; n = path_next_folder(path, n))
		add(set, path, n, true, 0);
	add(set, path, strlen(path), false, index);
}

void paths_clear(struct paths *set)
{
	free(set->items);
	free(set->slots);
	*set = (struct paths){ 0 };
}
