#include "app/lexicons.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/file.h"
#include "base/mem.h"
#include "core/reply.h"

#define FILE_MAX_BYTES (1024 * 1024)

static int
is_txt(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 4 && d->d_name[0] != '.' && !strcmp(d->d_name + n - 4, ".txt");
}

static enum err
add_file(struct lexicon *lx, const char *dir, const char *name, struct diag *why)
{
	AUTO_FREE char *path = file_join(dir, name);
	AUTO_SBUF text;
	enum err e;

	sbuf_init(&text, FILE_MAX_BYTES);
	*why = (struct diag){ .line = 0 };
	if ((e = file_read(path, &text, why)))
		return e;
	if ((why->line = file_bad_line(sbuf_sv(&text)))) {
		snprintf(why->text, sizeof why->text, "not UTF-8 text");
		return ERR_SYNTAX;
	}
	return lexicon_add(lx, sbuf_sv(&text), why);
}

static enum err
add_folder(struct lexicon *lx, const char *dir, char *file, struct diag *why)
{
	struct dirent **found = NULL;
	int n = scandir(dir, &found, is_txt, alphasort);
	enum err e = ERR_OK;

	if (n <= 0) {
		snprintf(why->text, sizeof why->text, "%s", n < 0 ? "cannot be read" : "holds no *.txt file");
		e = ERR_MISSING;
	}
	for (int i = 0; i < n; i++) {
		if (!e && (e = add_file(lx, dir, found[i]->d_name, why)))
			snprintf(file, 256, "%s", found[i]->d_name);
		mem_free(found[i]);
	}
	mem_free(found);
	return e;
}

enum err
lexicons_load(const char *dir, struct lexicon **out, char *file, struct diag *why)
{
	struct lexicon *lx = reply_lexicon_new();
	enum err e;
	char where[256] = "";

	*why = (struct diag){ .line = 0 };
	if (*dir && access(dir, F_OK) && errno == ENOENT)
		dir = "";
	e = *dir ? add_folder(lx, dir, where, why) : lexicon_add(lx, reply_lexicon_builtin(), why);
	if (!e)
		e = lexicon_seal(lx, why);
	if (file)
		memcpy(file, where, sizeof where);
	if (e)
		lexicon_free(lx);
	else
		*out = lx;
	return e;
}
