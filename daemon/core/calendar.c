/* Days, windows and working time; see the header. Days are counted since 1970 in local time, Monday = bit 0. */
#include "core/calendar.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"

#define HORIZON_DAYS 400
#define DAY_MIN      1440
#define YEAR_MIN     1970
#define YEAR_MAX     9999
#define DAY_MAX      2932896                 /* 9999-12-31, since 1970 */

static const char *const day_names[7] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static const char *const zones[] = { "Asia/Ho_Chi_Minh", "Asia/Saigon", "Asia/Bangkok", "Asia/Jakarta",
                                     "Asia/Phnom_Penh", "Asia/Vientiane", "Etc/GMT-7" };

/* ---- dates ---- */

struct date { int year, month, day; };

static bool
is_leap(int y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int
month_days(int y, int m)
{
	static const int n[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && is_leap(y) ? 29 : n[m - 1];
}

/* Proleptic Gregorian day number, 1970-01-01 = 0; years count from March so that the leap day comes last. */
static int64_t
days_of(struct date d)
{
	int64_t y = d.month <= 2 ? d.year - 1 : d.year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date
date_of(int64_t days)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);

	return (struct date){ (int)(yoe + era * 400 + (month <= 2)), month, (int)(doy - (153 * mp + 2) / 5 + 1) };
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* A damaged record may hold any number: what lies further away than the year 9999 counts as just beyond it. */
static int64_t
within_reach(int64_t at)
{
	const int64_t end = (DAY_MAX + 2) * DAY_MS;

	return at > end ? end : at < -end ? -end : at;
}

static int64_t
local_day(const struct calendar *c, int64_t at)
{
	return floor_div(within_reach(at) + c->offset_ms, DAY_MS);
}

static int64_t
day_start(const struct calendar *c, int64_t day)
{
	return day * DAY_MS - c->offset_ms;
}

/* ---- reading ---- */

static bool
read_part(struct sv *s, size_t n, int min, int max, char after, int *out)
{
	int64_t v;

	if (s->n < n + (after != 0) || (after && s->p[n] != after) || s->p[0] == '-'
	    || num_parse((struct sv){ s->p, n }, min, max, &v))
		return false;
	s->p += n + (after != 0);
	s->n -= n + (after != 0);
	*out = (int)v;
	return true;
}

static bool
read_date(struct sv *s, char after, struct date *d)
{
	return read_part(s, 4, YEAR_MIN, YEAR_MAX, '-', &d->year) && read_part(s, 2, 1, 12, '-', &d->month)
	       && read_part(s, 2, 1, month_days(d->year, d->month), after, &d->day);
}

static enum err
add_day(struct calendar *c, int32_t day, bool working, struct diag *why)
{
	size_t at = 0;

	while (at < c->n_days && c->days[at].day < day)
		at++;
	if (at < c->n_days && c->days[at].day == day) {
		diag_set(why, 0, "this day is listed twice");
		return ERR_SYNTAX;
	}
	if (c->n_days == CALENDAR_DAYS_MAX) {
		diag_set(why, 0, "more than %d days", CALENDAR_DAYS_MAX);
		return ERR_SYNTAX;
	}
	memmove(&c->days[at + 1], &c->days[at], (c->n_days - at) * sizeof c->days[0]);
	c->days[at].day = day;
	c->days[at].working = working;
	c->n_days++;
	return ERR_OK;
}

enum err
calendar_add_line(struct calendar *c, struct sv line, struct diag *why)
{
	bool working;
	struct date d;

	line = sv_trim(line);
	if (!line.n || line.p[0] == '#')
		return ERR_OK;
	working = line.p[0] == '+';
	line.p += working;
	line.n -= working;
	if (!read_date(&line, 0, &d) || (line.n && line.p[0] != ' ' && line.p[0] != '\t')) {
		diag_set(why, 0, "expected YYYY-MM-DD and a name, or +YYYY-MM-DD for a working day");
		return ERR_SYNTAX;
	}
	return add_day(c, (int32_t)days_of(d), working, why);
}

enum err
calendar_zone(struct sv name, int64_t *offset_ms)
{
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		if (sv_is(name, zones[i])) {
			*offset_ms = 7 * HOUR_MS;
			return ERR_OK;
		}
	return ERR_RANGE;
}

static bool
read_minute(struct sv s, int *out)
{
	int h, m;

	if (s.n != 5 || !read_part(&s, 2, 0, 24, ':', &h) || !read_part(&s, 2, 0, 59, 0, &m) || h * 60 + m > DAY_MIN)
		return false;
	*out = h * 60 + m;
	return true;
}

enum err
calendar_spans(struct sv text, struct day_plan *p)
{
	struct day_plan got = { .days = p->days };

	while (text.p) {
		struct sv to = sv_trim(sv_cut(&text, ',')), from = sv_cut(&to, '-');
		struct day_span d;

		if (!to.p || got.n_spans == CALENDAR_SPANS_MAX || !read_minute(from, &d.from_min) || !read_minute(to, &d.to_min)
		    || d.from_min >= d.to_min || (got.n_spans && got.spans[got.n_spans - 1].to_min > d.from_min))
			return ERR_SYNTAX;
		got.spans[got.n_spans++] = d;
	}
	if (!got.n_spans)
		return ERR_SYNTAX;
	*p = got;
	return ERR_OK;
}

unsigned
calendar_day_bit(struct sv name)
{
	for (unsigned i = 0; i < 7; i++)
		if (sv_is_nocase(name, day_names[i]))
			return 1u << i;
	return 0;
}

/* ---- open time ---- */

/* Is anything open on this day? Listed days win over the week. */
static bool
is_open_day(const struct calendar *c, const struct day_plan *p, int64_t day)
{
	size_t lo = 0, hi = c->n_days;
	int64_t weekday = (day + 3) % 7;             /* 1970-01-01 was a Thursday */

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->days[mid].day == day)
			return c->days[mid].working;
		if (c->days[mid].day < day)
			lo = mid + 1;
		else
			hi = mid;
	}
	return p->days >> (weekday < 0 ? weekday + 7 : weekday) & 1;
}

bool
calendar_is_open(const struct calendar *c, const struct day_plan *p, int64_t at)
{
	return calendar_next_open(c, p, at) == at;
}

/* The first open stretch that ends after `at`, cut to begin no earlier than `at`. */
static bool
next_stretch(const struct calendar *c, const struct day_plan *p, int64_t at, int64_t *from, int64_t *to)
{
	int64_t day = local_day(c, at);

	for (int64_t last = day + HORIZON_DAYS; day <= last && day <= DAY_MAX; day++) {
		int64_t start = day_start(c, day);

		if (!is_open_day(c, p, day))
			continue;
		for (size_t i = 0; i < p->n_spans; i++) {
			*from = start + p->spans[i].from_min * MIN_MS;
			*to = start + p->spans[i].to_min * MIN_MS;
			if (*to <= at)
				continue;
			if (*from < at)
				*from = at;
			return true;
		}
	}
	return false;
}

int64_t
calendar_next_open(const struct calendar *c, const struct day_plan *p, int64_t at)
{
	int64_t from, to;

	return next_stretch(c, p, at, &from, &to) ? from : -1;
}

int64_t
calendar_add_open(const struct calendar *c, const struct day_plan *p, int64_t at, int64_t ms)
{
	int64_t from, to;

	while (next_stretch(c, p, at, &from, &to)) {
		if (ms <= to - from)
			return from + ms;
		ms -= to - from;
		at = to;
	}
	return -1;
}

int64_t
calendar_add_days(const struct calendar *c, const struct day_plan *p, int64_t at, int n)
{
	int64_t day = local_day(c, at);

	for (int closed = 0; n > 0;) {
		if (++day > DAY_MAX || closed == HORIZON_DAYS)
			return -1;
		closed = is_open_day(c, p, day) ? 0 : closed + 1;
		n -= !closed;
	}
	return p->n_spans ? day_start(c, day) + p->spans[p->n_spans - 1].to_min * MIN_MS : -1;
}

/* ---- times as text ---- */

static bool
read_fraction(struct sv *s, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (!s->n || s->p[0] != '.')
		return true;
	s->p++;
	s->n--;
	if (!s->n || s->p[0] < '0' || s->p[0] > '9')
		return false;
	for (; s->n && s->p[0] >= '0' && s->p[0] <= '9'; s->p++, s->n--, scale /= 10)
		*ms += (s->p[0] - '0') * scale;
	return true;
}

static bool
read_offset(struct sv s, int64_t *ms)
{
	int h, m, sign;

	if (s.n == 1 && (s.p[0] == 'Z' || s.p[0] == 'z')) {
		*ms = 0;
		return true;
	}
	if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-'))
		return false;
	sign = s.p[0] == '-' ? -1 : 1;
	s.p++;
	s.n--;
	if (!read_part(&s, 2, 0, 23, ':', &h) || !read_part(&s, 2, 0, 59, 0, &m))
		return false;
	*ms = sign * (h * HOUR_MS + m * MIN_MS);
	return true;
}

enum err
calendar_parse(struct sv s, int64_t *at)
{
	struct date d;
	int hour, min, sec, ms;
	int64_t offset;

	if (s.n > 40 || !read_date(&s, 0, &d) || !s.n || (s.p[0] != 'T' && s.p[0] != 't' && s.p[0] != ' '))
		return ERR_SYNTAX;
	s.p++;
	s.n--;
	/* Second 60 is a leap second; there it counts as the second after. */
	if (!read_part(&s, 2, 0, 23, ':', &hour) || !read_part(&s, 2, 0, 59, ':', &min)
	    || !read_part(&s, 2, 0, 60, 0, &sec) || !read_fraction(&s, &ms) || !read_offset(s, &offset))
		return ERR_SYNTAX;
	*at = days_of(d) * DAY_MS + hour * HOUR_MS + min * MIN_MS + sec * SEC_MS + ms - offset;
	return ERR_OK;
}

struct moment { struct date d; int hour, min, sec; };

static struct moment
moment_of(const struct calendar *c, int64_t at)
{
	int64_t day = local_day(c, at), in = floor_div(within_reach(at) - day_start(c, day), SEC_MS);

	return (struct moment){ date_of(day), (int)(in / 3600), (int)(in / 60 % 60), (int)(in % 60) };
}

void
calendar_format(const struct calendar *c, int64_t at, char *out)
{
	struct moment m = moment_of(c, at);
	int64_t off = c->offset_ms / MIN_MS;
	char sign = off < 0 ? '-' : '+';

	off = off < 0 ? -off : off;
	snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", m.d.year % 10000, m.d.month, m.d.day, m.hour, m.min,
	         m.sec, sign, (int)(off / 60 % 100), (int)(off % 60));
}

int32_t
calendar_day(const struct calendar *c, int64_t at)
{
	return (int32_t)local_day(c, at);
}

int64_t
calendar_day_start(const struct calendar *c, int32_t day)
{
	return day_start(c, day);
}

void
calendar_day_format(int32_t day, char *out)
{
	struct date d = date_of(day);

	snprintf(out, 11, "%04u-%02u-%02u", (unsigned)d.year % 10000, (unsigned)d.month % 100, (unsigned)d.day % 100);
}

enum err
calendar_day_parse(struct sv text, int32_t *day)
{
	struct date d;

	if (!read_date(&text, 0, &d) || text.n)
		return ERR_SYNTAX;
	*day = (int32_t)days_of(d);
	return ERR_OK;
}

void
calendar_short(const struct calendar *c, int64_t at, char *out)
{
	struct moment m = moment_of(c, at);

	snprintf(out, 16, "%02dh%02d %02d/%02d", m.hour, m.min, m.d.day, m.d.month);
}
