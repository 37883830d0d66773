/* Sending: what a wake-up may begin, and what came of it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/survey_inner.h"

#define BACKOFF_FIRST_MS (5 * SEC_MS)
#define BACKOFF_MAX_MS   (15 * MIN_MS)
#define ANSWER_ANY_HOUR  (5 * MIN_MS)    /* an answer to a citizen's own message may go at night for so long */
#define ANSWER_MAX_AGE   DAY_MS
#define NO_ROOM_MS       (2 * SEC_MS)
#define PAUSED_MS        (20 * SEC_MS)

/* Full jitter, so that an outage does not end with everybody calling in the same second. */
static int64_t
backoff(int attempts, uint64_t dice)
{
	int64_t top = BACKOFF_FIRST_MS;

	while (attempts-- > 0 && top < BACKOFF_MAX_MS)
		top *= 2;
	if (top > BACKOFF_MAX_MS)
		top = BACKOFF_MAX_MS;
	return 1 + (int64_t)(dice % (uint64_t)top);
}

static void
set_text(struct survey *s, const struct survey_policy *p, struct message *m, int place)
{
	m->channel = place;
	if (message_is(m, TEMPLATE_ASK))
		m->text = (int)survey_ask_text(s, p, place);
}

static void
begin_send(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, const struct survey_event *ev,
           struct survey_acts *acts)
{
	struct message *m = &s->messages[at];

	set_text(s, p, m, ev->place);
	m->state = MESSAGE_INTENT;
	m->intent_ms = ev->now_ms;
	m->next_ms = ev->now_ms + p->lease_ms;
	m->attempts++;
	snprintf(m->fence, sizeof m->fence, "%s", ev->fence);
	s->channel = m->channel;
	if (message_is(m, TEMPLATE_ASK)) {
		snprintf(s->channel_name, sizeof s->channel_name, "%s", ev->channel_name);
		s->state = SURVEY_SENDING;
		citizen_asked(c, s->id, ev->now_ms);
	}
	survey_tell(s, ev->now_ms, STORY_SENDING, "%s %d %s %d", template_name((enum template_id)m->text), at,
	            ev->channel_name, m->attempts);
	acts->send = at;
}

static void
drop(struct survey *s, int at, int64_t now, const char *why)
{
	s->messages[at].state = MESSAGE_DROPPED;
	survey_tell(s, now, STORY_DROPPED, "%s %d %s", template_name((enum template_id)s->messages[at].text), at, why);
}

static void
postpone(struct survey *s, struct message *m, const struct survey_policy *p, int64_t now, int64_t to,
         enum story_code code)
{
	m->next_ms = calendar_next_open(p->calendar, p->window, to);
	if (m->next_ms < 0)
		m->next_ms = to + DAY_MS;
	if (message_is(m, TEMPLATE_ASK))
		s->send_ms = m->next_ms;
	survey_tell_time(s, now, code, p, m->next_ms);
}

/* Once per pause, however often it is looked at. */
static void
tell_pause(struct survey *s, const struct survey_event *ev)
{
	if (!s->n_story || s->story[s->n_story - 1].code != STORY_PAUSED)
		survey_tell(s, ev->now_ms, STORY_PAUSED, "%s", ev->channel_name);
}

/* Everything that may be said now still needs room in the channel and a place in the budget. */
static void
try_gate(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, const struct survey_event *ev,
         struct survey_acts *acts)
{
	struct message *m = &s->messages[at];
	int64_t until = 0;

	if (ev->paused)
		tell_pause(s, ev);
	if (ev->paused || !ev->room) {
		m->next_ms = ev->now_ms + (ev->paused ? PAUSED_MS : NO_ROOM_MS);
		return;
	}
	switch (survey_gate(s, c, p, at, ev->now_ms, &until)) {
	case GATE_OPEN:  begin_send(s, c, p, at, ev, acts); break;
	case GATE_LATER: postpone(s, m, p, ev->now_ms, until, STORY_BUDGET); break;
	case GATE_SHUT:  drop(s, at, ev->now_ms, citizen_is_closed(c) ? "no_texts" : "budget"); break;
	}
}

static void
try_unasked(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, const struct survey_event *ev,
            struct survey_acts *acts)
{
	if (calendar_is_open(p->calendar, p->window, ev->now_ms))
		try_gate(s, c, p, at, ev, acts);
	else
		postpone(s, &s->messages[at], p, ev->now_ms, ev->now_ms, STORY_POSTPONED);
}

static void
try_ask(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, const struct survey_event *ev,
        struct survey_acts *acts)
{
	int64_t now = ev->now_ms;
	enum not_asked why = s->reopened ? NOT_ASKED_REOPENED : ev->veto;

	if (!why)
		why = survey_may_ask(s, c, p, now);
	if (!why && now - s->facts.closed_ms > p->too_old_ms)
		why = NOT_ASKED_EXPIRED_WINDOW;
	if (why)
		survey_not_asked(s, c, why, now);
	else
		try_unasked(s, c, p, at, ev, acts);
}

/* Whoever must not be asked any more is not reminded either. */
static void
try_reminder(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, const struct survey_event *ev,
             struct survey_acts *acts)
{
	enum not_asked why = s->reopened ? NOT_ASKED_REOPENED : ev->veto;

	if (!why && citizen_is_closed(c))
		why = c->opted_out ? NOT_ASKED_OPTED_OUT : NOT_ASKED_WRONG_PERSON;
	if (why)
		drop(s, at, ev->now_ms, not_asked_name((int)why));
	else if (s->replies)                         /* it was on its way, did not leave, and they wrote meanwhile */
		drop(s, at, ev->now_ms, "answered");
	else
		try_unasked(s, c, p, at, ev, acts);
}

static void
try_answer(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, const struct survey_event *ev,
           struct survey_acts *acts)
{
	int64_t age = ev->now_ms - s->messages[at].queued_ms;

	if (age > ANSWER_MAX_AGE)
		drop(s, at, ev->now_ms, "too_late");
	else if (age > ANSWER_ANY_HOUR)
		try_unasked(s, c, p, at, ev, acts);
	else
		try_gate(s, c, p, at, ev, acts);
}

typedef void try_fn(struct survey *s, struct citizen *c, const struct survey_policy *p, int at,
                    const struct survey_event *ev, struct survey_acts *acts);

static try_fn *const tries[] = {
	[TEMPLATE_ANSWER] = try_answer, [TEMPLATE_ASK] = try_ask, [TEMPLATE_REMINDER] = try_reminder,
	[TEMPLATE_NOTICE] = try_unasked, [TEMPLATE_STAFF] = try_unasked,
};

/* ---- what time brings ---- */

static void
become_unknown(struct survey *s, const struct survey_policy *p, int at, int64_t now, struct sv said)
{
	struct message *m = &s->messages[at];

	m->state = MESSAGE_UNKNOWN;
	m->next_ms = 0;
	if (message_is(m, TEMPLATE_ASK) && s->state == SURVEY_SENDING) {
		s->state = SURVEY_UNKNOWN;
		s->ends_ms = now + p->open_for_ms;
	}
	survey_tell_message(s, now, STORY_UNKNOWN, at, said);
}

/* Nobody can say any more what became of an attempt whose time is over. */
static bool
end_leases(struct survey *s, const struct survey_policy *p, int64_t now)
{
	bool flying = false;

	for (int i = 0; i < s->n_messages; i++) {
		struct message *m = &s->messages[i];

		if (m->state != MESSAGE_INTENT)
			continue;
		if (now < m->next_ms) {
			flying = true;
			continue;
		}
		become_unknown(s, p, i, now, SV("no_result"));
	}
	return flying;
}

/* The same text over the next channel of the route; only when this one certainly did not deliver it. */
static bool
next_channel(struct survey *s, const struct survey_policy *p, struct message *m, int64_t now)
{
	int place = m->channel + 1;
	enum template_id text = message_is(m, TEMPLATE_ASK) && place < p->n_channels ? survey_ask_text(s, p, place)
	                                                                           : (enum template_id)m->text;

	if (place >= p->n_channels || !survey_queue(s, text, place, now, now))
		return false;
	if (m->state == MESSAGE_REFUSED) {           /* it takes over the place of the one that never left */
		s->messages[s->n_messages - 1].charged_ms = m->charged_ms;
		m->charged_ms = 0;
	}
	survey_tell(s, now, STORY_NEXT_CHANNEL, "%s", p->channels[place].name);
	return true;
}

static void
undelivered(struct survey *s, const struct survey_policy *p, int at, int64_t now, struct sv said)
{
	struct message *m = &s->messages[at];

	m->state = MESSAGE_UNDELIVERED;
	m->final_ms = now;
	m->next_ms = 0;
	survey_tell_message(s, now, STORY_UNDELIVERED, at, said);
	/* Whoever has written has got it, whatever the receipt says. */
	if (!message_is(m, TEMPLATE_ASK) || s->state != SURVEY_ASKED || s->replies)
		return;
	s->remind_ms = 0;
	(void)survey_drop(s, TEMPLATE_REMINDER);
	if (next_channel(s, p, m, now)) {
		s->state = SURVEY_SENDING;
		s->ends_ms = 0;
	}
}

static void
end_waits(struct survey *s, const struct survey_policy *p, int64_t now)
{
	int n = s->n_messages;                       /* those that are added need no look */

	for (int i = 0; i < n; i++)
		if (s->messages[i].state == MESSAGE_SENT && s->messages[i].next_ms && now >= s->messages[i].next_ms)
			undelivered(s, p, i, now, SV("no_receipt"));
}

static void
remind(struct survey *s, const struct survey_policy *p, int64_t now)
{
	int64_t at = s->remind_ms;
	bool one_way = p->channels[s->channel < p->n_channels ? s->channel : 0].one_way;

	if (!at || now < at)
		return;
	s->remind_ms = 0;
	if (s->state != SURVEY_ASKED || s->replies || s->reopened || (one_way && !p->has_text[TEMPLATE_T5b]))
		return;
	if (survey_queue(s, one_way ? TEMPLATE_T5b : TEMPLATE_T5, s->channel, now, now))
		survey_tell(s, now, STORY_REMIND, "%lld", (long long)((now - s->asked_ms) / HOUR_MS));
}

enum err
survey_on_wake(struct survey *s, struct citizen *c, const struct survey_policy *p, const struct survey_event *ev,
               struct survey_acts *acts)
{
	bool flying = end_leases(s, p, ev->now_ms);
	int64_t now = ev->now_ms;
	int at = survey_queued(s);

	end_waits(s, p, now);
	if (!flying)
		remind(s, p, now);
	if (at < 0 && survey_queued(s) >= 0)
		return ERR_OK;                       /* just queued: the next wake-up knows its channel */
	if (s->state == SURVEY_SENDING && at < 0 && !flying)
		survey_not_asked(s, c, NOT_ASKED_NO_CHANNEL, now);
	else if (s->ends_ms && now >= s->ends_ms)
		survey_end(s, now);                  /* an answer that waits or is on its way is still said */
	else if (at >= 0 && !flying && now >= s->messages[at].next_ms)
		tries[template_sort_of((enum template_id)s->messages[at].text)](s, c, p, at, ev, acts);
	return ERR_OK;
}

/* ---- results ---- */

/* It left, as far as anybody can tell; with a receipt to come, the next look is when it should have come. */
static void
has_left(struct survey *s, const struct survey_policy *p, int at, int64_t now)
{
	struct message *m = &s->messages[at];
	int64_t wait = m->channel + 1 < p->n_channels ? p->channels[m->channel].deliver_ms : 0;

	m->state = MESSAGE_SENT;
	m->sent_ms = now;
	m->next_ms = wait && message_is(m, TEMPLATE_ASK) ? now + wait : 0;
	if (message_is(m, TEMPLATE_ASK))
		survey_asked(s, p, now);
	if (message_is(m, TEMPLATE_REMINDER) && s->state == SURVEY_ASKED)
		s->state = SURVEY_REMINDED;
}

void
survey_evidence(struct survey *s, const struct survey_policy *p, int at, int64_t now, const char *what)
{
	struct message *m = &s->messages[at];

	if (m->state != MESSAGE_INTENT && m->state != MESSAGE_UNKNOWN)
		return;
	has_left(s, p, at, now);
	survey_tell_message(s, now, STORY_EVIDENCE, at, sv_of(what));
}

static void
try_again(struct survey *s, int at, const struct survey_event *ev)
{
	struct message *m = &s->messages[at];
	const struct send_result *r = ev->result;

	if (message_is(m, TEMPLATE_ASK) && s->state == SURVEY_UNKNOWN) {
		s->state = SURVEY_SENDING;
		s->ends_ms = 0;
	}
	m->state = survey_is_over(s) && !message_is(m, TEMPLATE_ANSWER) ? MESSAGE_DROPPED : MESSAGE_QUEUED;
	m->next_ms = ev->now_ms + (r->retry_after_ms > 0 ? r->retry_after_ms : backoff(m->attempts - 1, ev->dice));
	survey_tell_message(s, ev->now_ms, STORY_NOT_SENT, at, sv_of(r->detail));
}

static void
settle(struct survey *s, const struct survey_policy *p, int at, const struct survey_event *ev)
{
	struct message *m = &s->messages[at];
	const struct send_result *r = ev->result;
	int64_t now = ev->now_ms;

	switch (r->end) {
	case SEND_ACCEPTED:
		has_left(s, p, at, now);
		survey_tell_message(s, now, STORY_SENT, at, sv_of(""));
		break;
	case SEND_NOT_SENT:
	case SEND_SLOW_DOWN:
	case SEND_DENIED:
		try_again(s, at, ev);
		break;
	case SEND_REJECTED:
		m->state = MESSAGE_REFUSED;
		m->final_ms = now;
		survey_tell_message(s, now, STORY_REFUSED, at, sv_of(r->detail));
		if (s->state == SURVEY_UNKNOWN && message_is(m, TEMPLATE_ASK)) {
			s->state = SURVEY_SENDING;
			s->ends_ms = 0;
		}
		if (!survey_is_over(s) || message_is(m, TEMPLATE_ANSWER))
			(void)next_channel(s, p, m, now);
		break;
	case SEND_UNKNOWN:
	case SEND_MAX:
		if (m->state != MESSAGE_UNKNOWN)
			become_unknown(s, p, at, now, sv_of(r->detail));
		break;
	}
}

enum err
survey_on_settled(struct survey *s, const struct survey_policy *p, const struct survey_event *ev)
{
	struct message *m;

	if (ev->message < 0 || ev->message >= s->n_messages)
		return ERR_STATE;
	m = &s->messages[ev->message];
	if (!ev->fence || !*ev->fence || strcmp(m->fence, ev->fence) != 0)
		return ERR_STATE;
	if (ev->result->provider_id[0])
		memcpy(m->provider_id, ev->result->provider_id, sizeof m->provider_id);
	if (m->state == MESSAGE_INTENT || m->state == MESSAGE_UNKNOWN) {
		settle(s, p, ev->message, ev);
		return ERR_OK;
	}
	/* A receipt or an answer was faster than the provider's own reply; only the id is news. */
	return ev->result->provider_id[0] ? ERR_OK : ERR_STATE;
}

/* What arrived after all ends the search for another way. */
static void
delivered(struct survey *s, const struct survey_policy *p, int at, int64_t now, struct sv said)
{
	struct message *m = &s->messages[at];

	m->state = MESSAGE_DELIVERED;
	m->final_ms = now;
	m->next_ms = 0;
	survey_tell_message(s, now, STORY_DELIVERED, at, said);
	if (message_is(m, TEMPLATE_ASK) && s->state == SURVEY_SENDING && survey_drop(s, TEMPLATE_ASK))
		survey_asked(s, p, now);
}

enum err
survey_on_receipt(struct survey *s, const struct survey_policy *p, const struct survey_event *ev)
{
	struct message *m;
	int64_t now = ev->now_ms;
	bool failed = ev->receipt == DLR_FAILED || ev->receipt == DLR_REFUSED, arrived = ev->receipt == DLR_DELIVERED;

	if (ev->message < 0 || ev->message >= s->n_messages)
		return ERR_STATE;
	m = &s->messages[ev->message];
	switch ((enum message_state)m->state) {
	case MESSAGE_QUEUED:
		if (!m->attempts)
			return ERR_STATE;
		m->state = MESSAGE_UNKNOWN;          /* the provider said "later"; its receipt knows better */
		break;
	case MESSAGE_DROPPED: case MESSAGE_REFUSED: case MESSAGE_DELIVERED: case MESSAGE_STATE_MAX:
		return ERR_STATE;
	case MESSAGE_UNDELIVERED:
		if (!arrived)
			return ERR_STATE;
		break;
	case MESSAGE_SENT:
		if (!failed && !arrived)
			return ERR_STATE;            /* nothing we did not know */
		break;
	case MESSAGE_INTENT: case MESSAGE_UNKNOWN:
		break;
	}
	survey_evidence(s, p, ev->message, now, dlr_state_name(ev->receipt));
	if (failed)
		undelivered(s, p, ev->message, now, ev->receipt_detail);
	else if (arrived)
		delivered(s, p, ev->message, now, ev->receipt_detail);
	return ERR_OK;
}
