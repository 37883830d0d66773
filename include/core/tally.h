/*
 * What one survey adds to the counts that reports are made of. Every count is a sum over surveys and each survey adds
 * 0 or 1 to it, so a survey's whole share is a set of bits. A step that changes a survey writes the difference between
 * its share before and after: a correction takes the old score out by itself, and the counts equal a recount of the
 * surveys at any time. All of a survey belongs to the day its case was closed, so that closed, asked and answered of
 * a day speak of the same people.
 *
 * A count is kept for everything together and for each value of a dimension. The dimensions lie on shelves, each one
 * key of the store for a day and a partition: few, because every key a step touches costs as much as ten numbers in it,
 * and more than one, because people and procedures are many and most reports do not ask for them.
 */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "core/survey.h"

/* code in a field's name, name in reports */
#define TALLY_COUNT_LIST(X) \
	X(CLOSED, "c", "closed") \
	X(UNDATED, "u", "undated")           /* nobody said when it was due */ \
	X(OVERDUE, "o", "overdue")           /* closed after it was due */ \
	X(WITHDRAWN, "w", "withdrawn")       /* by the citizen, if the system that closed it is right */ \
	X(AGENT, "g", "agent")               /* the number has many cases */ \
	X(ASKED, "a", "asked")               /* the request certainly left */ \
	X(UNKNOWN, "x", "unknown")           /* nobody knows whether it did */ \
	X(DELIVERED, "d", "delivered")       /* a receipt says so, or the citizen wrote */ \
	X(SCORE_1, "1", "score_1") X(SCORE_2, "2", "score_2") X(SCORE_3, "3", "score_3") X(SCORE_4, "4", "score_4") \
	X(SCORE_5, "5", "score_5") \
	X(LATE, "l", "late")                 /* a score after the survey had expired; not among the five */ \
	X(MENTION, "m", "mentioned")         /* of a reason, its pillar, its factor */ \
	X(STRANGER, "s", "wrong_person")     /* the number turned out to be somebody else's */ \
	X(WITHIN_MINUTE, "tm", "within_1m")  /* the score came so soon after the request ... */ \
	X(WITHIN_TEN, "tt", "within_10m") X(WITHIN_HOUR, "th", "within_1h") X(WITHIN_DAY, "td", "within_1d") \
	X(AFTER_DAY, "tl", "after_1d")

enum tally_count {
#define X(code, letter, name) TALLY_##code,
	TALLY_COUNT_LIST(X)
#undef X
	TALLY_NOT_ASKED,                     /* + enum not_asked; NOT_ASKED_NONE stands for nothing */
	TALLY_COUNT_MAX = TALLY_NOT_ASKED + NOT_ASKED_MAX
};

#define TALLY_BIT(count) (UINT64_C(1) << (count))

#define TALLY_SHELF_LIST(X) X(OFFICES, "offices") X(OFFICERS, "officers")
enum tally_shelf {
#define X(code, name) TALLY_SHELF_##code,
	TALLY_SHELF_LIST(X)
#undef X
	TALLY_SHELF_MAX
};

/* letter in a field's name, shelf */
#define TALLY_DIM_LIST(X) \
	X(ALL, 'a', OFFICES) X(CHANNEL, 'c', OFFICES) X(REASON, 'k', OFFICES) X(PILLAR, 'v', OFFICES) X(FACTOR, 'f', OFFICES) \
	X(UNIT_RECEIVING, 'r', OFFICES) X(UNIT_HANDLING, 'h', OFFICES) X(UNIT_RETURNING, 'g', OFFICES) \
	X(OFFICER_RECEIVING, 'r', OFFICERS) X(OFFICER_HANDLING, 'h', OFFICERS) X(OFFICER_RETURNING, 'g', OFFICERS) \
	X(PROCEDURE, 'p', OFFICERS)

enum tally_dim {
#define X(code, letter, shelf) TALLY_DIM_##code,
	TALLY_DIM_LIST(X)
#undef X
	TALLY_DIM_MAX
};

struct tally {
	uint64_t counts;                     /* TALLY_BIT set */
	unsigned reasons;                    /* REASON_BIT set */
	char     channel[sizeof ((struct survey *)0)->channel_name];
};

/* One step of one count of one value. */
struct tally_step { enum tally_dim dim; enum tally_count count; int add; struct sv value; };

#define TALLY_STEPS_MAX (4 * TALLY_COUNT_MAX + 256)  /* of one shelf */
#define TALLY_FIELD_MAX (CASE_CODE_MAX + 32)

void   tally_of(const struct survey *s, struct tally *out);
/* The difference of two shares of s on a shelf: how many steps. Values are views into s, *was and *is. */
size_t tally_steps(const struct survey *s, const struct tally *was, const struct tally *is, enum tally_shelf shelf,
                   struct tally_step out[TALLY_STEPS_MAX]);

/* "hc H36.45": dimension, count, value; out holds TALLY_FIELD_MAX bytes. */
struct sv   tally_field(const struct tally_step *step, char *out);
/* The other direction; add is not touched. ERR_SYNTAX: not a field of this shelf. */
MUST_CHECK enum err tally_field_parse(enum tally_shelf shelf, struct sv field, struct tally_step *out);

const char *tally_shelf_name(enum tally_shelf s);
enum tally_shelf tally_dim_shelf(enum tally_dim d);
const char *tally_count_name(enum tally_count c);    /* of a reason for not asking: its name */

/* Reasons, the pillars of conduct and the factors of service they speak of. */
#define TALLY_PILLARS 3
#define TALLY_FACTORS 5

struct reason_row {
	const char *letter, *code, *name;    /* "A", "thai_do", for people */
	const char *value;                   /* of the pillar's values, "" = decided by a person */
	unsigned    pillars, factors;        /* bit 0 = the first */
};

const struct reason_row *reason_row(int i);          /* 0 .. REASON_N - 1 */
const char *pillar_key(int i);                       /* "P1" */
const char *pillar_name(int i);
const char *factor_key(int i);                       /* "F1" */
const char *factor_name(int i);

#endif
