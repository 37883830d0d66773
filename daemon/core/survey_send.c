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
begin_send(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, const struct survey_event *ev,
           struct survey_acts *acts)
{
	struct message *m = &s->messages[at];

	m->state = MESSAGE_INTENT;
	m->intent_ms = ev->now_ms;
	m->next_ms = ev->now_ms + p->lease_ms;
	m->attempts++;
	snprintf(m->fence, sizeof m->fence, "%s", ev->fence);
	s->channel = m->channel;
	snprintf(s->channel_name, sizeof s->channel_name, "%s", ev->channel_name);
	if (message_is_ask(m)) {
		s->state = SURVEY_SENDING;
		if (strcmp(c->asked_survey, s->id) != 0)
			citizen_asked(c, s->id, ev->now_ms);
	}
	survey_tell(s, ev->now_ms, STORY_SENDING, "%s %s.%d #%d", template_name((enum template_id)m->text),
	            ev->channel_name, at, m->attempts);
	acts->send = at;
}

static int64_t
oldest_of_budget(const struct citizen *c, const struct survey_policy *p, int64_t now)
{
	int n = p->unsolicited_per_day;

	if (n > CITIZEN_SENDS)
		return 0;
	return c->sends[n - 1] && now - c->sends[n - 1] < DAY_MS ? c->sends[n - 1] : 0;
}

static void
postpone(struct survey *s, struct message *m, const struct survey_policy *p, int64_t now, int64_t to,
         enum story_code code)
{
	m->next_ms = calendar_next_open(p->calendar, p->window, to);
	if (m->next_ms < 0)
		m->next_ms = to + DAY_MS;
	s->send_ms = m->next_ms;
	survey_tell_time(s, now, code, p, m->next_ms);
}

static void
try_ask(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, const struct survey_event *ev,
        struct survey_acts *acts)
{
	struct message *m = &s->messages[at];
	int64_t now = ev->now_ms, held;
	enum not_asked why = ev->veto;

	if (!why)
		why = survey_may_ask(s, c, p, now);
	if (!why && now - s->facts.closed_ms > p->too_old_ms)
		why = NOT_ASKED_EXPIRED_WINDOW;
	if (why) {
		survey_not_asked(s, c, why, now);
	} else if (!calendar_is_open(p->calendar, p->window, now)) {
		postpone(s, m, p, now, now, STORY_POSTPONED);
	} else if (strcmp(c->asked_survey, s->id) != 0 && (held = oldest_of_budget(c, p, now)) != 0) {
		postpone(s, m, p, now, held + DAY_MS, STORY_BUDGET);
	} else if (!ev->room) {
		m->next_ms = now + NO_ROOM_MS;
	} else {
		begin_send(s, c, p, at, ev, acts);
	}
}

static void
try_answer(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, const struct survey_event *ev,
           struct survey_acts *acts)
{
	struct message *m = &s->messages[at];
	int64_t now = ev->now_ms, age = now - m->queued_ms;

	if (age > ANSWER_MAX_AGE) {
		m->state = MESSAGE_DROPPED;
		survey_tell(s, now, STORY_DROPPED, "%s: too late", template_name((enum template_id)m->text));
	} else if (age > ANSWER_ANY_HOUR && !calendar_is_open(p->calendar, p->window, now)) {
		postpone(s, m, p, now, now, STORY_POSTPONED);
	} else if (!ev->room) {
		m->next_ms = now + NO_ROOM_MS;
	} else {
		begin_send(s, c, p, at, ev, acts);
	}
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
		m->state = MESSAGE_UNKNOWN;
		if (message_is_ask(m) && s->state == SURVEY_SENDING) {
			s->state = SURVEY_UNKNOWN;
			s->ends_ms = now + p->open_for_ms;
		}
		survey_tell(s, now, STORY_UNKNOWN, "%d: no result in time", i);
	}
	return flying;
}

static void
end_of_time(struct survey *s, int64_t now)
{
	bool answered = s->state == SURVEY_ANSWERED;

	survey_drop_queued(s);
	s->state = answered ? SURVEY_CLOSED : SURVEY_EXPIRED;
	s->ends_ms = 0;
	survey_tell(s, now, answered ? STORY_CLOSED : STORY_EXPIRED, "%s", answered ? "answered" : "no score");
}

enum err
survey_on_wake(struct survey *s, struct citizen *c, const struct survey_policy *p, const struct survey_event *ev,
               struct survey_acts *acts)
{
	bool flying = end_leases(s, p, ev->now_ms);
	int at = survey_queued(s);

	if (s->state == SURVEY_SENDING && at < 0 && !flying)
		survey_not_asked(s, c, NOT_ASKED_NO_CHANNEL, ev->now_ms);
	else if (s->ends_ms && ev->now_ms >= s->ends_ms && !flying)
		end_of_time(s, ev->now_ms);
	else if (at >= 0 && !flying && ev->now_ms >= s->messages[at].next_ms)
		(message_is_ask(&s->messages[at]) ? try_ask : try_answer)(s, c, p, at, ev, acts);
	return ERR_OK;
}

/* ---- results ---- */

/* Which message, and what the provider said of it if it said anything. */
static void
tell_of(struct survey *s, int64_t now, enum story_code code, int at, struct sv said)
{
	if (said.n)
		survey_tell(s, now, code, "%d: %.*s", at, (int)(said.n < 60 ? said.n : 60), said.p);
	else
		survey_tell(s, now, code, "%d", at);
}

void
survey_evidence(struct survey *s, const struct survey_policy *p, int at, int64_t now, const char *what)
{
	struct message *m = &s->messages[at];

	if (m->state != MESSAGE_INTENT && m->state != MESSAGE_UNKNOWN)
		return;
	m->state = MESSAGE_SENT;
	m->sent_ms = now;
	survey_tell(s, now, STORY_EVIDENCE, "%d: %s", at, what);
	if (message_is_ask(m))
		survey_asked(s, p, now);
}

/* The same text over the next channel of the route; only when this one certainly did not deliver it. */
static bool
next_channel(struct survey *s, const struct survey_policy *p, const struct message *m, int64_t now)
{
	if (m->channel + 1 >= p->n_channels || !survey_queue(s, (enum template_id)m->text, now, now))
		return false;
	s->messages[s->n_messages - 1].channel = m->channel + 1;
	return true;
}

static void
settle(struct survey *s, const struct survey_policy *p, int at, const struct survey_event *ev)
{
	struct message *m = &s->messages[at];
	const struct send_result *r = ev->result;
	int64_t now = ev->now_ms;

	switch (r->end) {
	case SEND_ACCEPTED:
		m->state = MESSAGE_SENT;
		m->sent_ms = now;
		survey_tell(s, now, STORY_SENT, "%d", at);
		if (message_is_ask(m))
			survey_asked(s, p, now);
		break;
	case SEND_NOT_SENT:
	case SEND_SLOW_DOWN:
	case SEND_DENIED:
		if (message_is_ask(m) && s->state == SURVEY_UNKNOWN) {
			s->state = SURVEY_SENDING;
			s->ends_ms = 0;
		}
		m->state = MESSAGE_QUEUED;
		m->next_ms = now + (r->retry_after_ms > 0 ? r->retry_after_ms : backoff(m->attempts - 1, ev->dice));
		tell_of(s, now, STORY_NOT_SENT, at, sv_of(r->detail));
		break;
	case SEND_REJECTED:
		m->state = MESSAGE_REFUSED;
		m->final_ms = now;
		tell_of(s, now, STORY_REFUSED, at, sv_of(r->detail));
		(void)next_channel(s, p, m, now);
		break;
	case SEND_UNKNOWN:
	case SEND_MAX:
		if (m->state == MESSAGE_UNKNOWN)
			break;
		m->state = MESSAGE_UNKNOWN;
		if (message_is_ask(m) && s->state == SURVEY_SENDING) {
			s->state = SURVEY_UNKNOWN;
			s->ends_ms = now + p->open_for_ms;
		}
		tell_of(s, now, STORY_UNKNOWN, at, sv_of(r->detail));
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

enum err
survey_on_receipt(struct survey *s, const struct survey_policy *p, const struct survey_event *ev)
{
	struct message *m;
	int64_t now = ev->now_ms;
	bool failed = ev->receipt == DLR_FAILED || ev->receipt == DLR_REFUSED;

	if (ev->message < 0 || ev->message >= s->n_messages)
		return ERR_STATE;
	m = &s->messages[ev->message];
	if (m->state == MESSAGE_DELIVERED || m->state == MESSAGE_UNDELIVERED || m->state == MESSAGE_REFUSED
	    || m->state == MESSAGE_QUEUED || m->state == MESSAGE_DROPPED)
		return ERR_STATE;
	if (!failed && ev->receipt != DLR_DELIVERED && m->state == MESSAGE_SENT)
		return ERR_STATE;                    /* nothing we did not know */
	survey_evidence(s, p, ev->message, now, dlr_state_name(ev->receipt));
	if (!failed && ev->receipt != DLR_DELIVERED)
		return ERR_OK;
	m->state = failed ? MESSAGE_UNDELIVERED : MESSAGE_DELIVERED;
	m->final_ms = now;
	tell_of(s, now, failed ? STORY_UNDELIVERED : STORY_DELIVERED, ev->message, ev->receipt_detail);
	if (failed && message_is_ask(m) && s->state == SURVEY_ASKED && next_channel(s, p, m, now)) {
		s->state = SURVEY_SENDING;
		s->ends_ms = 0;
	}
	return ERR_OK;
}
