/* What leaves, when, over which channel, how often: outcomes, receipts, reminder, next channel, budgets. */
#include "life.h"

struct row { const char *name; void (*set)(struct life *l); const char *script, *want; };

static void two(struct life *l) { l->p.n_channels = 2; }
static void waits_an_hour(struct life *l) { two(l); l->p.channels[0].deliver_ms = HOUR_MS; }
static void no_reminder(struct life *l) { l->p.remind_after_ms = 0; }
static void one_way(struct life *l) { l->p.channels[0].one_way = true; }
static void refused_case(struct life *l) { l->s.facts.outcome = OUTCOME_REFUSED; }
static void refused_one_way(struct life *l) { one_way(l); refused_case(l); }
static void no_extra_texts(struct life *l) { refused_one_way(l); l->p.has_text[TEMPLATE_T1rb] = l->p.has_text[TEMPLATE_T5b] = false; }
static void brand_then_sms(struct life *l) { two(l); one_way(l); }

static void
budget_used(struct life *l, int n)
{
	for (int i = 0; i < n; i++)
		l->c.sends[i] = l->now - (i + 1) * HOUR_MS;
}

static void two_today(struct life *l) { budget_used(l, 2); }
static void three_today(struct life *l) { budget_used(l, 3); }
static void one_a_day(struct life *l) { l->p.unsolicited_per_day = 1; l->p.remind_after_ms = 3 * HOUR_MS; }

static const struct row rows[] = {
	/* outcomes */
	{ "accepted", NULL, "+3h", "T1 -> asked" },
	{ "not sent: again and again, then it goes", NULL, "+119m; out=not_sent; +70s; out=accepted; +1h", "T1 T1 T1 -> asked" },
	{ "refused: nobody is left", NULL, "+119m; out=rejected; +1h", "T1 -> not_asked (no_channel)" },
	{ "denied is tried again", NULL, "+119m; out=denied; +63s; out=accepted; +1h", "T1 T1 -> asked" },
	{ "unknown is never sent again", NULL, "out=unknown; +6d", "T1 -> unknown" },
	{ "unknown ends like asked", NULL, "out=unknown; +8d", "T1 -> expired" },
	{ "no result within the lease", NULL, "out=none; +3h; out=accepted; +6d", "T1 -> unknown" },
	{ "no answer ever", NULL, "+8d", "T1 T5 -> expired" },
	/* receipts */
	{ "delivered", NULL, "+3h; dlr0=delivered", "T1 -> asked" },
	{ "a receipt proves an unknown one", NULL, "out=unknown; +3h; dlr0=delivered", "T1 -> asked" },
	{ "a receipt before the result", NULL, "out=none; +2h; dlr0=delivered; out=accepted; +3h", "T1 -> asked" },
	{ "not delivered, nowhere else to go: no reminder either", NULL, "+3h; dlr0=failed; +8d", "T1 -> expired" },
	{ "delivered after all", NULL, "+3h; dlr0=failed; dlr0=delivered", "T1 -> asked" },
	{ "a receipt for nothing", NULL, "dlr0=delivered; dlr7=failed; +3h", "T1 -> asked" },
	/* reminder */
	{ "one reminder", NULL, "+51h", "T1 T5 -> reminded" },
	{ "no reminder before its time", NULL, "+49h", "T1 -> asked" },
	{ "none wanted", no_reminder, "+8d", "T1 -> expired" },
	{ "not after any word of theirs", NULL, "+3h; \"cho toi hoi ho so cua toi o dau roi\"; +6d", "T1 -> asked" },
	{ "not after an answer", NULL, "+3h; \"5\"; +6d", "T1 score=5 T3 -> answered" },
	{ "not while nobody knows whether the question left", NULL, "out=unknown; +6d", "T1 -> unknown" },
	{ "not to who opted out elsewhere", NULL, "+3h; optout; +6d", "T1 -> asked" },
	{ "not to a wrong person", NULL, "+3h; wrong; +6d", "T1 -> asked" },
	{ "not to staff", NULL, "+3h; veto=staff_number; +6d", "T1 -> asked" },
	{ "not about a reopened case", NULL, "+3h; reopen; +6d", "T1 -> asked" },
	{ "the reminder fails and goes later", NULL, "+3h; out=not_sent; +47h; +3s; out=accepted; +1h", "T1 T5 T5 -> reminded" },
	/* reopened while it is on its way */
	{ "what did not leave is not tried again", NULL, "+119m; out=none; +1m; reopen; out=accepted; +1d", "T1 -> unknown" },
	{ "nor reminded when it turns out to have left", NULL, "out=unknown; +3h; reopen; dlr0=delivered; +6d", "T1 -> asked" },
	{ "asked and reopened: nothing to cancel twice", NULL, "+3h; reopen; reopen", "T1 nothing-to-cancel -> asked" },
	/* one-way senders, outcomes of the case */
	{ "refused case", refused_case, "+3h", "T1r -> asked" },
	{ "one-way sender", one_way, "+51h", "T1b T5b -> reminded" },
	{ "one-way sender, refused case", refused_one_way, "+3h", "T1rb -> asked" },
	{ "without the optional texts", no_extra_texts, "+8d", "T1b -> expired" },
	/* the next channel */
	{ "refused here, sent there", two, "out=none; +2h; settle0=rejected; +1h", "T1@sms T1@zalo -> asked" },
	{ "refused everywhere", two, "out=rejected; +3h", "T1@sms T1@zalo -> not_asked (no_channel)" },
	{ "refused after its lease", two, "out=none; +3h; settle0=rejected; +1h", "T1@sms T1@zalo -> asked" },
	{ "not sent after its lease", NULL, "out=none; +3h; settle0=not_sent; +1h", "T1 T1 -> asked" },
	{ "not sent after the end of the survey", NULL, "out=none; +8d; settle0=not_sent; +1h", "T1 -> expired" },
	{ "not delivered here, sent there", two, "+3h; dlr0=failed; +1h", "T1@sms T1@zalo -> asked" },
	{ "each channel has its own words", brand_then_sms, "+3h; dlr0=failed; +1h", "T1b@sms T1@zalo -> asked" },
	{ "no receipt in time", waits_an_hour, "+4h", "T1@sms T1@zalo -> asked" },
	{ "a receipt in time", waits_an_hour, "+150m; dlr0=delivered; +1d", "T1@sms -> asked" },
	{ "an answer is a receipt", waits_an_hour, "+150m; \"5\"; +1d", "T1@sms score=5 T3@sms -> answered" },
	{ "never while it is unknown", waits_an_hour, "out=unknown; +6d", "T1@sms -> unknown" },
	{ "unknown, then proved undelivered", two, "out=unknown; +3h; out=accepted; dlr0=failed; +1h", "T1@sms T1@zalo -> asked" },
	{ "a late receipt stops the other one", two, "+3h; room=0; dlr0=failed; dlr0=delivered; room=1; +1d", "T1@sms -> asked" },
	{ "an answer stops the other one", two, "+3h; room=0; dlr0=failed; room=1; \"4\"; +1d", "T1@sms score=4 T3@sms -> answered" },
	{ "not after an answer", two, "+3h; \"4\"; dlr0=failed; +1d", "T1@sms score=4 T3@sms -> answered" },
	{ "answers go the way the words came", two, "+3h; \"4\" over zalo", "T1@sms score=4 T3@zalo -> answered" },
	{ "the third is nowhere", two, "+3h; dlr0=failed; +1h; dlr1=failed; +6d", "T1@sms T1@zalo -> asked" },
	/* pauses */
	{ "a pause of a day", NULL, "pause=1; +1d; pause=0; +1h", "T1 -> asked" },
	{ "a pause too long", NULL, "pause=1; +11d; pause=0; +1h", "-> not_asked (expired_window)" },
	{ "answers wait too", NULL, "+3h; pause=1; \"5\"; +1h; pause=0; +1m", "T1 score=5 T3 -> answered" },
	{ "but not for ever", NULL, "+3h; pause=1; \"5\"; +25h; pause=0; +1m", "T1 score=5 -> answered" },
	/* budgets */
	{ "two texts today: a third may go", two_today, "+3h", "T1 -> asked" },
	{ "three today: when the oldest is a day old", three_today, "+20h; +1h", "-> planned" },
	{ "and then it goes", three_today, "+24h", "T1 -> asked" },
	{ "the reminder waits for its place too", one_a_day, "+25h", "T1 -> asked" },
	{ "and gets it", one_a_day, "+30h", "T1 T5 -> reminded" },
};

static void
tables(void **state)
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

/* Many tries that did not leave take one place, and a refused one gives it back. */
static void
places_come_back(void **state)
{
	struct life l;

	(void)state;
	life_init(&l);
	life_plan(&l);
	life_run(&l, "+119m; out=not_sent; +1h");
	assert_true(l.s.messages[0].attempts > 5);
	assert_true(l.c.sends[0] != 0);
	assert_int_equal(l.c.sends[1], 0);
	life_run(&l, "out=rejected; +1h");
	assert_int_equal(l.s.state, SURVEY_NOT_ASKED);
	assert_int_equal(l.c.sends[0], 0);
	assert_int_equal(l.c.asked_ms, 0);
	assert_string_equal(l.c.open[0], "");
}

/* The next channel takes over the place of a text that was refused. */
static void
one_place_for_both(void **state)
{
	struct life l;

	(void)state;
	life_init(&l);
	two(&l);
	life_plan(&l);
	life_run(&l, "out=none; +2h; settle0=rejected; +1h");
	assert_true(l.c.sends[0] != 0);
	assert_int_equal(l.c.sends[1], 0);
}

/* A place another channel may have used stays taken. */
static void
both_channels_count(void **state)
{
	struct life l;

	(void)state;
	life_init(&l);
	two(&l);
	life_plan(&l);
	life_run(&l, "+3h; dlr0=failed; +1h");
	assert_true(l.c.sends[0] && l.c.sends[1]);
	assert_int_equal(l.c.sends[2], 0);
}

/* However long it lasts, the story has one line of it. */
static void
pause_is_told_once(void **state)
{
	struct life l;
	int told = 0;

	(void)state;
	life_init(&l);
	life_plan(&l);
	life_run(&l, "pause=1; +1d");
	for (int i = 0; i < l.s.n_story; i++)
		told += l.s.story[i].code == STORY_PAUSED;
	assert_int_equal(told, 2);                   /* the night came between */
}

static void
a_stranger_settles_nothing(void **state)
{
	struct send_result r = { .end = SEND_REJECTED };
	struct survey_event ev = { .kind = SURVEY_SETTLED, .result = &r, .fence = "f0" };
	struct survey_acts acts;
	struct life l;

	(void)state;
	life_init(&l);
	life_plan(&l);
	life_run(&l, "out=none; +2h");
	assert_int_equal(life_step(&l, &ev, &acts), ERR_STATE);
	ev.message = 7;
	assert_int_equal(life_step(&l, &ev, &acts), ERR_STATE);
	ev.message = -1;
	assert_int_equal(life_step(&l, &ev, &acts), ERR_STATE);
	assert_int_equal(l.s.messages[0].state, MESSAGE_INTENT);
}

/* At night: an answer to one's own words within five minutes, nothing else. */
static void
quiet_hours(void **state)
{
	struct life l;

	(void)state;
	life_init(&l);
	life_plan(&l);
	life_run(&l, "+12h");                        /* 22:00 */
	life_run(&l, "\"5\"");
	life_expect("at once", l.log, "T1 score=5 T3");
	life_run(&l, "room=0; \"2\"; +4m; room=1; +10s");
	life_expect("within five minutes", l.log, "T1 score=5 T3 revision=2<5 opened=P2 T2");
	life_run(&l, "room=0; \"C\"; +6m; room=1; +1h");
	life_expect("later it waits", l.log, "T1 score=5 T3 revision=2<5 opened=P2 T2");
	life_run(&l, "+10h");
	life_expect("until the morning", l.log, "T1 score=5 T3 revision=2<5 opened=P2 T2 T3r");
	life_judge();
}

/* The clock is set back by an hour: nothing is sent twice, nothing gets stuck. */
static void
clock_back(void **state)
{
	struct life l;

	(void)state;
	life_init(&l);
	life_plan(&l);
	life_run(&l, "+3h");
	l.now -= HOUR_MS + 30 * MIN_MS;
	life_run(&l, "+1h; \"4\"; +50h");
	life_expect("back", life_end(&l), "T1 score=4 T3 -> answered");
	life_judge();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables), cmocka_unit_test(places_come_back), cmocka_unit_test(one_place_for_both),
		cmocka_unit_test(both_channels_count), cmocka_unit_test(pause_is_told_once),
		cmocka_unit_test(a_stranger_settles_nothing), cmocka_unit_test(quiet_hours), cmocka_unit_test(clock_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
