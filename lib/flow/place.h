/* place.h - put an instance's files into its configuration folder. */
#ifndef FLOW_PLACE_H
#define FLOW_PLACE_H

#include "base/secret.h"
#include "base/str.h"
#include "os/file.h"

/* One file as it is and as it would be, for who wants to see more than that it would change. */
struct place_view {
	const char *file; /* which one, relative to the folder */
	char *path;       /* owned; NULL: it was not to be written */
	struct str before, after;
};

/* clang-format off */
#define PLACE_VIEW_INIT { .before = STR_INIT(2 * 1024 * 1024), .after = STR_INIT(2 * 1024 * 1024) }
/* clang-format on */
void place_view_clear(struct place_view *v);
#define auto_place_view CLEANUP(place_view_clear) struct place_view

/* A configuration folder: who owns it, and what was changed in it. */
struct place {
	const char *dir;
	struct file_access access; /* owner of new files: the folder's, when we are root */
	bool check;                /* change nothing: say what would be changed */
	bool override;             /* what of the user's contradicts becomes a comment */
	unsigned changed;          /* files written, or that would be */
	struct place_view *view;   /* with check; or NULL */
};

enum { PLACE_SECRET_MODE = 0600, PLACE_PUBLIC_MODE = 0644, PLACE_FOLDER_MODE = 0750 };

/* fails  FAIL_MISSING: there is no such folder */
bool place_open(const char *dir, bool check, struct place *out, struct err *e) MUST_USE;

/* Remove what killed runs left in the folder; with check, nothing. */
void place_sweep(const struct place *p);

/* Make the folder `below` if it is not there, and remove what a killed run left in it. */
bool place_folder(struct place *p, const char *below, struct err *e) MUST_USE;

/* Write a file when it does not hold this content with this mode already. */
bool place_file(struct place *p, const char *below, const struct str *content, mode_t mode,
		struct err *e) MUST_USE;

/* The same for a file that was the user's before it was ours: it keeps its owner and mode,
 * without the permissions in refused. */
bool place_config(struct place *p, const char *below, const struct str *content, mode_t refused,
		  struct err *e) MUST_USE;

/* The same for a file with a mode of its own when it is new, whose owner must not change: a node
 * refuses to replace a keystore that is not its own. fails  FAIL_DENIED: only root could keep it */
bool place_owned(struct place *p, const char *below, const struct str *content, mode_t new_mode,
		 struct err *e) MUST_USE;

/* Append the file's content; nothing and true when it is not there. */
bool place_read(const struct place *p, const char *below, struct str *out, bool *found,
		struct err *e) MUST_USE;

#endif
