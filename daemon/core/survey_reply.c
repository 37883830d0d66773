/* An answer of the citizen: what it changes, and what we say to it. One table says per kind of message what to do. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/survey_inner.h"

struct heard {
	struct survey *s;
	struct citizen *c;
	const struct survey_policy *p;
	const struct survey_event *ev;
	const struct reading *r;
	struct survey_acts *acts;
};

typedef void hear_fn(struct heard *h);

static bool
is_integrity(int klass)
{
	return klass >= CLASS_P1_REVIEW;
}

/* ---- answers ---- */

static void
say(struct heard *h, enum template_id text)
{
	struct survey *s = h->s;
	int64_t now = h->ev->now_ms;

	if (s->answers >= h->p->answers_per_conversation) {
		survey_tell(s, now, STORY_SILENT, "%s: %d answers were sent", template_name(text), s->answers);
		return;
	}
	survey_drop_queued(s);                       /* what they said makes an unsent answer to earlier words stale */
	if (!survey_queue(s, text, now, now)) {
		survey_tell(s, now, STORY_SILENT, "%s: %d messages", template_name(text), s->n_messages);
		return;
	}
	s->answers++;
}

static void
say_thanks(struct heard *h)
{
	struct survey *s = h->s;

	if (is_integrity(s->klass) || strchr(s->reasons, 'F'))
		say(h, TEMPLATE_T3f);
	else if (s->followup[0])
		say(h, TEMPLATE_T3r);
	else
		say(h, TEMPLATE_T3);
}

static void
stay_silent(struct heard *h)
{
	survey_tell(h->s, h->ev->now_ms, STORY_SILENT, "%s", reply_kind_name(h->r->kind));
}

/* ---- follow-ups ---- */

static int
followup_row(int klass)
{
	switch (klass) {
	case CLASS_P0: case CLASS_P0_REVIEW: return 0;
	case CLASS_P1: case CLASS_P1_REVIEW: return 1;
	case CLASS_P2: return 2;
	default:       return 3;
	}
}

static int64_t
deadline(const struct survey_policy *p, int64_t now, bool round_the_clock, int64_t ms, int days)
{
	if (days)
		return calendar_add_days(p->calendar, p->work, now, days);
	if (!ms)
		return 0;
	return round_the_clock ? now + ms : calendar_add_open(p->calendar, p->work, now, ms);
}

static void
set_deadlines(struct heard *h)
{
	int row = followup_row(h->s->klass);
	int64_t now = h->ev->now_ms, ack, answer;

	ack = deadline(h->p, now, row == 0, h->p->followup[row].ack_ms, h->p->followup[row].ack_days);
	answer = deadline(h->p, now, row == 0, h->p->followup[row].answer_ms, h->p->followup[row].answer_days);
	h->acts->followup_due_ms = ack > 0 ? ack : answer;
	h->s->followup_due_ms = answer > 0 ? answer : ack;
}

/* A digit never lowers what the words say, and a low score alone is a grievance. */
static void
follow_up(struct heard *h)
{
	struct survey *s = h->s;
	int klass = (int)h->r->klass;
	int64_t now = h->ev->now_ms;

	if (h->r->score && s->score <= h->p->low_score && klass < CLASS_P2)
		klass = CLASS_P2;
	if (klass <= s->klass)
		return;
	s->klass = klass;
	if (s->followup[0]) {
		h->acts->followup = "reclassified";
		survey_tell(s, now, STORY_RECLASSED, "%s %s", s->followup, reply_class_name((enum reply_class)klass));
	} else {
		snprintf(s->followup, sizeof s->followup, "%s", h->ev->followup_id);
		h->acts->followup = "opened";
		survey_tell(s, now, STORY_FOLLOWUP, "%s %s", s->followup, reply_class_name((enum reply_class)klass));
	}
	set_deadlines(h);
}

static bool
add_reasons(struct heard *h)
{
	unsigned old = 0, both;

	(void)reply_reasons_find(sv_of(h->s->reasons), &old);
	both = old | h->r->reasons;
	if (both == old)
		return false;
	reply_reasons_text(both, h->s->reasons);
	survey_tell(h->s, h->ev->now_ms, STORY_REASONS, "%s", h->s->reasons);
	return true;
}

/* ---- kinds ---- */

static void
clarify(struct heard *h, enum template_id text, const char *why)
{
	if (h->s->clarified || h->s->score) {
		stay_silent(h);
		return;
	}
	h->s->clarified = true;
	h->s->state = SURVEY_CLARIFY;
	survey_tell(h->s, h->ev->now_ms, STORY_CLARIFY, "%s", why);
	say(h, text);
}

static void
record_score(struct heard *h, int score)
{
	struct survey *s = h->s;
	bool late = s->state == SURVEY_EXPIRED;

	h->acts->previous = s->score;
	h->acts->score = s->score ? SCORE_KIND_REVISION : late ? SCORE_KIND_LATE : SCORE_KIND_SCORE;
	s->score = score;
	s->doubtful = 0;
	s->replied_ms = h->ev->now_ms;
	if (s->state != SURVEY_EXPIRED && s->state != SURVEY_CLOSED)
		s->state = SURVEY_ANSWERED;
	survey_tell(s, h->ev->now_ms, STORY_SCORE, "%d (%s, %s)", score, h->r->rule, score_kind_name((int)h->acts->score));
}

static void
take_score(struct heard *h, int score)
{
	struct survey *s = h->s;
	bool same = s->score == score;

	if (!same)
		record_score(h, score);
	add_reasons(h);
	follow_up(h);
	if (same && !h->acts->followup) {
		stay_silent(h);
	} else if (score <= h->p->ask_reason_at && !s->reasons[0] && !s->reason_asked) {
		s->reason_asked = true;
		say(h, TEMPLATE_T2);
	} else {
		say_thanks(h);
	}
}

static void
hear_score(struct heard *h)
{
	struct survey *s = h->s;

	if (h->r->score) {
		take_score(h, h->r->score);
		return;
	}
	add_reasons(h);
	follow_up(h);
	s->doubtful = h->r->clarify == CLARIFY_CONTRADICTION ? h->r->doubtful : 0;
	clarify(h, s->doubtful ? TEMPLATE_T4c : TEMPLATE_T4, reply_clarify_name(h->r->clarify));
}

static void
hear_confirm(struct heard *h)
{
	if (h->s->doubtful)
		take_score(h, h->s->doubtful);
	else
		stay_silent(h);
}

/* Free words: kept and classified always; answered when they complain or answer our question. */
static void
hear_words(struct heard *h)
{
	bool more = add_reasons(h), expected = h->s->reason_asked;

	follow_up(h);
	if (h->acts->followup || (expected && (more || h->r->kind == REPLY_REASON)))
		say_thanks(h);
	else if (!h->s->score && h->r->kind != REPLY_QUESTION)
		clarify(h, TEMPLATE_T4, reply_kind_name(h->r->kind));
	else
		stay_silent(h);
}

static void
hear_refusal(struct heard *h)
{
	struct survey *s = h->s;
	bool out = h->r->kind == REPLY_OPTOUT;

	(void)citizen_hears(h->c, h->r, h->ev->now_ms);
	survey_tell(s, h->ev->now_ms, out ? STORY_OPTED_OUT : STORY_WRONG_PERSON, "%s", h->r->rule);
	survey_drop_queued(s);
	add_reasons(h);
	follow_up(h);
	if (!s->optout_confirmed) {
		s->optout_confirmed = true;
		say(h, out ? TEMPLATE_T6 : TEMPLATE_T6w);
	}
	if (s->state != SURVEY_ANSWERED && s->state != SURVEY_EXPIRED && s->state != SURVEY_NOT_ASKED)
		s->state = SURVEY_CLOSED;
	s->ends_ms = 0;
}

static void
hear_optin(struct heard *h)
{
	if (!citizen_hears(h->c, h->r, h->ev->now_ms)) {
		stay_silent(h);
		return;
	}
	survey_tell(h->s, h->ev->now_ms, STORY_OPTED_IN, "%s", h->r->rule);
	say(h, TEMPLATE_T6b);
}

static void
hear_mood(struct heard *h)
{
	add_reasons(h);
	follow_up(h);
	if (h->acts->followup)
		say_thanks(h);
	else
		stay_silent(h);
}

static hear_fn *const hear[REPLY_KIND_MAX] = {
	[REPLY_EMPTY]        = stay_silent,
	[REPLY_STAFF]        = stay_silent,
	[REPLY_AUTO_REPLY]   = stay_silent,
	[REPLY_CONFIRM]      = hear_confirm,
	[REPLY_VERDICT]      = hear_mood,
	[REPLY_OPTOUT]       = hear_refusal,
	[REPLY_OPTIN]        = hear_optin,
	[REPLY_WRONG_PERSON] = hear_refusal,
	[REPLY_SCORE]        = hear_score,
	[REPLY_REASON]       = hear_words,
	[REPLY_CALLBACK]     = hear_words,
	[REPLY_QUESTION]     = hear_words,
	[REPLY_THANKS]       = hear_mood,
	[REPLY_COMMENT]      = hear_words,
	[REPLY_UNCLEAR]      = hear_words,
};

/* ---- doors ---- */

bool
survey_takes_replies(const struct survey *s, int64_t now, const struct survey_policy *p)
{
	int64_t since = s->asked_ms ? s->asked_ms : s->n_messages ? s->messages[0].intent_ms : 0;

	switch (s->state) {
	case SURVEY_NEW: case SURVEY_PLANNED: return false;
	case SURVEY_NOT_ASKED: return false;
	default: return since && now - since <= p->late_for_ms;
	}
}

enum reply_expect
survey_expects(const struct survey *s)
{
	switch (s->state) {
	case SURVEY_SENDING: case SURVEY_UNKNOWN: case SURVEY_ASKED: return EXPECT_SCORE;
	case SURVEY_CLARIFY:  return s->doubtful ? EXPECT_CONFIRM : EXPECT_SCORE;
	case SURVEY_ANSWERED: return s->reason_asked && !s->reasons[0] ? EXPECT_REASON : EXPECT_CLOSED;
	default: return EXPECT_CLOSED;
	}
}

enum err
survey_on_reply(struct survey *s, struct citizen *c, const struct survey_policy *p, const struct survey_event *ev,
                struct survey_acts *acts)
{
	struct heard h = { s, c, p, ev, ev->reading, acts };

	if (!survey_takes_replies(s, ev->now_ms, p))
		return ERR_STATE;
	if (ev->reading->kind != REPLY_AUTO_REPLY)
		for (int i = 0; i < s->n_messages; i++)
			if (message_is_ask(&s->messages[i]))
				survey_evidence(s, p, i, ev->now_ms, "the citizen answered");
	snprintf(s->rule, sizeof s->rule, "%s", ev->reading->rule);
	s->confidence_pct = ev->reading->confidence_pct;
	s->match = (int)ev->match;
	acts->keep_text = ev->reading->kind != REPLY_EMPTY && ev->reading->kind != REPLY_AUTO_REPLY;
	s->replies += acts->keep_text;
	survey_tell(s, ev->now_ms, STORY_REPLY, "%s, rule %s, %s", reply_kind_name(ev->reading->kind), ev->reading->rule,
	            match_name((int)ev->match));
	hear[ev->reading->kind](&h);
	return ERR_OK;
}
