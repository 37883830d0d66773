/* Records: every field comes back as it was, and a stored text that is not ours is refused without harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/record.h"
#include "core/survey.h"

#define TEXT_MAX 65536
#define ANEW     { .name = "" }
#define LAST     RECORD_I64_MAX

struct thing {
	char    name[8];
	int64_t at_ms;
	int     kind;
	bool    on;
	char    note[12];
	int64_t times[3];
};

static const struct record_field fields[] = {
	RECORD_AT_TEXT(struct thing, "name", name),
	RECORD_AT_I64(struct thing, "at", at_ms),
	RECORD_AT_INT(struct thing, "kind", kind, 5),
	RECORD_AT_BOOL(struct thing, "on", on),
	RECORD_AT_TEXT(struct thing, "note", note),
	RECORD_AT_TIMES(struct thing, "times", times),
	RECORD_END,
};

static bool
same(const struct thing *a, const struct thing *b)
{
	return !strcmp(a->name, b->name) && a->at_ms == b->at_ms && a->kind == b->kind && a->on == b->on && !strcmp(a->note, b->note)
	       && !memcmp(a->times, b->times, sizeof a->times);
}

static const struct trip { const char *name; struct thing obj; const char *lines, *row; } trips[] = {
	{ "nothing",       { "", 0, 0, false, "", { 0 } }, "", "T\t\t\t\t\t\t\n" },
	{ "everything",    { "abc", 1795403100123, 5, true, "xyz", { 0 } }, "name=abc\nat=1795403100123\nkind=5\non=1\nnote=xyz\n",
	                   "T\tabc\t1795403100123\t5\t1\txyz\t\n" },
	{ "full texts",    { "1234567", 1, 1, true, "12345678901", { 0 } }, "name=1234567\nat=1\nkind=1\non=1\nnote=12345678901\n",
	                   "T\t1234567\t1\t1\t1\t12345678901\t\n" },
	{ "before 1970",   { "", -1, 0, false, "", { 0 } }, "at=-1\n", "T\t\t-1\t\t\t\t\n" },
	{ "largest",       { "", LAST, 0, false, "", { 0 } }, "at=9007199254740992\n", "T\t\t9007199254740992\t\t\t\t\n" },
	{ "smallest",      { "", -LAST, 0, false, "", { 0 } }, "at=-9007199254740992\n", "T\t\t-9007199254740992\t\t\t\t\n" },
	{ "line ends",     { "a\nb=c", 0, 0, false, "\n", { 0 } }, "name=a\\nb=c\nnote=\\n\n", "T\ta\\nb=c\t\t\t\t\\n\t\n" },
	{ "tabs",          { "a\tb", 0, 0, false, "\t", { 0 } }, "name=a\\tb\nnote=\\t\n", "T\ta\\tb\t\t\t\t\\t\t\n" },
	{ "backslashes",   { "\\n\\", 0, 0, false, "\\", { 0 } }, "name=\\\\n\\\\\nnote=\\\\\n", "T\t\\\\n\\\\\t\t\t\t\\\\\t\n" },
	{ "equals signs",  { "=a=", 0, 0, false, "", { 0 } }, "name==a=\n", "T\t=a=\t\t\t\t\t\n" },
	{ "marks",         { "ệ", 0, 0, false, "Đánh", { 0 } }, "name=ệ\nnote=Đánh\n", "T\tệ\t\t\t\tĐánh\t\n" },
	{ "blanks",        { " a ", 0, 0, false, " ", { 0 } }, "name= a \nnote= \n", "T\t a \t\t\t\t \t\n" },
	{ "one time",      { "", 0, 0, false, "", { 7 } }, "times=7\n", "T\t\t\t\t\t\t7\n" },
	{ "three times",   { "", 0, 0, false, "", { LAST, 8, 7 } }, "times=9007199254740992,8,7\n",
	                   "T\t\t\t\t\t\t9007199254740992,8,7\n" },
	{ "other bytes",   { "\r\001\377", 0, 0, false, "", { 0 } }, "name=\r\001\377\n", "T\t\r\001\377\t\t\t\t\t\n" },
};

static void
round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(trips); i++) {
		const struct trip *r = &trips[i];
		struct thing by_line = ANEW, by_row = ANEW;
		struct sv rest;
		AUTO_SBUF lines, row;

		sbuf_init(&lines, 1000);
		sbuf_init(&row, 1000);
		record_write(fields, &r->obj, &lines);
		record_write_row('T', fields, &r->obj, &row);
		if (!sv_is(sbuf_sv(&lines), r->lines) || !sv_is(sbuf_sv(&row), r->row))
			fail_msg("%s: wrote " SV_FMT SV_FMT, r->name, SV_ARG(sbuf_sv(&lines)), SV_ARG(sbuf_sv(&row)));
		for (rest = sbuf_sv(&lines); rest.n;)
			assert_int_equal(record_read(fields, sv_cut(&rest, '\n'), &by_line), ERR_OK);
		assert_int_equal(record_read_row(fields, (struct sv){ row.p + 2, row.n - 3 }, &by_row), ERR_OK);
		if (!same(&by_line, &r->obj) || !same(&by_row, &r->obj))
			fail_msg("%s: reads otherwise", r->name);
	}
}

static const struct line { const char *name; struct sv in; enum err e; struct thing want; } lines[] = {
	{ "a name of later",    SV("colour=red"), ERR_OK, ANEW },
	{ "a name that is longer", SV("name2=a"), ERR_OK, ANEW },
	{ "no name",            SV("=a"), ERR_OK, ANEW },
	{ "empty value",        SV("name="), ERR_OK, ANEW },
	{ "zero written out",   SV("kind=0"), ERR_OK, ANEW },
	{ "leading zeros",      SV("kind=005"), ERR_OK, { .kind = 5 } },
	{ "strange escape",     SV("name=\\a"), ERR_OK, { .name = "a" } },
	{ "just fits",          SV("name=1234567"), ERR_OK, { .name = "1234567" } },
	{ "escapes count once", SV("name=\\n\\n\\n\\n\\n\\n\\n"), ERR_OK, { .name = "\n\n\n\n\n\n\n" } },
	{ "one too long",       SV("name=12345678"), ERR_CORRUPT, ANEW },
	{ "one escape too long", SV("name=1234567\\n"), ERR_CORRUPT, ANEW },
	{ "a NUL",              SV("name=a\0b"), ERR_CORRUPT, ANEW },
	{ "a NUL escaped",      SV("name=a\\\0b"), ERR_CORRUPT, ANEW },
	{ "half an escape",     SV("name=a\\"), ERR_CORRUPT, ANEW },
	{ "empty",              SV(""), ERR_CORRUPT, ANEW },
	{ "no equals sign",     SV("name"), ERR_CORRUPT, ANEW },
	{ "a NUL in the name",  SV("na\0me"), ERR_CORRUPT, ANEW },
	{ "highest value",      SV("kind=5"), ERR_OK, { .kind = 5 } },
	{ "above it",           SV("kind=6"), ERR_CORRUPT, ANEW },
	{ "below zero",         SV("kind=-1"), ERR_CORRUPT, ANEW },
	{ "wraps to a good one", SV("kind=4294967297"), ERR_CORRUPT, ANEW },
	{ "no number",          SV("kind=x"), ERR_CORRUPT, ANEW },
	{ "number of nothing",  SV("kind="), ERR_CORRUPT, ANEW },
	{ "blank before",       SV("kind= 1"), ERR_CORRUPT, ANEW },
	{ "fraction",           SV("kind=1.0"), ERR_CORRUPT, ANEW },
	{ "yes is 1",           SV("on=1"), ERR_OK, { .on = true } },
	{ "yes is not 2",       SV("on=2"), ERR_CORRUPT, ANEW },
	{ "nor a word",         SV("on=true"), ERR_CORRUPT, ANEW },
	{ "times",              SV("times=3,2,1"), ERR_OK, { .name = "", .times = { 3, 2, 1 } } },
	{ "fewer times",        SV("times=3"), ERR_OK, { .name = "", .times = { 3 } } },
	{ "no times",           SV("times="), ERR_OK, ANEW },
	{ "one time too many",  SV("times=4,3,2,1"), ERR_CORRUPT, ANEW },
	{ "a time is missing",  SV("times=3,,1"), ERR_CORRUPT, ANEW },
	{ "a time is zero",     SV("times=3,0"), ERR_CORRUPT, ANEW },
	{ "a time below zero",  SV("times=-3"), ERR_CORRUPT, ANEW },
	{ "a time is a word",   SV("times=3,x"), ERR_CORRUPT, ANEW },
	{ "one of them beyond", SV("times=3,9007199254740993"), ERR_CORRUPT, ANEW },
	{ "time beyond reach",  SV("at=9007199254740993"), ERR_CORRUPT, ANEW },
	{ "time before reach",  SV("at=-9007199254740993"), ERR_CORRUPT, ANEW },
	{ "the largest there is", SV("at=9223372036854775807"), ERR_CORRUPT, ANEW },
	{ "larger than that",   SV("at=9223372036854775808"), ERR_CORRUPT, ANEW },
};

static void
hostile_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(lines); i++) {
		const struct line *r = &lines[i];
		char *exact = mem_alloc(r->in.n);
		struct { struct thing t; char guard[16]; } got = { .guard = "guard" };
		enum err e;

		if (r->in.n)
			memcpy(exact, r->in.p, r->in.n);
		e = record_read(fields, (struct sv){ exact, r->in.n }, &got.t);
		if (e != r->e || (!e && !same(&got.t, &r->want)) || strcmp(got.guard, "guard") != 0)
			fail_msg("%s: %s", r->name, err_text(e));
		mem_free(exact);
	}
}

static const struct columns { const char *name; struct sv in; enum err e; struct thing want; } rows[] = {
	{ "fewer columns",      SV("a\t7"), ERR_OK, { .name = "a", .at_ms = 7 } },
	{ "columns of later",   SV("a\t\t\t\tn\t\tnew\tnewer"), ERR_OK, { .name = "a", .note = "n" } },
	{ "none",               SV(""), ERR_OK, ANEW },
	{ "NULL",               { NULL, 0 }, ERR_OK, ANEW },
	{ "only tabs",          SV("\t\t\t\t\t\t\t\t"), ERR_OK, ANEW },
	{ "out of range",       SV("a\t7\t6"), ERR_CORRUPT, ANEW },
	{ "shifted",            SV("7\ta"), ERR_CORRUPT, ANEW },
	{ "too long",           SV("12345678"), ERR_CORRUPT, ANEW },
	{ "a NUL",              SV("a\0\t7"), ERR_CORRUPT, ANEW },
};

static void
hostile_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		struct thing got = ANEW;
		enum err e = record_read_row(fields, rows[i].in, &got);

		if (e != rows[i].e || (!e && !same(&got, &rows[i].want)))
			fail_msg("%s: %s", rows[i].name, err_text(e));
	}
}

/* ---- surveys and citizens ---- */

/* Every member that is stored has a value of its own; arrays are full. */
static const struct survey full = {
	.version = 17, .id = "7KQ2M4XD", .citizen = "0123456789abcdef0123456789abcdef",
	.facts = { .case_id = "H36.45-261123-0007\t=\n\\", .closed_ms = 101, .received_ms = 102, .due_ms = 103, .outcome = OUTCOME_WITHDRAWN,
	           .procedure = "1.004227", .units = { "H36.90", "H36.45", "H36.91" }, .officers = { "nv017", "nv023", "nv018" },
	           .no_contact = true },
	.state = SURVEY_EXPIRED, .reason = NOT_ASKED_EXPIRED_WINDOW, .made_ms = 104, .send_ms = 105, .asked_ms = 106, .replied_ms = 107,
	.ends_ms = 108, .remind_ms = 118, .due_ms = 109, .channel = 255, .score = 5, .late = true, .doubtful = 4, .reasons = "ABCDEFGHX",
	.klass = CLASS_P0, .replies = 6, .clarified = true, .reason_asked = true, .which_asked = true, .late_told = true, .legal_told = true,
	.optout_confirmed = true, .reopened = true, .agent = true, .other = "261123-0008", .rule = "digit_and_words_agree01",
	.confidence_pct = 100, .match = MATCH_MAX - 1, .followup = "7KQ2M4XE", .followup_due_ms = 110,
	.channel_name = "12345678901234567890123456789012",
	.messages = { { .text = TEMPLATE_T11, .state = MESSAGE_DROPPED, .channel = 254, .attempts = 9, .queued_ms = 111, .next_ms = 112,
	                .intent_ms = 113, .sent_ms = 114, .final_ms = 115, .charged_ms = 119, .fence = "123456789012345678901234", .provider_id = "a\tb\nc\\d" },
	              { .text = TEMPLATE_T1 }, { .provider_id = "third" } },
	.n_messages = 3,
	.story = { { .at_ms = 116, .code = 255, .detail = "tab\tline\nend\\" }, { .at_ms = 117, .code = 1, .detail = "" } },
	.n_story = 2, .story_cut = 4,
};

static const struct citizen whole = {
	.version = 18, .name = "0123456789abcdef0123456789abcdef", .phone = "sealed number", .zalo = "sealed chat", .opted_out = true,
	.wrong_person = true, .opted_ms = 201, .asked_ms = 202, .asked_survey = "7KQ2M4XD",
	.sends = { 203, 204, 205, 206, 207, 208, 209, 210 }, .cases = CITIZEN_AGENT, .cases_ms = 211,
	.open = { "7KQ2M4XD", "7KQ2M4XE", "7KQ2M4XF", "7KQ2M4XG", "7KQ2M4XH", "7KQ2M4XJ", "7KQ2M4XK", "7KQ2M4XM" },
};

static void
write_survey(const struct survey *s, struct sbuf *out)
{
	sbuf_init(out, TEXT_MAX);
	survey_write(s, out);
	assert_false(out->failed);
}

static void
surveys(void **state)
{
	AUTO_FREE struct survey *back = mem_alloc(sizeof *back), *most = mem_alloc(sizeof *most);
	AUTO_SBUF text, again;

	(void)state;
	write_survey(&full, &text);
	assert_int_equal(survey_read(sbuf_sv(&text), back), ERR_OK);
	assert_memory_equal(back, &full, sizeof full);       /* both began as zeros */
	write_survey(back, &again);
	assert_true(sv_eq(sbuf_sv(&text), sbuf_sv(&again)));
	/* With all its places taken. */
	*most = full;
	most->n_messages = SURVEY_MESSAGES;
	most->n_story = SURVEY_STORY;
	for (int i = 0; i < SURVEY_MESSAGES; i++)
		most->messages[i].attempts = i;
	for (int i = 0; i < SURVEY_STORY; i++)
		memset(most->story[i].detail, '\\', SURVEY_DETAIL - 1);
	sbuf_done(&text);
	write_survey(most, &text);
	assert_int_equal(survey_read(sbuf_sv(&text), back), ERR_OK);
	assert_memory_equal(back, most, sizeof *most);
}

static void
citizens(void **state)
{
	struct citizen back;
	AUTO_SBUF text;

	(void)state;
	sbuf_init(&text, TEXT_MAX);
	citizen_write(&whole, &text);
	assert_int_equal(citizen_read(sbuf_sv(&text), &back), ERR_OK);
	assert_memory_equal(&back, &whole, sizeof whole);
}

#define ID      "id=7KQ2M4XD\n"
#define CITIZEN "citizen=0123456789abcdef0123456789abcdef\n"
#define GOOD    "v=1\n" ID CITIZEN

static const struct stored { const char *name; struct sv in; enum err e; } stored[] = {
	{ "good",               SV(GOOD), ERR_OK },
	{ "without the last line end", SV("v=1\n" ID "citizen=0123456789abcdef0123456789abcdef"), ERR_OK },
	{ "names of later",     SV(GOOD "colour=red\nshape=\n"), ERR_OK },
	{ "empty",              SV(""), ERR_CORRUPT },
	{ "version only",       SV("v=1\n"), ERR_CORRUPT },
	{ "version not ended",  SV("v=1"), ERR_CORRUPT },
	{ "no version",         SV(ID CITIZEN), ERR_CORRUPT },
	{ "version 0",          SV("v=0\n" ID CITIZEN), ERR_CORRUPT },
	{ "version below 0",    SV("v=-1\n" ID CITIZEN), ERR_CORRUPT },
	{ "version too large",  SV("v=9223372036854775808\n" ID CITIZEN), ERR_CORRUPT },
	{ "no id",              SV("v=1\n" CITIZEN), ERR_CORRUPT },
	{ "no citizen",         SV("v=1\n" ID), ERR_CORRUPT },
	{ "short id",           SV("v=1\nid=7KQ2M4X\n" CITIZEN), ERR_CORRUPT },
	{ "long id",            SV("v=1\nid=7KQ2M4XDD\n" CITIZEN), ERR_CORRUPT },
	{ "short citizen",      SV("v=1\n" ID "citizen=0123\n"), ERR_CORRUPT },
	{ "a blank line",       SV(GOOD "\n" ID), ERR_CORRUPT },
	{ "another row",        SV(GOOD "Q\t1\n"), ERR_CORRUPT },
	{ "a row of nothing",   SV(GOOD "M"), ERR_CORRUPT },
	{ "ten reasons",        SV(GOOD "reasons=ABCDEFGHXX\n"), ERR_CORRUPT },
	{ "a NUL",              SV(GOOD "rule=a\0b\n"), ERR_CORRUPT },
};

static void
read_as(const char *name, struct sv text, enum err want)
{
	AUTO_FREE struct survey *s = mem_alloc(sizeof *s);
	enum err e = survey_read(text, s);

	if (e != want)
		fail_msg("%s: %s", name, err_text(e));
}

static void
hostile_surveys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(stored); i++)
		read_as(stored[i].name, stored[i].in, stored[i].e);
}

/* The highest value each number may have; one more and one below zero are refused. */
static const struct { const char *before; int64_t max; } highest[] = {
	{ "state=", SURVEY_STATE_MAX - 1 }, { "reason=", NOT_ASKED_MAX - 1 }, { "outcome=", OUTCOME_MAX - 1 }, { "score=", 5 },
	{ "doubtful=", 5 }, { "class=", CLASS_MAX - 1 }, { "match=", MATCH_MAX - 1 }, { "confidence=", 100 }, { "channel=", 255 },
	{ "late=", 1 }, { "due=", LAST }, { "M\t", TEMPLATE_MAX - 1 }, { "M\t1\t", MESSAGE_STATE_MAX - 1 }, { "M\t1\t1\t", 255 },
	{ "M\t1\t1\t1\t1\t", LAST }, { "S\t", LAST }, { "S\t1\t", 255 },
};

static void
hostile_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(highest); i++)
		for (int more = 0; more <= 1; more++) {
			bool below = highest[i].max != LAST;
			char text[256];

			snprintf(text, sizeof text, GOOD "%s%lld\n", highest[i].before, (long long)highest[i].max + more);
			read_as(text, sv_of(text), more ? ERR_CORRUPT : ERR_OK);
			snprintf(text, sizeof text, GOOD "%s-%lld\n", highest[i].before, below ? 1 : (long long)highest[i].max + more);
			read_as(text, sv_of(text), below || more ? ERR_CORRUPT : ERR_OK);
		}
}

static const struct { const char *line; int max; } lists[] = { { "M\t1\n", SURVEY_MESSAGES }, { "S\t1\n", SURVEY_STORY } };

static void
long_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(lists); i++) {
		AUTO_SBUF text;

		sbuf_init(&text, TEXT_MAX);
		sbuf_adds(&text, GOOD);
		for (int k = 0; k < lists[i].max; k++)
			sbuf_adds(&text, lists[i].line);
		read_as("full list", sbuf_sv(&text), ERR_OK);
		sbuf_adds(&text, lists[i].line);
		read_as("one row more", sbuf_sv(&text), ERR_CORRUPT);
	}
}

static const struct stored citizens_stored[] = {
	{ "good",            SV("v=1\nname=0123456789abcdef0123456789abcdef\n"), ERR_OK },
	{ "no name",         SV("v=1\nphone=x\n"), ERR_CORRUPT },
	{ "short name",      SV("v=1\nname=0123\n"), ERR_CORRUPT },
	{ "empty",           SV(""), ERR_CORRUPT },
	{ "no version",      SV("name=0123456789abcdef0123456789abcdef\n"), ERR_CORRUPT },
	{ "a row",           SV("v=1\nname=0123456789abcdef0123456789abcdef\nM\t1\n"), ERR_CORRUPT },
	{ "opted out 2",     SV("v=1\nname=0123456789abcdef0123456789abcdef\nopted_out=2\n"), ERR_CORRUPT },
	{ "long open id",    SV("v=1\nname=0123456789abcdef0123456789abcdef\nopen0=7KQ2M4XDD\n"), ERR_CORRUPT },
	{ "time out of reach", SV("v=1\nname=0123456789abcdef0123456789abcdef\nasked=9223372036854775807\n"), ERR_CORRUPT },
	{ "more cases than are counted", SV("v=1\nname=0123456789abcdef0123456789abcdef\ncases=6\n"), ERR_CORRUPT },
};

static void
hostile_citizens(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(citizens_stored); i++) {
		struct citizen c;

		if (citizen_read(citizens_stored[i].in, &c) != citizens_stored[i].e)
			fail_msg("%s", citizens_stored[i].name);
	}
}

static void
long_sends(void **state)
{
	struct citizen c;
	AUTO_SBUF text;

	(void)state;
	sbuf_init(&text, TEXT_MAX);
	sbuf_adds(&text, "v=1\nname=0123456789abcdef0123456789abcdef\nsends=1");
	for (int i = 1; i < CITIZEN_SENDS; i++)
		sbuf_adds(&text, ",1");
	assert_int_equal(citizen_read(sbuf_sv(&text), &c), ERR_OK);
	assert_int_equal(c.sends[CITIZEN_SENDS - 1], 1);
	sbuf_adds(&text, ",1");
	assert_int_equal(citizen_read(sbuf_sv(&text), &c), ERR_CORRUPT);
}

/* What indexes a table or is added to must be within bounds, whatever was stored. */
static bool
sane(const struct survey *s)
{
	bool ok = s->state >= 0 && s->state < SURVEY_STATE_MAX && s->reason >= 0 && s->reason < NOT_ASKED_MAX && s->score >= 0 && s->score <= 5
	          && s->doubtful >= 0 && s->doubtful <= 5 && s->klass >= 0 && s->klass < CLASS_MAX && s->match >= 0 && s->match < MATCH_MAX
	          && s->facts.outcome >= 0 && s->facts.outcome < OUTCOME_MAX && s->n_messages >= 0 && s->n_messages <= SURVEY_MESSAGES
	          && s->n_story >= 0 && s->n_story <= SURVEY_STORY && strlen(s->id) == SURVEY_ID && strlen(s->citizen) == CITIZEN_NAME
	          && s->due_ms <= LAST && s->due_ms >= -LAST;

	for (int i = 0; ok && i < s->n_messages; i++)
		ok = s->messages[i].text >= 0 && s->messages[i].text < TEMPLATE_MAX && s->messages[i].state >= 0
		     && s->messages[i].state < MESSAGE_STATE_MAX && strlen(s->messages[i].fence) < sizeof s->messages[i].fence;
	return ok;
}

/* Cut after each byte, and with each byte replaced by what hurts most. */
static void
damage(void **state)
{
	static const char bytes[] = { '\0', '\n', '\t', '=', '\\', '-', '9', '\377' };
	AUTO_FREE struct survey *s = mem_alloc(sizeof *s);
	AUTO_SBUF text;
	int refused = 0;

	(void)state;
	write_survey(&full, &text);
	for (size_t n = 0; n < text.n; n++) {
		AUTO_FREE char *part = mem_alloc(n);

		if (n)
			memcpy(part, text.p, n);
		if (!survey_read((struct sv){ part, n }, s))
			assert_true(sane(s));
	}
	for (size_t n = 0; n < text.n; n++)
		for (size_t k = 0; k < ARRAY_N(bytes); k++) {
			char was = text.p[n];

			text.p[n] = bytes[k];
			if (survey_read(sbuf_sv(&text), s))
				refused++;
			else if (!sane(s))
				fail_msg("byte %zu as %d is taken", n, bytes[k]);
			text.p[n] = was;
		}
	assert_true(refused > (int)text.n);
}

/* ---- ids ---- */

static const struct id { const char *name; struct sv in; bool ok; const char *id; int partition, ordinal; } refs[] = {
	{ "first",           SV("00000000.0"), true, "00000000", 0, 0 },
	{ "last message",    SV("00000000.15"), true, "00000000", 0, SURVEY_MESSAGES - 1 },
	{ "as people write", SV("oOoOoOoO.3"), true, "00000000", 0, 3 },
	{ "no such message", SV("00000000.16"), false, "", 0, 0 },
	{ "negative",        SV("00000000.-1"), false, "", 0, 0 },
	{ "no ordinal",      SV("00000000."), false, "", 0, 0 },
	{ "no dot",          SV("00000000"), false, "", 0, 0 },
	{ "two dots",        SV("00000000.1.1"), false, "", 0, 0 },
	{ "wrong check",     SV("00000001.0"), false, "", 0, 0 },
	{ "short",           SV("000.0"), false, "", 0, 0 },
	{ "long",            SV("000000000.0"), false, "", 0, 0 },
	{ "empty",           SV(""), false, "", 0, 0 },
	{ "none",            { NULL, 0 }, false, "", 0, 0 },
};

static void
ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(refs); i++) {
		char id[SURVEY_ID + 1] = "";
		int ordinal = 0;
		enum err e = message_ref_parse(refs[i].in, id, &ordinal);

		if ((e == ERR_OK) != refs[i].ok || (!e && (strcmp(id, refs[i].id) != 0 || ordinal != refs[i].ordinal)))
			fail_msg("%s: %s %s.%d", refs[i].name, err_text(e), id, ordinal);
	}
	for (int partition = 0; partition < 32; partition++)
		for (unsigned i = 0; i < 6; i++) {
			struct survey s = { .version = 0 };
			char back[SURVEY_ID + 1], ref[MESSAGE_REF_MAX + 1];
			int p = -1, ordinal = -1;

			survey_id_make(partition, i * UINT64_C(0x3333333333333333), s.id);
			assert_int_equal(survey_id_parse(sv_of(s.id), back, &p), ERR_OK);
			assert_string_equal(back, s.id);
			assert_int_equal(p, partition);
			message_ref(&s, SURVEY_MESSAGES - 1, ref);
			assert_int_equal(message_ref_parse(sv_of(ref), back, &ordinal), ERR_OK);
			assert_int_equal(ordinal, SURVEY_MESSAGES - 1);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(hostile_lines),
		cmocka_unit_test(hostile_rows),
		cmocka_unit_test(surveys),
		cmocka_unit_test(citizens),
		cmocka_unit_test(hostile_surveys),
		cmocka_unit_test(hostile_numbers),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(hostile_citizens),
		cmocka_unit_test(long_sends),
		cmocka_unit_test(damage),
		cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
