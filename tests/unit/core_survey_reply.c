/* The conversation: what is recorded, what is answered, what ends it. */
#include "life.h"

struct row { const char *name; void (*set)(struct life *l); const char *script, *want; };

static void no_route(struct life *l) { l->p.confidential = false; }
static void why_three(struct life *l) { l->p.ask_reason_at = 3; }
static void two_answers(struct life *l) { l->p.answers_per_conversation = 2; }
static void sure_only(struct life *l) { l->p.sure_pct = 100; }
static void other_case(struct life *l) { l->other = "1123-0031"; }
static void other_without_text(struct life *l) { other_case(l); l->p.has_text[TEMPLATE_T4b] = false; }

#define LONG "\"2 di lai nhieu lan qua, moi lan den lai phai bo sung mot loai giay to khac nhau, khong ai huong dan ro rang " \
             "ngay tu dau, cho doi rat lau va cuoi cung van bi tre hen, toi rat buc xuc\""

static const struct row rows[] = {
	/* scores and thanks */
	{ "satisfied", NULL, "+3h; \"5\"", "T1 score=5 T3 -> answered" },
	{ "middling", NULL, "+3h; \"3\"", "T1 score=3 T3 -> answered" },
	{ "dissatisfied: the reason is asked for", NULL, "+3h; \"1\"", "T1 score=1 opened=P2 T2 -> answered" },
	{ "and thanked for", NULL, "+3h; \"1\"; \"C\"", "T1 score=1 opened=P2 T2 T3r -> answered" },
	{ "the reason is asked for once", NULL, "+3h; \"1\"; \"2\"; \"1\"", "T1 score=1 opened=P2 T2 revision=2<1 T3r revision=1<2 T3r -> answered" },
	{ "a reason about money", NULL, "+3h; \"1\"; \"F\"", "T1 score=1 opened=P2 T2 raised=P1 T3f -> answered" },
	{ "money at once", NULL, "+3h; \"1, can bo doi tien 2 trieu\"", "T1 score=1 opened=P1 T3f -> answered" },
	{ "nobody to keep it secret: the legal notice", no_route, "+3h; \"1\"; \"F\"", "T1 score=1 opened=P2 T2 raised=P1 T10 -> answered" },
	{ "which comes once", no_route, "+3h; \"1\"; \"F\"; \"doi tien nua\"", "T1 score=1 opened=P2 T2 raised=P1 T10 -> answered" },
	{ "a long complaint gets it too", NULL, "+3h; " LONG, "T1 score=2 opened=P2 T3r T10 -> answered" },
	{ "why three, when wanted", why_three, "+3h; \"3\"", "T1 score=3 T2n -> answered" },
	{ "score by words", NULL, "+3h; \"rat hai long\"", "T1 score=5 T3 -> answered" },
	{ "call me back", NULL, "+3h; \"1\"; \"X\"", "T1 score=1 opened=P2 T2 T3r -> answered" },
	{ "call me back, nothing else", NULL, "+3h; \"goi lai cho toi\"", "T1 opened=P2 T3r -> asked" },
	/* corrections */
	{ "a correction", NULL, "+3h; \"1\"; +1h; \"5\"", "T1 score=1 opened=P2 T2 revision=5<1 T3r -> answered" },
	{ "the same again is no correction", NULL, "+3h; \"5\"; \"5\"", "T1 score=5 T3 -> answered" },
	{ "corrected down: a complaint after all", NULL, "+3h; \"5\"; \"1\"", "T1 score=5 T3 revision=1<5 opened=P2 T2 -> answered" },
	{ "a complaint is opened once", NULL, "+3h; \"1\"; \"2\"; \"1\"; \"C\"",
	  "T1 score=1 opened=P2 T2 revision=2<1 T3r revision=1<2 T3r T3r -> answered" },
	/* clarification */
	{ "out of range: asked once", NULL, "+3h; \"10\"", "T1 T4 -> clarify" },
	{ "then understood", NULL, "+3h; \"10\"; \"4\"", "T1 T4 score=4 T3 -> answered" },
	{ "asked once only", NULL, "+3h; \"10\"; \"9\"", "T1 T4 -> clarify" },
	{ "and then it ends", NULL, "+3h; \"10\"; +8d", "T1 T4 -> expired" },
	{ "digit against words", NULL, "+3h; \"1 rat hai long\"", "T1 T4c -> clarify" },
	{ "the digit was meant", NULL, "+3h; \"1 rat hai long\"; \"OK\"", "T1 T4c score=1 opened=P2 T2 -> answered" },
	{ "the words were meant", NULL, "+3h; \"1 rat hai long\"; \"5\"", "T1 T4c score=5 T3 -> answered" },
	{ "an unsure reading is asked about", sure_only, "+3h; \"binh thuong\"", "T1 T4c -> clarify" },
	{ "once", sure_only, "+3h; \"binh thuong\"; \"binh thuong\"", "T1 T4c score=3 T3 -> answered" },
	{ "something else", NULL, "+3h; \"abc xyz\"", "T1 T4 -> clarify" },
	{ "thanks are not answered", NULL, "+3h; \"cam on\"", "T1 -> asked" },
	{ "nor are robots", NULL, "+3h; \"Day la tin nhan tu dong, vui long khong tra loi\"", "T1 -> asked" },
	{ "nor nothing", NULL, "+3h; \" \"", "T1 -> asked" },
	/* refusals */
	{ "no more texts", NULL, "+3h; \"TC\"", "T1 T6 -> closed" },
	{ "confirmed once", NULL, "+3h; \"TC\"; \"TC\"; \"STOP\"", "T1 T6 -> closed" },
	{ "no reminder, no thanks afterwards", NULL, "+3h; \"TC\"; +6d; \"cam on\"", "T1 T6 -> closed" },
	{ "what they say then is kept, not scored", NULL, "+3h; \"TC\"; \"5\"", "T1 T6 -> closed" },
	{ "a complaint then is one", NULL, "+3h; \"TC\"; \"1, can bo doi tien 2 trieu\"", "T1 T6 opened=P1 -> closed" },
	{ "wrong number", NULL, "+3h; \"khong phai toi\"", "T1 T6w -> closed" },
	{ "texts again", NULL, "+3h; \"TC\"; \"DK\"", "T1 T6 T6b -> closed" },
	{ "and off again", NULL, "+3h; \"TC\"; \"DK\"; \"TC\"", "T1 T6 T6b T6 -> closed" },
	{ "opt-in of one who never opted out", NULL, "+3h; \"DK\"", "T1 -> asked" },
	{ "after an answer", NULL, "+3h; \"5\"; \"TC\"", "T1 score=5 T3 T6 -> closed" },
	{ "an unsent answer gives way to it", NULL, "+3h; room=0; \"5\"; \"TC\"; room=1; +1m", "T1 score=5 T6 -> closed" },
	{ "opted out elsewhere: nothing is said", NULL, "+3h; optout; \"5\"", "T1 score=5 -> answered" },
	{ "opted out elsewhere after the answer was queued", NULL, "+3h; room=0; \"5\"; optout; room=1; +1m", "T1 score=5 -> answered" },
	/* the end */
	{ "an answered survey closes", NULL, "+3h; \"5\"; +8d", "T1 score=5 T3 -> closed" },
	{ "a correction too late is kept, not recorded", NULL, "+3h; \"5\"; +8d; \"4\"", "T1 score=5 T3 T11 -> closed" },
	{ "a complaint too late is a complaint", NULL, "+3h; \"5\"; +8d; \"1\"", "T1 score=5 T3 opened=P2 T3r -> closed" },
	{ "late", NULL, "+8d; \"4\"", "T1 T5 late=4 T11 -> expired" },
	{ "late and corrected", NULL, "+8d; \"4\"; \"5\"", "T1 T5 late=4 T11 revision=5<4 -> expired" },
	{ "late and bad", NULL, "+8d; \"1\"", "T1 T5 late=1 opened=P2 T3r -> expired" },
	{ "late words", NULL, "+8d; \"toi da nhan duoc ho so roi nhe\"", "T1 T5 T11 -> expired" },
	{ "late thanks", NULL, "+8d; \"cam on\"", "T1 T5 -> expired" },
	{ "late, and no more texts", NULL, "+8d; \"TC\"", "T1 T5 T6 -> expired" },
	{ "a late robot", NULL, "+8d; \"Day la tin nhan tu dong\"", "T1 T5 -> expired" },
	{ "much too late", NULL, "+40d; \"5\"", "T1 T5 unmatched -> expired" },
	{ "the end comes between two wake-ups", NULL, "+3h; \"10\"; room=0; +8d; room=1; \"4\"", "T1 T4 late=4 T11 -> expired" },
	{ "not asked yet", NULL, "\"5\"; +3h", "unmatched T1 -> asked" },
	{ "answered before the result of the send", NULL, "out=none; +2h; out=accepted; \"5\"; settle0=not_sent; +1d", "T1 score=5 T3 -> answered" },
	{ "an answer proves an unknown text", NULL, "out=unknown; +3h; out=accepted; \"5\"", "T1 score=5 T3 -> answered" },
	{ "a robot proves nothing", NULL, "out=unknown; +3h; out=accepted; \"tin nhan tu dong\"", "T1 -> unknown" },
	/* budgets */
	{ "four answers, then silence", NULL, "+3h; \"1\"; \"2\"; \"3\"; \"4\"; \"5\"; \"4\"",
	  "T1 score=1 opened=P2 T2 revision=2<1 T3r revision=3<2 T3r revision=4<3 T3r revision=5<4 revision=4<5 -> answered" },
	{ "two answers, when set so", two_answers, "+3h; \"5\"; \"4\"; \"5\"", "T1 score=5 T3 revision=4<5 T3 revision=5<4 -> answered" },
	{ "an answer that did not leave gives its place back", two_answers,
	  "+3h; out=rejected; \"5\"; \"4\"; \"5\"; out=accepted; \"3\"", "T1 score=5 T3 revision=4<5 T3 revision=5<4 revision=3<5 -> answered" },
	/* two cases of one phone */
	{ "the other one is asked for", other_case, "+3h; \"5\"", "T1 score=5 T4b -> answered" },
	{ "once", other_case, "+3h; \"5\"; \"4\"", "T1 score=5 T4b revision=4<5 T3 -> answered" },
	{ "not without its text", other_without_text, "+3h; \"5\"", "T1 score=5 T3 -> answered" },
	{ "not when nothing was scored", other_case, "+3h; \"10\"", "T1 T4 -> clarify" },
};

static void
conversations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct life l;

		life_init(&l);
		if (rows[i].set)
			rows[i].set(&l);
		life_plan(&l);
		life_run(&l, rows[i].script);
		life_expect(rows[i].name, life_end(&l), rows[i].want);
	}
	life_judge();
}

/* Everything that was written is kept, whatever it meant, but for emptiness and robots. */
static void
kept(void **state)
{
	static const struct { const char *text; int kept; } words[] = {
		{ "\"5\"", 1 }, { "\"abc xyz\"", 1 }, { "\"TC\"", 1 }, { "\"cam on\"", 1 }, { "\" \"", 0 },
		{ "\"Day la tin nhan tu dong\"", 0 },
	};

	(void)state;
	for (int late = 0; late < 2; late++)
		for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
			struct life l;

			life_init(&l);
			life_plan(&l);
			life_run(&l, late ? "+8d" : "+3h");
			life_run(&l, words[i].text);
			assert_int_equal(l.s.replies, words[i].kept);
		}
}

/* The confidence of a score is the reading's, less what is unsure about the survey. */
static void
confidence(void **state)
{
	struct life l;
	struct reading r = { .kind = REPLY_SCORE, .score = 4, .solved = -1, .confidence_pct = 90, .rule = "x" };
	struct survey_event ev = { .kind = SURVEY_REPLY, .reading = &r, .match = MATCH_NEWEST, .followup_id = "", .channel_name = "sms" };
	struct survey_acts acts;

	(void)state;
	life_init(&l);
	life_plan(&l);
	life_run(&l, "+3h");
	assert_int_equal(life_step(&l, &ev, &acts), ERR_OK);
	assert_int_equal(l.s.confidence_pct, 54);
	assert_int_equal(l.s.match, MATCH_NEWEST);
	r = (struct reading){ .kind = REPLY_THANKS, .solved = -1, .confidence_pct = 80, .rule = "y" };
	assert_int_equal(life_step(&l, &ev, &acts), ERR_OK);
	assert_int_equal(l.s.confidence_pct, 54);    /* of the score, not of the last word */
	assert_string_equal(l.s.rule, "x");
}

/* Deadlines of a follow-up: working time, but danger round the clock. */
static void
deadlines(void **state)
{
	static const struct { const char *at, *text, *ack, *answer; } times[] = {
		{ "2026-11-27T16:00:00+07:00", "\"1\"", "2026-11-30T17:00:00+07:00", "2026-12-04T17:00:00+07:00" },
		{ "2026-11-27T16:00:00+07:00", "\"1, can bo doi tien 2 trieu\"", "2026-11-30T10:30:00+07:00", "2026-12-04T17:00:00+07:00" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct life l;
		struct match_found f;
		const struct survey *one = &l.s;
		struct match_hints h = { "", "sms", { times[i].text + 1, strlen(times[i].text) - 2 },
		                         life_lexicon() };
		struct survey_event ev = { .kind = SURVEY_REPLY, .reading = &f.reading, .followup_id = "ABC", .channel_name = "sms" };
		struct survey_acts acts;
		char got[32];

		life_init(&l);
		l.now = l.s.facts.closed_ms = life_at("2026-11-27T12:00:00+07:00");
		life_plan(&l);
		life_until(&l, life_at(times[i].at));
		match_find(&one, 1, &h, &l.p, l.now, &f);
		assert_int_equal(life_step(&l, &ev, &acts), ERR_OK);
		assert_string_equal(acts.followup, "opened");
		calendar_format(&l.cal, acts.followup_due_ms, got);
		life_expect(times[i].text, got, times[i].ack);
		calendar_format(&l.cal, l.s.followup_due_ms, got);
		life_expect(times[i].text, got, times[i].answer);
	}
	life_judge();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversations), cmocka_unit_test(kept), cmocka_unit_test(confidence), cmocka_unit_test(deadlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
