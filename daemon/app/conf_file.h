/*
 * The settings syntax: text -> sections, keys and values with their lines. Knows no key's meaning; it is
 * told the names only, so that every unknown one can be reported in one go.
 */
#ifndef APP_CONF_FILE_H
#define APP_CONF_FILE_H

#include "app/conf.h"

struct conf_item {
	char  *key;
	char **values;
	size_t n;
	bool   list;                     /* was written in braces */
	int    line;
};

struct conf_section {
	char  *name, *title;             /* "" for the top level; title "" when none */
	struct conf_item *items;
	size_t n;
	int    line;
};

struct conf_tree {
	struct conf_section *sections;   /* [0] is the top level; a section given twice is here twice */
	size_t n;
};

/* The names that may be used in a section; keys is NULL-terminated. */
struct conf_names { const char *section; bool titled; const char *const *keys; };

/* names[0] is the top level (section ""); a row with section NULL ends them. Adds a fault for each unknown name, for a key given twice, and for
 * what is no settings syntax at all (then ERR_SYNTAX and an empty tree; faults of names alone leave it OK). */
MUST_CHECK enum err conf_file_parse(struct sv text, const char *file, const struct conf_names *names,
                                    struct conf_tree *out, struct conf_faults *faults);
/* True after a fault for each place where the syntax's reader would not take the text as it stands. */
bool conf_surprises(struct sv text, const char *file, struct conf_faults *faults);
/* Comments become blanks, lines stay where they are. A comment that never ends stays too. */
void conf_blank_comments(char *text, size_t n);
void conf_tree_done(struct conf_tree *t);
const struct conf_item *conf_item(const struct conf_section *s, const char *key);   /* NULL = not given */

#endif
