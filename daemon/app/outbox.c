/*
 * From a stored intent to a settled message. The intent's fence says which attempt may settle it. Every message
 * between the two is a flight in the engine's list.
 */
#include <stdio.h>
#include <string.h>

#include "app/engine.h"
#include "app/seals.h"
#include "base/log.h"
#include "base/mem.h"

#define TEXT_MAX       2048
#define SETTLE_AGAIN_MS 500              /* the store is away: what we know must still get there */
#define BUSY_AGAIN_MS  250

struct flight {
	struct change      ch;               /* first: the settling change is part of the flight */
	LIST_ENTRY(flight) next;
	struct setup      *setup;            /* whose channel has the message */
	int                at;
	char               fence[25];
	struct send_result result;
	struct loop_timer *again;
};

static enum err
decide(struct change *ch)
{
	struct flight *f = (struct flight *)ch;
	struct survey_event ev = { .kind = SURVEY_SETTLED, .now_ms = ch->now_ms, .dice = engine_random(ch->e),
	                           .fence = f->fence, .message = f->at, .result = &f->result };

	if (!ch->s.version)
		return ERR_MISSING;
	ch->holds_survey = true;
	return survey_step(&ch->s, NULL, &ch->setup->policy, &ev, &ch->acts);
}

static void
land(struct flight *f)
{
	f->setup->held--;
	LIST_REMOVE(f, next);
	loop_timer_free(f->again);
	mem_free(f);
}

static void settle(void *arg);

static void
done(struct change *ch, enum err e)
{
	struct flight *f = (struct flight *)ch;

	if (!e || e == ERR_STATE || e == ERR_MISSING) {
		land(f);
		return;
	}
	/* If we die meanwhile, the lease ends as unknown: late, never wrong. */
	if (!f->again)
		f->again = loop_timer_new(ch->e->loop, settle, f);
	loop_timer_start(f->again, SETTLE_AGAIN_MS);
}

static void
settle(void *arg)
{
	struct flight *f = arg;
	bool warm = f->ch.s.version && !f->again;

	if (change_start(&f->ch, warm))
		done(&f->ch, ERR_BUSY);
}

static void
on_result(void *arg, const struct send_result *r)
{
	struct flight *f = arg;

	f->result = *r;
	f->ch.e->stats.unknown += r->end == SEND_UNKNOWN;
	settle(f);
	ticker_room(f->ch.e);
}

static void
fail(struct flight *f, enum send_end end, int64_t retry_ms, const char *detail)
{
	f->result = (struct send_result){ .end = end, .retry_after_ms = retry_ms };
	snprintf(f->result.detail, sizeof f->result.detail, "%s", detail);
	settle(f);
}

static void
hand_over(struct flight *f, const struct citizen *c, struct channel *channel)
{
	char ref[MESSAGE_REF_MAX + 1];
	AUTO_SBUF text, phone;
	struct segments seg;
	struct diag why = { .line = 0 };
	struct outmsg m;
	enum err e;

	sbuf_init(&text, TEXT_MAX);
	sbuf_init(&phone, 64);
	message_ref(&f->ch.s, f->at, ref);
	if (seal_open_phone(f->setup->conf, c, &phone) || !phone.n) {
		log_error("phone cannot be opened, survey=%s", f->ch.s.id);
		fail(f, SEND_REJECTED, -1, "the number's seal cannot be opened");
		return;
	}
	if (wording_render(f->setup->conf, &f->ch.s, f->at, &text, &why) || segments_count(sbuf_sv(&text), &seg)) {
		log_error("text cannot be made, survey=%s why=\"%s\"", f->ch.s.id, why.text);
		fail(f, SEND_REJECTED, -1, "the text cannot be made");
		return;
	}
	m = (struct outmsg){ .ref = ref, .to = phone.p, .text = sbuf_sv(&text), .ucs2 = seg.ucs2, .parts = (int)seg.parts,
	                     .survey = f->ch.s.id };
	if ((e = channel->ops->send(channel, &m, on_result, f)) == ERR_BUSY)
		fail(f, SEND_NOT_SENT, BUSY_AGAIN_MS, "the channel is busy");
	else if (e)
		fail(f, SEND_REJECTED, -1, err_text(e));
}

void
outbox_send(struct engine *e, struct setup *setup, int channel, const struct citizen *c, const struct survey *s, int at)
{
	struct flight *f = mem_alloc(sizeof *f);

	f->ch.e = e;
	f->setup = setup;
	f->ch.s = *s;
	f->ch.partition = name_partition(s->citizen, e->partitions);
	memcpy(f->ch.id, s->id, sizeof f->ch.id);
	f->ch.decide = decide;
	f->ch.done = done;
	f->ch.holds_survey = true;
	f->at = at;
	memcpy(f->fence, s->messages[at].fence, sizeof f->fence);
	LIST_INSERT_HEAD(&e->flights, f, next);
	setup->held++;
	hand_over(f, c, setup->channels[channel]);
}

bool
outbox_carries(const struct engine *e, const char *fence)
{
	const struct flight *f;

	LIST_FOREACH(f, &e->flights, next)
		if (!strcmp(f->fence, fence))
			return true;
	return false;
}
