/*
 * The stream of cases: an entry is acknowledged only after its case is stored, or after its fault stands in
 * PREFIX:cases:rejected. What could not be stored stays pending and is read again. Finished entries are
 * trimmed soon: they hold clear phone numbers.
 */
#include "app/cases_stream.h"

#include <stdio.h>
#include <string.h>

#include "app/intake.h"
#include "base/clock.h"
#include "base/mem.h"

#define GROUP      "hailong"
#define POLL_MS    250
#define READ_MAX   64
#define IDLE_MS    (30 * SEC_MS)
#define TRIM_MS    SEC_MS
#define ERROR_MAX  4096

struct cases_stream {
	struct engine     *e;
	struct loop_timer *timer;
	char               reader[80];
	int                open;             /* entries not yet done with, and a reading */
	bool               more, closing, finished;   /* finished: entries wait to be trimmed */
	bool               begun;            /* something was read in this life */
	int64_t            trimmed_ms;
};

struct entry {
	struct cases_stream *s;
	char                 id[48];
	char                 case_id[CASE_ID_MAX + 1];
	char                 error[ERROR_MAX];
};

static struct sv
stream_key(const struct cases_stream *s, struct key *k, const char *name)
{
	return name_global(k, s->e->prefix, name);
}

static void
release(struct cases_stream *s)
{
	if (--s->open)
		return;
	if (s->closing)
		mem_free(s);
	else
		loop_timer_start(s->timer, s->more ? 0 : POLL_MS);
}

static void
entry_done(struct entry *x)
{
	struct cases_stream *s = x->s;

	mem_free(x);
	release(s);
}

static void
on_acked(void *arg, enum err e)
{
	struct entry *x = arg;

	x->s->finished |= !e;                        /* not acknowledged: it comes again and is known already */
	entry_done(x);
}

static void
ack(struct entry *x)
{
	struct store *st = x->s->e->store;
	struct key k;

	if (st->ops->group_ack(st, stream_key(x->s, &k, "cases"), SV(GROUP), sv_of(x->id), on_acked, x))
		entry_done(x);
}

static void
on_rejected(void *arg, enum err e)
{
	if (e)
		entry_done(arg);
	else
		ack(arg);
}

static void
reject(struct entry *x)
{
	struct store *st = x->s->e->store;
	struct sv fields[] = { SV("v"), SV("1"), SV("id"), sv_of(x->id), SV("case"), sv_of(x->case_id), SV("error"),
	                       sv_of(x->error) };
	struct key k;
	struct txn t;
	enum err e;

	txn_init(&t);
	txn_xadd(&t, stream_key(x->s, &k, "cases:rejected"), fields, ARRAY_N(fields), 0);
	e = st->ops->commit(st, &t, on_rejected, x);
	txn_done(&t);
	if (e)
		entry_done(x);
}

static void
on_case(void *arg, const struct intake_result *r)
{
	struct entry *x = arg;

	if (r->status == 200 || r->status == 202) {
		ack(x);
	} else if (r->status == 503 || r->status == 500) {
		entry_done(x);                           /* stays pending */
	} else {
		snprintf(x->case_id, sizeof x->case_id, "%s", r->case_id);
		if (r->status == 409)
			snprintf(x->error, sizeof x->error, "this case was taken in before with other content");
		else
			snprintf(x->error, sizeof x->error, "%.*s", (int)(r->errors.n < ERROR_MAX - 1 ? r->errors.n : ERROR_MAX - 1),
			         r->errors.p);
		reject(x);
	}
}

static struct sv
json_of(const struct store_entry *x)
{
	for (size_t i = 0; i + 1 < x->n_fields; i += 2)
		if (sv_is(x->fields[i], "json"))
			return x->fields[i + 1];
	return (struct sv){ "", 0 };
}

static void
on_entries(void *arg, enum err e, const struct store_entry *entries, size_t n)
{
	struct cases_stream *s = arg;

	if (s->closing)
		n = 0;
	s->more = !e && n > 0;
	s->begun = s->begun || !e;
	for (size_t i = 0; !e && i < n; i++) {
		struct entry *x = mem_alloc(sizeof *x);

		x->s = s;
		s->open++;
		if (!sv_copy(entries[i].id, x->id, sizeof x->id))
			entry_done(x);
		else
			intake_take(s->e, json_of(&entries[i]), on_case, x);
	}
	release(s);
}

static void
on_trimmed(void *arg, enum err e, int64_t n)
{
	(void)arg, (void)e, (void)n;
}

static void
poll(void *arg)
{
	struct cases_stream *s = arg;
	struct store *st = s->e->store;
	struct key k;
	struct sv key = stream_key(s, &k, "cases");
	int64_t now = clock_boot_ms();

	s->open = 1;
	s->more = false;
	if (s->finished && now - s->trimmed_ms >= TRIM_MS && !st->ops->trim(st, key, clock_wall_ms(), on_trimmed, s)) {
		s->trimmed_ms = now;
		s->finished = false;
	}
	/* What a life before this one left behind waits for nobody. Another instance's entry is taken in twice, as one. */
	if (st->ops->group_read(st, key, SV(GROUP), sv_of(s->reader), s->begun ? IDLE_MS : 0, READ_MAX, on_entries, s))
		release(s);
}

struct cases_stream *
cases_stream_new(struct engine *e)
{
	struct cases_stream *s = mem_alloc(sizeof *s);

	s->e = e;
	s->finished = true;                          /* perhaps, by the daemon before us */
	snprintf(s->reader, sizeof s->reader, "%.60s", e->setup->conf->instance);
	s->timer = loop_timer_new(e->loop, poll, s);
	loop_timer_start(s->timer, 0);
	return s;
}

void
cases_stream_free(struct cases_stream *s)
{
	if (!s)
		return;
	loop_timer_free(s->timer);
	s->timer = NULL;
	if (s->open)
		s->closing = true;                       /* the last answer frees it */
	else
		mem_free(s);
}
