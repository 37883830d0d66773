/* The ladder from a message to its survey. A row's surveys are scripts lived through one after another. */
#include "life.h"

#define MOST 5

struct row {
	const char *name;
	const char *lives[MOST];             /* "CHANNEL at DAY: script"; all on one phone */
	const char *ref, *channel, *text;    /* {n} in text: the token of survey n; ref "1": its id */
	const char *want;                    /* "0 only_open", "1 newest_open, other 0", "nobody" */
};

#define OPEN   "+3h"
#define SCORED "+3h; \"5\""
#define WHY    "+3h; \"1\""

static const struct row rows[] = {
	{ "nothing was ever asked", { NULL }, "", "sms", "5", "nobody" },
	{ "one open", { "sms+0: " OPEN }, "", "sms", "5", "0 only_open" },
	{ "one planned", { "sms+0: " }, "", "sms", "5", "nobody" },
	{ "one answered: a correction", { "sms+0: " SCORED }, "", "sms", "4", "0 only_open" },
	{ "one expired", { "sms+0: +8d" }, "", "sms", "4", "0 last_asked" },
	{ "one much too old", { "sms+0: +40d" }, "", "sms", "4", "nobody" },
	{ "not asked", { "sms+0: reopen" }, "", "sms", "4", "nobody" },
	{ "one answered, one open", { "sms+0: " SCORED, "sms+1: " OPEN }, "", "sms", "4", "1 only_open" },
	{ "the older one is open", { "sms+0: " OPEN, "sms+1: " SCORED }, "", "sms", "4", "0 only_open" },
	{ "two open", { "sms+0: " OPEN, "sms+1: " OPEN }, "", "sms", "5", "1 newest_open, other 0" },
	{ "in any order", { "sms+1: " OPEN, "sms+0: " OPEN }, "", "sms", "5", "0 newest_open, other 1" },
	{ "three open", { "sms+0: " OPEN, "sms+1: " OPEN, "sms+2: " OPEN }, "", "sms", "5", "2 newest_open, other 1" },
	{ "the provider knows", { "sms+0: " OPEN, "sms+1: " OPEN }, "0", "sms", "5", "0 reference" },
	{ "the provider names one that is over", { "sms+0: +8d", "sms+1: " OPEN }, "0", "sms", "5", "0 reference" },
	{ "the provider names none of ours", { "sms+0: " OPEN }, "9", "sms", "5", "0 only_open" },
	{ "the token says", { "sms+0: " OPEN, "sms+1: " OPEN }, "", "sms", "HL {0} 5", "0 token" },
	{ "in small letters", { "sms+0: " OPEN, "sms+1: " OPEN }, "", "sms", "hl {0} rat hai long", "0 token" },
	{ "of an answered one", { "sms+0: " SCORED, "sms+1: " OPEN }, "", "sms", "HL {0} 4", "0 token" },
	{ "of an expired one", { "sms+0: +8d", "sms+1: " OPEN }, "", "sms", "HL {0} 4", "0 token" },
	{ "the reference before the token", { "sms+0: " OPEN, "sms+1: " OPEN }, "1", "sms", "HL {0} 5", "1 reference" },
	{ "somebody else's token", { "sms+0: " OPEN }, "", "sms", "HL A7K2 5", "nobody" },
	{ "asked over another channel", { "zalo+0: " OPEN, "sms+1: " OPEN }, "", "zalo", "5", "0 sender" },
	{ "both over this one", { "sms+0: " OPEN, "sms+1: " OPEN, "zalo+2: " OPEN }, "", "sms", "5", "1 newest_open, other 2" },
	{ "neither over this one", { "sms+0: " OPEN, "sms+1: " OPEN }, "", "zalo", "5", "1 newest_open, other 0" },
	{ "a reason for who waits for one", { "sms+0: " WHY, "sms+1: " OPEN }, "", "sms", "CD", "0 expected" },
	{ "a score for who waits for one", { "sms+0: " OPEN, "sms+1: " WHY }, "", "sms", "4", "0 expected" },
	{ "a yes for who waits for one", { "sms+0: +3h; \"1 rat hai long\"", "sms+1: " OPEN }, "", "sms", "giu", "0 expected" },
	{ "words that fit neither", { "sms+0: " WHY, "sms+1: " OPEN }, "", "sms", "toi da nop du giay to hom qua", "1 newest_open" },
	{ "only a rumour of a newer one", { "sms+0: " OPEN, "sms+1: out=unknown; +3h" }, "", "sms", "5", "0 only_open" },
	{ "nothing but rumours", { "sms+0: out=unknown; +3h", "sms+1: out=unknown; +3h" }, "", "sms", "5", "1 newest_open, other 0" },
	{ "on its way this very moment", { "sms+0: " OPEN, "sms+1: out=none; +2h" }, "", "sms", "5", "0 only_open" },
	{ "all answered: the last", { "sms+0: " SCORED, "sms+1: " SCORED }, "", "sms", "4", "1 last_asked" },
	{ "one answered, one expired: the open one", { "sms+0: +8d", "sms+7: " SCORED }, "", "sms", "4", "1 only_open" },
	{ "time is up though nobody noticed", { "sms+0: +3h; room=0; +9d", "sms+8: " OPEN }, "", "sms", "5", "1 only_open" },
};

static void
live_one(struct life *l, const char *how, int n)
{
	const char *plus = strchr(how, '+'), *script = strstr(how, ": ");
	size_t at = (size_t)(plus - how);

	life_init(l);
	l->p.n_channels = 2;
	survey_id_make(3, (uint64_t)(1000 + 77 * n), l->s.id);
	l->p.channels[0].name = at == 4 ? "zalo" : "sms";
	l->now += strtol(plus + 1, NULL, 10) * DAY_MS;
	l->s.facts.closed_ms = l->now;
	life_plan(l);
	life_run(l, script + 2);
}

static void
fill_text(const struct row *r, const struct survey *const *all, char *out, size_t size)
{
	const char *hole = strchr(r->text, '{');
	char token[SURVEY_TOKEN + 1];

	if (!hole) {
		snprintf(out, size, "%s", r->text);
		return;
	}
	survey_token(all[hole[1] - '0'], token);
	snprintf(out, size, "%.*s%s%s", (int)(hole - r->text), r->text, token, hole + 3);
}

static void
one_row(const struct row *r)
{
	static struct life lives[MOST];
	const struct survey *all[MOST];
	struct match_found f;
	char text[100], got[80];
	int64_t now = life_at("2026-11-23T13:00:00+07:00");
	size_t n = 0;

	for (; n < MOST && r->lives[n]; n++) {
		live_one(&lives[n], r->lives[n], (int)n);
		all[n] = &lives[n].s;
		now = lives[n].now > now ? lives[n].now : now;
	}
	fill_text(r, all, text, sizeof text);
	struct match_hints h = { !*r->ref ? "" : *r->ref == '9' ? "ABCDEFGH" : all[*r->ref - '0']->id, r->channel,
	                         sv_of(text), life_lexicon() };
	life_init(&lives[MOST - 1]);
	match_find(all, n, &h, &lives[MOST - 1].p, now, &f);
	if (f.at < 0)
		snprintf(got, sizeof got, "nobody");
	else if (f.other >= 0)
		snprintf(got, sizeof got, "%d %s, other %d", f.at, match_name((int)f.how), f.other);
	else
		snprintf(got, sizeof got, "%d %s", f.at, match_name((int)f.how));
	life_expect(r->name, got, r->want);
}

static void
ladder(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		one_row(&rows[i]);
	life_judge();
}

/* The words are read knowing what the survey found waits for. */
static void
readings(void **state)
{
	static const struct { const char *script, *text; enum reply_kind want; } read[] = {
		{ "+3h; \"1\"", "A", REPLY_REASON }, { "+3h", "5", REPLY_SCORE }, { "+3h; \"1 rat hai long\"", "OK", REPLY_CONFIRM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof read / sizeof *read; i++) {
		struct life l;
		const struct survey *one = &l.s;
		struct match_hints h = { "", "sms", sv_of(read[i].text), life_lexicon() };
		struct match_found f;

		life_init(&l);
		life_plan(&l);
		life_run(&l, read[i].script);
		match_find(&one, 1, &h, &l.p, l.now, &f);
		assert_int_equal(f.reading.kind, read[i].want);
	}
}

/* Every token is read back, in small letters too. */
static void
tokens_are_read(void **state)
{
	struct survey s = { 0 };
	struct reading r;
	char text[16];

	(void)state;
	for (uint64_t i = 0; i < 2000; i++) {
		char token[SURVEY_TOKEN + 1];

		survey_id_make(3, i * 0x9e3779b9u, s.id);
		survey_token(&s, token);
		snprintf(text, sizeof text, "hl %s 3", token);
		for (char *p = text; *p; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p - 'A' + 'a');
		reply_read(life_lexicon(), sv_of(text), EXPECT_SCORE, SENDER_CITIZEN, &r);
		if (strcmp(r.token, token) != 0 || r.score != 3)
			fail_msg("%s: token \"%s\", score %d", text, r.token, r.score);
	}
}

/* Tokens have a check character, and tell the surveys of one phone apart. */
static void
tokens(void **state)
{
	char a[SURVEY_TOKEN + 1], b[SURVEY_TOKEN + 1];
	struct survey s = { 0 };
	int same = 0;

	(void)state;
	for (uint64_t i = 0; i < 2000; i++) {
		survey_id_make(3, i * 0x9e3779b9u, s.id);
		survey_token(&s, a);
		assert_int_equal(strlen(a), SURVEY_TOKEN);
		assert_in_range(a[0], '2', '9');
		assert_in_range(a[1], 'A', 'Z');
		survey_id_make(3, (i + 1) * 0x9e3779b9u, s.id);
		survey_token(&s, b);
		same += !strcmp(a, b);
	}
	assert_true(same < 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(ladder), cmocka_unit_test(readings), cmocka_unit_test(tokens),
		                             cmocka_unit_test(tokens_are_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
