/* A CSV file with a header row, read whole: named columns in any order, rows with their lines. */
#ifndef APP_SHEET_H
#define APP_SHEET_H

#include "app/conf.h"

#define SHEET_COLUMNS_MAX 16
#define SHEET_FILE_MAX    (16 * 1024 * 1024)

struct sheet_row {
	char *fields[SHEET_COLUMNS_MAX];     /* trimmed; in the order of the columns asked for, not of the file; never NULL */
	int   line;
};

struct sheet { struct sheet_row *rows; size_t n; };

/* Exactly these columns (NULL-terminated) must be there. ERR_SYNTAX after one fault or more; good rows are
 * in *out all the same, so that the caller can go on and find more. */
MUST_CHECK enum err sheet_load(const char *path, const char *const *columns, struct sheet *out,
                               struct conf_faults *faults);
void sheet_done(struct sheet *s);

#endif
