/*
 * From counts to figures people may read. Three numbers stand side by side, because nobody says which one a ministry
 * means: the share of 4 and 5, mean / 5, and (mean - 1) / 4. Small numbers say little about an office and less about a
 * person: below REPORT_HIDE answers nothing is told of them, below REPORT_PERSON no figure about an officer; groups
 * (above, below, not different) are only told from REPORT_RANK answers on, and never places.
 */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include "core/tally.h"

#define REPORT_HIDE   5
#define REPORT_PERSON 30
#define REPORT_RANK   50

struct report_counts { int64_t at[TALLY_COUNT_MAX]; };

void report_add(struct report_counts *to, const struct report_counts *more);

/* withheld: not even what they said together; few: the sample is small; enough; ranked: may be compared */
#define REPORT_TRUST_LIST(X) X(WITHHELD, "withheld") X(FEW, "few") X(ENOUGH, "enough") X(RANKED, "ranked")
enum report_trust {
#define X(code, name) REPORT_##code,
	REPORT_TRUST_LIST(X)
#undef X
	REPORT_TRUST_MAX
};

#define REPORT_GROUP_LIST(X) X(NONE, "") X(ABOVE, "above") X(SAME, "not_different") X(BELOW, "below")
enum report_group {
#define X(code, name) REPORT_GROUP_##code,
	REPORT_GROUP_LIST(X)
#undef X
	REPORT_GROUP_MAX
};

#define REPORT_NONE (-1.0)               /* a share of nothing, or one that is not told */

struct report_figures {
	/* the ledger: closed = eligible + not_asked, eligible = asked + unknown + waiting */
	int64_t closed, not_asked, eligible, asked, unknown, waiting, delivered;
	int64_t answered, late;              /* scores in time, scores too late; only the first make figures */
	int64_t mentioned, overdue;
	double  response;                    /* answered / asked */
	double  late_share;                  /* late / (answered + late) */
	double  overdue_share;               /* of the cases that had a date */
	enum report_trust trust;
	bool    shown;                       /* the following may be told; else REPORT_NONE and 0 */
	int64_t scores[5];
	double  mean, sat_top2, mean_pct5, mean_pct4, wilson_low, wilson_high;
	enum report_group group;
};

enum report_about { REPORT_ABOUT_OFFICES, REPORT_ABOUT_PERSONS, REPORT_ABOUT_REASONS };

/* total: what the row is compared with, NULL = nothing. */
void report_figures(const struct report_counts *c, enum report_about about, const struct report_counts *total,
                    struct report_figures *out);

/* The 95 % interval of k in n after Wilson; REPORT_NONE for n = 0. */
void report_wilson(int64_t k, int64_t n, double *low, double *high);
double report_share(int64_t k, int64_t n);

const char *report_trust_name(enum report_trust t);
const char *report_group_name(enum report_group g);

/* ---- offices that change ---- */

/* Offices by their place in a list; -1 = none. Neither way up goes in circles. */
struct report_unit { int parent, successor; int32_t valid_to; };

/* Who answers for office i on that day: itself, or whoever took over when it was closed. */
int  report_heir(const struct report_unit *units, int i, int32_t day);
/* sum: what each office and all below it have. */
void report_roll_up(const struct report_unit *units, size_t n, const struct report_counts *own, struct report_counts *sum);

/* ---- signs that a number is being helped ---- */

#define REPORT_SIGN_LIST(X) \
	X(SAME_NUMBER, "same_number")        /* cases of numbers that have many */ \
	X(STAFF_NUMBER, "staff_number")      /* cases with a number on the staff list */ \
	X(NO_NUMBER, "no_number")            /* cases without a number that can be written to */ \
	X(WRONG_NUMBER, "wrong_number")      /* requests that reached somebody else */ \
	X(WITHDRAWN, "withdrawn")            /* cases closed as withdrawn */ \
	X(AT_ONCE, "at_once")                /* scores within a minute of the request */ \
	X(FEWER_ASKED, "fewer_asked")        /* cases asked about; a sign when fewer than in the time before */

enum report_sign {
#define X(code, name) REPORT_SIGN_##code,
	REPORT_SIGN_LIST(X)
#undef X
	REPORT_SIGN_MAX
};

/* k of n; flagged: further from what is usual than chance explains (the intervals do not meet), out of REPORT_PERSON
 * or more. A reason for a person to look, nothing else. */
struct report_sign_of { int64_t k, n; bool flagged; };

/* all: of everybody in the same time; before: the row's own counts in the time before, NULL = not known. */
void report_signs(const struct report_counts *row, const struct report_counts *all, const struct report_counts *before,
                  struct report_sign_of out[REPORT_SIGN_MAX]);
const char *report_sign_name(enum report_sign s);

#endif
