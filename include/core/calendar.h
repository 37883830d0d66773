/*
 * Times of day, windows and working days in one fixed zone (Asia/Ho_Chi_Minh is UTC+7 without summer
 * time). All times are wall ms since 1970 UTC. Pure: the caller says what now is.
 */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"

#define CALENDAR_DAYS_MAX  512           /* holidays and swapped working days together */
#define CALENDAR_SPANS_MAX 4

struct day_span { int from_min, to_min; };          /* minutes since midnight, from < to <= 1440 */

/* When something may be done: on which week days, in which spans of the day, holidays or not. */
struct day_plan {
	unsigned        days;                            /* bit 0 = Monday .. bit 6 = Sunday */
	struct day_span spans[CALENDAR_SPANS_MAX];
	size_t          n_spans;
};

struct calendar {
	int64_t offset_ms;                               /* local = UTC + offset */
	size_t  n_days;
	struct { int32_t day; bool working; } days[CALENDAR_DAYS_MAX];   /* sorted; day = days since 1970, local */
};

/* One line of holidays.txt: "2026-09-02 Quốc khánh" is free, "+2026-08-22" is a working day on a weekend;
 * blank lines and # comments are fine. ERR_SYNTAX with *why in words. */
MUST_CHECK enum err calendar_add_line(struct calendar *c, struct sv line, struct diag *why);
/* "Asia/Ho_Chi_Minh" and the other names of UTC+7 without summer time; ERR_RANGE for any other zone. */
MUST_CHECK enum err calendar_zone(struct sv name, int64_t *offset_ms);
/* "08:00-20:00" or "07:30-11:30,13:30-17:00" into p->spans. */
MUST_CHECK enum err calendar_spans(struct sv text, struct day_plan *p);
/* "mon" .. "sun" -> bit, 0 when unknown. */
unsigned            calendar_day_bit(struct sv name);

bool    calendar_is_open(const struct calendar *c, const struct day_plan *p, int64_t at_ms);
/* The first moment >= at_ms that is open; at_ms itself when it is. -1 when none comes within 400 days, or before
 * the year 10000. */
int64_t calendar_next_open(const struct calendar *c, const struct day_plan *p, int64_t at_ms);
/* The moment when `ms` of open time have passed since at_ms (working hours); -1 as above. */
int64_t calendar_add_open(const struct calendar *c, const struct day_plan *p, int64_t at_ms, int64_t ms);
/* The end of the n-th open day after the day of at_ms (n working days: the day of at_ms does not count); n >= 1.
 * -1 when 400 days pass without an open one. */
int64_t calendar_add_days(const struct calendar *c, const struct day_plan *p, int64_t at_ms, int n);

/* RFC 3339 with offset or Z, seconds with or without fraction -> wall ms. Refuses impossible dates. */
MUST_CHECK enum err calendar_parse(struct sv rfc3339, int64_t *at_ms);
/* "2026-11-23T12:05:00+07:00"; out holds 32 bytes. */
void                calendar_format(const struct calendar *c, int64_t at_ms, char *out);
/* The local day of a moment, counted since 1970, and as "2026-11-23"; out holds 11 bytes. */
int32_t             calendar_day(const struct calendar *c, int64_t at_ms);
void                calendar_day_format(int32_t day, char *out);
/* ERR_SYNTAX: no day between 1970 and 9999. */
MUST_CHECK enum err calendar_day_parse(struct sv text, int32_t *day);
/* The moment a local day begins. */
int64_t             calendar_day_start(const struct calendar *c, int32_t day);
/* For texts to people: "17h00 09/03"; out holds 16 bytes. */
void                calendar_short(const struct calendar *c, int64_t at_ms, char *out);

#endif
