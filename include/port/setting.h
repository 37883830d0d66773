/*
 * One settings key: the row that parses it, bounds it, prints the sample file and the running values,
 * and says whether a reload may change it. The owner of a struct keeps its table next to it.
 */
#ifndef PORT_SETTING_H
#define PORT_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting_type {
	SETTING_STRING,                  /* char *, owned, never NULL */
	SETTING_PATH,                    /* char *, made absolute against the settings file's folder; "" stays "" */
	SETTING_SECRET,                  /* key names a file; char * holds its trimmed content */
	SETTING_INT,                     /* int64_t, min..max */
	SETTING_BOOL,                    /* bool; true|false */
	SETTING_MSEC,                    /* int64_t ms; 90s 30m 2h 7d 12mo (30 d each) */
	SETTING_WORK,                    /* struct setting_work: 4h (working hours), 5wd (working days) */
	SETTING_CHOICE,                  /* int: index into choices */
	SETTING_LIST,                    /* struct setting_list: {"a","b"} */
	SETTING_SPANS,                   /* struct setting_text kept as char *, checked as "08:00-20:00[,..]" */
};

struct setting_list { char **at; size_t n; };
struct setting_work { int64_t ms; int days; };       /* one of the two is 0 */

enum { SETTING_RELOAD = 1, SETTING_NEEDED = 2 };     /* may change on reload; has no default and must be given */

struct setting {
	const char *name;
	enum setting_type type;
	size_t      at;                  /* offsetof in the owner's struct */
	const char *deflt;               /* as the user would write it (lists: comma-separated); NULL with SETTING_NEEDED */
	int64_t     min, max;            /* INT, MSEC (in ms), string and secret: length in bytes; 0,0 = type's own bounds */
	const char *const *choices;      /* CHOICE: NULL-terminated */
	unsigned    flags;
	const char *help;                /* one sentence, for the sample file */
};

#define SETTING_END { .name = NULL }

#endif
