/* The survey's plan and steps; see the header. What happens on sending is in survey_send.c, on an answer in
 * survey_reply.c, how it is stored in survey_record.c. */
#include "core/survey.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/survey_inner.h"
#include "text/shortid.h"

#define STORY_KEPT 8                     /* first lines that stay when a story grows too long */

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

bool
message_is_ask(const struct message *m)
{
	return m->text == TEMPLATE_T1 || m->text == TEMPLATE_T1r;
}

bool
survey_queue(struct survey *s, enum template_id text, int64_t now, int64_t next)
{
	struct message *m;

	if (s->n_messages == SURVEY_MESSAGES)
		return false;
	m = &s->messages[s->n_messages++];
	*m = (struct message){ .text = (int)text, .state = MESSAGE_QUEUED, .channel = s->channel,
	                       .queued_ms = now, .next_ms = next };
	return true;
}

int
survey_queued(const struct survey *s)
{
	for (int i = 0; i < s->n_messages; i++)
		if (s->messages[i].state == MESSAGE_QUEUED)
			return i;
	return -1;
}

void
survey_drop_queued(struct survey *s)
{
	for (int i = 0; i < s->n_messages; i++)
		if (s->messages[i].state == MESSAGE_QUEUED)
			s->messages[i].state = MESSAGE_DROPPED;
}

void
survey_not_asked(struct survey *s, struct citizen *c, enum not_asked why, int64_t now)
{
	survey_drop_queued(s);
	if (c)
		citizen_unasked(c, s->id);
	s->state = SURVEY_NOT_ASKED;
	s->reason = (int)why;
	s->ends_ms = 0;
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

		if (m->state == MESSAGE_INTENT && (!due || m->next_ms < due))
			due = m->next_ms;
		if (m->state == MESSAGE_QUEUED && !flying && (!due || m->next_ms < due))
			due = m->next_ms;
	}
	if (s->state == SURVEY_SENDING && !flying && !waiting)
		due = now;                           /* refused everywhere: the citizen's record has to be told */
	s->due_ms = due;
}

/* ---- the citizen ---- */

void
citizen_asked(struct citizen *c, const char *survey, int64_t now)
{
	c->asked_ms = now;
	memcpy(c->asked_survey, survey, sizeof c->asked_survey);
	memmove(&c->sends[1], &c->sends[0], (CITIZEN_SENDS - 1) * sizeof c->sends[0]);
	c->sends[0] = now;
	for (int i = 0; i < CITIZEN_OPEN; i++)
		if (!strcmp(c->open[i], survey))
			return;
	memmove(c->open[1], c->open[0], (CITIZEN_OPEN - 1) * sizeof c->open[0]);
	memcpy(c->open[0], survey, sizeof c->open[0]);
}

void
citizen_unasked(struct citizen *c, const char *survey)
{
	if (strcmp(c->asked_survey, survey) != 0)
		return;
	c->asked_ms = 0;
	c->asked_survey[0] = '\0';
	memmove(&c->sends[0], &c->sends[1], (CITIZEN_SENDS - 1) * sizeof c->sends[0]);
	c->sends[CITIZEN_SENDS - 1] = 0;
	for (int i = 0; i < CITIZEN_OPEN; i++)
		if (!strcmp(c->open[i], survey)) {
			memmove(c->open[i], c->open[i + 1], (size_t)(CITIZEN_OPEN - 1 - i) * sizeof c->open[0]);
			c->open[CITIZEN_OPEN - 1][0] = '\0';
			return;
		}
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
survey_may_ask(const struct survey *s, const struct citizen *c, const struct survey_policy *p, int64_t now)
{
	if (c->wrong_person)
		return NOT_ASKED_WRONG_PERSON;
	if (c->opted_out)
		return NOT_ASKED_OPTED_OUT;
	if (c->asked_ms && strcmp(c->asked_survey, s->id) != 0 && now - c->asked_ms < p->every_ms)
		return NOT_ASKED_CAPPED;
	return NOT_ASKED_NONE;
}

void
survey_plan(struct survey *s, const struct citizen *c, const struct survey_policy *p, enum not_asked veto, int64_t now)
{
	int64_t from = s->facts.closed_ms + p->delay_ms;
	enum not_asked why = veto;

	s->made_ms = now;
	s->state = SURVEY_PLANNED;
	survey_tell(s, now, STORY_TAKEN, "%s", outcome_name((enum outcome)s->facts.outcome));
	if (!why)
		why = survey_may_ask(s, c, p, now);
	if (!why && now - s->facts.closed_ms > p->too_old_ms)
		why = NOT_ASKED_TOO_OLD;
	if (!why && !is_sampled(s, p->sample_pct))
		why = NOT_ASKED_SAMPLED_OUT;
	s->send_ms = calendar_next_open(p->calendar, p->window, from > now ? from : now);
	if (!why && (s->send_ms < 0 || s->send_ms - s->facts.closed_ms > p->too_old_ms))
		why = NOT_ASKED_EXPIRED_WINDOW;
	if (why) {
		s->send_ms = 0;
		survey_not_asked(s, NULL, why, now);
	} else {
		(void)survey_queue(s, s->facts.outcome == OUTCOME_DELIVERED ? TEMPLATE_T1 : TEMPLATE_T1r, now, s->send_ms);
		survey_tell_time(s, now, STORY_PLANNED, p, s->send_ms);
	}
	survey_set_due(s, now);
}

/* ---- step ---- */

static enum err
on_reopened(struct survey *s, struct citizen *c, int64_t now)
{
	if (s->state == SURVEY_PLANNED || (s->state == SURVEY_SENDING && survey_queued(s) >= 0)) {
		survey_tell(s, now, STORY_REOPENED, "%s", "unsent");
		survey_not_asked(s, c, NOT_ASKED_REOPENED, now);
		return ERR_OK;
	}
	if (survey_queued(s) < 0)
		return ERR_STATE;                    /* everything is said already; nothing to cancel */
	survey_drop_queued(s);
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
