/* Every key of the settings except those of the channels' drivers: what parses, prints and explains them. */
#ifndef APP_CONF_TABLES_H
#define APP_CONF_TABLES_H

#include "app/conf.h"

#define CONF_PARTS 6

struct conf_part {
	const char *name;                /* section, "" = top level */
	const struct setting *keys;
	size_t      at;                  /* offsetof in struct conf */
	const char *help;
};

extern const struct conf_part conf_parts[CONF_PARTS];    /* [0] is the top level */

#endif
