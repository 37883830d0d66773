/*
 * GET /v1/export/scores, GET /v1/export/followups: the entries of a stream of all partitions, page by page. A page
 * ends with where the next one begins: the partition and the last id, so that nothing is remembered between calls.
 */
#include <stdio.h>
#include <string.h>

#include "app/api.h"
#include "app/query.h"
#include "base/mem.h"
#include "base/num.h"

#define LIMIT_MAX   1000
#define LIMIT_USUAL 500
#define RANGE_MAX   4000                 /* days: some ten years; a page is bounded anyway */
#define PAGE_MAX    (8 * 1024 * 1024)
#define ID_MAX      48

struct export {
	struct call    *c;
	const char     *stream;
	int64_t         from_ms, to_ms;      /* ids at or behind to_ms are not wanted */
	int             partition, limit, n;
	char            after[ID_MAX];
	bool            more;
	struct sbuf     out;
};

/* ---- a page ---- */

static void
finish(struct export *x, enum err e)
{
	char next[ID_MAX + 8];

	if (e) {
		call_failed(x->c, e);
	} else {
		sbuf_adds(&x->out, "],\"next\":");
		snprintf(next, sizeof next, "%d:%s", x->partition, x->after);
		if (x->more)
			json_quote(&x->out, sv_of(next));
		else
			sbuf_adds(&x->out, "null");
		sbuf_adds(&x->out, "}\n");
		call_json(x->c, 200, sbuf_sv(&x->out));
	}
	sbuf_done(&x->out);
	mem_free(x);
}

static void
add_entry(struct export *x, const struct store_entry *t)
{
	if (x->n++)
		sbuf_addc(&x->out, ',');
	sbuf_addc(&x->out, '{');
	for (size_t i = 0; i + 1 < t->n_fields; i += 2) {
		if (i)                               /* names are bytes, no C strings */
			sbuf_addc(&x->out, ',');
		json_quote(&x->out, t->fields[i]);
		sbuf_addc(&x->out, ':');
		json_quote(&x->out, t->fields[i + 1]);
	}
	sbuf_addc(&x->out, '}');
}

/* Behind everything before the range; the verb wants what to begin after. */
static void
set_start(struct export *x)
{
	if (x->from_ms > 0)
		snprintf(x->after, sizeof x->after, "%lld-%lld", (long long)x->from_ms - 1, (long long)INT64_MAX);
	else
		snprintf(x->after, sizeof x->after, "0");
}

static bool
is_behind(const struct export *x, struct sv id)
{
	int64_t ms;

	return num_parse(sv_cut(&id, '-'), 0, INT64_MAX, &ms) || ms >= x->to_ms;
}

static void ask(struct export *x);

static void
on_entries(void *arg, enum err e, const struct store_entry *t, size_t n)
{
	struct export *x = arg;
	bool ended = n == 0;

	for (size_t i = 0; !e && !ended && i < n; i++) {
		ended = is_behind(x, t[i].id) || !sv_copy(t[i].id, x->after, sizeof x->after);
		if (!ended)
			add_entry(x, &t[i]);
	}
	if (ended) {
		x->partition++;
		set_start(x);
	}
	x->more = x->partition < x->c->e->partitions;
	if (e || !x->more || x->n >= x->limit)
		finish(x, e);
	else
		ask(x);
}

static void
ask(struct export *x)
{
	struct store *st = x->c->e->store;
	struct key k;
	enum err e = st->ops->page(st, engine_key(x->c->e, &k, x->partition, x->stream, ""), sv_of(x->after), false,
	                           x->limit - x->n, on_entries, x);

	if (e)
		finish(x, e);
}

/* ---- the door ---- */

/* "3:1764000000000-0" as a page told it. */
static void
take_cursor(struct query *q, struct export *x)
{
	char given[ID_MAX + 8];
	struct sv id, partition, rest;
	int64_t p = 0, ms = 0, seq = 0;

	set_start(x);
	if (!query_text(q, "after", given, sizeof given))
		return;
	id = sv_of(given);
	partition = sv_cut(&id, ':');
	rest = id;
	if (!id.p || num_parse(partition, 0, x->c->e->partitions - 1, &p) || num_parse(sv_cut(&rest, '-'), 0, INT64_MAX, &ms)
	    || (rest.p && num_parse(rest, 0, INT64_MAX, &seq)) || !sv_copy(id, x->after, sizeof x->after))
		query_fault(q, "after", "is not what an earlier answer said in `next`");
	x->partition = (int)p;
}

void
api_export(struct call *c)
{
	static const char *const streams[] = { "scores", "followups" };
	const struct calendar *cal = c->e->setup->conf->calendar;
	struct export *x;
	struct query q;
	int32_t from, to;

	if (strcmp(c->name, streams[0]) != 0 && strcmp(c->name, streams[1]) != 0) {
		call_problem(c, 404, "scores or followups", (struct sv){ "", 0 });
		return;
	}
	x = mem_alloc(sizeof *x);
	x->c = c;
	x->stream = streams[strcmp(c->name, streams[0]) != 0];
	query_init(&q, c);
	query_days(&q, RANGE_MAX, &from, &to);
	x->from_ms = calendar_day_start(cal, from);
	x->to_ms = calendar_day_start(cal, to + 1);
	x->limit = (int)query_number(&q, "limit", 1, LIMIT_MAX, LIMIT_USUAL);
	take_cursor(&q, x);
	if (!query_done(&q)) {
		mem_free(x);
		return;
	}
	sbuf_init(&x->out, PAGE_MAX);
	sbuf_adds(&x->out, "{\"entries\":[");
	ask(x);
}
