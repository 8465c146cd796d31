#include "net/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <malloc.h>

#include <cjson/cJSON.h>

/* A struct json is cJSON's item under another name: no header of ours shows its type. */
static cJSON *raw(const struct json *j)
{
	return (cJSON *)(uintptr_t)j;
}

static struct json *cooked(cJSON *item)
{
	return (struct json *)item;
}

static void free_wiped(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* cJSON says no more than that it failed: bad input and want of memory are one to it. */
static _Thread_local bool starved;

static void *allocate(size_t n)
{
	void *p = malloc(n);

	starved |= !p;
	return p;
}

void json_setup(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){ allocate, free_wiped });
}

static bool no_memory(struct err *e)
{
	return err_set(e, FAIL_MEMORY, "out of memory for JSON");
}

/* cJSON's texts end at a NUL, so one that is escaped would silently lose what stands behind it.
 * Only texts have backslashes, and each takes the character behind it. */
static bool has_escaped_nul(const char *text, size_t n)
{
	static const char escaped[] = "u0000";
	const char *end = text + n, *at = text;

	while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
		size_t left = (size_t)(end - ++at);

		if (left >= strlen(escaped) && memcmp(at, escaped, strlen(escaped)) == 0)
			return true;
		at += left > 0;
	}
	return false;
}

bool json_parse(const char *text, size_t n, struct json **out, struct err *e)
{
	const char *end = NULL;
	cJSON *item;

	if (has_escaped_nul(text, n))
		return err_set(e, FAIL_INPUT, "this JSON has a NUL character in a text");
	starved = false;
	item = cJSON_ParseWithLengthOpts(text, n, &end, false);
	if (!item && starved)
		return no_memory(e);
	while (item && end < text + n && strchr(" \t\r\n", *end))
		end++; /* a NUL ends the text too */
	if (item && end < text + n) {
		cJSON_Delete(item);
		item = NULL;
	}
	if (!item)
		return err_set(e, FAIL_INPUT, "this is not JSON");
	*out = cooked(item);
	return true;
}

bool json_new_object(struct json **out, struct err *e)
{
	*out = cooked(cJSON_CreateObject());
	return *out || no_memory(e);
}

bool json_new_array(struct json **out, struct err *e)
{
	*out = cooked(cJSON_CreateArray());
	return *out || no_memory(e);
}

bool json_add(struct json *j, const char *name, struct json *child, struct err *e)
{
	bool added = child && (name ? cJSON_AddItemToObject(raw(j), name, raw(child))
				    : cJSON_AddItemToArray(raw(j), raw(child)));

	if (added)
		return true;
	json_free(child);
	return no_memory(e);
}

bool json_add_text(struct json *j, const char *name, const char *text, struct err *e)
{
	return json_add(j, name, cooked(cJSON_CreateString(text)), e);
}

bool json_add_number(struct json *j, const char *name, double number, struct err *e)
{
	return json_add(j, name, cooked(cJSON_CreateNumber(number)), e);
}

bool json_add_bool(struct json *j, const char *name, bool value, struct err *e)
{
	return json_add(j, name, cooked(cJSON_CreateBool(value)), e);
}

bool json_set_text(struct json *j, const char *name, const char *text, struct err *e)
{
	cJSON_DeleteItemFromObjectCaseSensitive(raw(j), name);
	return json_add_text(j, name, text, e);
}

const struct json *json_find(const struct json *j, const char *path)
{
	const cJSON *at = raw(j);

	while (at && *path) {
		char name[64];
		size_t n = strcspn(path, ".");

		if (n >= sizeof(name))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		at = cJSON_GetObjectItemCaseSensitive(at, name);
		path += n + (path[n] == '.');
	}
	return (const struct json *)at;
}

const struct json *json_member(const struct json *j, const char *name)
{
	return cooked(cJSON_GetObjectItemCaseSensitive(raw(j), name));
}

const char *json_text(const struct json *j, const char *path)
{
	return cJSON_GetStringValue(raw(json_find(j, path)));
}

bool json_number(const struct json *j, const char *path, double *out)
{
	const cJSON *item = raw(json_find(j, path));

	if (!item || !cJSON_IsNumber(item))
		return false;
	*out = item->valuedouble;
	return true;
}

bool json_bool(const struct json *j, const char *path, bool *out)
{
	const cJSON *item = raw(json_find(j, path));

	if (!cJSON_IsBool(item))
		return false;
	*out = cJSON_IsTrue(item);
	return true;
}

const struct json *json_item(const struct json *j, size_t i)
{
	const cJSON *item = j ? raw(j)->child : NULL; /* texts and numbers have none */

	while (item && i-- > 0)
		item = item->next;
	return (const struct json *)item;
}

bool json_is_null(const struct json *j)
{
	return cJSON_IsNull(raw(j));
}

bool json_is_object(const struct json *j)
{
	return cJSON_IsObject(raw(j));
}

const struct json *json_first(const struct json *j)
{
	return j ? cooked(raw(j)->child) : NULL;
}

const struct json *json_next(const struct json *member)
{
	return cooked(raw(member)->next);
}

const char *json_name(const struct json *member)
{
	return raw(member)->string;
}

static bool is_empty(const cJSON *item)
{
	return cJSON_IsNull(item) || cJSON_IsFalse(item) ||
	       (cJSON_IsString(item) && !*item->valuestring) ||
	       ((cJSON_IsArray(item) || cJSON_IsObject(item)) && !item->child);
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static bool agree(const cJSON *wanted, const cJSON *found, const char *const *ignored,
		  const char **out_member);

/* Each item of wanted has one of found, and the other way round: some may stand there twice. */
static bool arrays_agree(const cJSON *wanted, const cJSON *found, const char *const *ignored)
{
	const char *inner;
	const cJSON *a, *b;

	cJSON_ArrayForEach(a, wanted)
	{
		for (b = found->child; b && !agree(a, b, ignored, &inner);)
			b = b->next;
		if (!b)
			return false;
	}
	cJSON_ArrayForEach(b, found)
	{
		for (a = wanted->child; a && !agree(a, b, ignored, &inner);)
			a = a->next;
		if (!a)
			return false;
	}
	return true;
}

static bool objects_agree(const cJSON *wanted, const cJSON *found, const char *const *ignored,
			  const char **out_member)
{
	const cJSON *item;
	const char *inner;

	cJSON_ArrayForEach(item, wanted)
	{
		const cJSON *other = cJSON_GetObjectItemCaseSensitive(found, item->string);

		*out_member = item->string;
		if (other ? !agree(item, other, ignored, &inner) : !is_empty(item))
			return false;
	}
	cJSON_ArrayForEach(item, found)
	{
		*out_member = item->string;
		if (!cJSON_GetObjectItemCaseSensitive(wanted, item->string) && !is_empty(item) &&
		    !is_one_of(item->string, ignored))
			return false;
	}
	*out_member = NULL;
	return true;
}

/* As deep as cJSON lets a document nest. */
static bool agree(const cJSON *wanted, const cJSON *found, const char *const *ignored,
		  const char **out_member)
{
	*out_member = NULL;
	if (cJSON_IsArray(wanted) && cJSON_IsArray(found))
		return arrays_agree(wanted, found, ignored);
	if (cJSON_IsObject(wanted) && cJSON_IsObject(found))
		return objects_agree(wanted, found, ignored, out_member);
	return cJSON_Compare(wanted, found, true);
}

bool json_agrees(const struct json *wanted, const struct json *found, const char *const *ignored,
		 const char **out_member)
{
	return agree(raw(wanted), raw(found), ignored, out_member);
}

bool json_format(const struct json *j, bool indented, struct str *out, struct err *e)
{
	char *text = indented ? cJSON_Print(raw(j)) : cJSON_PrintUnformatted(raw(j));

	if (!text)
		return no_memory(e);
	str_add(out, text);
	cJSON_free(text);
	return str_ok(out, e);
}

void json_free(struct json *j)
{
	cJSON_Delete(raw(j));
}

void json_freep(struct json **j)
{
	json_free(*j);
}
