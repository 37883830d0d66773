/* One row of functions per setting type; conf_value.c is their only user. */
#ifndef APP_CONF_TYPES_H
#define APP_CONF_TYPES_H

#include "app/conf_value.h"

/* What a reader of a value is given. */
struct conf_given { char *const *values; size_t n; const char *dir; };

struct conf_type {
	bool     list;
	enum err (*set)(const struct setting *s, const struct conf_given *g, void *field, struct diag *why);
	void     (*done)(void *field);
	void     (*print)(const struct setting *s, const void *field, struct sbuf *out);
	bool     bare;                   /* printed without quotes, in JSON as well */
};

extern const struct conf_type conf_types[];      /* by enum setting_type */

#endif
