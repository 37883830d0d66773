/* Days, windows, working time. Times stand in the rows as people write them; `epoch` ties that spelling to the C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/calendar.h"

#define UNTOUCHED 4711
#define TEXT_BYTES 32

/* Tết 2026 (Monday to Friday), National Day with a bridge that is worked in on the Saturday before, New Year. */
static const char *const listed[] = {
	"2027-01-01 Tết Dương lịch", "2026-02-18", "2026-02-17 Mùng một", "2026-02-16", "2026-02-19", "2026-02-20",
	"2026-08-31", "2026-09-01", "2026-09-02 Quốc khánh", "+2026-08-22", "+2026-08-23 a Sunday",
};

static struct calendar cal;
static struct day_plan window, work;

static void
plan(struct day_plan *p, const char *spans, const char *days)
{
	struct sv rest = sv_of(days);

	*p = (struct day_plan){ 0 };
	assert_int_equal(calendar_spans(sv_of(spans), p), ERR_OK);
	while (rest.p)
		p->days |= calendar_day_bit(sv_cut(&rest, ' '));
}

static int
setup(void **state)
{
	struct diag why;

	(void)state;
	assert_int_equal(calendar_zone(SV("Asia/Ho_Chi_Minh"), &cal.offset_ms), ERR_OK);
	for (size_t i = 0; i < ARRAY_N(listed); i++)
		assert_int_equal(calendar_add_line(&cal, sv_of(listed[i]), &why), ERR_OK);
	plan(&window, "08:00-20:00", "mon tue wed thu fri sat");
	plan(&work, "07:30-11:30,13:30-17:00", "mon tue wed thu fri");
	return 0;
}

/* ---- texts ---- */

static const struct parse { const char *name; struct sv in; enum err e; int64_t want; } parses[] = {
	{ "the epoch",            SV("1970-01-01T00:00:00Z"), ERR_OK, 0 },
	{ "before it by offset",  SV("1970-01-01T00:00:00+07:00"), ERR_OK, -7 * HOUR_MS },
	{ "with offset",          SV("2026-11-23T10:05:00+07:00"), ERR_OK, 1795403100000 },
	{ "the same in UTC",      SV("2026-11-23T03:05:00Z"), ERR_OK, 1795403100000 },
	{ "west of us",           SV("2026-11-22T22:05:00-05:00"), ERR_OK, 1795403100000 },
	{ "half hours",           SV("2026-11-23T08:35:00+05:30"), ERR_OK, 1795403100000 },
	{ "unknown offset",       SV("2026-11-23T03:05:00-00:00"), ERR_OK, 1795403100000 },
	{ "small letters",        SV("2026-11-23t03:05:00z"), ERR_OK, 1795403100000 },
	{ "a blank for T",        SV("2026-11-23 03:05:00Z"), ERR_OK, 1795403100000 },
	{ "milliseconds",         SV("2026-11-23T03:05:00.123Z"), ERR_OK, 1795403100123 },
	{ "tenths",               SV("2026-11-23T03:05:00.9Z"), ERR_OK, 1795403100900 },
	{ "nanoseconds are cut",  SV("2026-11-23T03:05:00.999999999Z"), ERR_OK, 1795403100999 },
	{ "leap second",          SV("2026-12-31T23:59:60Z"), ERR_OK, 1798761600000 },
	{ "leap day",             SV("2028-02-29T00:00:00Z"), ERR_OK, 1835395200000 },
	{ "leap day of 2000",     SV("2000-02-29T00:00:00Z"), ERR_OK, 951782400000 },
	{ "last moment",          SV("9999-12-31T23:59:59.999Z"), ERR_OK, 253402300799999 },
	{ "29 February 2026",     SV("2026-02-29T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "29 February 2100",     SV("2100-02-29T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "30 February",          SV("2028-02-30T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "31 April",             SV("2026-04-31T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "day 32",               SV("2026-01-32T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "day 0",                SV("2026-01-00T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "month 0",              SV("2026-00-01T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "month 13",             SV("2026-13-01T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "hour 24",              SV("2026-01-01T24:00:00Z"), ERR_SYNTAX, 0 },
	{ "minute 60",            SV("2026-01-01T00:60:00Z"), ERR_SYNTAX, 0 },
	{ "second 61",            SV("2026-01-01T00:00:61Z"), ERR_SYNTAX, 0 },
	{ "year 1969",            SV("1969-12-31T23:59:59Z"), ERR_SYNTAX, 0 },
	{ "year of five digits",  SV("10000-01-01T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "negative year",        SV("-026-01-01T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "negative month",       SV("2026--1-01T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "negative hour",        SV("2026-01-01T-1:00:00Z"), ERR_SYNTAX, 0 },
	{ "one digit",            SV("2026-1-01T00:00:00Z"), ERR_SYNTAX, 0 },
	{ "no offset",            SV("2026-11-23T10:05:00"), ERR_SYNTAX, 0 },
	{ "offset without colon", SV("2026-11-23T10:05:00+0700"), ERR_SYNTAX, 0 },
	{ "short offset",         SV("2026-11-23T10:05:00+07"), ERR_SYNTAX, 0 },
	{ "offset 24:00",         SV("2026-11-23T10:05:00+24:00"), ERR_SYNTAX, 0 },
	{ "offset 07:60",         SV("2026-11-23T10:05:00+07:60"), ERR_SYNTAX, 0 },
	{ "two signs",            SV("2026-11-23T10:05:00+-7:00"), ERR_SYNTAX, 0 },
	{ "no seconds",           SV("2026-11-23T10:05Z"), ERR_SYNTAX, 0 },
	{ "fraction of nothing",  SV("2026-11-23T10:05:00.Z"), ERR_SYNTAX, 0 },
	{ "comma",                SV("2026-11-23T10:05:00,5Z"), ERR_SYNTAX, 0 },
	{ "date only",            SV("2026-11-23"), ERR_SYNTAX, 0 },
	{ "as Vietnam writes it", SV("23/11/2026 10:05:00"), ERR_SYNTAX, 0 },
	{ "something behind",     SV("2026-11-23T10:05:00Z "), ERR_SYNTAX, 0 },
	{ "blank in front",       SV(" 2026-11-23T10:05:00Z"), ERR_SYNTAX, 0 },
	{ "NUL behind",           SV("2026-11-23T10:05:00Z\0"), ERR_SYNTAX, 0 },
	{ "full-width digit",     SV("2026-11-23T1\xef\xbc\x90:05:00Z"), ERR_SYNTAX, 0 },
	{ "empty",                SV(""), ERR_SYNTAX, 0 },
	{ "none",                 { NULL, 0 }, ERR_SYNTAX, 0 },
	{ "endless fraction",     SV("2026-11-23T10:05:00.000000000000000000000000Z"), ERR_SYNTAX, 0 },
};

static void
parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(parses); i++) {
		const struct parse *r = &parses[i];
		int64_t at = UNTOUCHED;
		enum err e = calendar_parse(r->in, &at);

		if (e != r->e || at != (e ? UNTOUCHED : r->want))
			fail_msg("%s: %s, %lld", r->name, err_text(e), (long long)at);
	}
}

/* Every front part of a good time is no time, and reading it looks at nothing behind its end. */
static void
cut_anywhere(void **state)
{
	static const char whole[] = "2026-11-23T10:05:00.5+07:00";

	(void)state;
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		AUTO_FREE char *part = mem_alloc(n);
		int64_t at;

		memcpy(part, whole, n);
		if (calendar_parse((struct sv){ part, n }, &at) != ERR_SYNTAX)
			fail_msg("%.*s is a time", (int)n, whole);
	}
}

/* A day of each week of four centuries: written, compared with the C library, read again. */
static void
epoch(void **state)
{
	struct calendar utc = { .offset_ms = 0 };

	(void)state;
	for (int64_t at = -25567 * DAY_MS; at < 135140 * DAY_MS; at += 6 * DAY_MS + 23 * HOUR_MS + 59 * MIN_MS + 59 * SEC_MS) {
		time_t t = (time_t)(at / SEC_MS);
		char got[TEXT_BYTES], want[TEXT_BYTES];
		struct tm tm;
		int64_t back;

		assert_non_null(gmtime_r(&t, &tm));
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S+00:00", &tm);
		calendar_format(&utc, at, got);
		assert_string_equal(got, want);
		if (at < 0)
			continue;
		assert_int_equal(calendar_parse(sv_of(got), &back), ERR_OK);
		assert_true(back == at);
	}
}

static int64_t
time_of(const char *text)
{
	int64_t at = 0;

	assert_int_equal(calendar_parse(sv_of(text), &at), ERR_OK);
	return at;
}

static const struct format { const char *in, *full, *brief; } formats[] = {
	{ "2026-11-23T05:05:00Z", "2026-11-23T12:05:00+07:00", "12h05 23/11" },
	{ "2026-03-09T10:00:00Z", "2026-03-09T17:00:00+07:00", "17h00 09/03" },
	{ "2026-12-31T17:00:00Z", "2027-01-01T00:00:00+07:00", "00h00 01/01" },
	{ "2026-12-31T16:59:59.999Z", "2026-12-31T23:59:59+07:00", "23h59 31/12" },
	{ "2028-02-28T17:00:00Z", "2028-02-29T00:00:00+07:00", "00h00 29/02" },
	{ "1970-01-01T00:00:00+07:00", "1970-01-01T00:00:00+07:00", "00h00 01/01" },
	{ "9999-12-31T16:59:59Z", "9999-12-31T23:59:59+07:00", "23h59 31/12" },
};

static void
format(void **state)
{
	static const int64_t far[] = { INT64_MIN, INT64_MIN + 1, -DAY_MS * 1000000, INT64_MAX - 1, INT64_MAX };
	char out[TEXT_BYTES];
	struct calendar west = { .offset_ms = -(3 * HOUR_MS + 30 * MIN_MS) };

	(void)state;
	for (size_t i = 0; i < ARRAY_N(formats); i++) {
		calendar_format(&cal, time_of(formats[i].in), out);
		assert_string_equal(out, formats[i].full);
		calendar_short(&cal, time_of(formats[i].in), out);
		assert_string_equal(out, formats[i].brief);
	}
	calendar_format(&west, time_of("2026-01-01T00:00:00Z"), out);
	assert_string_equal(out, "2025-12-31T20:30:00-03:30");
	for (size_t i = 0; i < ARRAY_N(far); i++) {  /* damaged records: some text, no harm */
		calendar_format(&cal, far[i], out);
		assert_in_range(strlen(out), 20, TEXT_BYTES - 1);
		calendar_short(&cal, far[i], out);
		assert_int_equal(strlen(out), 11);
	}
}

/* ---- settings ---- */

static const struct line { const char *name, *in, *why; size_t days; } lines[] = {
	{ "free day",          "2026-09-02", NULL, 1 },
	{ "with a name",       "2026-09-02 Quốc khánh", NULL, 1 },
	{ "tab and CR",        "2026-09-02\tQuốc khánh\r", NULL, 1 },
	{ "working day",       "+2026-08-22", NULL, 1 },
	{ "blanks around",     "  +2026-08-22  ", NULL, 1 },
	{ "leap day",          "2028-02-29", NULL, 1 },
	{ "comment",           "# 2026-09-02", NULL, 0 },
	{ "blank",             " \t\r", NULL, 0 },
	{ "empty",             "", NULL, 0 },
	{ "no leap day",       "2026-02-29", "expected", 0 },
	{ "month 13",          "2026-13-01", "expected", 0 },
	{ "one digit",         "2026-9-2", "expected", 0 },
	{ "name without blank", "2026-09-02Quốc khánh", "expected", 0 },
	{ "two signs",         "++2026-08-22", "expected", 0 },
	{ "minus",             "-2026-08-22", "expected", 0 },
	{ "blank behind the sign", "+ 2026-08-22", "expected", 0 },
	{ "as Vietnam writes it", "02/09/2026", "expected", 0 },
	{ "a range",           "2026-09-01..2026-09-02", "expected", 0 },
	{ "words",             "Quốc khánh", "expected", 0 },
};

static void
holidays(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(lines); i++) {
		const struct line *r = &lines[i];
		AUTO_FREE struct calendar *c = mem_alloc(sizeof *c);
		struct diag why = { .text = "" };
		enum err e = calendar_add_line(c, sv_of(r->in), &why);

		if ((e != ERR_OK) != (r->why != NULL) || c->n_days != r->days || (e && !strstr(why.text, r->why)))
			fail_msg("%s: %s, %zu days, %s", r->name, err_text(e), c->n_days, why.text);
		if (!r->days)
			continue;
		/* Once more, as the other kind of day too. */
		assert_int_equal(calendar_add_line(c, sv_of(r->in), &why), ERR_SYNTAX);
		assert_non_null(strstr(why.text, "twice"));
	}
	for (size_t i = 1; i < cal.n_days; i++)
		assert_true(cal.days[i - 1].day < cal.days[i].day);
}

static void
too_many_holidays(void **state)
{
	AUTO_FREE struct calendar *c = mem_alloc(sizeof *c);
	struct diag why;

	(void)state;
	for (int i = CALENDAR_DAYS_MAX; i >= 0; i--) {
		char line[TEXT_BYTES];

		snprintf(line, sizeof line, "%04d-%02d-01", 2000 + i / 12, 1 + i % 12);
		if (calendar_add_line(c, sv_of(line), &why) != (i ? ERR_OK : ERR_SYNTAX))
			fail_msg("%s: %s", line, why.text);
	}
	assert_int_equal(c->n_days, CALENDAR_DAYS_MAX);
	assert_non_null(strstr(why.text, "512"));
}

static const struct spans { const char *name, *in; size_t n; int first, last; } spans[] = {
	{ "one",             "08:00-20:00", 1, 480, 1200 },
	{ "two",             "07:30-11:30,13:30-17:00", 2, 450, 1020 },
	{ "blanks between",  " 07:30-11:30 , 13:30-17:00 ", 2, 450, 1020 },
	{ "the whole day",   "00:00-24:00", 1, 0, 1440 },
	{ "they may touch",  "08:00-12:00,12:00-13:00", 2, 480, 780 },
	{ "four",            "00:00-01:00,02:00-03:00,04:00-05:00,06:00-07:00", 4, 0, 420 },
	{ "five",            "00:00-01:00,02:00-03:00,04:00-05:00,06:00-07:00,08:00-09:00", 0, 0, 0 },
	{ "nothing long",    "08:00-08:00", 0, 0, 0 },
	{ "backwards",       "20:00-08:00", 0, 0, 0 },
	{ "overlapping",     "08:00-12:00,11:59-13:00", 0, 0, 0 },
	{ "not in order",    "13:30-17:00,07:30-11:30", 0, 0, 0 },
	{ "hour 25",         "08:00-25:00", 0, 0, 0 },
	{ "after midnight",  "08:00-24:01", 0, 0, 0 },
	{ "minute 60",       "08:60-09:00", 0, 0, 0 },
	{ "one digit",       "8:00-20:00", 0, 0, 0 },
	{ "no end",          "08:00", 0, 0, 0 },
	{ "two ends",        "08:00-20:00-21:00", 0, 0, 0 },
	{ "trailing comma",  "08:00-20:00,", 0, 0, 0 },
	{ "dots",            "08.00-20.00", 0, 0, 0 },
	{ "negative",        "-1:00-20:00", 0, 0, 0 },
	{ "empty",           "", 0, 0, 0 },
};

static void
read_spans(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(spans); i++) {
		const struct spans *r = &spans[i];
		struct day_plan p = { .n_spans = 0 };
		enum err e = calendar_spans(sv_of(r->in), &p);

		if ((e == ERR_OK) != (r->n > 0) || p.n_spans != r->n
		    || (!e && (p.spans[0].from_min != r->first || p.spans[r->n - 1].to_min != r->last)))
			fail_msg("%s: %s, %zu spans", r->name, err_text(e), p.n_spans);
	}
}

static void
names(void **state)
{
	static const char *const seven[] = { "Asia/Ho_Chi_Minh", "Asia/Saigon", "Asia/Bangkok", "Etc/GMT-7" };
	static const char *const other[] = { "", "UTC", "Asia/Tokyo", "asia/ho_chi_minh", "Asia/Ho_Chi_Minh ", "Etc/GMT+7", "+07:00" };
	static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

	(void)state;
	for (size_t i = 0; i < ARRAY_N(seven); i++) {
		int64_t offset = 0;

		assert_int_equal(calendar_zone(sv_of(seven[i]), &offset), ERR_OK);
		assert_int_equal(offset, 7 * HOUR_MS);
	}
	for (size_t i = 0; i < ARRAY_N(other); i++) {
		int64_t offset = UNTOUCHED;

		assert_int_equal(calendar_zone(sv_of(other[i]), &offset), ERR_RANGE);
		assert_int_equal(offset, UNTOUCHED);
	}
	for (unsigned i = 0; i < ARRAY_N(days); i++)
		assert_int_equal(calendar_day_bit(sv_of(days[i])), 1u << i);
	assert_int_equal(calendar_day_bit(SV("Sun")), 1u << 6);
	assert_int_equal(calendar_day_bit(SV("sunday")), 0);
	assert_int_equal(calendar_day_bit(SV("")), 0);
}

/* ---- open time ---- */

static void
same_time(const char *name, int64_t got, const char *want)
{
	char text[TEXT_BYTES] = "-1";

	if (got != -1)
		calendar_format(&cal, got, text);
	if (got != (want ? time_of(want) : -1))
		fail_msg("%s: %s, not %s", name, text, want ? want : "-1");
}

static const struct open { const char *name; const struct day_plan *p; const char *at, *want; } opens[] = {
	{ "inside",                 &window, "2026-11-23T10:05:00.7+07:00", "2026-11-23T10:05:00.7+07:00" },
	{ "as it opens",            &window, "2026-11-23T08:00:00+07:00", "2026-11-23T08:00:00+07:00" },
	{ "just before",            &window, "2026-11-23T07:59:59.999+07:00", "2026-11-23T08:00:00+07:00" },
	{ "just before it closes",  &window, "2026-11-23T19:59:59.999+07:00", "2026-11-23T19:59:59.999+07:00" },
	{ "as it closes",           &window, "2026-11-23T20:00:00+07:00", "2026-11-24T08:00:00+07:00" },
	{ "said in UTC",            &window, "2026-11-22T23:30:00Z", "2026-11-23T01:00:00Z" },
	{ "Sunday",                 &window, "2026-11-22T10:00:00+07:00", "2026-11-23T08:00:00+07:00" },
	{ "Saturday evening",       &window, "2026-11-21T20:30:00+07:00", "2026-11-23T08:00:00+07:00" },
	{ "Saturday evening as UTC has it", &window, "2026-11-21T13:00:00Z", "2026-11-23T01:00:00Z" },
	{ "lunch",                  &work, "2026-11-23T12:00:00+07:00", "2026-11-23T13:30:00+07:00" },
	{ "Friday evening",         &work, "2026-11-20T17:00:00+07:00", "2026-11-23T07:30:00+07:00" },
	{ "Tết",                    &window, "2026-02-14T20:00:00+07:00", "2026-02-21T08:00:00+07:00" },
	{ "Tết, working days",      &work, "2026-02-13T17:00:00+07:00", "2026-02-23T07:30:00+07:00" },
	{ "first of the year",      &window, "2026-12-31T20:00:00+07:00", "2027-01-02T08:00:00+07:00" },
	{ "first of the year, working days", &work, "2026-12-31T16:59:59+07:00", "2026-12-31T16:59:59+07:00" },
	{ "and then",               &work, "2026-12-31T17:00:00+07:00", "2027-01-04T07:30:00+07:00" },
	{ "leap day",               &window, "2028-02-28T20:00:00+07:00", "2028-02-29T08:00:00+07:00" },
	{ "no leap day",            &window, "2027-02-27T20:00:00+07:00", "2027-03-01T08:00:00+07:00" },
	{ "Saturday worked in",     &work, "2026-08-21T17:00:00+07:00", "2026-08-22T07:30:00+07:00" },
	{ "Sunday worked in",       &work, "2026-08-22T17:00:00+07:00", "2026-08-23T07:30:00+07:00" },
	{ "the bridge itself",      &work, "2026-08-31T09:00:00+07:00", "2026-09-03T07:30:00+07:00" },
};

static void
next_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(opens); i++) {
		const struct open *r = &opens[i];
		int64_t at = time_of(r->at), got = calendar_next_open(&cal, r->p, at);

		same_time(r->name, got, r->want);
		if (calendar_is_open(&cal, r->p, at) != (got == at) || !calendar_is_open(&cal, r->p, got))
			fail_msg("%s: is_open", r->name);
	}
}

static void
never_open(void **state)
{
	static const int64_t far[] = { INT64_MAX, INT64_MAX - DAY_MS, DAY_MS * 3000000 };
	struct day_plan no_day = window, no_span = window;
	AUTO_FREE struct calendar *c = mem_alloc(sizeof *c);
	int64_t monday = time_of("2026-11-23T00:00:00+07:00");

	(void)state;
	no_day.days = 0;
	no_span.n_spans = 0;
	assert_true(calendar_next_open(&cal, &no_day, monday) == -1);
	assert_true(calendar_next_open(&cal, &no_span, monday) == -1);
	assert_true(calendar_add_open(&cal, &no_span, monday, 1) == -1);
	assert_true(calendar_add_days(&cal, &no_span, monday, 1) == -1);
	assert_true(calendar_add_days(&cal, &no_day, monday, 1) == -1);
	for (size_t i = 0; i < ARRAY_N(far); i++) {
		assert_true(calendar_next_open(&cal, &window, far[i]) == -1);
		assert_true(calendar_add_open(&cal, &window, far[i], HOUR_MS) == -1);
		assert_true(calendar_add_days(&cal, &window, far[i], 1) == -1);
		assert_false(calendar_is_open(&cal, &window, far[i]));
	}
	assert_true(calendar_next_open(&cal, &window, INT64_MIN) != INT64_MIN);
	assert_true(calendar_add_open(&cal, &window, time_of("9999-12-30T00:00:00Z"), 30 * DAY_MS) == -1);
	assert_true(calendar_add_days(&cal, &window, time_of("9999-12-30T00:00:00Z"), 9) == -1);
	assert_true(calendar_add_days(&cal, &window, monday, INT32_MAX) == -1);
	/* Free for 400 days, then 401: the horizon. */
	c->offset_ms = cal.offset_ms;
	for (int i = 0; i < 401; i++) {
		if (i == 400)
			assert_true(calendar_next_open(c, &window, monday) == monday + 400 * DAY_MS + 8 * HOUR_MS);
		c->days[c->n_days].day = (int32_t)((monday + c->offset_ms) / DAY_MS) + i;
		c->days[c->n_days++].working = false;
	}
	assert_true(calendar_next_open(c, &window, monday) == -1);
	assert_true(calendar_add_open(c, &window, monday, HOUR_MS) == -1);
	assert_true(calendar_add_days(c, &window, monday, 1) == -1);
}

static const struct add { const char *name; const struct day_plan *p; const char *at; int64_t ms; const char *want; } adds[] = {
	{ "inside one stretch",   &work, "2026-11-23T08:00:00+07:00", HOUR_MS, "2026-11-23T09:00:00+07:00" },
	{ "to its very end",      &work, "2026-11-23T10:30:00+07:00", HOUR_MS, "2026-11-23T11:30:00+07:00" },
	{ "over lunch",           &work, "2026-11-23T10:30:00+07:00", HOUR_MS + 1, "2026-11-23T13:30:00.001+07:00" },
	{ "four hours",           &work, "2026-11-23T14:00:00+07:00", 4 * HOUR_MS, "2026-11-24T08:30:00+07:00" },
	{ "begins at night",      &work, "2026-11-23T22:00:00+07:00", 4 * HOUR_MS, "2026-11-24T11:30:00+07:00" },
	{ "over the weekend",     &work, "2026-11-20T16:00:00+07:00", 2 * HOUR_MS, "2026-11-23T08:30:00+07:00" },
	{ "over Tết",             &work, "2026-02-13T16:00:00+07:00", 2 * HOUR_MS, "2026-02-23T08:30:00+07:00" },
	{ "over the new year",    &work, "2026-12-31T16:30:00+07:00", HOUR_MS, "2027-01-04T08:00:00+07:00" },
	{ "into a worked Saturday", &work, "2026-08-21T16:30:00+07:00", HOUR_MS, "2026-08-22T08:00:00+07:00" },
	{ "many days",            &work, "2026-11-23T07:30:00+07:00", 10 * (7 * HOUR_MS + 30 * MIN_MS), "2026-12-04T17:00:00+07:00" },
	{ "more than the horizon of one search", &work, "2026-11-23T07:30:00+07:00", 300 * (7 * HOUR_MS + 30 * MIN_MS), "2028-01-17T17:00:00+07:00" },
};

static void
add_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(adds); i++)
		same_time(adds[i].name, calendar_add_open(&cal, adds[i].p, time_of(adds[i].at), adds[i].ms), adds[i].want);
}

static const struct days { const char *name, *at; int n; const char *want; } days[] = {
	{ "tomorrow",               "2026-11-23T08:00:00+07:00", 1, "2026-11-24T17:00:00+07:00" },
	{ "late today",             "2026-11-23T23:59:59+07:00", 1, "2026-11-24T17:00:00+07:00" },
	{ "as the day begins",      "2026-11-22T17:00:00Z", 1, "2026-11-24T17:00:00+07:00" },
	{ "five",                   "2026-11-23T08:00:00+07:00", 5, "2026-11-30T17:00:00+07:00" },
	{ "from a Friday",          "2026-11-20T08:00:00+07:00", 1, "2026-11-23T17:00:00+07:00" },
	{ "from a Sunday",          "2026-11-22T08:00:00+07:00", 1, "2026-11-23T17:00:00+07:00" },
	{ "over Tết",               "2026-02-13T08:00:00+07:00", 5, "2026-02-27T17:00:00+07:00" },
	{ "over the new year",      "2026-12-30T08:00:00+07:00", 2, "2027-01-04T17:00:00+07:00" },
	{ "a worked weekend",       "2026-08-21T08:00:00+07:00", 2, "2026-08-23T17:00:00+07:00" },
	{ "over the bridge",        "2026-08-28T08:00:00+07:00", 1, "2026-09-03T17:00:00+07:00" },
	{ "a year of them",         "2026-11-23T08:00:00+07:00", 260, "2027-11-23T17:00:00+07:00" },
};

static void
add_days(void **state)
{
	struct day_plan mondays = work;

	(void)state;
	for (size_t i = 0; i < ARRAY_N(days); i++)
		same_time(days[i].name, calendar_add_days(&cal, &work, time_of(days[i].at), days[i].n), days[i].want);
	mondays.days = calendar_day_bit(SV("mon"));
	same_time("a hundred Mondays", calendar_add_days(&cal, &mondays, time_of("2026-11-23T08:00:00+07:00"), 100),
	          "2028-10-23T17:00:00+07:00");
}

static const struct { const char *name, *in; int32_t day; } day_rows[] = {
	{ "the first", "1970-01-01", 0 }, { "leap day", "2024-02-29", 19782 }, { "the last", "9999-12-31", 2932896 },
	{ "no leap day", "2026-02-29", -1 }, { "month 13", "2026-13-01", -1 }, { "before 1970", "1969-12-31", -1 },
	{ "short", "2026-1-1", -1 }, { "with a time", "2026-01-01T00:00:00Z", -1 }, { "blank behind", "2026-01-01 ", -1 },
	{ "nothing", "", -1 }, { "other order", "01-02-2026", -1 }, { "negative", "-026-01-01", -1 },
};

static void
day_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(day_rows); i++) {
		int32_t day = -1;
		char text[11];

		(void)(calendar_day_parse(sv_of(day_rows[i].in), &day) == ERR_OK);
		if (day != day_rows[i].day)
			fail_msg("%s: %d", day_rows[i].name, (int)day);
		if (day < 0)
			continue;
		calendar_day_format(day, text);
		assert_string_equal(text, day_rows[i].in);
	}
}

/* A local day begins at 17:00 UTC of the day before. */
static void
local_days(void **state)
{
	struct calendar c = { .offset_ms = 7 * HOUR_MS };
	int64_t start = calendar_day_start(&c, 20780);

	(void)state;
	assert_int_equal(calendar_day(&c, start), 20780);
	assert_int_equal(calendar_day(&c, start - 1), 20779);
	assert_int_equal(calendar_day(&c, start + DAY_MS - 1), 20780);
	assert_int_equal((start + 7 * HOUR_MS) % DAY_MS, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(day_texts),
		cmocka_unit_test(local_days),
		cmocka_unit_test(parse),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(epoch),
		cmocka_unit_test(format),
		cmocka_unit_test(holidays),
		cmocka_unit_test(too_many_holidays),
		cmocka_unit_test(read_spans),
		cmocka_unit_test(names),
		cmocka_unit_test(next_open),
		cmocka_unit_test(never_open),
		cmocka_unit_test(add_open),
		cmocka_unit_test(add_days),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
