/* batch.h - many files into folders that are there: each seen whole or not at all, as with
 * file_write(), and synced together. */
#ifndef OS_BATCH_H
#define OS_BATCH_H

#include "os/file.h"

struct batch_file {
	const char *path;
	const void *bytes;
	size_t n;
	struct file_access access;
	enum file_publish publish;
	bool first; /* it must be on the disk under its name before the next one is: a key */
};

/* Write them all under temporary names, sync, and give them their names, in order: what cannot be
 * written keeps all of them from being published, and a killed one leaves the first of them. While
 * those of one folder get their names, it is locked as by lock_folder(), so of two batches the
 * files of one stand there together; not so root, which the caller holds.
 *
 * root   the folder that all lie in or below
 * fails  as file_write(); FAIL_BUSY also when another held a folder: it may have changed, so look
 *        again. Those before it are there then */
bool batch_write(const char *root, const struct batch_file *files, size_t count,
		 struct err *e) MUST_USE;

#endif
