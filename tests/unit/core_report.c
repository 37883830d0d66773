/* Figures out of counts: intervals against published values, what is withheld, offices that change, signs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/report.h"

#define N(a) (sizeof(a) / sizeof *(a))

static void
near(const char *name, const char *what, double got, double want, double by)
{
	double off = got - want;

	if (off > by || off < -by)
		fail_msg("%s: %s %.6f, wanted %.6f", name, what, got, want);
}

/* Published values: Newcombe (1998), Statistics in Medicine 17, table I, method 3 (81/263, 15/148, 0/20, 1/29), given
 * there to four digits; the others are the table every handbook of surveys has, to one digit of a percent. */
static const struct { const char *name; int64_t k, n; double low, high, by; } wilson[] = {
	{ "81/263", 81, 263, 0.2553, 0.3662, 0.00006 }, { "15/148", 15, 148, 0.0624, 0.1605, 0.00006 },
	{ "0/20", 0, 20, 0, 0.1611, 0.00006 },          { "1/29", 1, 29, 0.0061, 0.1718, 0.00006 },
	{ "5/5", 5, 5, 0.566, 1, 0.0006 },              { "10/10", 10, 10, 0.722, 1, 0.0006 },
	{ "18/20", 18, 20, 0.699, 0.972, 0.0006 },      { "27/30", 27, 30, 0.744, 0.965, 0.0006 },
	{ "45/50", 45, 50, 0.786, 0.957, 0.0006 },      { "90/100", 90, 100, 0.826, 0.945, 0.0006 },
	{ "180/200", 180, 200, 0.851, 0.934, 0.0006 },  { "450/500", 450, 500, 0.871, 0.923, 0.0006 },
	{ "nothing", 0, 0, REPORT_NONE, REPORT_NONE, 0 }, { "0/1", 0, 1, 0, 0.793, 0.0006 }, { "1/1", 1, 1, 0.207, 1, 0.0006 },
};

static void
intervals(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(wilson); i++) {
		double low, high;

		report_wilson(wilson[i].k, wilson[i].n, &low, &high);
		near(wilson[i].name, "low", low, wilson[i].low, wilson[i].by);
		near(wilson[i].name, "high", high, wilson[i].high, wilson[i].by);
	}
	for (int64_t n = 1; n < 300; n++)
		for (int64_t k = 0; k <= n; k++) {
			double low, high;

			report_wilson(k, n, &low, &high);
			assert_true(low >= 0 && low <= report_share(k, n) && report_share(k, n) <= high && high <= 1);
		}
}

static struct report_counts
scored(int one, int two, int three, int four, int five)
{
	struct report_counts c = { .at = { 0 } };
	int n[5] = { one, two, three, four, five };

	for (int i = 0; i < 5; i++) {
		c.at[TALLY_SCORE_1 + i] = n[i];
		c.at[TALLY_ASKED] += 2 * n[i];
		c.at[TALLY_CLOSED] += 2 * n[i];
	}
	return c;
}

static const struct { const char *name; int n[5]; double mean, top2, pct5, pct4; } means[] = {
	{ "all five", { 0, 0, 0, 0, 10 }, 5, 1, 1, 1 },
	{ "all one", { 10, 0, 0, 0, 0 }, 1, 0, 0.2, 0 },
	{ "a mean of 4 is 80 or 75 percent", { 0, 0, 0, 10, 0 }, 4, 1, 0.8, 0.75 },
	{ "mixed", { 1, 2, 3, 4, 10 }, 4, 0.7, 0.8, 0.75 },
	{ "both ends", { 5, 0, 0, 0, 5 }, 3, 0.5, 0.6, 0.5 },
};

static void
three_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(means); i++) {
		const int *n = means[i].n;
		struct report_counts c = scored(n[0], n[1], n[2], n[3], n[4]);
		struct report_figures f;

		report_figures(&c, REPORT_ABOUT_OFFICES, NULL, &f);
		near(means[i].name, "mean", f.mean, means[i].mean, 1e-9);
		near(means[i].name, "top two", f.sat_top2, means[i].top2, 1e-9);
		near(means[i].name, "mean / 5", f.mean_pct5, means[i].pct5, 1e-9);
		near(means[i].name, "(mean - 1) / 4", f.mean_pct4, means[i].pct4, 1e-9);
		near(means[i].name, "response", f.response, 0.5, 1e-9);
	}
}

static const struct { int n; enum report_about about; enum report_trust trust; bool shown; enum report_group group; } small[] = {
	{ 0, REPORT_ABOUT_OFFICES, REPORT_WITHHELD, false, REPORT_GROUP_NONE },
	{ 4, REPORT_ABOUT_OFFICES, REPORT_WITHHELD, false, REPORT_GROUP_NONE },
	{ 5, REPORT_ABOUT_OFFICES, REPORT_FEW, true, REPORT_GROUP_NONE },
	{ 29, REPORT_ABOUT_OFFICES, REPORT_FEW, true, REPORT_GROUP_NONE },
	{ 30, REPORT_ABOUT_OFFICES, REPORT_ENOUGH, true, REPORT_GROUP_NONE },
	{ 49, REPORT_ABOUT_OFFICES, REPORT_ENOUGH, true, REPORT_GROUP_NONE },
	{ 50, REPORT_ABOUT_OFFICES, REPORT_RANKED, true, REPORT_GROUP_ABOVE },
	{ 4, REPORT_ABOUT_PERSONS, REPORT_WITHHELD, false, REPORT_GROUP_NONE },
	{ 5, REPORT_ABOUT_PERSONS, REPORT_FEW, false, REPORT_GROUP_NONE },
	{ 29, REPORT_ABOUT_PERSONS, REPORT_FEW, false, REPORT_GROUP_NONE },
	{ 30, REPORT_ABOUT_PERSONS, REPORT_ENOUGH, true, REPORT_GROUP_NONE },
	{ 50, REPORT_ABOUT_PERSONS, REPORT_RANKED, true, REPORT_GROUP_ABOVE },
	{ 4, REPORT_ABOUT_REASONS, REPORT_WITHHELD, false, REPORT_GROUP_NONE },
	{ 50, REPORT_ABOUT_REASONS, REPORT_RANKED, true, REPORT_GROUP_NONE },
};

/* What is not told must not stand in the struct either. */
static void
small_numbers(void **state)
{
	struct report_counts total = scored(200, 0, 0, 0, 800);

	(void)state;
	for (size_t i = 0; i < N(small); i++) {
		struct report_counts c = scored(0, 0, 0, 0, small[i].n);
		struct report_figures f;
		char name[32];

		snprintf(name, sizeof name, "row %zu, n = %d", i, small[i].n);
		report_figures(&c, small[i].about, &total, &f);
		if (f.trust != small[i].trust || f.shown != small[i].shown || f.group != small[i].group)
			fail_msg("%s: %s %d %s", name, report_trust_name(f.trust), f.shown, report_group_name(f.group));
		assert_int_equal(f.answered, small[i].n);
		near(name, "mean", f.mean, small[i].shown ? 5 : REPORT_NONE, 0);
		near(name, "high", f.wilson_high, small[i].shown ? 1 : REPORT_NONE, 0);
		assert_int_equal(f.scores[4], small[i].shown ? small[i].n : 0);
	}
}

static const struct { const char *name; int bad, good; enum report_group want; } groups[] = {
	{ "as the others", 20, 80, REPORT_GROUP_SAME }, { "a little better", 15, 85, REPORT_GROUP_SAME },
	{ "better", 5, 95, REPORT_GROUP_ABOVE },        { "a little worse", 26, 74, REPORT_GROUP_SAME },
	{ "worse", 40, 60, REPORT_GROUP_BELOW },
};

static void
grouped(void **state)
{
	struct report_counts total = scored(200, 0, 0, 0, 800);

	(void)state;
	for (size_t i = 0; i < N(groups); i++) {
		struct report_counts c = scored(groups[i].bad, 0, 0, groups[i].good, 0);
		struct report_figures f;

		report_figures(&c, REPORT_ABOUT_OFFICES, &total, &f);
		if (f.group != groups[i].want)
			fail_msg("%s: %s", groups[i].name, report_group_name(f.group));
	}
}

static void
the_ledger(void **state)
{
	struct report_counts c = { .at = { [TALLY_CLOSED] = 100, [TALLY_UNDATED] = 20, [TALLY_OVERDUE] = 8, [TALLY_ASKED] = 50,
	                                   [TALLY_UNKNOWN] = 3, [TALLY_DELIVERED] = 40, [TALLY_SCORE_5] = 10, [TALLY_LATE] = 2,
	                                   [TALLY_NOT_ASKED + NOT_ASKED_NO_PHONE] = 30,
	                                   [TALLY_NOT_ASKED + NOT_ASKED_EXPIRED_WINDOW] = 10 } };
	struct report_figures f;

	(void)state;
	report_figures(&c, REPORT_ABOUT_OFFICES, NULL, &f);
	assert_int_equal(f.not_asked, 40);
	assert_int_equal(f.eligible, 60);
	assert_int_equal(f.waiting, 7);
	assert_int_equal(f.closed, f.not_asked + f.asked + f.unknown + f.waiting);
	near("ledger", "late", f.late_share, 2.0 / 12, 1e-9);
	near("ledger", "overdue", f.overdue_share, 0.1, 1e-9);
	near("ledger", "response", f.response, 0.2, 1e-9);
	memset(&c, 0, sizeof c);
	report_figures(&c, REPORT_ABOUT_OFFICES, NULL, &f);
	near("nothing", "late", f.late_share, REPORT_NONE, 0);
	near("nothing", "overdue", f.overdue_share, REPORT_NONE, 0);
	near("nothing", "response", f.response, REPORT_NONE, 0);
}

/* 0 the province; 1 a district and 2 a commune, closed on day 100 in favour of 3, itself closed on day 200 for 4; 5 has
 * closed without anybody taking over. */
static const struct report_unit offices[] = {
	{ -1, -1, INT32_MIN }, { 0, 3, 100 }, { 1, 3, 100 }, { 0, 4, 200 }, { 0, -1, INT32_MIN }, { 0, -1, 100 },
};

static const struct { const char *name; int unit; int32_t day; int heir; } heirs[] = {
	{ "still there", 1, 100, 1 }, { "the day after", 1, 101, 3 }, { "the last day of the heir", 2, 200, 3 },
	{ "two steps", 2, 201, 4 },   { "nobody took over", 5, 300, 5 }, { "never closed", 0, 9999, 0 },
};

static void
changing_offices(void **state)
{
	struct report_counts own[N(offices)] = { { .at = { 0 } } }, sum[N(offices)];
	static const int want[N(offices)] = { 63, 6, 4, 8, 16, 32 };

	(void)state;
	for (size_t i = 0; i < N(heirs); i++)
		if (report_heir(offices, heirs[i].unit, heirs[i].day) != heirs[i].heir)
			fail_msg("%s", heirs[i].name);
	for (size_t i = 0; i < N(offices); i++)
		own[i].at[TALLY_CLOSED] = 1 << i;
	report_roll_up(offices, N(offices), own, sum);
	for (size_t i = 0; i < N(offices); i++)
		assert_int_equal(sum[i].at[TALLY_CLOSED], want[i]);
}

static struct report_counts
busy(void)
{
	struct report_counts c = scored(50, 50, 50, 50, 300);

	c.at[TALLY_AGENT] = c.at[TALLY_NOT_ASKED + NOT_ASKED_STAFF_NUMBER] = c.at[TALLY_NOT_ASKED + NOT_ASKED_NO_PHONE] = 10;
	c.at[TALLY_STRANGER] = c.at[TALLY_WITHDRAWN] = c.at[TALLY_WITHIN_MINUTE] = 10;
	return c;
}

static const struct { const char *name; enum tally_count count; int n; int sign; } signs[] = {
	{ "as usual", TALLY_AGENT, 1, -1 },
	{ "a few more", TALLY_AGENT, 3, -1 },
	{ "many of one number", TALLY_AGENT, 30, REPORT_SIGN_SAME_NUMBER },
	{ "numbers of staff", TALLY_NOT_ASKED + NOT_ASKED_STAFF_NUMBER, 30, REPORT_SIGN_STAFF_NUMBER },
	{ "no numbers", TALLY_NOT_ASKED + NOT_ASKED_NO_PHONE, 30, REPORT_SIGN_NO_NUMBER },
	{ "bad numbers", TALLY_NOT_ASKED + NOT_ASKED_BAD_PHONE, 30, REPORT_SIGN_NO_NUMBER },
	{ "wrong numbers", TALLY_STRANGER, 30, REPORT_SIGN_WRONG_NUMBER },
	{ "withdrawn", TALLY_WITHDRAWN, 30, REPORT_SIGN_WITHDRAWN },
	{ "answers at once", TALLY_WITHIN_MINUTE, 20, REPORT_SIGN_AT_ONCE },
};

static void
signs_of_help(void **state)
{
	struct report_counts all = busy();

	(void)state;
	for (size_t i = 0; i < N(signs); i++) {
		struct report_counts row = scored(5, 5, 5, 5, 30), few = scored(0, 0, 0, 0, 14);
		struct report_sign_of s[REPORT_SIGN_MAX];

		row.at[signs[i].count] = signs[i].n;
		report_signs(&row, &all, NULL, s);
		for (int k = 0; k < REPORT_SIGN_MAX; k++)
			if (s[k].flagged != (k == signs[i].sign))
				fail_msg("%s: %s is %d", signs[i].name, report_sign_name((enum report_sign)k), s[k].flagged);
		few.at[signs[i].count] = 14;
		report_signs(&few, &all, NULL, s);
		for (int k = 0; k < REPORT_SIGN_MAX; k++)
			assert_false(s[k].flagged);
	}
}

static void
fewer_asked(void **state)
{
	struct report_counts before = scored(0, 0, 0, 0, 100), now = before, all = busy();
	struct report_sign_of s[REPORT_SIGN_MAX];

	(void)state;
	report_signs(&now, &all, &before, s);
	assert_false(s[REPORT_SIGN_FEWER_ASKED].flagged);
	now.at[TALLY_ASKED] = 120;
	report_signs(&now, &all, &before, s);
	assert_true(s[REPORT_SIGN_FEWER_ASKED].flagged);
	report_signs(&now, &all, NULL, s);
	assert_false(s[REPORT_SIGN_FEWER_ASKED].flagged);
	report_signs(&before, &all, &now, s);
	assert_false(s[REPORT_SIGN_FEWER_ASKED].flagged);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals),
		cmocka_unit_test(three_numbers),
		cmocka_unit_test(small_numbers),
		cmocka_unit_test(grouped),
		cmocka_unit_test(the_ledger),
		cmocka_unit_test(changing_offices),
		cmocka_unit_test(signs_of_help),
		cmocka_unit_test(fewer_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
