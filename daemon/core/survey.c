/* The survey's plan and steps; see the header. What happens on sending is in survey_send.c, on an answer in
 * survey_reply.c, what may leave at all in survey_gate.c, how it is stored in survey_record.c. */
#include "core/survey.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/survey_inner.h"
#include "text/shortid.h"

#define STORY_KEPT      8                /* first lines that stay when a story grows too long */
#define AGENT_PERIOD_MS (30 * DAY_MS)

void
survey_tell(struct survey *s, int64_t now, enum story_code code, const char *fmt, ...)
{
	struct story_line *line;
	va_list ap;

	if (s->n_story == SURVEY_STORY) {
		memmove(&s->story[STORY_KEPT], &s->story[STORY_KEPT + 1],
		        (SURVEY_STORY - STORY_KEPT - 1) * sizeof *line);
		s->n_story--;
		s->story_cut++;
	}
	line = &s->story[s->n_story++];
	line->at_ms = now;
	line->code = (int)code;
	va_start(ap, fmt);
	vsnprintf(line->detail, sizeof line->detail, fmt, ap);
	va_end(ap);
	if (s->story_new < s->n_story)
		s->story_new++;
}

void
survey_tell_time(struct survey *s, int64_t now, enum story_code code, const struct survey_policy *p, int64_t at)
{
	char text[32];

	calendar_format(p->calendar, at, text);
	survey_tell(s, now, code, "%s", text);
}

void
survey_tell_message(struct survey *s, int64_t now, enum story_code code, int at, struct sv said)
{
	const char *text = template_name((enum template_id)s->messages[at].text);

	survey_tell(s, now, code, "%s %d %.*s", text, at, (int)(said.n < 60 ? said.n : 60), said.n ? said.p : "-");
}

bool
message_is(const struct message *m, enum template_sort sort)
{
	return template_sort_of((enum template_id)m->text) == sort;
}

bool
survey_queue(struct survey *s, enum template_id text, int place, int64_t now, int64_t next)
{
	if (s->n_messages == SURVEY_MESSAGES)
		return false;
	s->messages[s->n_messages++] = (struct message){ .text = (int)text, .state = MESSAGE_QUEUED, .channel = place,
	                                                 .queued_ms = now, .next_ms = next };
	return true;
}

enum template_id
survey_ask_text(const struct survey *s, const struct survey_policy *p, int place)
{
	bool good = s->facts.outcome == OUTCOME_DELIVERED;

	if (!p->channels[place].one_way)
		return good ? TEMPLATE_T1 : TEMPLATE_T1r;
	return good || !p->has_text[TEMPLATE_T1rb] ? TEMPLATE_T1b : TEMPLATE_T1rb;
}

int
survey_queued(const struct survey *s)
{
	int best = -1;

	for (int i = 0; i < s->n_messages; i++)
		if (s->messages[i].state == MESSAGE_QUEUED && (best < 0 || s->messages[i].next_ms < s->messages[best].next_ms))
			best = i;
	return best;
}

int
survey_drop(struct survey *s, enum template_sort sort)
{
	int n = 0;

	for (int i = 0; i < s->n_messages; i++)
		if (s->messages[i].state == MESSAGE_QUEUED && message_is(&s->messages[i], sort)) {
			s->messages[i].state = MESSAGE_DROPPED;
			n++;
		}
	return n;
}

/* Places of messages that certainly did not leave go back, then nothing of the request is left on the citizen. */
static void
take_back(struct survey *s, struct citizen *c)
{
	for (int i = 0; i < s->n_messages; i++)
		if (s->messages[i].state == MESSAGE_DROPPED || s->messages[i].state == MESSAGE_REFUSED)
			survey_refund(s, c, i);
	citizen_unasked(c, s->id);
}

void
survey_not_asked(struct survey *s, struct citizen *c, enum not_asked why, int64_t now)
{
	(void)survey_drop(s, TEMPLATE_ASK);
	(void)survey_drop(s, TEMPLATE_REMINDER);
	if (c)
		take_back(s, c);
	s->state = SURVEY_NOT_ASKED;
	s->reason = (int)why;
	s->ends_ms = s->remind_ms = 0;
	survey_tell(s, now, STORY_NOT_ASKED, "%s", not_asked_name((int)why));
}

void
survey_asked(struct survey *s, const struct survey_policy *p, int64_t now)
{
	if (s->state != SURVEY_SENDING && s->state != SURVEY_UNKNOWN)
		return;
	s->state = SURVEY_ASKED;
	s->asked_ms = now;
	s->ends_ms = now + p->open_for_ms;
	s->remind_ms = p->remind_after_ms && p->remind_after_ms < p->open_for_ms ? now + p->remind_after_ms : 0;
}

void
survey_end(struct survey *s, int64_t now)
{
	bool answered = s->state == SURVEY_ANSWERED;

	(void)survey_drop(s, TEMPLATE_REMINDER);
	s->state = answered ? SURVEY_CLOSED : SURVEY_EXPIRED;
	s->ends_ms = s->remind_ms = 0;
	survey_tell(s, now, answered ? STORY_CLOSED : STORY_EXPIRED, "%s", answered ? "answered" : "no_score");
}

bool
survey_is_over(const struct survey *s)
{
	return s->state == SURVEY_CLOSED || s->state == SURVEY_EXPIRED || s->state == SURVEY_NOT_ASKED;
}

static void
sooner(int64_t *due, int64_t at)
{
	if (at && (!*due || at < *due))
		*due = at;
}

void
survey_set_due(struct survey *s, int64_t now)
{
	int64_t due = s->ends_ms;
	bool flying = false, waiting = false;

	for (int i = 0; i < s->n_messages; i++) {
		flying = flying || s->messages[i].state == MESSAGE_INTENT;
		waiting = waiting || s->messages[i].state == MESSAGE_QUEUED;
	}
	for (int i = 0; i < s->n_messages; i++) {
		const struct message *m = &s->messages[i];

		/* A message on its way: its lease. One that left: until when its receipt is waited for. */
		if (m->state == MESSAGE_INTENT || m->state == MESSAGE_SENT || (m->state == MESSAGE_QUEUED && !flying))
			sooner(&due, m->next_ms);
	}
	if (!flying && !waiting)
		sooner(&due, s->remind_ms);
	if (s->state == SURVEY_SENDING && !flying && !waiting)
		due = now;                           /* refused everywhere: the citizen's record has to be told */
	s->due_ms = due;
}

/* ---- the citizen ---- */

bool
citizen_is_closed(const struct citizen *c)
{
	return c->opted_out || c->wrong_person;
}

bool
citizen_case(struct citizen *c, int64_t now)
{
	if (!c->cases_ms || now - c->cases_ms >= AGENT_PERIOD_MS) {
		c->cases_ms = now;
		c->cases = 0;
	}
	/* It counts no further than it must, so that a batch of one agent's cases does not fight over one record. */
	if (c->cases < CITIZEN_AGENT)
		c->cases++;
	return c->cases == CITIZEN_AGENT;
}

void
citizen_asked(struct citizen *c, const char *survey, int64_t now)
{
	c->asked_ms = now;
	memcpy(c->asked_survey, survey, sizeof c->asked_survey);
	for (int i = 0; i < CITIZEN_OPEN; i++)
		if (!strcmp(c->open[i], survey))
			return;
	memmove(c->open[1], c->open[0], (CITIZEN_OPEN - 1) * sizeof c->open[0]);
	memcpy(c->open[0], survey, sizeof c->open[0]);
}

static void
close_one(struct citizen *c, const char *survey)
{
	for (int i = 0; i < CITIZEN_OPEN; i++)
		if (!strcmp(c->open[i], survey)) {
			memmove(c->open[i], c->open[i + 1], (size_t)(CITIZEN_OPEN - 1 - i) * sizeof c->open[0]);
			memset(c->open[CITIZEN_OPEN - 1], 0, sizeof c->open[0]);
			return;
		}
}

void
citizen_unasked(struct citizen *c, const char *survey)
{
	close_one(c, survey);
	if (strcmp(c->asked_survey, survey) != 0)
		return;
	c->asked_ms = 0;
	memset(c->asked_survey, 0, sizeof c->asked_survey);
}

bool
citizen_hears(struct citizen *c, const struct reading *r, int64_t now)
{
	switch (r->kind) {
	case REPLY_OPTOUT:
		if (c->opted_out)
			return false;
		c->opted_out = true;
		c->opted_ms = now;
		return true;
	case REPLY_OPTIN:
		if (!c->opted_out && !c->wrong_person)
			return false;
		c->opted_out = c->wrong_person = false;
		c->opted_ms = now;
		return true;
	case REPLY_WRONG_PERSON:
		if (c->wrong_person)
			return false;
		c->wrong_person = true;
		return true;
	default:
		return false;
	}
}

/* ---- plan ---- */

static bool
is_sampled(const struct survey *s, int pct)
{
	unsigned h = 0;

	/* The id is random, so its letters are as good as dice, and the same survey always falls the same way. */
	for (int i = 1; i < SURVEY_ID - 1; i++)
		h = h * 32 + (unsigned)shortid_value(s->id[i]);
	return h % 100 < (unsigned)pct;
}

enum not_asked
survey_may_ask(const struct survey *s, const struct citizen *c, const struct survey_policy *p, int64_t at)
{
	if (c->wrong_person)
		return NOT_ASKED_WRONG_PERSON;
	if (c->opted_out)
		return NOT_ASKED_OPTED_OUT;
	if (c->asked_ms && strcmp(c->asked_survey, s->id) != 0 && at - c->asked_ms < p->every_ms)
		return NOT_ASKED_CAPPED;
	return NOT_ASKED_NONE;
}

/* Reasons in the order people would give them: what the citizen wants, what the case is, what chance said. */
static enum not_asked
plan_veto(const struct survey *s, const struct citizen *c, const struct survey_policy *p, int64_t now)
{
	enum not_asked why = survey_may_ask(s, c, p, s->send_ms > 0 ? s->send_ms : now);

	if (why)
		return why;
	if (now - s->facts.closed_ms > p->too_old_ms)
		return NOT_ASKED_TOO_OLD;
	if (!is_sampled(s, p->sample_pct))
		return NOT_ASKED_SAMPLED_OUT;
	if (s->send_ms < 0 || s->send_ms - s->facts.closed_ms > p->too_old_ms)
		return NOT_ASKED_EXPIRED_WINDOW;
	return NOT_ASKED_NONE;
}

void
survey_plan(struct survey *s, const struct citizen *c, const struct survey_policy *p, enum not_asked veto, int64_t now)
{
	int64_t from = s->facts.closed_ms + p->delay_ms;

	s->made_ms = now;
	s->state = SURVEY_PLANNED;
	survey_tell(s, now, STORY_TAKEN, "%s", outcome_name((enum outcome)s->facts.outcome));
	if (s->agent)
		survey_tell(s, now, STORY_AGENT, "%d", CITIZEN_AGENT);
	s->send_ms = calendar_next_open(p->calendar, p->window, from > now ? from : now);
	if (!veto)
		veto = plan_veto(s, c, p, now);
	if (veto) {
		s->send_ms = 0;
		survey_not_asked(s, NULL, veto, now);
	} else {
		(void)survey_queue(s, survey_ask_text(s, p, 0), 0, now, s->send_ms);
		survey_tell_time(s, now, STORY_PLANNED, p, s->send_ms);
	}
	survey_set_due(s, now);
}

/* ---- step ---- */

static bool
is_asking(const struct survey *s)
{
	int at = survey_queued(s);

	return s->state == SURVEY_PLANNED || (s->state == SURVEY_SENDING && at >= 0 && message_is(&s->messages[at], TEMPLATE_ASK));
}

/* What nobody has heard yet is not said any more; an answer to the citizen's own words still is. */
static enum err
on_reopened(struct survey *s, struct citizen *c, int64_t now)
{
	bool cancelled;

	if (is_asking(s)) {
		survey_tell(s, now, STORY_REOPENED, "%s", "unsent");
		survey_not_asked(s, c, NOT_ASKED_REOPENED, now);
		return ERR_OK;
	}
	cancelled = s->remind_ms != 0
	            || ((s->state == SURVEY_SENDING || s->state == SURVEY_UNKNOWN) && !s->reopened);
	s->remind_ms = 0;
	cancelled = survey_drop(s, TEMPLATE_REMINDER) || cancelled;
	cancelled = survey_drop(s, TEMPLATE_NOTICE) || cancelled;
	if (!cancelled)
		return ERR_STATE;                    /* everything is said already; nothing to cancel */
	s->reopened = true;                          /* what is on its way now is not tried again */
	survey_tell(s, now, STORY_REOPENED, "%s", survey_state_name(s->state));
	return ERR_OK;
}

enum err
survey_step(struct survey *s, struct citizen *c, const struct survey_policy *p, const struct survey_event *ev,
            struct survey_acts *acts)
{
	enum err e = ERR_STATE;

	*acts = (struct survey_acts){ .send = -1 };
	s->story_new = 0;
	switch (ev->kind) {
	case SURVEY_WAKE:      e = survey_on_wake(s, c, p, ev, acts); break;
	case SURVEY_SETTLED:   e = survey_on_settled(s, p, ev); break;
	case SURVEY_RECEIPT:   e = survey_on_receipt(s, p, ev); break;
	case SURVEY_REPLY:     e = survey_on_reply(s, c, p, ev, acts); break;
	case SURVEY_REOPENED:  e = on_reopened(s, c, ev->now_ms); break;
	case SURVEY_EVENT_MAX: break;
	}
	if (!e)
		survey_set_due(s, ev->now_ms);
	return e;
}
