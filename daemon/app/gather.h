/*
 * Reads counts of a range of days out of the store and adds them up: a bounded number of requests at a time, so that
 * the loop has air, and a bounded number of rows.
 */
#ifndef APP_GATHER_H
#define APP_GATHER_H

#include "app/engine.h"
#include "base/table.h"
#include "core/report.h"

#define GATHER_DAYS_MAX 400
#define GATHER_ROWS_MAX 20000
#define GATHER_SUMS_MAX 4

struct gather_row {
	UT_hash_handle       hh;
	struct report_counts counts;
	char                 key[];          /* NUL at the end */
};

/* One sum: a dimension of a shelf over days. */
struct gather_sum {
	enum tally_dim       dim;
	bool                 by_day;         /* rows are days; dim is TALLY_DIM_ALL */
	int32_t              from, to;       /* both inclusive */
	struct gather_row   *rows;           /* filled */
	struct report_counts all;            /* filled: of everything where that is on the same shelf, else of the rows */
};

struct gather;
/* Once, in a later turn. ERR_TOOBIG: more rows than GATHER_ROWS_MAX. The sums live until gather_free. */
typedef void gather_fn(void *arg, enum err e, struct gather *g);

struct gather {
	struct engine    *e;
	struct gather_sum sums[GATHER_SUMS_MAX];
	int               n_sums;
	gather_fn        *fn;
	void             *arg;

	int               sum, partition, running;
	int32_t           day;
	size_t            n_rows;
	enum err          failed;
};

/* The caller has set the first group of fields of a zeroed one on the heap; it is freed by gather_free, in fn or later. */
void gather_start(struct gather *g);
void gather_free(struct gather *g);

#endif
