/*
 * Random lives against what must always hold. One phone, a few surveys, every event the core knows in any order, with
 * lost results, wrong fences, receipts for anything, a clock that jumps. A ledger of our own keeps every attempt, so
 * that nothing is judged by the records under test:
 *
 *   - a number gets at most 3 unasked texts in 24 hours, a survey at most 4 answers, whatever was tried how often;
 *   - who wants no texts gets none but the confirmation;
 *   - a survey that has ended never asks, reminds, scores by itself or comes back;
 *   - the question is with the citizen at most once, and never again within 30 days;
 *   - at most one live score, revisions follow each other; a complaint is opened once and only gets worse;
 *   - everything ends: left alone, each survey comes to rest.
 *
 * HAILONG_SEQUENCES=n for the long form; HAILONG_SEED=n repeats one sequence.
 */
#include "life.h"

#define SURVEYS  5
#define STEPS    40
#define ATTEMPTS 512

#if defined(__SANITIZE_ADDRESS__)
#define SEQUENCES 5000
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SEQUENCES 5000
#endif
#endif
#ifndef SEQUENCES
#define SEQUENCES 50000
#endif

struct attempt {
	int64_t at;
	int     survey, message;
	enum template_sort sort;
	char    fence[25];
	bool    left;                        /* may have left */
	bool    lost;                        /* somebody said once that it did not arrive */
};

struct told { int score, first_scores, opened, klass; };

struct world {
	uint64_t seed, random;
	struct life l;                       /* settings, clock, citizen; its own survey is not used */
	struct survey s[SURVEYS];
	struct told   told[SURVEYS];
	int     n;
	struct attempt a[ATTEMPTS];
	int     n_attempts, fences;
	enum template_id text_was;
};

static struct world w;

static uint64_t
dice(uint64_t n)
{
	uint64_t z = w.random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % n;
}

static bool
chance(unsigned pct)
{
	return dice(100) < pct;
}

#define HOLDS(x) do { if (!(x)) broken(#x, __LINE__); } while (0)

static void
broken(const char *what, int line)
{
	fail_msg("line %d: %s does not hold; HAILONG_SEED=%llu", line, what, (unsigned long long)w.seed);
}

/* ---- the judge ---- */

static bool
is_with_them(const struct attempt *a)
{
	return a->left && !a->lost;
}

/* A provider that says "failed" is believed, even when it says "delivered" a day later. */
static void
note_lost(int i)
{
	for (int k = 0; k < w.n_attempts; k++)
		if (w.a[k].survey == i && w.s[i].messages[w.a[k].message].state == MESSAGE_UNDELIVERED)
			w.a[k].lost = true;
}

static void
judge_budget(int i, enum template_sort sort)
{
	int unasked = 0, answers = 0;

	for (int k = 0; k < w.n_attempts; k++) {
		const struct attempt *a = &w.a[k];

		if (!a->left)
			continue;
		unasked += a->sort != TEMPLATE_ANSWER && a->at > w.l.now - DAY_MS;
		answers += a->sort == TEMPLATE_ANSWER && a->survey == i;
	}
	HOLDS(sort == TEMPLATE_ANSWER || unasked <= w.l.p.unsolicited_per_day);
	HOLDS(answers <= w.l.p.answers_per_conversation);
}

/* Called with the new attempt in the ledger already. */
static void
judge_ask(int i)
{
	int with_them = 0;

	for (int k = 0; k + 1 < w.n_attempts; k++) {
		const struct attempt *a = &w.a[k];

		if (a->sort != TEMPLATE_ASK || !is_with_them(a))
			continue;
		with_them += a->survey == i;
		HOLDS(a->survey == i || !w.l.p.every_ms || a->at <= w.l.now - w.l.p.every_ms);
	}
	HOLDS(with_them == 0);
}

static void
judge_send(int i, int at, const struct survey *was)
{
	const struct message *m = &w.s[i].messages[at];
	enum template_id text = (enum template_id)m->text;
	enum template_sort sort = template_sort_of(text);
	struct attempt *a = &w.a[w.n_attempts++];

	HOLDS(w.n_attempts < ATTEMPTS);
	*a = (struct attempt){ w.l.now, i, at, sort, "", true, false };
	memcpy(a->fence, m->fence, sizeof a->fence);
	judge_budget(i, sort);
	HOLDS(sort == TEMPLATE_ANSWER || calendar_is_open(&w.l.cal, &w.l.window, w.l.now));
	HOLDS((!w.l.c.opted_out && !w.l.c.wrong_person) || template_is_register(text));
	HOLDS(sort == TEMPLATE_ANSWER
	      || (was->state != SURVEY_NOT_ASKED && was->state != SURVEY_CLOSED && was->state != SURVEY_EXPIRED));
	if (sort == TEMPLATE_ASK)
		judge_ask(i);
	if (sort == TEMPLATE_REMINDER)
		HOLDS(!was->score && !was->replies && !was->reopened);
}

static void
judge_score(int i, const struct survey_acts *acts)
{
	struct told *t = &w.told[i];

	HOLDS(w.s[i].score >= 1 && w.s[i].score <= 5);
	if (acts->score == SCORE_KIND_REVISION) {
		HOLDS(t->first_scores == 1 && acts->previous == t->score && acts->previous != w.s[i].score);
	} else {
		HOLDS(++t->first_scores == 1 && acts->previous == 0);
	}
	t->score = w.s[i].score;
}

static void
judge_followup(int i, const struct survey_acts *acts)
{
	struct told *t = &w.told[i];
	bool opened = !strcmp(acts->followup, "opened");

	t->opened += opened;
	HOLDS(t->opened == 1);
	HOLDS(w.s[i].klass > t->klass && w.s[i].followup[0]);
	HOLDS(opened || t->klass > 0);
	t->klass = w.s[i].klass;
}

static bool
is_over(int state)
{
	return state == SURVEY_NOT_ASKED || state == SURVEY_CLOSED || state == SURVEY_EXPIRED;
}

static bool
is_pending(const struct survey *s)
{
	for (int i = 0; i < s->n_messages; i++)
		if (s->messages[i].state == MESSAGE_QUEUED || s->messages[i].state == MESSAGE_INTENT)
			return true;
	return !is_over(s->state);
}

static void
judge(int i, const struct survey *was, enum survey_event_kind kind, const struct survey_acts *acts)
{
	const struct survey *s = &w.s[i];

	HOLDS((s->state == SURVEY_NOT_ASKED) == (s->reason != NOT_ASKED_NONE));
	HOLDS(!is_over(was->state) || is_over(s->state));
	HOLDS(!is_pending(s) || s->due_ms > 0);
	HOLDS(kind == SURVEY_REPLY || (!acts->score && !acts->followup && !acts->keep_text));
	HOLDS(kind == SURVEY_WAKE || acts->send < 0);
	HOLDS(s->score == (acts->score ? s->score : was->score));
	if (acts->score)
		judge_score(i, acts);
	if (acts->followup)
		judge_followup(i, acts);
	note_lost(i);
	if (acts->send >= 0)
		judge_send(i, acts->send, was);
}

/* ---- events ---- */

static void
store(int i)
{
	struct survey kept = w.l.s;

	w.l.s = w.s[i];
	life_store(&w.l);
	w.s[i] = w.l.s;
	w.l.s = kept;
}

static enum err
step(int i, struct survey_event *ev)
{
	static struct survey was;
	struct survey_acts acts;
	enum err e;

	was = w.s[i];
	ev->now_ms = w.l.now;
	ev->dice = dice(UINT64_MAX);
	e = survey_step(&w.s[i], &w.l.c, &w.l.p, ev, &acts);
	if (e)
		HOLDS(e == ERR_STATE);
	else
		judge(i, &was, ev->kind, &acts);
	if (!e && chance(5))
		store(i);
	return e;
}

static void
wake(int i, bool kind)
{
	int at = survey_queued(&w.s[i]), place = at < 0 ? w.s[i].channel : w.s[i].messages[at].channel;
	char fence[25];
	struct survey_event ev = { .kind = SURVEY_WAKE, .fence = fence, .room = kind || chance(80) };

	if (!kind && chance(5))
		ev.veto = NOT_ASKED_EXCLUDED;
	if (!kind && place + 1 < w.l.p.n_channels && chance(10))
		place++;
	ev.place = place;
	ev.channel_name = w.l.p.channels[place].name;
	snprintf(fence, sizeof fence, "f%d", ++w.fences);
	(void)step(i, &ev);
}

static void
settle(int i)
{
	struct send_result r = { .end = (enum send_end)dice(SEND_MAX), .retry_after_ms = chance(30) ? (int64_t)dice(DAY_MS) : -1 };
	struct survey_event ev = { .kind = SURVEY_SETTLED, .result = &r };
	struct attempt *a;
	int was;

	if (!w.n_attempts)
		return;
	a = &w.a[chance(70) ? (uint64_t)w.n_attempts - 1 : dice((uint64_t)w.n_attempts)];
	i = chance(95) ? a->survey : i;
	ev.message = a->message;
	ev.fence = a->fence;
	if (a->message >= w.s[i].n_messages)
		return;
	was = w.s[i].messages[a->message].state;
	/* The provider knows; whether we still believe it depends on what we have seen meanwhile. */
	if (step(i, &ev) || i != a->survey || (was != MESSAGE_INTENT && was != MESSAGE_UNKNOWN))
		return;
	if (r.end == SEND_NOT_SENT || r.end == SEND_SLOW_DOWN || r.end == SEND_DENIED || r.end == SEND_REJECTED)
		a->left = false;
}

static void
receipt(int i)
{
	struct survey_event ev = { .kind = SURVEY_RECEIPT, .message = (int)dice(SURVEY_MESSAGES + 1) - 1,
	                           .receipt = (enum dlr_state)dice(DLR_MAX) };

	if (w.s[i].n_messages && chance(80))
		ev.message = (int)dice((uint64_t)w.s[i].n_messages);
	(void)step(i, &ev);
}

static void
reply(int i)
{
	static const char *const channels[] = { "sms", "zalo", "sandbox" };
	struct reading r = { .kind = (enum reply_kind)dice(REPLY_KIND_MAX), .solved = -1, .rule = "random" };
	struct survey_event ev = { .kind = SURVEY_REPLY, .reading = &r, .match = MATCH_ONLY, .followup_id = "7KQ2M4XD" };

	if (chance(50))
		r.kind = REPLY_SCORE;
	r.confidence_pct = (int)dice(101);
	if (r.kind == REPLY_SCORE && chance(80))
		r.score = 1 + (int)dice(5);
	else if (r.kind == REPLY_SCORE)
		r.clarify = (enum reply_clarify)(1 + dice(CLARIFY_MAX - 1));
	if (r.clarify == CLARIFY_CONTRADICTION)
		r.doubtful = 1 + (int)dice(5);
	if (r.kind != REPLY_EMPTY && r.kind != REPLY_AUTO_REPLY && chance(40)) {
		r.klass = (enum reply_class)dice(CLASS_MAX);
		r.reasons = (unsigned)dice(1u << REASON_N);
	}
	ev.characters = dice(400);
	ev.other = chance(10) ? "1123-0031" : NULL;
	ev.channel_name = channels[dice(3)];
	(void)step(i, &ev);
}

static void
reopen(int i)
{
	struct survey_event ev = { .kind = SURVEY_REOPENED };

	(void)step(i, &ev);
}

/* Said without any survey to tie it to. */
static void
citizen_says(void)
{
	static const enum reply_kind kinds[] = { REPLY_OPTOUT, REPLY_OPTIN, REPLY_OPTIN, REPLY_OPTIN, REPLY_WRONG_PERSON };
	struct reading r = { .kind = kinds[dice(5)] };

	(void)citizen_hears(&w.l.c, &r, w.l.now);
}

static void
new_case(void)
{
	struct survey *s;

	if (w.n == SURVEYS)
		return;
	s = &w.s[w.n];
	memset(s, 0, sizeof *s);
	survey_id_make(3, dice(1u << 30), s->id);
	snprintf(s->citizen, sizeof s->citizen, "%s", w.l.c.name);
	snprintf(s->facts.case_id, sizeof s->facts.case_id, "C-%d", w.n);
	s->facts.closed_ms = w.l.now - (int64_t)dice(DAY_MS);
	s->facts.outcome = (int)dice(OUTCOME_MAX);
	s->agent = citizen_case(&w.l.c, w.l.now);
	survey_plan(s, &w.l.c, &w.l.p, NOT_ASKED_NONE, w.l.now);
	HOLDS(s->state == SURVEY_PLANNED ? s->due_ms > 0 : s->state == SURVEY_NOT_ASKED && s->reason);
	w.n++;
}

static void
time_passes(void)
{
	int64_t next = INT64_MAX;

	for (int i = 0; i < w.n; i++)
		if (w.s[i].due_ms && w.s[i].due_ms < next)
			next = w.s[i].due_ms;
	if (chance(3))
		w.l.now -= (int64_t)dice(2 * HOUR_MS);
	else if (chance(60) && next != INT64_MAX && next > w.l.now)
		w.l.now = next;
	else
		w.l.now += (int64_t)dice(chance(10) ? 20 * DAY_MS : 6 * HOUR_MS);
}

/* ---- lives ---- */

static void
one_event(void)
{
	unsigned what = (unsigned)dice(100);
	int i = (int)dice((uint64_t)w.n);

	if (what < 30)
		wake(i, false);
	else if (what < 50)
		time_passes();
	else if (what < 65)
		settle(i);
	else if (what < 73)
		receipt(i);
	else if (what < 92)
		reply(i);
	else if (what < 95)
		new_case();
	else if (what < 97)
		reopen(i);
	else
		citizen_says();
}

/* Left alone, with results that come and channels that work, everything comes to rest. */
static void
comes_to_rest(void)
{
	for (int i = 0; i < w.n; i++) {
		int turns = 0;

		while (w.s[i].due_ms) {
			HOLDS(turns++ < 500);
			if (w.s[i].due_ms > w.l.now)
				w.l.now = w.s[i].due_ms;
			wake(i, true);
		}
		HOLDS(!is_pending(&w.s[i]));
	}
}

static void
set_world(uint64_t seed)
{
	memset(&w.told, 0, sizeof w.told);
	w.seed = w.random = seed;
	w.n = w.n_attempts = w.fences = 0;
	life_init(&w.l);
	w.l.p.n_channels = 1 + (int)dice(2);
	w.l.p.channels[0].deliver_ms = chance(50) ? 2 * HOUR_MS : 0;
	w.l.p.channels[0].one_way = chance(20);
	w.l.p.every_ms = chance(50) ? 30 * DAY_MS : 0;
	w.l.p.remind_after_ms = chance(50) ? HOUR_MS : 48 * HOUR_MS;
	w.l.p.unsolicited_per_day = 1 + (int)dice(3);
	w.l.p.answers_per_conversation = 1 + (int)dice(4);
	w.l.p.confidential = chance(80);
	w.l.p.has_text[TEMPLATE_T4b] = chance(80);
	w.l.p.ask_reason_at = (int)dice(4);
}

static void
one_life(uint64_t seed)
{
	set_world(seed);
	new_case();
	for (int i = 0; i < STEPS; i++)
		one_event();
	comes_to_rest();
}

static uint64_t
number_of(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 10) : otherwise;
}

static void
lives(void **state)
{
	uint64_t one = number_of("HAILONG_SEED", 0), n = number_of("HAILONG_SEQUENCES", SEQUENCES);

	(void)state;
	if (one) {
		one_life(one);
		return;
	}
	for (uint64_t seed = 1; seed <= n; seed++)
		one_life(seed);
}

/* The judge itself must be able to say no. */
static void
the_judge_judges(void **state)
{
	(void)state;
	set_world(1);
	w.l.p.every_ms = 0;
	new_case();
	w.a[w.n_attempts++] = (struct attempt){ w.l.now, 0, 0, TEMPLATE_ASK, "", true, false };
	assert_true(is_with_them(&w.a[0]));
	w.s[0].messages[0].state = MESSAGE_UNDELIVERED;
	note_lost(0);
	assert_false(is_with_them(&w.a[0]));
	assert_true(is_over(SURVEY_EXPIRED) && !is_over(SURVEY_REMINDED));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lives), cmocka_unit_test(the_judge_judges) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
