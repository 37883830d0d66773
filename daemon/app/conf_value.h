/*
 * One settings value: texts out of the file <-> a field of a struct, as its `struct setting` row says.
 * Everything that knows setting types is here.
 */
#ifndef APP_CONF_VALUE_H
#define APP_CONF_VALUE_H

#include "app/conf_file.h"
#include "base/sbuf.h"
#include "port/setting.h"

#define CONF_SECRET_MAX 4096

/* Sets the field from an item, or from the row's default when it is NULL. dir: folder of the settings file.
 * SYNTAX, RANGE, MISSING (a needed key, a secret's file), DENIED with *why; the field is then as zeroed.
 * An earlier value of the field is overwritten, not freed. */
MUST_CHECK enum err value_set(const struct setting *s, void *base, const struct conf_item *item, const char *dir,
                              struct diag *why);
void value_done(const struct setting *s, void *base);            /* frees; secrets are wiped */

/* As one would write it: "2h", {"a", "b"}, true. Secrets: their name is gone, so "***" or "". */
void value_print(const struct setting *s, const void *base, struct sbuf *out);
void value_print_json(const struct setting *s, const void *base, struct sbuf *out);
void value_print_default(const struct setting *s, struct sbuf *out);
bool value_equal(const struct setting *s, const void *a, const void *b);

#endif
