/* Counts out of the store; see the header. */
#include "app/gather.h"

#include <string.h>

#include "app/entries.h"
#include "base/log.h"
#include "base/num.h"

#define AT_ONCE 32

struct ask { struct gather *g; struct gather_sum *sum; int32_t day; };

/* ---- rows ---- */

static struct gather_row *
row_of(struct gather *g, struct gather_sum *s, struct sv key)
{
	struct gather_row *r;

	HASH_FIND(hh, s->rows, key.p, key.n, r);
	if (r || g->n_rows == GATHER_ROWS_MAX)
		return r;
	r = mem_alloc(sizeof *r + key.n + 1);
	memcpy(r->key, key.p, key.n);
	HASH_ADD_KEYPTR(hh, s->rows, r->key, key.n, r);
	g->n_rows++;
	return r;
}

static enum err
add_step(struct gather *g, struct gather_sum *s, int32_t day, const struct tally_step *step, int64_t n)
{
	char text[11];
	struct gather_row *r;

	if (step->dim == (tally_dim_shelf(s->dim) == tally_dim_shelf(TALLY_DIM_ALL) ? TALLY_DIM_ALL : s->dim))
		s->all.at[step->count] += n;
	if (step->dim != s->dim)
		return ERR_OK;
	calendar_day_format(day, text);
	r = row_of(g, s, s->by_day ? sv_of(text) : step->value);
	if (!r)
		return ERR_TOOBIG;
	r->counts.at[step->count] += n;
	return ERR_OK;
}

/* A field or number that is none is told and left out: the rest is still true. */
static enum err
add_fields(const struct ask *a, const struct sv *values, size_t n)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i + 1 < n; i += 2) {
		struct tally_step step;
		int64_t number;

		if (tally_field_parse(tally_dim_shelf(a->sum->dim), values[i], &step)
		    || num_parse(values[i + 1], INT32_MIN, INT32_MAX, &number))
			log_warn("a count cannot be read, day=%d", (int)a->day);
		else
			e = add_step(a->g, a->sum, a->day, &step, number);
	}
	return e;
}

/* ---- asking ---- */

static void ask_more(struct gather *g);

static void
on_whole(void *arg, enum err e, const struct sv *values, size_t n)
{
	struct ask *a = arg;
	struct gather *g = a->g;

	if (!e && !g->failed)
		e = add_fields(a, values, n);
	if (e && !g->failed)
		g->failed = e;
	mem_free(a);
	g->running--;
	ask_more(g);
}

static void
ask_one(struct gather *g)
{
	struct ask *a = mem_alloc(sizeof *a);
	char name[ENTRIES_COUNT_NAME];
	struct key k;

	*a = (struct ask){ g, &g->sums[g->sum], g->day };
	entries_count_name(g->day, tally_dim_shelf(a->sum->dim), name);
	g->failed = g->e->store->ops->whole(g->e->store, engine_key(g->e, &k, g->partition, "count", name), on_whole, a);
	if (g->failed)
		mem_free(a);
	else
		g->running++;
}

/* The next key: partition by partition, day by day, sum by sum. */
static void
step_on(struct gather *g)
{
	if (++g->partition < g->e->partitions)
		return;
	g->partition = 0;
	if (++g->day <= g->sums[g->sum].to)
		return;
	if (++g->sum < g->n_sums)
		g->day = g->sums[g->sum].from;
}

static void
ask_more(struct gather *g)
{
	while (g->sum < g->n_sums && !g->failed && g->running < AT_ONCE) {
		ask_one(g);
		step_on(g);
	}
	if (!g->running)
		g->fn(g->arg, g->failed, g);
}

static void
begin(void *arg)
{
	ask_more(arg);
}

void
gather_start(struct gather *g)
{
	must(g->n_sums > 0);
	g->day = g->sums[0].from;
	loop_later(g->e->loop, begin, g);
}

void
gather_free(struct gather *g)
{
	for (int i = 0; i < g->n_sums; i++) {
		struct gather_row *r, *next;

		HASH_ITER(hh, g->sums[i].rows, r, next) {
			HASH_DEL(g->sums[i].rows, r);
			mem_free(r);
		}
	}
	mem_free(g);
}
