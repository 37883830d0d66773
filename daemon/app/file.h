/* Small files read whole: settings, registries, secrets. For start and reload only, never while messages flow. */
#ifndef APP_FILE_H
#define APP_FILE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/sbuf.h"

/* Appends a regular file to out, whose ceiling is the file's. MISSING, IO, TOOBIG; why says it in words
 * that follow the file's name. */
MUST_CHECK enum err file_read(const char *path, struct sbuf *out, struct diag *why);
/* The same for a secret: a file of that name in $CREDENTIALS_DIRECTORY comes first; the one at path is
 * refused (DENIED) when others may read or write it. */
MUST_CHECK enum err file_secret(const char *path, struct sbuf *out, struct diag *why);
/* Writes a new file beside path and renames it over path, so that a reader sees the old or the new one;
 * synced. An old file keeps its owner and mode, a new one gets mode. */
MUST_CHECK enum err file_replace(const char *path, struct sv text, mode_t mode, struct diag *why);
/* dir/name, or name when it is absolute; with "." and ".." resolved by text. The caller frees. */
char *file_join(const char *dir, const char *name);
/* The folder of an absolute path. The caller frees. */
char *file_dir(const char *path);
/* The 1-based line of the first byte that does not belong to well-formed UTF-8 text, 0 when all is well.
 * NULs and control characters other than tab, CR and LF do not belong. */
int file_bad_line(struct sv text);

#endif
