/* GET /v1/reports?by=signals: offices and officers whose counts look helped, for a person to look at. */
#include "app/signals.h"

#include <stdlib.h>
#include <string.h>

#include "app/gather.h"
#include "base/mem.h"

#define ANSWER_MAX (32 * 1024 * 1024)

enum { NOW, BEFORE, OFFICERS, SUMS };

struct signals { struct call *c; int32_t from, to; struct sbuf out; };

static void
add_share(struct json_out *j, int64_t k, int64_t n)
{
	AUTO_SBUF text;

	sbuf_init(&text, 32);
	if (n > 0)
		sbuf_addf(&text, "%.4f", report_share(k, n));
	else
		sbuf_adds(&text, "null");
	json_raw(j, "share", sbuf_sv(&text));
}

static void
add_signs(struct json_out *j, const struct report_sign_of *signs)
{
	struct json_out all, one;

	json_name(j, "signs");
	json_begin(&all, j->b);
	for (int i = 0; i < REPORT_SIGN_MAX; i++) {
		json_name(&all, report_sign_name((enum report_sign)i));
		json_begin(&one, j->b);
		json_int(&one, "k", signs[i].k);
		json_int(&one, "n", signs[i].n);
		add_share(&one, signs[i].k, signs[i].n);
		json_bool(&one, "flagged", signs[i].flagged);
		json_end(&one);
	}
	json_end(&all);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp((*(const struct gather_row *const *)a)->key, (*(const struct gather_row *const *)b)->key);
}

static const char *
name_of(const struct signals *s, bool officers, const char *key)
{
	const struct registry *reg = s->c->e->setup->conf->registry;
	const struct staff *person = officers ? registry_staff(reg, sv_of(key)) : NULL;
	const struct unit *unit = officers ? NULL : registry_unit(reg, sv_of(key));

	return person ? person->name : unit ? unit->name : "";
}

static const struct report_counts *
counts_of(const struct gather_sum *sum, const char *key)
{
	struct gather_row *r;

	HASH_FIND(hh, sum->rows, key, strlen(key), r);
	return r ? &r->counts : NULL;
}

/* Of fewer cases nothing is said: neither of an office nor, above all, of a person. */
static void
add_rows(struct signals *s, struct gather *g, int at, const char *name, struct json_out *j)
{
	AUTO_FREE const struct gather_row **rows = mem_alloc((g->n_rows + 1) * sizeof *rows);
	struct report_sign_of signs[REPORT_SIGN_MAX];
	struct json_out o;
	size_t n = 0;

	for (const struct gather_row *r = g->sums[at].rows; r; r = r->hh.next)
		if (r->counts.at[TALLY_CLOSED] >= REPORT_PERSON)
			rows[n++] = r;
	qsort(rows, n, sizeof *rows, by_key);
	json_name(j, name);
	sbuf_addc(j->b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			sbuf_addc(j->b, ',');
		report_signs(&rows[i]->counts, &g->sums[NOW].all, at == NOW ? counts_of(&g->sums[BEFORE], rows[i]->key) : NULL, signs);
		json_begin(&o, j->b);
		json_text(&o, "key", rows[i]->key);
		json_text(&o, "name", name_of(s, at == OFFICERS, rows[i]->key));
		json_int(&o, "closed", rows[i]->counts.at[TALLY_CLOSED]);
		add_signs(&o, signs);
		json_end(&o);
	}
	sbuf_addc(j->b, ']');
}

static void
add_day(struct json_out *j, const char *name, int32_t day)
{
	char text[11];

	calendar_day_format(day, text);
	json_text(j, name, text);
}

/* Of everybody: how soon scores come, and each share that rows are compared with. */
static void
add_all(const struct report_counts *all, const struct report_counts *before, struct json_out *j)
{
	struct report_sign_of signs[REPORT_SIGN_MAX];
	struct json_out o, times;

	report_signs(all, all, before, signs);
	json_name(j, "all");
	json_begin(&o, j->b);
	json_int(&o, "closed", all->at[TALLY_CLOSED]);
	add_signs(&o, signs);
	json_name(&o, "answer_times");
	json_begin(&times, j->b);
	for (int i = TALLY_WITHIN_MINUTE; i <= TALLY_AFTER_DAY; i++)
		json_int(&times, tally_count_name((enum tally_count)i), all->at[i]);
	json_end(&times);
	json_end(&o);
}

static void
answer(struct signals *s, struct gather *g)
{
	struct json_out j;

	json_begin(&j, &s->out);
	json_text(&j, "by", "signals");
	json_text(&j, "role", case_part_name(CASE_RECEIVING));       /* whoever receives a case types the number */
	add_day(&j, "from", s->from);
	add_day(&j, "to", s->to);
	add_day(&j, "before_from", g->sums[BEFORE].from);
	add_day(&j, "before_to", g->sums[BEFORE].to);
	add_all(&g->sums[NOW].all, &g->sums[BEFORE].all, &j);
	add_rows(s, g, NOW, "units", &j);
	add_rows(s, g, OFFICERS, "officers", &j);
	json_end(&j);
	sbuf_addc(&s->out, '\n');
	call_json(s->c, 200, sbuf_sv(&s->out));
}

static void
on_gathered(void *arg, enum err e, struct gather *g)
{
	struct signals *s = arg;

	if (e == ERR_TOOBIG)
		call_problem(s->c, 400, "too many rows; ask for fewer days", (struct sv){ "", 0 });
	else if (e)
		call_failed(s->c, e);
	else
		answer(s, g);
	gather_free(g);
	sbuf_done(&s->out);
	mem_free(s);
}

void
signals_start(struct call *c, int32_t from, int32_t to)
{
	struct signals *s = mem_alloc(sizeof *s);
	struct gather *g = mem_alloc(sizeof *g);
	const enum tally_dim unit = TALLY_DIM_UNIT_RECEIVING, officer = TALLY_DIM_OFFICER_RECEIVING;

	*s = (struct signals){ .c = c, .from = from, .to = to };
	sbuf_init(&s->out, ANSWER_MAX);
	g->e = c->e;
	g->fn = on_gathered;
	g->arg = s;
	g->n_sums = SUMS;
	g->sums[NOW] = (struct gather_sum){ .dim = unit, .from = from, .to = to };
	g->sums[BEFORE] = (struct gather_sum){ .dim = unit, .from = 2 * from - to - 1, .to = from - 1 };
	g->sums[OFFICERS] = (struct gather_sum){ .dim = officer, .from = from, .to = to };
	gather_start(g);
}
