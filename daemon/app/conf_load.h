/* What the parts of one load share: conf.c goes through the file, conf_check.c and conf_files.c come after. */
#ifndef APP_CONF_LOAD_H
#define APP_CONF_LOAD_H

#include "app/conf_file.h"

struct load {
	struct conf *c;                  /* what could not be set is zeroed */
	struct conf_tree tree;
	struct conf_faults *faults;
	char *dir;                       /* of the settings file */
};

/* A fault of the settings file itself. */
#define LOAD_BAD(l, line, ...) conf_fault_add((l)->faults, (l)->c->file, line, __VA_ARGS__)

const struct conf_section *load_section(const struct load *l, const char *name);
/* Where a fault of this key belongs: its own line, else its section's, else the first. */
int  load_line(const struct load *l, const char *section, const char *key);
/* Is there a section for this channel? One with faults is not "unknown" besides. */
bool load_has_channel(const struct load *l, const char *name);
/* Letters, digits and . _ - only, 1 to max of them. */
bool load_plain_name(const char *name, size_t max);

void load_check(struct load *l);         /* conf_check.c: what must fit together, and what is made of it */
void load_files(struct load *l);         /* conf_files.c: texts, holidays, keys, tokens, offices and people */

#endif
