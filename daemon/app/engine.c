/* Changes: read, decide, write with guards, do. See the header. */
#include "app/engine.h"

#include <stdio.h>
#include <string.h>

#include "app/eligible.h"
#include "app/entries.h"
#include "app/pauses.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define TRIES_MAX  8
#define ONCE_MS    (7 * DAY_MS)          /* longer than any provider repeats a push */
#define RECORD_MAX (64 * 1024)

uint64_t
engine_random(struct engine *e)
{
	/* splitmix64 from a kernel seed: for ids and jitter only, nothing secret hangs on it. */
	uint64_t z = e->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct sv
engine_key(const struct engine *e, struct key *k, int partition, const char *kind, const char *name)
{
	return name_in(k, e->prefix, partition, kind, name);
}

/* ---- reading ---- */

enum err
change_take_citizen(struct change *ch, struct sv value)
{
	enum err e = ERR_OK;

	if (value.p) {
		e = citizen_read(value, &ch->c);
		if (!e && strcmp(ch->c.name, ch->citizen) != 0)
			e = ERR_CORRUPT;
	} else {
		memset(&ch->c, 0, sizeof ch->c);
		memcpy(ch->c.name, ch->citizen, sizeof ch->c.name);
	}
	if (e)
		log_error("stored citizen cannot be read, citizen=%s", ch->citizen);
	ch->c_was = ch->c;
	return e;
}

enum err
change_take_survey(struct change *ch, struct sv value)
{
	enum err e = ERR_OK;

	if (value.p) {
		e = survey_read(value, &ch->s);
		if (!e && strcmp(ch->s.id, ch->id) != 0)
			e = ERR_CORRUPT;
	} else {
		memset(&ch->s, 0, sizeof ch->s);
		memcpy(ch->s.id, ch->id, sizeof ch->s.id);
		memcpy(ch->s.citizen, ch->citizen, sizeof ch->s.citizen);
	}
	if (e)
		log_error("stored survey cannot be read, survey=%s", ch->id);
	return e;
}

static void
on_values(void *arg, enum err e, const struct sv *v, size_t n)
{
	struct change *ch = arg;
	size_t at = 0;

	if (!e && n != (size_t)(*ch->citizen != 0) + (*ch->id != 0))
		e = ERR_CORRUPT;
	if (!e && *ch->citizen)
		e = change_take_citizen(ch, v[at++]);
	if (!e && *ch->id)
		e = change_take_survey(ch, v[at]);
	if (e)
		change_end(ch, e);
	else
		change_loaded(ch);
}

static enum err
read_records(struct change *ch)
{
	struct key kc, ks;
	struct sv keys[2];
	size_t n = 0;

	if (*ch->citizen)
		keys[n++] = engine_key(ch->e, &kc, ch->partition, "citizen", ch->citizen);
	if (*ch->id)
		keys[n++] = engine_key(ch->e, &ks, ch->partition, "survey", ch->id);
	return ch->e->store->ops->get(ch->e->store, keys, n, on_values, ch);
}

/* ---- writing ---- */

static void
add_guard(struct txn *t, struct sv key, int64_t version)
{
	char begins[32];

	record_version(version, begins);
	if (version)
		txn_begins(t, key, sv_of(begins));
	else
		txn_absent(t, key);
}

static bool
citizen_changed(const struct change *ch)
{
	return *ch->citizen && memcmp(&ch->c, &ch->c_was, sizeof ch->c) != 0;
}

static void
add_guards(struct change *ch, struct txn *t)
{
	struct key k;

	if (*ch->once)
		txn_absent(t, engine_key(ch->e, &k, ch->partition, "in", ch->once));
	if (*ch->citizen)
		add_guard(t, engine_key(ch->e, &k, ch->partition, "citizen", ch->citizen), ch->c.version);
	if (ch->holds_survey)
		add_guard(t, engine_key(ch->e, &k, ch->partition, "survey", ch->id), ch->s.version);
}

static void
add_due(struct change *ch, struct txn *t)
{
	char member[CITIZEN_NAME + SURVEY_ID + 2];
	struct key k;
	struct sv key = engine_key(ch->e, &k, ch->partition, "due", "");

	snprintf(member, sizeof member, "%s:%s", ch->s.citizen, ch->s.id);
	if (ch->s.due_ms)
		txn_zadd(t, key, ch->s.due_ms, sv_of(member));
	else
		txn_zrem(t, key, sv_of(member));
}

static void
add_records(struct change *ch, struct txn *t)
{
	AUTO_SBUF text;
	struct key k;

	sbuf_init(&text, RECORD_MAX);
	if (*ch->once)
		txn_set(t, engine_key(ch->e, &k, ch->partition, "in", ch->once), SV("done"), ONCE_MS);
	if (citizen_changed(ch)) {
		ch->c.version++;
		citizen_write(&ch->c, &text);
		txn_set(t, engine_key(ch->e, &k, ch->partition, "citizen", ch->citizen), sbuf_sv(&text), 0);
	}
	if (!ch->holds_survey)
		return;
	sbuf_reset(&text);
	ch->s.version++;
	survey_write(&ch->s, &text);
	txn_set(t, engine_key(ch->e, &k, ch->partition, "survey", ch->id), sbuf_sv(&text), 0);
	add_due(ch, t);
	entries_events(ch, t);
	entries_counts(ch, t);
	if (ch->acts.score)
		entries_score(ch, t);
	if (ch->acts.followup)
		entries_followup(ch, t);
}

static void
count(struct change *ch)
{
	struct engine_stats *st = &ch->e->stats;

	st->scores += ch->acts.score != SCORE_KIND_NONE;
	st->followups += ch->acts.followup != NULL;
	st->sends += ch->acts.send >= 0;
}

/* The room stays reserved until the message is at its channel, which outbox_send does in this very call. */
static void
release_room(struct change *ch)
{
	if (ch->reserved)
		ch->setup->reserved[ch->reserved - 1]--;
	ch->reserved = 0;
}

static void
perform(struct change *ch)
{
	int channel = ch->reserved - 1;

	count(ch);
	release_room(ch);
	if (ch->holds_survey && ch->s.due_ms)
		ticker_at(ch->e, ch->partition, ch->s.due_ms);
	if (ch->acts.send >= 0)
		outbox_send(ch->e, ch->setup, channel, &ch->c, &ch->s, ch->acts.send);
}

static void on_committed(void *arg, enum err e);

static void
begin(struct change *ch)
{
	enum err e;

	if (ch->load) {
		ch->load(ch);
		return;
	}
	if ((e = read_records(ch)))
		change_end(ch, e);
}

static void
on_committed(void *arg, enum err e)
{
	struct change *ch = arg;

	if (e == ERR_CONFLICT && ++ch->tries < TRIES_MAX) {
		ch->e->stats.conflicts++;
		release_room(ch);
		begin(ch);
		return;
	}
	if (!e)
		perform(ch);
	change_end(ch, e);
}

static enum err
decide(struct change *ch)
{
	ch->now_ms = clock_wall_ms();
	ch->acts = (struct survey_acts){ .send = -1 };
	ch->due_was = ch->s.due_ms;
	ch->klass_was = (enum reply_class)ch->s.klass;
	tally_of(&ch->s, &ch->tally_was);
	snprintf(ch->fence, sizeof ch->fence, "%s%llx", ch->e->boot, (unsigned long long)++ch->e->fences);
	return ch->decide(ch);
}

void
change_loaded(struct change *ch)
{
	struct txn t;
	enum err e = decide(ch);

	if (e) {
		release_room(ch);
		change_end(ch, e);
		return;
	}
	txn_init(&t);
	add_guards(ch, &t);
	add_records(ch, &t);
	if (ch->effects)
		ch->effects(ch, &t);
	e = ch->e->store->ops->commit(ch->e->store, &t, on_committed, ch);
	txn_done(&t);
	if (e) {
		release_room(ch);
		change_end(ch, e);
	}
}

void
change_end(struct change *ch, enum err e)
{
	release_room(ch);
	LIST_REMOVE(ch, next);
	ch->e->changes--;
	ch->setup->held--;
	if (e && e != ERR_STATE && e != ERR_EXISTS && e != ERR_MISSING)
		ch->e->stats.failures++;
	ch->done(ch, e);
}

static void
begin_later(void *arg)
{
	struct change *ch = arg;

	if (ch->tries < 0) {
		ch->tries = 0;
		change_loaded(ch);
	} else {
		begin(ch);
	}
}

enum err
change_start(struct change *ch, bool warm)
{
	if (ch->e->changes >= ENGINE_CHANGES_MAX)
		return ERR_BUSY;
	ch->e->changes++;
	LIST_INSERT_HEAD(&ch->e->running, ch, next);
	ch->setup = ch->e->setup;
	ch->setup->held++;
	ch->reserved = 0;
	/* A cold start waits for the store anyway; a warm one would end inside this call. */
	ch->tries = warm ? -1 : 0;
	loop_later(ch->e->loop, begin_later, ch);
	return ERR_OK;
}

/* A step after another one of the same change: the story goes on. */
static enum err
step_on(struct change *ch, const struct survey_event *ev, struct survey_acts *acts)
{
	int lines = ch->s.story_new;
	enum err e = survey_step(&ch->s, &ch->c, &ch->setup->policy, ev, acts);

	ch->s.story_new = ch->s.story_new + lines < ch->s.n_story ? ch->s.story_new + lines : ch->s.n_story;
	return e;
}

/*
 * An intent of this life that no change and no flight holds: it was stored, but the store's answer was lost, so nothing
 * was handed over.
 */
static bool
never_left(const struct engine *e, const struct message *m)
{
	const struct change *ch;

	if (m->state != MESSAGE_INTENT || strncmp(m->fence, e->boot, strlen(e->boot)) != 0 || outbox_carries(e, m->fence))
		return false;
	LIST_FOREACH(ch, &e->running, next)
		if (!strcmp(ch->fence, m->fence))
			return false;
	return true;
}

/* What certainly did not leave may be sent again; the core could only call it unknown. */
static void
take_back(struct change *ch)
{
	struct send_result r = { .end = SEND_NOT_SENT, .retry_after_ms = 1, .detail = "the store's answer was lost" };
	struct survey_acts none;

	for (int i = 0; i < ch->s.n_messages; i++) {
		const struct message *m = &ch->s.messages[i];
		struct survey_event ev = { .kind = SURVEY_SETTLED, .now_ms = ch->now_ms, .dice = engine_random(ch->e),
		                           .fence = m->fence, .message = i, .result = &r };

		if (ch->now_ms >= m->next_ms && never_left(ch->e, m))
			(void)step_on(ch, &ev, &none);
	}
}

void
change_wake(struct change *ch)
{
	struct survey_acts acts = ch->acts;
	struct survey_event ev = { .kind = SURVEY_WAKE, .now_ms = ch->now_ms, .dice = engine_random(ch->e),
	                           .fence = ch->fence };
	int at, place = 0, channel;
	int64_t wait;

	take_back(ch);
	at = survey_queued(&ch->s);
	channel = setup_channel(ch, at, &place);
	ev.veto = channel < 0 ? NOT_ASKED_TRIAL : eligible_veto(ch->setup, ch->s.citizen, &ch->s.facts);
	if (channel >= 0) {
		ev.place = place;
		ev.paused = pauses_all(ch->e) || setup_is_paused(ch->setup, channel);
		ev.room = pauses_known(ch->e) && setup_room(ch->setup, channel, &wait) > 0;
		ev.channel_name = ch->setup->conf->channels[channel].name;
	}
	must(!step_on(ch, &ev, &acts));
	ch->acts.send = acts.send;
	if (acts.send >= 0) {
		ch->reserved = channel + 1;
		ch->setup->reserved[channel]++;
	}
}
