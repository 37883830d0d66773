/*
 * The clock of the due queue. It remembers per partition when the next survey is due, claims what has come
 * due as far as the channels have room, and wakes each. What it remembers is only a hint: every few seconds
 * it asks the store again, so that nothing depends on it.
 */
#include <string.h>

#include "app/engine.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define CLAIM_MAX    64
#define CLAIM_HUNGRY 16                  /* without room: enough to let surveys expire */
#define HUNGRY_MS    (5 * SEC_MS)
#define LEASE_MS     (60 * SEC_MS)
#define ASK_MS       (5 * SEC_MS)        /* the store is asked for the next due time at least so often */

struct shelf_of_due {
	struct ticker *t;
	int            partition;
	int64_t        due_ms;               /* hint; INT64_MAX = nothing known */
	int64_t        asked_ms;             /* boot clock */
	int            claiming;             /* jobs asked for; 0 = no claim is running */
	bool           asking;
};

struct ticker {
	struct engine      *e;
	struct loop_timer  *timer;
	int                 waking;          /* jobs claimed and not yet decided */
	int64_t             room_ms;         /* boot clock: when there was room last */
	bool                soon;            /* a turn is asked for */
	struct shelf_of_due parts[CONF_PARTITIONS_MAX];
};

struct wake {
	struct change  ch;
	struct ticker *t;
	char           member[CITIZEN_NAME + SURVEY_ID + 2];
	bool           nothing;              /* the queue names a survey that is not there */
};

/* ---- one job ---- */

static enum err
decide(struct change *ch)
{
	struct wake *w = (struct wake *)ch;

	w->nothing = !ch->s.version;
	ch->holds_survey = !w->nothing;
	if (!w->nothing)
		change_wake(ch);
	return ERR_OK;
}

static void
effects(struct change *ch, struct txn *t)
{
	struct wake *w = (struct wake *)ch;
	struct key k;

	if (w->nothing)
		txn_zrem(t, engine_key(ch->e, &k, ch->partition, "due", ""), sv_of(w->member));
}

static void
wake_done(struct change *ch, enum err e)
{
	struct wake *w = (struct wake *)ch;
	struct ticker *t = w->t;

	/* A failed wake-up keeps its lease in the queue and comes again by itself. */
	(void)e;
	t->waking--;
	mem_free(w);
	ticker_room(t->e);
}

static void
wake_one(struct ticker *t, int partition, struct sv member)
{
	struct wake *w;

	if (member.n != CITIZEN_NAME + 1 + SURVEY_ID || member.p[CITIZEN_NAME] != ':') {
		log_error("due queue holds something else, partition=%d", partition);
		return;
	}
	w = mem_alloc(sizeof *w);
	w->t = t;
	memcpy(w->member, member.p, member.n);
	memcpy(w->ch.citizen, member.p, CITIZEN_NAME);
	memcpy(w->ch.id, member.p + CITIZEN_NAME + 1, SURVEY_ID);
	w->ch.e = t->e;
	w->ch.partition = partition;
	w->ch.decide = decide;
	w->ch.effects = effects;
	w->ch.done = wake_done;
	t->waking++;
	if (change_start(&w->ch, false)) {
		t->waking--;
		mem_free(w);
	}
}

/* ---- claims ---- */

static void tick(void *arg);

static void
soon(struct ticker *t)
{
	if (!t->soon && !t->e->stopping) {
		t->soon = true;
		loop_timer_start(t->timer, 0);
	}
}

static void
on_next_due(void *arg, enum err e, int64_t due)
{
	struct shelf_of_due *p = arg;

	p->asking = false;
	if (e)
		return;
	/* What was learnt since we asked is not unlearnt: the answer may be older than it. */
	if (due < p->due_ms)
		p->due_ms = due;
	soon(p->t);
}

static void
ask(struct shelf_of_due *p, int64_t boot)
{
	struct engine *e = p->t->e;
	struct key k;

	if (p->asking || p->claiming || e->stopping)
		return;
	p->asked_ms = boot;
	p->due_ms = INT64_MAX;
	p->asking = !e->store->ops->next_due(e->store, engine_key(e, &k, p->partition, "due", ""), on_next_due, p);
}

static void
on_jobs(void *arg, enum err e, const struct store_job *jobs, size_t n)
{
	struct shelf_of_due *p = arg;
	bool full = !e && n >= (size_t)p->claiming;

	p->claiming = 0;
	for (size_t i = 0; !e && i < n; i++) {
		if (jobs[i].buried) {
			p->t->e->stats.buried++;
			log_error("a survey could not be handled and was set aside, partition=%d", p->partition);
		} else {
			wake_one(p->t, p->partition, jobs[i].member);
		}
	}
	if (full) {
		p->due_ms = 0;
		soon(p->t);
	} else {
		ask(p, clock_boot_ms());
	}
}

static int
room(struct ticker *t, int64_t boot, int64_t *wait)
{
	struct setup *s = t->e->setup;
	int sum = 0;

	for (size_t i = 0; i < s->conf->route.n_order; i++) {
		int64_t w = -1;
		int n = setup_room(s, (int)s->conf->route.order_at[i], &w);

		sum += n > 0 ? n : 0;
		if (w >= 0 && w < *wait)
			*wait = w;
	}
	sum -= t->waking;
	for (int i = 0; i < t->e->partitions; i++)
		sum -= t->parts[i].claiming;
	if (sum > 0)
		t->room_ms = boot;
	return sum > 0 ? sum : boot - t->room_ms >= HUNGRY_MS ? CLAIM_HUNGRY : 0;
}

static void
claim(struct shelf_of_due *p, int64_t now, int max)
{
	struct engine *e = p->t->e;
	struct key kd, kx;

	p->claiming = max < CLAIM_MAX ? max : CLAIM_MAX;
	if (e->store->ops->claim(e->store, engine_key(e, &kd, p->partition, "due", ""),
	                         engine_key(e, &kx, p->partition, "dead", ""), now, LEASE_MS, p->claiming, on_jobs, p))
		p->claiming = 0;
}

static void
tick(void *arg)
{
	struct ticker *t = arg;
	int64_t now = clock_wall_ms(), boot = clock_boot_ms(), next = ASK_MS, wait = ASK_MS;
	int left = room(t, boot, &wait), from = (int)(engine_random(t->e) % (unsigned)t->e->partitions);

	t->soon = false;
	setup_retire(t->e);
	for (int i = 0; i < t->e->partitions; i++) {
		struct shelf_of_due *p = &t->parts[(from + i) % t->e->partitions];

		if (p->due_ms <= now && !p->claiming && left > 0) {
			claim(p, now, left);
			left -= p->claiming;
		} else if (boot - p->asked_ms >= ASK_MS && p->due_ms > now) {
			ask(p, boot);
		}
		if (p->due_ms > now && p->due_ms - now < next)
			next = p->due_ms - now;
		else if (p->due_ms <= now && !p->claiming && wait < next)
			next = wait;
	}
	if (!t->soon)
		loop_timer_start(t->timer, next > 0 ? next : 1);
}

void
ticker_at(struct engine *e, int partition, int64_t due)
{
	struct shelf_of_due *p = &e->ticker->parts[partition];

	if (due >= p->due_ms)
		return;
	p->due_ms = due;
	if (due - clock_wall_ms() < ASK_MS)
		soon(e->ticker);
}

void
ticker_room(struct engine *e)
{
	int64_t now = clock_wall_ms();

	for (int i = 0; e->ticker && i < e->partitions; i++)
		if (e->ticker->parts[i].due_ms <= now && !e->ticker->parts[i].claiming) {
			soon(e->ticker);
			return;
		}
}

void
ticker_start(struct engine *e)
{
	struct ticker *t = mem_alloc(sizeof *t);

	t->e = e;
	t->timer = loop_timer_new(e->loop, tick, t);
	t->room_ms = clock_boot_ms();
	for (int i = 0; i < e->partitions; i++)
		t->parts[i] = (struct shelf_of_due){ .t = t, .partition = i, .due_ms = INT64_MAX,
		                                     .asked_ms = t->room_ms - ASK_MS };
	e->ticker = t;
	loop_timer_start(t->timer, 0);
}

void
ticker_ask(struct engine *e)
{
	int64_t boot = clock_boot_ms();

	for (int i = 0; i < e->partitions; i++)
		ask(&e->ticker->parts[i], boot);
}

/* Answers on their way still find it: what is claimed already is carried out. */
void
ticker_stop(struct engine *e)
{
	if (e->ticker)
		loop_timer_stop(e->ticker->timer);
}

void
ticker_free(struct engine *e)
{
	if (!e->ticker)
		return;
	loop_timer_free(e->ticker->timer);
	mem_free(e->ticker);
	e->ticker = NULL;
}
