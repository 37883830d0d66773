/* What surveys add to the counts: each step of a life writes a difference, the sum is the share of what is left. */
#include "life.h"

#include "core/tally.h"

struct sums { struct { char field[TALLY_FIELD_MAX]; int n; } at[200]; size_t n; };

static void
add(struct sums *m, struct sv field, int by)
{
	size_t i = 0;

	while (i < m->n && !sv_is(field, m->at[i].field))
		i++;
	if (i == m->n) {
		assert_true(m->n < 200);
		assert_true(sv_copy(field, m->at[m->n++].field, TALLY_FIELD_MAX));
	}
	m->at[i].n += by;
}

static void
add_difference(struct sums *m, const struct survey *s, const struct tally *was, enum tally_shelf shelf)
{
	struct tally_step steps[TALLY_STEPS_MAX];
	char field[TALLY_FIELD_MAX];
	struct tally is;
	size_t n;

	tally_of(s, &is);
	n = tally_steps(s, was, &is, shelf, steps);
	assert_in_range(n, 0, TALLY_STEPS_MAX);
	for (size_t i = 0; i < n; i++)
		add(m, tally_field(&steps[i], field), steps[i].add);
}

static int
by_field(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* "ac=1 c5 sms=1": what is not zero, in order. */
static const char *
told(struct sums *m, char *out, size_t size)
{
	size_t n = 0;

	qsort(m->at, m->n, sizeof m->at[0], by_field);
	out[0] = '\0';
	for (size_t i = 0; i < m->n; i++)
		if (m->at[i].n)
			n += (size_t)snprintf(out + n, size - n, "%s%s%s", n ? "," : "", m->at[i].field,
			                      m->at[i].n == 1 ? "" : m->at[i].n < 0 ? "!NEGATIVE" : "!TWICE");
	return out;
}

static void two(struct life *l) { l->p.n_channels = 2; }
static void overdue(struct life *l) { l->s.facts.due_ms = l->now - HOUR_MS; }
static void dated(struct life *l) { l->s.facts.due_ms = l->now + HOUR_MS; }
static void withdrawn(struct life *l) { dated(l); l->s.facts.outcome = OUTCOME_WITHDRAWN; }
static void agent(struct life *l) { dated(l); l->s.agent = true; }
static void staff(struct life *l) { dated(l); l->veto = NOT_ASKED_STAFF_NUMBER; }

static const struct row { const char *name; void (*set)(struct life *l); const char *script, *want; } rows[] = {
	{ "planned", dated, "", "ac " },
	{ "without a date", NULL, "", "ac ,au " },
	{ "overdue", overdue, "", "ac ,ao " },
	{ "withdrawn", withdrawn, "", "ac ,aw " },
	{ "an agent's", agent, "", "ac ,ag " },
	{ "not to be asked", staff, "", "a-staff_number ,ac " },
	{ "reopened in time", dated, "reopen", "a-reopened ,ac " },
	{ "on its way", dated, "out=none; +2h", "ac " },
	{ "nobody knows", dated, "out=unknown; +2h", "ac ,ax ,cx sms" },
	{ "it did leave", dated, "out=unknown; +2h; dlr0=delivered", "aa ,ac ,ad ,ca sms,cd sms" },
	{ "asked", dated, "+3h", "aa ,ac ,ca sms" },
	{ "delivered", dated, "+3h; dlr0=delivered", "aa ,ac ,ad ,ca sms,cd sms" },
	{ "expired", dated, "+3h; +8d", "aa ,ac ,ca sms" },
	{ "refused everywhere", dated, "out=rejected; +3h", "a-no_channel ,ac " },
	{ "over the second channel", two, "+3h; dlr0=failed; +1m", "aa ,ac ,au ,ca zalo" },
	{ "lost after all", two, "+3h; out=rejected; dlr0=failed; +1m", "a-no_channel ,ac ,au " },
	{ "answered", dated, "+3h; \"5\"", "a5 ,aa ,ac ,ad ,atd ,c5 sms,ca sms,cd sms" },
	{ "at once", dated, "+2h; \"5\"", "a5 ,aa ,ac ,ad ,atm ,c5 sms,ca sms,cd sms" },
	{ "words, no score", dated, "+3h; \"cam on\"", "aa ,ac ,ad ,ca sms,cd sms" },
	{ "a reason", dated, "+3h; \"1\"; \"C\"",
	  "a1 ,aa ,ac ,ad ,atd ,c1 sms,ca sms,cd sms,f1 F2,f1 F4,fm F2,fm F4,k1 C,km C,v1 P2,vm P2" },
	{ "two of one pillar", dated, "+3h; \"2\"; \"CE\"",
	  "a2 ,aa ,ac ,ad ,atd ,c2 sms,ca sms,cd sms,f2 F2,f2 F4,fm F2,fm F4,k2 C,k2 E,km C,km E,v2 P2,vm P2" },
	{ "a correction takes the old one out", dated, "+3h; \"1\"; \"C\"; +1h; \"4\"",
	  "a4 ,aa ,ac ,ad ,atd ,c4 sms,ca sms,cd sms,f4 F2,f4 F4,fm F2,fm F4,k4 C,km C,v4 P2,vm P2" },
	{ "and back", dated, "+3h; \"5\"; \"4\"; \"5\"", "a5 ,aa ,ac ,ad ,atd ,c5 sms,ca sms,cd sms" },
	{ "late is apart", dated, "+3h; +8d; \"5\"", "aa ,ac ,ad ,al ,ca sms,cd sms,cl sms" },
	{ "a stranger", dated, "+3h; \"khong phai toi\"", "aa ,ac ,ad ,as ,ca sms,cd sms" },
	{ "no more texts", dated, "+3h; \"TC\"", "aa ,ac ,ad ,ca sms,cd sms" },
};

static void
lives(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sv rest = sv_of(rows[i].script);
		struct tally was = { .counts = 0 };
		struct sums m = { .n = 0 };
		char got[1000];
		struct life l;

		life_init(&l);
		if (rows[i].set)
			rows[i].set(&l);
		life_plan(&l);
		add_difference(&m, &l.s, &was, TALLY_SHELF_OFFICES);
		while (rest.p && rest.n) {
			tally_of(&l.s, &was);
			life_do(&l, sv_cut(&rest, ';'));
			add_difference(&m, &l.s, &was, TALLY_SHELF_OFFICES);
		}
		life_expect(rows[i].name, told(&m, got, sizeof got), rows[i].want);
	}
	life_judge();
}

static const struct { const char *name; enum tally_shelf shelf; const char *want; } shelves[] = {
	{ "units", TALLY_SHELF_OFFICES, "a5 ,aa ,ac ,ad ,atd ,au ,c5 sms,ca sms,cd sms,"
	                                "g5 H36.90,ga H36.90,gc H36.90,gd H36.90,gu H36.90,h5 H36.45,ha H36.45,hc H36.45,"
	                                "hd H36.45,hu H36.45,r5 H36.90,ra H36.90,rc H36.90,rd H36.90,ru H36.90" },
	{ "officers, one not named, and procedure", TALLY_SHELF_OFFICERS,
	  "h5 nv023,ha nv023,hc nv023,hd nv023,hu nv023,p5 1.004227,pa 1.004227,pc 1.004227,pd 1.004227,pu 1.004227,"
	  "r5 nv017,ra nv017,rc nv017,rd nv017,ru nv017" },
};

static void
dimensions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof shelves / sizeof *shelves; i++) {
		struct tally none = { .counts = 0 };
		struct sums m = { .n = 0 };
		char got[1000];
		struct life l;

		life_init(&l);
		snprintf(l.s.facts.units[CASE_RECEIVING], CASE_CODE_MAX, "H36.90");
		snprintf(l.s.facts.units[CASE_HANDLING], CASE_CODE_MAX, "H36.45");
		snprintf(l.s.facts.units[CASE_RETURNING], CASE_CODE_MAX, "H36.90");
		snprintf(l.s.facts.officers[CASE_RECEIVING], CASE_CODE_MAX, "nv017");
		snprintf(l.s.facts.officers[CASE_HANDLING], CASE_CODE_MAX, "nv023");
		snprintf(l.s.facts.procedure, CASE_CODE_MAX, "1.004227");
		life_plan(&l);
		life_run(&l, "+3h; \"5\"");
		add_difference(&m, &l.s, &none, shelves[i].shelf);
		life_expect(shelves[i].name, told(&m, got, sizeof got), shelves[i].want);
	}
	life_judge();
}

/* Every field that can be written is read as what it was; values may hold anything, blanks too. */
static void
fields_come_back(void **state)
{
	static const char *const values[] = { "", "H36.45", "a b", "-", "  ", "1", "\xc4\x90" };
	char field[TALLY_FIELD_MAX];

	(void)state;
	for (int d = 0; d < TALLY_DIM_MAX; d++)
		for (int c = 0; c < TALLY_COUNT_MAX; c++)
			for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
				struct tally_step in = { (enum tally_dim)d, (enum tally_count)c, 1, sv_of(values[v]) }, out = { .add = 7 };

				assert_int_equal(tally_field_parse(tally_dim_shelf(in.dim), tally_field(&in, field), &out), ERR_OK);
				assert_int_equal(out.dim, in.dim);
				assert_int_equal(out.count, in.count);
				assert_true(sv_eq(out.value, in.value));
				assert_int_equal(out.add, 7);
			}
}

static void
strange_fields(void **state)
{
	static const struct { enum tally_shelf shelf; const char *field; } strange[] = {
		{ TALLY_SHELF_OFFICES, "" }, { TALLY_SHELF_OFFICES, " " }, { TALLY_SHELF_OFFICES, "a " }, { TALLY_SHELF_OFFICES, "ac" },
		{ TALLY_SHELF_OFFICERS, "ac " }, { TALLY_SHELF_OFFICES, "pc 1" }, { TALLY_SHELF_OFFICES, "-c H36" },
		{ TALLY_SHELF_OFFICES, "h-nothing H36" }, { TALLY_SHELF_OFFICES, "hcapped H36" }, { TALLY_SHELF_OFFICES, "hcc H36" },
	};
	struct tally_step out;

	(void)state;
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
		if (tally_field_parse(strange[i].shelf, sv_of(strange[i].field), &out) != ERR_SYNTAX)
			fail_msg("\"%s\" is read", strange[i].field);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lives),
		cmocka_unit_test(dimensions),
		cmocka_unit_test(fields_come_back),
		cmocka_unit_test(strange_fields),
	};

	_Static_assert(TALLY_COUNT_MAX <= 64, "a share is one word");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
