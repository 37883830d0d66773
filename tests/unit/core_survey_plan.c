/* Who is asked, and why somebody is not: at intake and again when the text is due. */
#include "life.h"

struct row {
	const char *name;
	const char *closed;                  /* "" = now */
	const char *now;
	void      (*set)(struct life *l);
	enum not_asked veto;
	const char *want;                    /* "planned 2026-...", or the reason */
};

static void opted_out(struct life *l) { l->c.opted_out = true; }
static void wrong_person(struct life *l) { l->c.wrong_person = true; }
static void both(struct life *l) { l->c.opted_out = l->c.wrong_person = true; }
static void nobody_sampled(struct life *l) { l->p.sample_pct = 0; }
static void no_delay(struct life *l) { l->p.delay_ms = 0; }
static void never_open(struct life *l) { l->window.days = 0; }

static void
asked_before(struct life *l, int64_t ago)
{
	l->c.asked_ms = l->now - ago;
	survey_id_make(3, 7, l->c.asked_survey);
}

static void asked_yesterday(struct life *l) { asked_before(l, DAY_MS); }
static void asked_29_days_ago(struct life *l) { asked_before(l, 30 * DAY_MS - 3 * HOUR_MS); }
static void free_by_then(struct life *l) { asked_before(l, 30 * DAY_MS - 2 * HOUR_MS); }
static void no_cap(struct life *l) { asked_before(l, MIN_MS); l->p.every_ms = 0; }

static void
add_days(struct life *l, const char *const *lines, size_t n)
{
	struct diag why;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(calendar_add_line(&l->cal, sv_of(lines[i]), &why), ERR_OK);
}

static void
tet(struct life *l)
{
	static const char *const lines[] = { "2027-02-05", "2027-02-06", "2027-02-08", "2027-02-09" };

	add_days(l, lines, 4);
}

static void
new_year(struct life *l)
{
	static const char *const lines[] = { "2027-01-01 Tết Dương lịch" };

	add_days(l, lines, 1);
}

static void
swapped(struct life *l)
{
	static const char *const lines[] = { "2026-08-31", "+2026-08-23" };

	add_days(l, lines, 2);
}

#define MONDAY "2026-11-23T10:00:00+07:00"

static const struct row rows[] = {
	{ "two hours later", "", MONDAY, NULL, 0, "planned 2026-11-23T12:00:00+07:00" },
	{ "told late: at once", "2026-11-23T07:00:00+07:00", MONDAY, NULL, 0, "planned 2026-11-23T10:00:00+07:00" },
	{ "evening: next morning", "", "2026-11-23T18:30:00+07:00", NULL, 0, "planned 2026-11-24T08:00:00+07:00" },
	{ "the last minute", "", "2026-11-23T17:59:59+07:00", NULL, 0, "planned 2026-11-23T19:59:59+07:00" },
	{ "eight in the evening is closed", "", "2026-11-23T20:00:00+07:00", no_delay, 0, "planned 2026-11-24T08:00:00+07:00" },
	{ "Saturday evening: Monday", "", "2026-11-28T19:00:00+07:00", NULL, 0, "planned 2026-11-30T08:00:00+07:00" },
	{ "another zone's clock", "", "2026-11-23T14:00:00Z", no_delay, 0, "planned 2026-11-24T08:00:00+07:00" },
	{ "over the year's end", "", "2026-12-31T19:00:00+07:00", new_year, 0, "planned 2027-01-02T08:00:00+07:00" },
	{ "over Tết and a Sunday", "", "2027-02-04T19:00:00+07:00", tet, 0, "planned 2027-02-10T08:00:00+07:00" },
	{ "a working Sunday, a free Monday", "", "2026-08-22T19:00:00+07:00", swapped, 0, "planned 2026-08-23T08:00:00+07:00" },
	{ "and the day after it", "", "2026-08-30T19:00:00+07:00", swapped, 0, "planned 2026-09-01T08:00:00+07:00" },

	{ "opted out", "", MONDAY, opted_out, 0, "opted_out" },
	{ "wrong person", "", MONDAY, wrong_person, 0, "wrong_person" },
	{ "both: the number is not theirs", "", MONDAY, both, 0, "wrong_person" },
	{ "asked yesterday", "", MONDAY, asked_yesterday, 0, "capped" },
	{ "not yet free when it would be sent", "", MONDAY, asked_29_days_ago, 0, "capped" },
	{ "free by the time it is sent", "", MONDAY, free_by_then, 0, "planned 2026-11-23T12:00:00+07:00" },
	{ "no cap", "", MONDAY, no_cap, 0, "planned 2026-11-23T12:00:00+07:00" },
	{ "too old", "2026-11-13T09:59:59+07:00", MONDAY, NULL, 0, "too_old" },
	{ "not quite too old", "2026-11-13T10:00:00+07:00", MONDAY, NULL, 0, "planned 2026-11-23T10:00:00+07:00" },
	{ "too old by the next window", "2026-11-14T07:00:00+07:00", "2026-11-23T20:30:00+07:00", NULL, 0, "expired_window" },
	{ "no window at all", "", MONDAY, never_open, 0, "expired_window" },
	{ "not in the sample", "", MONDAY, nobody_sampled, 0, "sampled_out" },
	{ "the caller's reason comes first", "", MONDAY, opted_out, NOT_ASKED_STAFF_NUMBER, "staff_number" },
	{ "no phone", "", MONDAY, NULL, NOT_ASKED_NO_PHONE, "no_phone" },
	{ "bad phone", "", MONDAY, NULL, NOT_ASKED_BAD_PHONE, "bad_phone" },
	{ "landline", "", MONDAY, NULL, NOT_ASKED_LANDLINE, "landline" },
	{ "foreign", "", MONDAY, NULL, NOT_ASKED_FOREIGN, "foreign" },
	{ "excluded", "", MONDAY, NULL, NOT_ASKED_EXCLUDED, "excluded" },
	{ "no contact", "", MONDAY, NULL, NOT_ASKED_NO_CONTACT, "no_contact" },
	{ "trial", "", MONDAY, NULL, NOT_ASKED_TRIAL, "trial" },
	{ "no channel", "", MONDAY, NULL, NOT_ASKED_NO_CHANNEL, "no_channel" },
};

static void
at_intake(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		char got[80], at[32];
		struct life l;

		life_init(&l);
		l.now = life_at(r->now);
		l.s.facts.closed_ms = *r->closed ? life_at(r->closed) : l.now;
		if (r->set)
			r->set(&l);
		l.veto = r->veto;
		life_plan(&l);
		calendar_format(&l.cal, l.s.send_ms, at);
		if (l.s.state == SURVEY_PLANNED)
			snprintf(got, sizeof got, "planned %s", at);
		else
			snprintf(got, sizeof got, "%s", not_asked_name(l.s.reason));
		life_expect(r->name, got, r->want);
		assert_int_equal(l.s.due_ms, l.s.state == SURVEY_PLANNED ? l.s.send_ms : 0);
		assert_int_equal(l.s.state == SURVEY_NOT_ASKED, l.s.reason != 0);
	}
	life_judge();
}

/* What has changed between intake and the due time counts. */
static const struct { const char *name, *script, *want; } due[] = {
	{ "nothing changed", "+3h", "T1 -> asked" },
	{ "opted out", "optout; +3h", "-> not_asked (opted_out)" },
	{ "wrong person", "wrong; +3h", "-> not_asked (wrong_person)" },
	{ "staff now", "veto=staff_number; +3h", "-> not_asked (staff_number)" },
	{ "excluded now", "veto=excluded; +3h", "-> not_asked (excluded)" },
	{ "trial now", "veto=trial; +3h", "-> not_asked (trial)" },
	{ "reopened before", "+1h; reopen; +9d", "-> not_asked (reopened)" },
	{ "reopened twice", "reopen; reopen; +9d", "nothing-to-cancel -> not_asked (reopened)" },
	{ "the channel has no room for days", "room=0; +11d", "-> not_asked (expired_window)" },
	{ "and then it has", "room=0; +1d; room=1; +1h", "T1 -> asked" },
	{ "not before the time", "+119m", "-> planned" },
};

static void
when_due(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof due / sizeof *due; i++) {
		struct life l;

		life_init(&l);
		life_plan(&l);
		life_run(&l, due[i].script);
		life_expect(due[i].name, life_end(&l), due[i].want);
	}
	life_judge();
}

/* Another survey of the same number was asked while this one waited. */
static void
capped_when_due(void **state)
{
	struct life l;

	(void)state;
	life_init(&l);
	life_plan(&l);
	asked_before(&l, 0);
	life_run(&l, "+3h");
	life_expect("capped", life_end(&l), "-> not_asked (capped)");
	assert_int_equal(l.c.asked_ms, life_at(MONDAY));     /* the other's trace stays */
	life_judge();
}

/* A share of ids is a share of surveys, and the same id always falls the same way. */
static void
sampling(void **state)
{
	int asked = 0;

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		struct life l, again;

		life_init(&l);
		l.p.sample_pct = 30;
		survey_id_make(3, i * 0x9e3779b9u, l.s.id);
		again = l;
		again.p.calendar = &again.cal;
		survey_plan(&l.s, &l.c, &l.p, NOT_ASKED_NONE, l.now);
		survey_plan(&again.s, &again.c, &l.p, NOT_ASKED_NONE, l.now + DAY_MS);
		assert_int_equal(l.s.state, again.s.state);
		asked += l.s.state == SURVEY_PLANNED;
	}
	assert_in_range(asked, 2800, 3200);
}

/* Five cases in thirty days make an agent; the count stops there, so that a batch does not fight over the record. */
static void
agents(void **state)
{
	struct citizen c = { .version = 1 }, was;
	int64_t now = life_at(MONDAY);

	(void)state;
	for (int i = 1; i < CITIZEN_AGENT; i++)
		assert_false(citizen_case(&c, now + i));
	assert_true(citizen_case(&c, now + DAY_MS));
	was = c;
	assert_true(citizen_case(&c, now + 2 * DAY_MS));
	assert_memory_equal(&was, &c, sizeof c);
	assert_false(citizen_case(&c, now + 31 * DAY_MS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_intake), cmocka_unit_test(when_due), cmocka_unit_test(capped_when_due),
		cmocka_unit_test(sampling), cmocka_unit_test(agents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
