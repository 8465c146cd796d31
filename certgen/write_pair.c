#include "certgen/write_pair.h"

#include <limits.h>
#include <stdio.h>

#include "base/log.h"
#include "os/dir.h"

bool write_pair(const char *folder, const char *name, const struct cert *cert,
		const struct key *key, struct err *e)
{
	auto_str cert_pem = STR_INIT(PEM_MAX_BYTES);
	auto_str_wiped key_pem = STR_INIT(PEM_MAX_BYTES);
	char cert_name[NAME_MAX], key_name[NAME_MAX];
	const struct file_access access = { 0700, (uid_t)-1, (gid_t)-1 };

	if (!cert_format(cert, &cert_pem, e) || !key_format(key, &key_pem, e))
		return false;
	(void)snprintf(cert_name, sizeof(cert_name), "%s.crt", name);
	(void)snprintf(key_name, sizeof(key_name), "%s.key", name);
	const struct dir_entry files[] = {
		{ cert_name, cert_pem.data, cert_pem.len, 0644 },
		{ key_name, key_pem.data, key_pem.len, 0600 },
	};
	if (!dir_publish(folder, files, ARRAY_LEN(files), access, e)) {
		if (e->code == FAIL_EXISTS)
			(void)err_hint(e, "it was left as it is; choose another --out");
		return false;
	}
	log_event(LOG_INFO, "wrote", "path", folder, "files", name, NULL);
	return true;
}
