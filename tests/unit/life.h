/*
 * A survey lived through in a script, for the tables of core_survey_*.c. The script's steps are parted by ';':
 *
 *   +3h          time passes; the survey is woken whenever it asks to be, as the ticker does
 *   "5"          the citizen writes; " over sms" after it names the channel
 *   out=unknown  what the next sends come to: accepted not_sent slow_down rejected denied unknown, none (no result)
 *   settle0=unknown  the result of message 0 comes now, after out=none
 *   dlr0=failed  receipt for message 0: buffered sent delivered failed refused
 *   room=0       the channel has no room (1: it has); pause=1 the province pauses (0: goes on)
 *   veto=excluded  a reason outside the records stands against asking
 *   optout, wrong  said over another channel or for another survey; reopen
 *
 * What happened stands in l->log, in order: texts sent ("T1", with "@channel" when there are several), scores
 * ("score=5", "revision=2<5", "late=3"), follow-ups ("opened=P2", "raised=P1").
 */
#ifndef TESTS_UNIT_LIFE_H
#define TESTS_UNIT_LIFE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "core/match.h"
#include "core/story.h"
#include "core/survey.h"

struct life {
	struct calendar cal;
	struct day_plan window, work;
	struct survey_policy p;
	struct survey s;
	struct citizen c;
	int64_t now;
	enum send_end out;
	bool no_result, no_room, paused;
	enum not_asked veto;
	const char *other;                   /* short code of the phone's other case */
	int fences;
	char log[1024];
};

/* The reader's own words; made once, freed at the end. */
static struct lexicon *life_words;

static inline void
life_forget_words(void)
{
	lexicon_free(life_words);
}

static inline const struct lexicon *
life_lexicon(void)
{
	struct diag why = { .line = 0 };

	if (life_words)
		return life_words;
	life_words = reply_lexicon_new();
	if (lexicon_add(life_words, reply_lexicon_builtin(), &why) || lexicon_seal(life_words, &why))
		fail_msg("lexicon, line %d: %s", why.line, why.text);
	atexit(life_forget_words);
	return life_words;
}

static inline int64_t
life_at(const char *rfc3339)
{
	int64_t at = 0;

	assert_int_equal(calendar_parse(sv_of(rfc3339), &at), ERR_OK);
	return at;
}

__attribute__((format(printf, 2, 3))) static inline void
life_note(struct life *l, const char *fmt, ...)
{
	size_t n = strlen(l->log);
	va_list ap;

	assert_true(n + 40 < sizeof l->log);
	if (n)
		l->log[n++] = ' ';
	va_start(ap, fmt);
	vsnprintf(l->log + n, sizeof l->log - n, fmt, ap);
	va_end(ap);
}

/* Monday, 10:00; a case closed this minute; the contract's settings; one channel. */
static inline void
life_init(struct life *l)
{
	memset(l, 0, sizeof *l);
	l->cal.offset_ms = 7 * HOUR_MS;
	assert_int_equal(calendar_spans(SV("08:00-20:00"), &l->window), ERR_OK);
	assert_int_equal(calendar_spans(SV("07:30-11:30,13:30-17:00"), &l->work), ERR_OK);
	l->window.days = 0x3f;
	l->work.days = 0x1f;
	l->now = life_at("2026-11-23T10:00:00+07:00");
	l->p = (struct survey_policy){
		.calendar = &l->cal, .window = &l->window, .work = &l->work, .delay_ms = 2 * HOUR_MS,
		.remind_after_ms = 48 * HOUR_MS, .open_for_ms = 7 * DAY_MS, .late_for_ms = 30 * DAY_MS, .too_old_ms = 10 * DAY_MS,
		.every_ms = 30 * DAY_MS, .lease_ms = MIN_MS, .unsolicited_per_day = 3, .answers_per_conversation = 4,
		.low_score = 2, .ask_reason_at = 2, .sample_pct = 100, .sure_pct = 50, .confidential = true, .n_channels = 1,
		.channels = { { .name = "sms" }, { .name = "zalo" } },
		.followup = { { .ack_ms = 30 * MIN_MS }, { .ack_ms = 4 * HOUR_MS, .answer_days = 5 },
		              { .ack_days = 1, .answer_days = 5 }, { .answer_days = 10 } },
	};
	for (int i = 0; i < TEMPLATE_MAX; i++)
		l->p.has_text[i] = true;
	snprintf(l->c.name, sizeof l->c.name, "%s", "0123456789abcdef0123456789abcdef");
	survey_id_make(3, 0x155c3d2a, l->s.id);
	snprintf(l->s.citizen, sizeof l->s.citizen, "%s", l->c.name);
	snprintf(l->s.facts.case_id, sizeof l->s.facts.case_id, "%s", "H36.45-261123-0007");
	l->s.facts.closed_ms = l->now;
}

/* The records go to the store and come back; life goes on from there, so that a field nobody stores is missed. */
static inline void
life_store(struct life *l)
{
	AUTO_SBUF text;

	sbuf_init(&text, 65536);
	l->s.version++;
	survey_write(&l->s, &text);
	assert_int_equal(survey_read(sbuf_sv(&text), &l->s), ERR_OK);
	sbuf_reset(&text);
	l->c.version++;
	citizen_write(&l->c, &text);
	assert_int_equal(citizen_read(sbuf_sv(&text), &l->c), ERR_OK);
}

static inline void
life_acts(struct life *l, const struct survey_acts *acts)
{
	if (acts->score == SCORE_KIND_REVISION)
		life_note(l, "revision=%d<%d", l->s.score, acts->previous);
	else if (acts->score)
		life_note(l, "%s=%d", score_kind_name((int)acts->score), l->s.score);
	if (acts->followup)
		life_note(l, "%s=%s", strcmp(acts->followup, "opened") ? "raised" : "opened",
		          reply_class_name((enum reply_class)l->s.klass));
	if (acts->send >= 0 && l->p.n_channels > 1)
		life_note(l, "%s@%s", template_name((enum template_id)l->s.messages[acts->send].text),
		          l->p.channels[l->s.messages[acts->send].channel].name);
	else if (acts->send >= 0)
		life_note(l, "%s", template_name((enum template_id)l->s.messages[acts->send].text));
}

static inline enum err
life_step(struct life *l, struct survey_event *ev, struct survey_acts *acts)
{
	enum err e;

	ev->now_ms = l->now;
	ev->dice = 28799999;                         /* the longest wait each time: 5 s, 10 s, 20 s ... 15 min */
	e = survey_step(&l->s, &l->c, &l->p, ev, acts);
	if (!e) {
		life_acts(l, acts);
		life_store(l);
	}
	return e;
}

static inline void
life_settle(struct life *l, int at, enum send_end out)
{
	struct send_result r = { .end = out, .retry_after_ms = -1 };
	struct survey_event ev = { .kind = SURVEY_SETTLED, .message = at, .result = &r };
	struct survey_acts acts;
	char fence[25];

	snprintf(fence, sizeof fence, "%s", l->s.messages[at].fence);
	ev.fence = fence;
	(void)life_step(l, &ev, &acts);
}

static inline void
life_wake(struct life *l)
{
	int at = survey_queued(&l->s);
	int place = at < 0 ? l->s.channel : l->s.messages[at].channel;
	char fence[25];
	struct survey_event ev = { .kind = SURVEY_WAKE, .room = !l->no_room, .paused = l->paused, .veto = l->veto, .place = place, .fence = fence,
	                           .channel_name = l->p.channels[place].name };
	struct survey_acts acts;

	snprintf(fence, sizeof fence, "f%d", ++l->fences);
	assert_int_equal(life_step(l, &ev, &acts), ERR_OK);
	if (acts.send >= 0 && !l->no_result)
		life_settle(l, acts.send, l->out);
}

static inline void
life_until(struct life *l, int64_t end)
{
	for (int turns = 0; l->s.due_ms && l->s.due_ms <= end; turns++) {
		assert_true(turns < 200000);
		if (l->s.due_ms > l->now)
			l->now = l->s.due_ms;
		life_wake(l);
	}
	l->now = end;
}

static inline void
life_plan(struct life *l)
{
	survey_plan(&l->s, &l->c, &l->p, l->veto, l->now);
	l->s.story_new = 0;
	life_store(l);
}

static inline void
life_reply(struct life *l, struct sv text, const char *channel)
{
	const struct survey *one = &l->s;
	struct match_hints hints = { "", channel, text, life_lexicon() };
	struct match_found found;
	char followup[SURVEY_ID + 1];
	struct survey_event ev = { .kind = SURVEY_REPLY, .reading = &found.reading, .followup_id = followup,
	                           .channel_name = channel, .other = l->other, .characters = text.n };
	struct survey_acts acts;

	survey_id_make(3, (uint64_t)++l->fences, followup);
	match_find(&one, 1, &hints, &l->p, l->now, &found);
	ev.match = found.how;
	if (found.at < 0 || life_step(l, &ev, &acts))
		life_note(l, "unmatched");
	life_until(l, l->now);
}

static inline void
life_receipt(struct life *l, struct sv step)
{
	static const char *const names[DLR_MAX] = {
#define X(code, text) [DLR_##code] = text,
		DLR_LIST(X)
#undef X
	};
	struct survey_event ev = { .kind = SURVEY_RECEIPT, .message = step.p[0] - '0' };
	struct survey_acts acts;
	int i = 0;

	while (i < DLR_MAX && strcmp(names[i], step.p + 2) != 0)
		i++;
	assert_true(i < DLR_MAX);
	ev.receipt = (enum dlr_state)i;
	(void)life_step(l, &ev, &acts);
	life_until(l, l->now);
}

static inline void
life_out(struct life *l, const char *name)
{
	static const char *const names[SEND_MAX] = {
#define X(code, text) [SEND_##code] = text,
		SEND_LIST(X)
#undef X
	};
	int i = 0;

	l->no_result = !strcmp(name, "none");
	if (l->no_result)
		return;
	while (i < SEND_MAX && strcmp(names[i], name) != 0)
		i++;
	assert_true(i < SEND_MAX);
	l->out = (enum send_end)i;
}

static inline int64_t
life_span(const char *s)
{
	char *unit;
	long n = strtol(s, &unit, 10);

	switch (*unit) {
	case 's': return n * SEC_MS;
	case 'm': return n * MIN_MS;
	case 'h': return n * HOUR_MS;
	case 'd': return n * DAY_MS;
	default:  fail_msg("no span: %s", s); return 0;
	}
}

static inline void
life_do(struct life *l, struct sv step)
{
	char text[600], *end;
	struct survey_event reopened = { .kind = SURVEY_REOPENED };
	struct survey_acts acts;

	step = sv_trim(step);
	assert_true(sv_copy(step, text, sizeof text));
	if (*text == '+') {
		life_until(l, l->now + life_span(text + 1));
	} else if (*text == '"') {
		end = strrchr(text, '"');
		life_reply(l, (struct sv){ text + 1, (size_t)(end - text - 1) }, end[1] ? end + strlen("\" over ") : "sms");
	} else if (!strncmp(text, "out=", 4)) {
		life_out(l, text + 4);
	} else if (!strncmp(text, "dlr", 3)) {
		life_receipt(l, sv_of(text + 3));
	} else if (!strncmp(text, "settle", 6)) {
		life_out(l, text + 8);
		life_settle(l, text[6] - '0', l->out);
		life_out(l, "accepted");
		life_until(l, l->now);
	} else if (!strncmp(text, "room=", 5)) {
		l->no_room = text[5] == '0';
	} else if (!strncmp(text, "pause=", 6)) {
		l->paused = text[6] == '1';
	} else if (!strncmp(text, "veto=", 5)) {
		for (int i = 0; i < NOT_ASKED_MAX; i++)
			if (!strcmp(not_asked_name(i), text + 5))
				l->veto = (enum not_asked)i;
	} else if (!strcmp(text, "optout")) {
		l->c.opted_out = true;                /* over another channel, or for another survey */
	} else if (!strcmp(text, "wrong")) {
		l->c.wrong_person = true;
	} else if (!strcmp(text, "reopen")) {
		if (life_step(l, &reopened, &acts))
			life_note(l, "nothing-to-cancel");
	} else {
		fail_msg("no step: %s", text);
	}
}

static inline void
life_run(struct life *l, const char *script)
{
	struct sv rest = sv_of(script);

	while (rest.p && rest.n)
		life_do(l, sv_cut(&rest, ';'));
}

/* "T1 score=5 T3 -> answered", for comparing with a row. */
static inline const char *
life_end(struct life *l)
{
	life_note(l, "-> %s", survey_state_name(l->s.state));
	if (l->s.reason)
		life_note(l, "(%s)", not_asked_name(l->s.reason));
	return l->log;
}

/* A row is told with its name; life_judge ends the test when there were any. */
static int life_faults;

static inline void
life_expect(const char *row, const char *got, const char *want)
{
	if (strcmp(got, want) == 0)
		return;
	life_faults++;
	print_error("%s:\n  got  %s\n  want %s\n", row, got, want);
}

static inline void
life_judge(void)
{
	int n = life_faults;

	life_faults = 0;
	assert_int_equal(n, 0);
}

#endif
