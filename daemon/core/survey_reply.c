/* An answer of the citizen: what it changes, and what we say to it. One table says per kind of message what to do. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/survey_inner.h"

#define LONG_TEXT 160                    /* characters; somebody who writes so much may think it is a formal complaint */

struct heard {
	struct survey *s;
	struct citizen *c;
	const struct survey_policy *p;
	const struct survey_event *ev;
	const struct reading *r;
	struct survey_acts *acts;
	bool said;                           /* something is queued in answer to this message */
};

typedef void hear_fn(struct heard *h);

static bool
is_integrity(const struct survey *s)
{
	return s->klass >= CLASS_P1_REVIEW || strchr(s->reasons, 'F');
}

/* ---- answers ---- */

static void
stay_silent(struct heard *h)
{
	survey_tell(h->s, h->ev->now_ms, STORY_SILENT, "%s", reply_kind_name(h->r->kind));
}

static void
say(struct heard *h, enum template_id text)
{
	struct survey *s = h->s;
	int64_t now = h->ev->now_ms;

	/* What they said now makes an unsent answer to earlier words stale. */
	if (!h->said)
		(void)survey_drop(s, TEMPLATE_ANSWER);
	h->said = true;
	if (!survey_may_answer(s, h->c, h->p, text))
		survey_tell(s, now, STORY_SILENT, "%s", citizen_is_closed(h->c) ? "no_texts" : "budget");
	else if (!survey_queue(s, text, s->channel, now, now))
		survey_tell(s, now, STORY_SILENT, "full");
}

/* A complaint that nobody may take for a formal one; and a promise of secrecy only where somebody can keep it. */
static void
say_thanks(struct heard *h)
{
	struct survey *s = h->s;
	bool secret = is_integrity(s), wordy = h->acts->followup && h->ev->characters > LONG_TEXT;

	if (!secret)
		say(h, s->followup[0] ? TEMPLATE_T3r : TEMPLATE_T3);
	else if (h->p->confidential)
		say(h, TEMPLATE_T3f);
	if (!s->legal_told && (wordy || (secret && !h->p->confidential))) {
		s->legal_told = true;
		say(h, TEMPLATE_T10);
	} else if (!h->said) {
		stay_silent(h);
	}
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
follow_up(struct heard *h, int score)
{
	struct survey *s = h->s;
	int klass = (int)h->r->klass;
	int64_t now = h->ev->now_ms;

	if (score && score <= h->p->low_score && klass < CLASS_P2)
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

static bool
clarify(struct heard *h, enum template_id text, const char *why)
{
	struct survey *s = h->s;

	if (s->clarified || s->score)
		return false;
	s->clarified = true;
	s->state = SURVEY_CLARIFY;
	survey_tell(s, h->ev->now_ms, STORY_CLARIFY, "%s", why);
	say(h, text);
	return true;
}

static void
record_score(struct heard *h, int score)
{
	static const char *const how[] = {
		[SCORE_KIND_SCORE] = "first", [SCORE_KIND_REVISION] = "revised", [SCORE_KIND_LATE] = "late", [SCORE_KIND_NONE] = "",
	};
	struct survey *s = h->s;

	s->late = s->late || s->state == SURVEY_EXPIRED;
	h->acts->previous = s->score;
	h->acts->score = s->score ? SCORE_KIND_REVISION : s->late ? SCORE_KIND_LATE : SCORE_KIND_SCORE;
	s->score = score;
	s->doubtful = 0;
	s->replied_ms = h->ev->now_ms;
	s->match = (int)h->ev->match;
	s->confidence_pct = h->r->confidence_pct * match_pct(s->match) / 100;
	snprintf(s->rule, sizeof s->rule, "%s", h->r->rule);
	if (!survey_is_over(s))
		s->state = SURVEY_ANSWERED;
	survey_tell(s, h->ev->now_ms, STORY_SCORE, "%d %s", score, how[h->acts->score]);
}

static void
ask_why(struct heard *h, int score)
{
	h->s->reason_asked = true;
	say(h, score <= 2 ? TEMPLATE_T2 : TEMPLATE_T2n);
}

/* Two cases of this phone wait for an answer and nobody knows which was meant: the newest has it, the other is asked for. */
static void
ask_which(struct heard *h)
{
	struct survey *s = h->s;

	s->which_asked = true;
	snprintf(s->other, sizeof s->other, "%s", h->ev->other);
	survey_tell(s, h->ev->now_ms, STORY_WHICH, "%s", s->other);
	say(h, TEMPLATE_T4b);
}

/* The survey has ended: what they say is kept and a complaint is one, but there is no more talk. */
static void
say_it_is_over(struct heard *h)
{
	if (h->acts->followup) {
		say_thanks(h);
	} else if (h->s->late_told) {
		stay_silent(h);
	} else {
		h->s->late_told = true;
		say(h, TEMPLATE_T11);
	}
}

static void
hear_late(struct heard *h)
{
	int score = h->s->state == SURVEY_EXPIRED ? h->r->score : 0;

	if (score && score != h->s->score)
		record_score(h, score);
	(void)add_reasons(h);
	follow_up(h, h->r->score);
	say_it_is_over(h);
}

static void
take_score(struct heard *h, int score)
{
	struct survey *s = h->s;
	bool same = s->score == score;

	if (!same)
		record_score(h, score);
	(void)add_reasons(h);
	follow_up(h, score);
	if (same && !h->acts->followup)
		stay_silent(h);
	else if (h->ev->other && !s->which_asked && h->p->has_text[TEMPLATE_T4b])
		ask_which(h);
	else if (score <= h->p->ask_reason_at && !s->reasons[0] && !s->reason_asked)
		ask_why(h, score);
	else
		say_thanks(h);
}

static void
hear_score(struct heard *h)
{
	struct survey *s = h->s;
	const struct reading *r = h->r;
	int doubtful = r->score ? r->score : r->clarify == CLARIFY_CONTRADICTION ? r->doubtful : 0;

	if (r->score && (r->confidence_pct >= h->p->sure_pct || s->clarified || s->score)) {
		take_score(h, r->score);
		return;
	}
	(void)add_reasons(h);
	follow_up(h, 0);
	if (clarify(h, doubtful ? TEMPLATE_T4c : TEMPLATE_T4, r->score ? "unsure" : reply_clarify_name(r->clarify)))
		s->doubtful = doubtful;
	else if (h->acts->followup)
		say_thanks(h);
	else
		stay_silent(h);
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

	follow_up(h, 0);
	if (h->acts->followup || (expected && (more || h->r->kind == REPLY_REASON)))
		say_thanks(h);
	else if (h->r->kind == REPLY_QUESTION || !clarify(h, TEMPLATE_T4, reply_kind_name(h->r->kind)))
		stay_silent(h);
}

static void
hear_refusal(struct heard *h)
{
	struct survey *s = h->s;
	bool out = h->r->kind == REPLY_OPTOUT;

	(void)citizen_hears(h->c, h->r, h->ev->now_ms);
	survey_tell(s, h->ev->now_ms, out ? STORY_OPTED_OUT : STORY_WRONG_PERSON, "%s", h->r->rule);
	(void)add_reasons(h);
	follow_up(h, 0);
	if (!s->optout_confirmed) {
		s->optout_confirmed = true;
		say(h, out ? TEMPLATE_T6 : TEMPLATE_T6w);
	}
	if (!survey_is_over(s))
		s->state = SURVEY_CLOSED;
	s->ends_ms = s->remind_ms = 0;
}

static void
hear_optin(struct heard *h)
{
	if (!citizen_hears(h->c, h->r, h->ev->now_ms)) {
		stay_silent(h);
		return;
	}
	h->s->optout_confirmed = false;
	survey_tell(h->s, h->ev->now_ms, STORY_OPTED_IN, "%s", h->r->rule);
	say(h, TEMPLATE_T6b);
}

static void
hear_mood(struct heard *h)
{
	(void)add_reasons(h);
	follow_up(h, 0);
	if (h->acts->followup)
		say_thanks(h);
	else
		stay_silent(h);
}

/* What a kind does while the survey is open, and after it has ended. */
static const struct { hear_fn *open, *over; } hear[REPLY_KIND_MAX] = {
	[REPLY_EMPTY]        = { stay_silent, stay_silent },
	[REPLY_STAFF]        = { stay_silent, stay_silent },
	[REPLY_AUTO_REPLY]   = { stay_silent, stay_silent },
	[REPLY_CONFIRM]      = { hear_confirm, stay_silent },
	[REPLY_VERDICT]      = { hear_mood, hear_mood },
	[REPLY_OPTOUT]       = { hear_refusal, hear_refusal },
	[REPLY_OPTIN]        = { hear_optin, hear_optin },
	[REPLY_WRONG_PERSON] = { hear_refusal, hear_refusal },
	[REPLY_SCORE]        = { hear_score, hear_late },
	[REPLY_REASON]       = { hear_words, hear_late },
	[REPLY_CALLBACK]     = { hear_words, hear_late },
	[REPLY_QUESTION]     = { hear_words, hear_late },
	[REPLY_THANKS]       = { hear_mood, hear_mood },
	[REPLY_COMMENT]      = { hear_words, hear_late },
	[REPLY_UNCLEAR]      = { hear_words, hear_late },
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
	case SURVEY_SENDING: case SURVEY_UNKNOWN: case SURVEY_ASKED: case SURVEY_REMINDED: return EXPECT_SCORE;
	case SURVEY_CLARIFY:  return s->doubtful ? EXPECT_CONFIRM : EXPECT_SCORE;
	case SURVEY_ANSWERED: return s->reason_asked && !s->reasons[0] ? EXPECT_REASON : EXPECT_CLOSED;
	default: return EXPECT_CLOSED;
	}
}

/* Somebody wrote, so the request has arrived, and nobody needs to be asked or reminded any more. */
static void
they_answered(struct survey *s, const struct survey_policy *p, const struct survey_event *ev)
{
	for (int i = 0; i < s->n_messages; i++)
		if (message_is(&s->messages[i], TEMPLATE_ASK))
			survey_evidence(s, p, i, ev->now_ms, "answered");
	survey_asked(s, p, ev->now_ms);
	(void)survey_drop(s, TEMPLATE_ASK);
	(void)survey_drop(s, TEMPLATE_REMINDER);
	s->remind_ms = 0;
}

/* Answers go the way the question came. */
static void
set_channel(struct survey *s, const struct survey_policy *p, const char *name)
{
	for (int i = 0; name && i < p->n_channels; i++)
		if (!strcmp(p->channels[i].name, name))
			s->channel = i;
}

enum err
survey_on_reply(struct survey *s, struct citizen *c, const struct survey_policy *p, const struct survey_event *ev,
                struct survey_acts *acts)
{
	struct heard h = { s, c, p, ev, ev->reading, acts, false };
	enum reply_kind kind = ev->reading->kind;
	bool over;

	if (!survey_takes_replies(s, ev->now_ms, p))
		return ERR_STATE;
	if (kind != REPLY_AUTO_REPLY)
		they_answered(s, p, ev);
	if (s->ends_ms && ev->now_ms >= s->ends_ms)
		survey_end(s, ev->now_ms);
	over = survey_is_over(s);
	set_channel(s, p, ev->channel_name);
	acts->keep_text = kind != REPLY_EMPTY && kind != REPLY_AUTO_REPLY;
	s->replies += acts->keep_text;
	survey_tell(s, ev->now_ms, STORY_REPLY, "%s %s %s", reply_kind_name(kind), ev->reading->rule,
	            match_name((int)ev->match));
	(over ? hear[kind].over : hear[kind].open)(&h);
	return ERR_OK;
}
