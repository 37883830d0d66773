/*
 * How a struct becomes text in the store and comes back. One table per struct; the main struct is written as
 * `name=value` lines (new names may be added, unknown ones are skipped), rows of lists as tab-separated lines
 * behind a letter (new columns only at the end). What is read back is treated like anything from outside.
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sbuf.h"
#include "base/sv.h"

enum record_type {
	RECORD_TEXT,                     /* char[size] */
	RECORD_I64,                      /* int64_t, a time: at most RECORD_I64_MAX away from 1970 */
	RECORD_INT,                      /* int or an enum of our own: 0 .. max */
	RECORD_BOOL,
	RECORD_TIMES,                    /* int64_t[], the first 0 ends it; written as "1,2,3" */
};

/* Exact as a score in Redis, and far enough from the end of the type to be added to. */
#define RECORD_I64_MAX (INT64_C(1) << 53)

struct record_field {
	const char *name;
	enum record_type type;
	size_t  at, size;                /* offsetof and, for TEXT and TIMES, the array's size */
	int     max;                     /* INT: highest value taken back */
};

#define RECORD_AT_TEXT(s, n, m)     { n, RECORD_TEXT, offsetof(s, m), sizeof(((s *)0)->m), 0 }
#define RECORD_AT_TIMES(s, n, m)    { n, RECORD_TIMES, offsetof(s, m), sizeof(((s *)0)->m), 0 }
#define RECORD_AT_I64(s, n, m)      { n, RECORD_I64, offsetof(s, m), 0, 0 }
#define RECORD_AT_INT(s, n, m, max) { n, RECORD_INT, offsetof(s, m), 0, max }
#define RECORD_AT_BOOL(s, n, m)     { n, RECORD_BOOL, offsetof(s, m), 0, 0 }
#define RECORD_END                  { NULL, RECORD_TEXT, 0, 0, 0 }

/* Appends the lines of obj; empty and zero values are left out. */
void record_write(const struct record_field *table, const void *obj, struct sbuf *out);
void record_write_row(char letter, const struct record_field *table, const void *obj, struct sbuf *out);

/* One line without its line end, of the main struct. ERR_CORRUPT: not name=value, or a value that does not fit. */
MUST_CHECK enum err record_read(const struct record_field *table, struct sv line, void *obj);
/* The columns of a row, letter and first tab already off. */
MUST_CHECK enum err record_read_row(const struct record_field *table, struct sv columns, void *obj);

#endif
