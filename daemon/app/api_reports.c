/*
 * GET /v1/reports, GET /v1/coverage: counts of a range of days as rows of figures, as JSON or CSV. One table says
 * what can be reported by what, another which column shows which figure to whom.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/api.h"
#include "app/gather.h"
#include "app/query.h"
#include "app/signals.h"
#include "base/mem.h"
#include "text/csv.h"

#define ANSWER_MAX (32 * 1024 * 1024)
#define LABEL      "chỉ số hài lòng sau giao dịch"      /* never the name of the ministry's index: this is not it */

/* Parts of a row; a view shows some. */
enum { CASES = 1, SENDS = 2, SCORES = 4, FIGURES = 8, MENTIONS = 16, LEDGER = 32 };

enum name_of { NAMED_NOT, NAMED_UNIT, NAMED_STAFF, NAMED_REASON, NAMED_PILLAR, NAMED_FACTOR };

static const struct view {
	const char        *by;
	enum tally_dim     dim;              /* of a part: the first, of receiving */
	bool               has_role, by_day;
	enum report_about  about;
	enum name_of       named;
	unsigned           parts;
} reports[] = {
	{ "unit", TALLY_DIM_UNIT_RECEIVING, true, false, REPORT_ABOUT_OFFICES, NAMED_UNIT, CASES | SENDS | SCORES | FIGURES },
	{ "officer", TALLY_DIM_OFFICER_RECEIVING, true, false, REPORT_ABOUT_PERSONS, NAMED_STAFF, CASES | SENDS | SCORES | FIGURES },
	{ "procedure", TALLY_DIM_PROCEDURE, false, false, REPORT_ABOUT_OFFICES, NAMED_NOT, CASES | SENDS | SCORES | FIGURES },
	{ "channel", TALLY_DIM_CHANNEL, false, false, REPORT_ABOUT_OFFICES, NAMED_NOT, SENDS | SCORES | FIGURES },
	{ "reason", TALLY_DIM_REASON, false, false, REPORT_ABOUT_REASONS, NAMED_REASON, MENTIONS | SCORES | FIGURES },
	{ "day", TALLY_DIM_ALL, false, true, REPORT_ABOUT_OFFICES, NAMED_NOT, CASES | SENDS | SCORES | FIGURES },
	{ "pillar", TALLY_DIM_PILLAR, false, false, REPORT_ABOUT_REASONS, NAMED_PILLAR, MENTIONS | SCORES | FIGURES },
	{ "factor", TALLY_DIM_FACTOR, false, false, REPORT_ABOUT_REASONS, NAMED_FACTOR, MENTIONS | SCORES | FIGURES },
	{ "signals", TALLY_DIM_MAX, true, false, REPORT_ABOUT_OFFICES, NAMED_NOT, 0 },       /* app/signals.h */
}, coverages[] = {
	{ "unit", TALLY_DIM_UNIT_RECEIVING, true, false, REPORT_ABOUT_OFFICES, NAMED_UNIT, CASES | SENDS | SCORES | LEDGER },
	{ "officer", TALLY_DIM_OFFICER_RECEIVING, true, false, REPORT_ABOUT_PERSONS, NAMED_STAFF, CASES | SENDS | SCORES | LEDGER },
	{ "procedure", TALLY_DIM_PROCEDURE, false, false, REPORT_ABOUT_OFFICES, NAMED_NOT, CASES | SENDS | SCORES | LEDGER },
	{ "day", TALLY_DIM_ALL, false, true, REPORT_ABOUT_OFFICES, NAMED_NOT, CASES | SENDS | SCORES | LEDGER },
};

#define AT(field) offsetof(struct report_figures, field)

static const struct column { const char *name; unsigned parts; enum { COUNT, TOLD, SHARE, MEAN, TRUST, GROUP } kind; size_t at; }
columns[] = {
	{ "closed", CASES, COUNT, AT(closed) },
	{ "eligible", LEDGER, COUNT, AT(eligible) },
	{ "asked", SENDS, COUNT, AT(asked) },
	{ "unknown", SENDS, COUNT, AT(unknown) },
	{ "waiting", LEDGER, COUNT, AT(waiting) },
	{ "delivered", SENDS, COUNT, AT(delivered) },
	{ "mentioned", MENTIONS, COUNT, AT(mentioned) },
	{ "answered", SCORES, COUNT, AT(answered) },
	{ "late", SCORES, COUNT, AT(late) },
	{ "overdue", CASES, COUNT, AT(overdue) },
	{ "response", SENDS, SHARE, AT(response) },
	{ "late_share", SCORES, SHARE, AT(late_share) },
	{ "overdue_share", CASES, SHARE, AT(overdue_share) },
	{ "n", FIGURES, COUNT, AT(answered) },
	{ "trust", FIGURES, TRUST, AT(trust) },
	{ "mean", FIGURES, MEAN, AT(mean) },
	{ "sat_top2", FIGURES, SHARE, AT(sat_top2) },
	{ "wilson_low", FIGURES, SHARE, AT(wilson_low) },
	{ "wilson_high", FIGURES, SHARE, AT(wilson_high) },
	{ "mean_pct5", FIGURES, SHARE, AT(mean_pct5) },
	{ "mean_pct4", FIGURES, SHARE, AT(mean_pct4) },
	{ "score_1", FIGURES, TOLD, AT(scores[0]) },
	{ "score_2", FIGURES, TOLD, AT(scores[1]) },
	{ "score_3", FIGURES, TOLD, AT(scores[2]) },
	{ "score_4", FIGURES, TOLD, AT(scores[3]) },
	{ "score_5", FIGURES, TOLD, AT(scores[4]) },
	{ "group", FIGURES, GROUP, AT(group) },
};

struct report {
	struct call        *c;
	const struct view  *view;
	int                 role;            /* enum case_part */
	bool                rolled, csv;
	int32_t             from, to;
	const struct report_counts *total;
	struct sbuf         out;
};

struct line { const char *key; struct report_counts counts; };

/* ---- names ---- */

static const char *
reason_name(const char *letter)
{
	for (int i = 0; i < REASON_N; i++)
		if (!strcmp(reason_row(i)->letter, letter))
			return reason_row(i)->name;
	return "";
}

static const char *
name_of(const struct report *r, const char *key)
{
	const struct registry *reg = r->c->e->setup->conf->registry;
	const struct unit *u;
	const struct staff *s;

	switch (r->view->named) {
	case NAMED_UNIT:   return (u = registry_unit(reg, sv_of(key))) ? u->name : "";
	case NAMED_STAFF:  return (s = registry_staff(reg, sv_of(key))) ? s->name : "";
	case NAMED_REASON: return reason_name(key);
	case NAMED_PILLAR: return pillar_name(key[1] - '1');
	case NAMED_FACTOR: return factor_name(key[1] - '1');
	case NAMED_NOT:    break;
	}
	return "";
}

/* ---- one row ---- */

static void
write_cell(const struct column *col, const struct report_figures *f, struct sbuf *out)
{
	const char *at = (const char *)f + col->at;
	int64_t n;
	double v;

	switch (col->kind) {
	case TOLD:
	case COUNT:
		memcpy(&n, at, sizeof n);
		if (col->kind == COUNT || f->shown)
			sbuf_addi(out, n);
		break;
	case SHARE:
	case MEAN:
		memcpy(&v, at, sizeof v);
		if (v >= 0)
			sbuf_addf(out, col->kind == MEAN ? "%.3f" : "%.4f", v);
		break;
	case TRUST:
		sbuf_adds(out, report_trust_name(f->trust));
		break;
	case GROUP:
		sbuf_adds(out, report_group_name(f->group));
		break;
	}
}

static bool
is_text(const struct column *col)
{
	return col->kind == TRUST || col->kind == GROUP;
}

static void
add_columns_json(const struct report *r, const struct report_figures *f, struct json_out *j)
{
	AUTO_SBUF cell;

	sbuf_init(&cell, 64);
	for (size_t i = 0; i < ARRAY_N(columns); i++) {
		if (!(columns[i].parts & r->view->parts))
			continue;
		sbuf_reset(&cell);
		write_cell(&columns[i], f, &cell);
		if (!cell.n)
			json_raw(j, columns[i].name, SV("null"));
		else if (is_text(&columns[i]))
			json_sv(j, columns[i].name, sbuf_sv(&cell));
		else
			json_raw(j, columns[i].name, sbuf_sv(&cell));
	}
}

static void
add_reasons_json(const struct report_counts *c, struct json_out *j)
{
	struct json_out o;

	json_name(j, "not_asked");
	json_begin(&o, j->b);
	for (int i = 1; i < NOT_ASKED_MAX; i++)
		json_int(&o, not_asked_name(i), c->at[TALLY_NOT_ASKED + i]);
	json_end(&o);
}

static void
write_json(struct report *r, const char *key, const struct report_counts *c)
{
	struct report_figures f;
	struct json_out j;

	report_figures(c, r->view->about, r->total, &f);
	json_begin(&j, &r->out);
	if (key) {
		json_text(&j, "key", key);
		json_text(&j, "name", name_of(r, key));
	}
	if ((r->view->parts & FIGURES) && !f.shown)
		json_bool(&j, "withheld", true);
	add_columns_json(r, &f, &j);
	if (r->view->parts & LEDGER)
		add_reasons_json(c, &j);
	json_end(&j);
}

static void
write_csv(struct report *r, const char *key, const struct report_counts *c)
{
	struct csv_out o = { &r->out, false };
	struct report_figures f;
	AUTO_SBUF cell;

	sbuf_init(&cell, 64);
	report_figures(c, r->view->about, r->total, &f);
	csv_text(&o, sv_of(key));
	csv_text(&o, sv_of(name_of(r, key)));
	for (size_t i = 0; i < ARRAY_N(columns); i++) {
		if (!(columns[i].parts & r->view->parts))
			continue;
		sbuf_reset(&cell);
		write_cell(&columns[i], &f, &cell);
		csv_plain(&o, sbuf_sv(&cell));
	}
	for (int i = 1; (r->view->parts & LEDGER) && i < NOT_ASKED_MAX; i++)
		csv_int(&o, c->at[TALLY_NOT_ASKED + i]);
	csv_end(&o);
}

/* ---- all rows ---- */

static void
write_csv_head(struct report *r)
{
	struct csv_out o = { &r->out, false };

	csv_plain(&o, sv_of(r->view->by));
	csv_plain(&o, SV("name"));
	for (size_t i = 0; i < ARRAY_N(columns); i++)
		if (columns[i].parts & r->view->parts)
			csv_plain(&o, sv_of(columns[i].name));
	for (int i = 1; (r->view->parts & LEDGER) && i < NOT_ASKED_MAX; i++)
		csv_plain(&o, sv_of(not_asked_name(i)));
	csv_end(&o);
}

static void
answer_csv(struct report *r, const struct line *lines, size_t n)
{
	write_csv_head(r);
	for (size_t i = 0; i < n; i++)
		write_csv(r, lines[i].key, &lines[i].counts);
	call_text(r->c, 200, "text/csv; charset=utf-8", sbuf_sv(&r->out));
}

static void
answer_json(struct report *r, const struct line *lines, size_t n)
{
	char from[11], to[11];
	struct json_out j;

	calendar_day_format(r->from, from);
	calendar_day_format(r->to, to);
	json_begin(&j, &r->out);
	json_text(&j, "by", r->view->by);
	if (r->view->has_role)
		json_text(&j, "role", case_part_name((enum case_part)r->role));
	json_text(&j, "from", from);
	json_text(&j, "to", to);
	if (r->view->parts & FIGURES)
		json_text(&j, "label", LABEL);
	json_name(&j, "total");
	write_json(r, NULL, r->total);
	json_name(&j, "rows");
	sbuf_addc(&r->out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			sbuf_addc(&r->out, ',');
		write_json(r, lines[i].key, &lines[i].counts);
	}
	sbuf_adds(&r->out, "]}\n");
	call_json(r->c, 200, sbuf_sv(&r->out));
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->key, ((const struct line *)b)->key);
}

static void
answer(struct report *r, struct line *lines, size_t n)
{
	qsort(lines, n, sizeof *lines, by_key);
	if (r->csv)
		answer_csv(r, lines, n);
	else
		answer_json(r, lines, n);
}

/* ---- offices: who answers for them at the end of the range ---- */

static int
place_of(const struct unit *all, const struct unit *u)
{
	return u ? (int)(u - all) : -1;
}

static struct report_unit *
chart(const struct unit *units, size_t n)
{
	struct report_unit *out = mem_alloc((n + 1) * sizeof *out);

	for (size_t i = 0; i < n; i++)
		out[i] = (struct report_unit){ place_of(units, units[i].parent), place_of(units, units[i].successor),
		                               units[i].valid_to };
	return out;
}

/* Rows of known offices move to their heirs; a code nobody knows stays a row of its own. */
static size_t
lines_of_units(const struct report *r, const struct gather_sum *sum, struct line *lines)
{
	size_t n_units, n = 0;
	const struct registry *reg = r->c->e->setup->conf->registry;
	const struct unit *units = registry_units(reg, &n_units), *u;
	AUTO_FREE struct report_unit *chart_of = chart(units, n_units);
	AUTO_FREE struct report_counts *own = mem_alloc((n_units + 1) * sizeof *own);
	AUTO_FREE struct report_counts *all = mem_alloc((n_units + 1) * sizeof *all);

	for (const struct gather_row *row = sum->rows; row; row = row->hh.next) {
		if ((u = registry_unit(reg, sv_of(row->key))))
			report_add(&own[report_heir(chart_of, place_of(units, u), r->to)], &row->counts);
		else
			lines[n++] = (struct line){ row->key, row->counts };
	}
	report_roll_up(chart_of, n_units, own, all);
	for (size_t i = 0; i < n_units; i++) {
		const struct report_counts *c = r->rolled ? &all[i] : &own[i];

		if (c->at[TALLY_CLOSED])
			lines[n++] = (struct line){ units[i].code, *c };
	}
	return n;
}

static size_t
lines_of(const struct gather_sum *sum, struct line *lines)
{
	size_t n = 0;

	for (const struct gather_row *row = sum->rows; row; row = row->hh.next)
		lines[n++] = (struct line){ row->key, row->counts };
	return n;
}

static void
on_gathered(void *arg, enum err e, struct gather *g)
{
	struct report *r = arg;
	AUTO_FREE struct line *lines = NULL;
	size_t n_units;

	if (e == ERR_TOOBIG) {
		call_problem(r->c, 400, "too many rows; ask for fewer days", (struct sv){ "", 0 });
	} else if (e) {
		call_failed(r->c, e);
	} else {
		(void)registry_units(r->c->e->setup->conf->registry, &n_units);
		lines = mem_alloc((g->n_rows + n_units + 1) * sizeof *lines);
		r->total = &g->sums[0].all;
		answer(r, lines, r->view->named == NAMED_UNIT ? lines_of_units(r, &g->sums[0], lines) : lines_of(&g->sums[0], lines));
	}
	gather_free(g);
	sbuf_done(&r->out);
	mem_free(r);
}

/* ---- the doors ---- */

static bool
wants_csv(struct query *q)
{
	static const char *const formats[] = { "json", "csv", NULL };
	struct sv accept = httpd_header(q->c->req, "Accept");

	return query_choice(q, "format", formats, sv_starts(accept, SV("text/csv")));
}

static void
start(struct report *r)
{
	struct gather *g = mem_alloc(sizeof *g);

	g->e = r->c->e;
	g->fn = on_gathered;
	g->arg = r;
	g->n_sums = 1;
	g->sums[0] = (struct gather_sum){ .dim = r->view->dim + (r->view->has_role ? (unsigned)r->role : 0),
	                                  .by_day = r->view->by_day, .from = r->from, .to = r->to };
	sbuf_init(&r->out, ANSWER_MAX);
	gather_start(g);
}

static void
report(struct call *c, const struct view *views, const char *const *names)
{
	static const char *const roles[] = { "receiving", "handling", "returning", NULL };
	static const char *const rolls[] = { "own", "tree", NULL };
	struct report *r = mem_alloc(sizeof *r);
	bool signals, right;
	struct query q;

	r->c = c;
	query_init(&q, c);
	r->view = &views[query_choice(&q, "by", names, 0)];
	signals = r->view->dim == TALLY_DIM_MAX;     /* whoever receives a case types the number */
	r->role = query_choice(&q, "role", roles, signals ? CASE_RECEIVING : CASE_HANDLING);
	if (signals && r->role != CASE_RECEIVING)
		query_fault(&q, "role", "signals are told of who receives cases");
	r->rolled = query_choice(&q, "roll", rolls, 0) == 1;
	r->csv = wants_csv(&q);
	query_days(&q, GATHER_DAYS_MAX, &r->from, &r->to);
	if (signals && r->csv)
		query_fault(&q, "format", "signals are told as JSON only");
	right = query_done(&q);
	if (right && !signals) {
		start(r);
		return;
	}
	if (right)
		signals_start(c, r->from, r->to);
	mem_free(r);
}

void
api_reports(struct call *c)
{
	const char *names[ARRAY_N(reports) + 1] = { NULL };

	for (size_t i = 0; i < ARRAY_N(reports); i++)
		names[i] = reports[i].by;
	report(c, reports, names);
}

void
api_coverage(struct call *c)
{
	const char *names[ARRAY_N(coverages) + 1] = { NULL };

	for (size_t i = 0; i < ARRAY_N(coverages); i++)
		names[i] = coverages[i].by;
	report(c, coverages, names);
}
