/* Figures out of counts; see the header. */
#include "core/report.h"

#include <math.h>
#include <string.h>

#define Z 1.96                           /* 95 % */

static const char *const trust_names[REPORT_TRUST_MAX] = {
#define X(code, name) [REPORT_##code] = name,
	REPORT_TRUST_LIST(X)
#undef X
};

static const char *const group_names[REPORT_GROUP_MAX] = {
#define X(code, name) [REPORT_GROUP_##code] = name,
	REPORT_GROUP_LIST(X)
#undef X
};

static const char *const sign_names[REPORT_SIGN_MAX] = {
#define X(code, name) [REPORT_SIGN_##code] = name,
	REPORT_SIGN_LIST(X)
#undef X
};

const char *
report_trust_name(enum report_trust t)
{
	return trust_names[t];
}

const char *
report_group_name(enum report_group g)
{
	return group_names[g];
}

const char *
report_sign_name(enum report_sign s)
{
	return sign_names[s];
}

void
report_add(struct report_counts *to, const struct report_counts *more)
{
	for (int i = 0; i < TALLY_COUNT_MAX; i++)
		to->at[i] += more->at[i];
}

double
report_share(int64_t k, int64_t n)
{
	return n > 0 ? (double)k / (double)n : REPORT_NONE;
}

void
report_wilson(int64_t k, int64_t n, double *low, double *high)
{
	double p = report_share(k, n), m = (double)n, z2 = Z * Z, centre, half;

	*low = *high = REPORT_NONE;
	if (n <= 0)
		return;
	centre = (p + z2 / (2 * m)) / (1 + z2 / m);
	half = Z * sqrt(p * (1 - p) / m + z2 / (4 * m * m)) / (1 + z2 / m);
	/* At the ends the two are equal on paper and differ by the last digit here. */
	*low = k == 0 ? 0 : centre - half;
	*high = k == n ? 1 : centre + half;
}

/* ---- a row ---- */

static void
fill_ledger(const struct report_counts *c, struct report_figures *f)
{
	f->closed = c->at[TALLY_CLOSED];
	for (int i = 0; i < NOT_ASKED_MAX; i++)
		f->not_asked += c->at[TALLY_NOT_ASKED + i];
	f->eligible = f->closed - f->not_asked;
	f->asked = c->at[TALLY_ASKED];
	f->unknown = c->at[TALLY_UNKNOWN];
	f->waiting = f->eligible - f->asked - f->unknown;
	f->delivered = c->at[TALLY_DELIVERED];
	for (int i = 0; i < 5; i++)
		f->answered += c->at[TALLY_SCORE_1 + i];
	f->late = c->at[TALLY_LATE];
	f->mentioned = c->at[TALLY_MENTION];
	f->overdue = c->at[TALLY_OVERDUE];
	f->response = report_share(f->answered, f->asked);
	f->late_share = report_share(f->late, f->answered + f->late);
	f->overdue_share = report_share(f->overdue, f->closed - c->at[TALLY_UNDATED]);
}

static enum report_trust
trust_in(int64_t n)
{
	return n < REPORT_HIDE ? REPORT_WITHHELD : n < REPORT_PERSON ? REPORT_FEW : n < REPORT_RANK ? REPORT_ENOUGH : REPORT_RANKED;
}

static int64_t
satisfied(const struct report_counts *c)
{
	return c->at[TALLY_SCORE_4] + c->at[TALLY_SCORE_5];
}

static enum report_group
group_of(const struct report_figures *f, const struct report_counts *total)
{
	int64_t n = 0;
	double usual;

	for (int i = 0; i < 5; i++)
		n += total->at[TALLY_SCORE_1 + i];
	usual = report_share(satisfied(total), n);
	return f->wilson_low > usual ? REPORT_GROUP_ABOVE : f->wilson_high < usual ? REPORT_GROUP_BELOW : REPORT_GROUP_SAME;
}

static void
fill_scores(const struct report_counts *c, struct report_figures *f)
{
	int64_t sum = 0;

	for (int i = 0; i < 5; i++) {
		f->scores[i] = c->at[TALLY_SCORE_1 + i];
		sum += (i + 1) * f->scores[i];
	}
	if (!f->answered)
		return;
	f->mean = (double)sum / (double)f->answered;
	f->sat_top2 = report_share(satisfied(c), f->answered);
	f->mean_pct5 = f->mean / 5;
	f->mean_pct4 = (f->mean - 1) / 4;
	report_wilson(satisfied(c), f->answered, &f->wilson_low, &f->wilson_high);
}

void
report_figures(const struct report_counts *c, enum report_about about, const struct report_counts *total,
               struct report_figures *out)
{
	*out = (struct report_figures){ .mean = REPORT_NONE, .sat_top2 = REPORT_NONE, .mean_pct5 = REPORT_NONE,
	                                .mean_pct4 = REPORT_NONE, .wilson_low = REPORT_NONE, .wilson_high = REPORT_NONE };
	fill_ledger(c, out);
	out->trust = trust_in(out->answered);
	out->shown = out->trust > (about == REPORT_ABOUT_PERSONS ? REPORT_FEW : REPORT_WITHHELD);
	if (!out->shown)
		return;
	fill_scores(c, out);
	if (total && about != REPORT_ABOUT_REASONS && out->trust == REPORT_RANKED)
		out->group = group_of(out, total);
}

/* ---- offices ---- */

int
report_heir(const struct report_unit *units, int i, int32_t day)
{
	/* valid_to of an office that is not closed is no day (INT32_MIN). */
	while (units[i].successor >= 0 && units[i].valid_to != INT32_MIN && units[i].valid_to < day)
		i = units[i].successor;
	return i;
}

void
report_roll_up(const struct report_unit *units, size_t n, const struct report_counts *own, struct report_counts *sum)
{
	memcpy(sum, own, n * sizeof *sum);
	for (size_t i = 0; i < n; i++)
		for (int up = units[i].parent; up >= 0; up = units[up].parent)
			report_add(&sum[up], &own[i]);
}

/* ---- signs ---- */

static struct report_sign_of
part(int64_t k, int64_t n)
{
	return (struct report_sign_of){ k, n, false };
}

static void
count_signs(const struct report_counts *c, struct report_sign_of out[REPORT_SIGN_MAX])
{
	struct report_figures f = { .closed = 0 };
	const int64_t *at = c->at;

	fill_ledger(c, &f);
	out[REPORT_SIGN_SAME_NUMBER] = part(at[TALLY_AGENT], f.closed);
	out[REPORT_SIGN_STAFF_NUMBER] = part(at[TALLY_NOT_ASKED + NOT_ASKED_STAFF_NUMBER], f.closed);
	out[REPORT_SIGN_NO_NUMBER] = part(at[TALLY_NOT_ASKED + NOT_ASKED_NO_PHONE] + at[TALLY_NOT_ASKED + NOT_ASKED_BAD_PHONE],
	                                  f.closed);
	out[REPORT_SIGN_WRONG_NUMBER] = part(at[TALLY_STRANGER], f.asked);
	out[REPORT_SIGN_WITHDRAWN] = part(at[TALLY_WITHDRAWN], f.closed);
	out[REPORT_SIGN_AT_ONCE] = part(at[TALLY_WITHIN_MINUTE], f.answered);
	out[REPORT_SIGN_FEWER_ASKED] = part(f.asked, f.closed);
}

/* The whole interval of a lies above that of b. */
static bool
lies_above(struct report_sign_of a, struct report_sign_of b)
{
	double a_low, a_high, b_low, b_high;

	if (a.n < REPORT_PERSON || b.n < REPORT_PERSON)
		return false;
	report_wilson(a.k, a.n, &a_low, &a_high);
	report_wilson(b.k, b.n, &b_low, &b_high);
	return a_low > b_high;
}

void
report_signs(const struct report_counts *row, const struct report_counts *all, const struct report_counts *before,
             struct report_sign_of out[REPORT_SIGN_MAX])
{
	struct report_sign_of usual[REPORT_SIGN_MAX], earlier[REPORT_SIGN_MAX];

	count_signs(row, out);
	count_signs(all, usual);
	for (int i = 0; i < REPORT_SIGN_MAX; i++)
		if (i != REPORT_SIGN_FEWER_ASKED)
			out[i].flagged = lies_above(out[i], usual[i]);
	if (!before)
		return;
	count_signs(before, earlier);
	out[REPORT_SIGN_FEWER_ASKED].flagged = lies_above(earlier[REPORT_SIGN_FEWER_ASKED], out[REPORT_SIGN_FEWER_ASKED]);
}
