/* The texts: what a province may write, how holes are filled, and that the default texts are what the domain notes promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/template.h"

#define TEN    "xxxxxxxxxx"
#define FIFTY  TEN TEN TEN TEN TEN
#define MARKED "ệệệệệệệệệệ"

/* ---- what may be written ---- */

static const struct set { const char *name; enum template_id id; struct sv marked, plain; enum err e; const char *why; } sets[] = {
	{ "no holes",                TEMPLATE_T6, SV("Đã ngừng."), SV("Da ngung."), ERR_OK, NULL },
	{ "its holes",               TEMPLATE_T1, SV("{CQ}: {MA}?"), SV("{CQ}: {MA}?"), ERR_OK, NULL },
	{ "one spelling without",    TEMPLATE_T1, SV("{CQ}?"), SV("?"), ERR_OK, NULL },
	{ "the same hole twice",     TEMPLATE_T1, SV("{CQ} {CQ}"), SV("{CQ} {CQ}"), ERR_OK, NULL },
	{ "holes side by side",      TEMPLATE_T1, SV("{CQ}{MA}"), SV("{CQ}{MA}"), ERR_OK, NULL },
	{ "what it needs",           TEMPLATE_T9, SV("{PA}: {KQ}"), SV("{PA}: {KQ}"), ERR_OK, NULL },
	{ "a whole part",            TEMPLATE_T6, SV("a"), SV(FIFTY FIFTY FIFTY TEN), ERR_OK, NULL },
	{ "one letter more",         TEMPLATE_T6, SV("a"), SV(FIFTY FIFTY FIFTY TEN "x"), ERR_RANGE, "2 parts" },
	{ "a whole part with holes", TEMPLATE_T1, SV("a"), SV("{CQ}{MA}" FIFTY FIFTY TEN TEN TEN "x"), ERR_OK, NULL },
	{ "one more with holes",     TEMPLATE_T1, SV("a"), SV("{CQ}{MA}" FIFTY FIFTY TEN TEN TEN "xx"), ERR_RANGE, "1 allowed" },
	{ "letters that cost two",   TEMPLATE_T6, SV("a"), SV(FIFTY FIFTY FIFTY "xxxxxxxxx[]"), ERR_RANGE, "2 parts" },
	{ "three parts with marks",  TEMPLATE_T6, SV(MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED
	                                             MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED "ệ"), SV("a"), ERR_OK, NULL },
	{ "four parts with marks",   TEMPLATE_T6, SV(MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED
	                                             MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED MARKED "ệệ"), SV("a"), ERR_RANGE, "4 parts" },
	{ "holes may bring marks",   TEMPLATE_T3, SV(FIFTY FIFTY FIFTY "xxxxxxxxxx" FIFTY "{CQ}"), SV("a"), ERR_RANGE, "4 parts" },
	{ "marks in the plain one",  TEMPLATE_T6, SV("Đã"), SV("Đã"), ERR_SYNTAX, "GSM-7" },
	{ "marks that GSM has",      TEMPLATE_T6, SV("à"), SV("à"), ERR_OK, NULL },
	{ "a curly quote",           TEMPLATE_T6, SV("a"), SV("’"), ERR_SYNTAX, "GSM-7" },
	{ "a back-quote",            TEMPLATE_T6, SV("a"), SV("`"), ERR_SYNTAX, "GSM-7" },
	{ "a tab",                   TEMPLATE_T6, SV("a"), SV("a\tb"), ERR_SYNTAX, "GSM-7" },
	{ "a NUL",                   TEMPLATE_T6, SV("a"), SV("a\0b"), ERR_SYNTAX, "GSM-7" },
	{ "an unknown hole",         TEMPLATE_T1, SV("{XX}"), SV("a"), ERR_SYNTAX, "{XX} is no hole" },
	{ "small letters",           TEMPLATE_T1, SV("{cq}"), SV("a"), ERR_SYNTAX, "{cq} is no hole" },
	{ "blanks in it",            TEMPLATE_T1, SV("{ CQ }"), SV("a"), ERR_SYNTAX, "{ CQ } is no hole" },
	{ "empty hole",              TEMPLATE_T1, SV("{}"), SV("a"), ERR_SYNTAX, "{} is no hole" },
	{ "unknown in the plain one", TEMPLATE_T1, SV("a"), SV("{XX}"), ERR_SYNTAX, "{XX} is no hole" },
	{ "a hole of other texts",   TEMPLATE_T1, SV("{KQ}"), SV("a"), ERR_SYNTAX, "{KQ} is not known when" },
	{ "T8p has no case code",    TEMPLATE_T8p, SV("{PA} {MA}"), SV("{PA} {MA}"), ERR_SYNTAX, "{MA} is not known when" },
	{ "a needed one missing",    TEMPLATE_T9, SV("{PA}"), SV("{PA} {KQ}"), ERR_SYNTAX, "{KQ} is missing" },
	{ "missing in the plain one", TEMPLATE_T9, SV("{PA} {KQ}"), SV("{KQ}"), ERR_SYNTAX, "{PA} is missing" },
	{ "never closed",            TEMPLATE_T1, SV("a {CQ"), SV("a"), ERR_SYNTAX, "other half in \"{CQ\"" },
	{ "never opened",            TEMPLATE_T1, SV("CQ} a"), SV("a"), ERR_SYNTAX, "other half in \"CQ} a\"" },
	{ "opened twice",            TEMPLATE_T1, SV("{{CQ}"), SV("a"), ERR_SYNTAX, "other half in \"{CQ\"" },
	{ "closed twice",            TEMPLATE_T1, SV("{CQ}} a"), SV("a"), ERR_SYNTAX, "other half in \"} a\"" },
	{ "a brace at the end",      TEMPLATE_T1, SV("a{"), SV("a"), ERR_SYNTAX, "other half in \"{\"" },
	{ "empty",                   TEMPLATE_T1, SV(""), SV("a"), ERR_RANGE, "empty" },
	{ "plain one empty",         TEMPLATE_T1, SV("a"), SV(""), ERR_RANGE, "empty" },
	{ "only controls",           TEMPLATE_T1, SV("\r\t"), SV("a"), ERR_RANGE, "empty" },
	{ "not UTF-8",               TEMPLATE_T1, SV("a\xff"), SV("a"), ERR_SYNTAX, "UTF-8" },
	{ "plain one not UTF-8",     TEMPLATE_T1, SV("a"), SV("a\xff"), ERR_SYNTAX, "UTF-8" },
};

static void
set(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(sets); i++) {
		const struct set *r = &sets[i];
		struct template_set t = { .marked = { NULL } };
		struct diag why = { .text = "" };
		enum err e = template_set_text(&t, r->id, r->marked, r->plain, &why);
		bool named = e && !strncmp(why.text, template_name(r->id), strlen(template_name(r->id))) && strstr(why.text, r->why ? r->why : "?");

		if (e != r->e || (e && !named) || (t.marked[r->id] != NULL) != !e || (t.plain[r->id] != NULL) != !e)
			fail_msg("%s: %s, %s", r->name, err_text(e), why.text);
		template_set_done(&t);
	}
}

static void
too_long(void **state)
{
	struct template_set t = { .marked = { NULL } };
	AUTO_FREE char *big = mem_alloc(100000);
	struct diag why;

	(void)state;
	memset(big, '{', 100000);
	for (size_t n = 1025; n <= 100000; n += 98975) {
		assert_int_not_equal(template_set_text(&t, TEMPLATE_T6, (struct sv){ big, n }, SV("a"), &why), ERR_OK);
		assert_int_not_equal(template_set_text(&t, TEMPLATE_T6, SV("a"), (struct sv){ big, n }, &why), ERR_OK);
	}
	assert_null(t.marked[TEMPLATE_T6]);
}

/* A refused text leaves the one before in place; a taken one replaces it. Both spellings are kept composed. */
static void
replace(void **state)
{
	struct template_set t = { .marked = { NULL } };
	struct diag why;

	(void)state;
	assert_int_equal(template_set_text(&t, TEMPLATE_T6, SV("e\xcc\xa3\xcc\x82"), SV("e"), &why), ERR_OK);
	assert_string_equal(t.marked[TEMPLATE_T6], "ệ");
	assert_int_equal(template_set_text(&t, TEMPLATE_T6, SV("new"), SV("{XX}"), &why), ERR_SYNTAX);
	assert_string_equal(t.marked[TEMPLATE_T6], "ệ");
	assert_string_equal(t.plain[TEMPLATE_T6], "e");
	assert_int_equal(template_set_text(&t, TEMPLATE_T6, SV("new"), SV("new"), &why), ERR_OK);
	assert_string_equal(t.marked[TEMPLATE_T6], "new");
	assert_int_equal(template_set_whole(&t, &why), ERR_MISSING);
	assert_non_null(strstr(why.text, "T1: has no text"));
	template_set_done(&t);
	template_set_done(&t);
}

/* ---- filling ---- */

static const struct fill { const char *name; bool marks; struct sv cq, ma; enum err e; const char *want; } fills[] = {
	{ "both",                 true, SV("Sở Y tế"), SV("0007"), ERR_OK, "Sở Y tế: ệ 0007." },
	{ "marks come off",       false, SV("Sở Y tế"), SV("0007"), ERR_OK, "So Y te: e 0007." },
	{ "NFD is composed",      true, SV("So\xcc\x9b\xcc\x89"), SV("0007"), ERR_OK, "Sở: ệ 0007." },
	{ "NFD comes off",        false, SV("So\xcc\x9b\xcc\x89"), SV("0007"), ERR_OK, "So: e 0007." },
	{ "given, but empty",     true, SV(""), SV("0007"), ERR_OK, ": ệ 0007." },
	{ "cut at 18",            true, SV("Ủy ban nhân dân phường"), SV("7"), ERR_OK, "Ủy ban nhân dân ph: ệ 7." },
	{ "cut after stripping",  false, SV("Ủy ban nhân dân phường"), SV("7"), ERR_OK, "Uy ban nhan dan ph: e 7." },
	{ "NFD is cut by letters", true, SV("U\xcc\x89" "y ba\xcc\x81n nha\xcc\x82n da\xcc\x82n phu"), SV("7"), ERR_OK, "Ủy bán nhân dân ph: ệ 7." },
	{ "ellipsis grows, then is cut", false, SV("………………"), SV("7"), ERR_OK, "..................: e 7." },
	{ "braces are letters",   true, SV("{MA}"), SV("7"), ERR_OK, "{MA}: ệ 7." },
	{ "letters that cost two", false, SV("{MA}[€]"), SV("^~"), ERR_OK, "?MA????: e ??." },
	{ "letters of two units", true, SV("a`b한" "\xf0\x9f\x98\x80"), SV("ß"), ERR_OK, "a`b한?: ệ ß." },
	{ "letters GSM has not",  false, SV("a`b한" "\xf0\x9f\x98\x80"), SV("ß"), ERR_OK, "a?b??: e ß." },
	{ "controls",             false, SV("a\nb\tc"), SV("7"), ERR_OK, "a?b?c: e 7." },
	{ "controls with marks",  true, SV("a\rb\tc"), SV("7"), ERR_OK, "abc: ệ 7." },
	{ "per cent",             true, SV("%s%n"), SV("7"), ERR_OK, "%s%n: ệ 7." },
	{ "not given",            true, { NULL, 0 }, SV("7"), ERR_MISSING, "T1: no value for {CQ}" },
	{ "not UTF-8",            true, SV("a\xff"), SV("7"), ERR_SYNTAX, "T1: the value of {CQ}" },
	{ "not UTF-8, no marks",  false, SV("a"), SV("\xe1\xbb"), ERR_SYNTAX, "T1: the value of {MA}" },
};

static void
fill(void **state)
{
	struct template_set t = { .marked = { NULL } };
	struct diag why;

	(void)state;
	assert_int_equal(template_set_text(&t, TEMPLATE_T1, SV("{CQ}: ệ {MA}."), SV("{CQ}: e {MA}."), &why), ERR_OK);
	for (size_t i = 0; i < ARRAY_N(fills); i++) {
		const struct fill *r = &fills[i];
		struct template_values v = { .at = { [HOLE_CQ] = r->cq, [HOLE_MA] = r->ma } };
		AUTO_SBUF out;
		enum err e;

		sbuf_init(&out, 1000);
		why.text[0] = '\0';
		e = template_render(&t, TEMPLATE_T1, r->marks, &v, &out, &why);
		if (e != r->e || (e ? strncmp(why.text, r->want, strlen(r->want)) != 0 : !sv_is(sbuf_sv(&out), r->want)))
			fail_msg("%s: %s, " SV_FMT " %s", r->name, err_text(e), SV_ARG(sbuf_sv(&out)), why.text);
		if (e)
			assert_int_equal(template_render(&t, TEMPLATE_T1, r->marks, &v, &out, NULL), e);
	}
	template_set_done(&t);
}

static void
fill_limits(void **state)
{
	AUTO_FREE char *big = mem_alloc(100000);
	struct template_values v = { .at = { [HOLE_CQ] = { big, 100000 }, [HOLE_MA] = SV("7") } };
	struct template_set t = { .marked = { NULL } };
	struct diag why;
	AUTO_SBUF out;

	(void)state;
	memset(big, 'x', 100000);
	sbuf_init(&out, 23);
	assert_int_equal(template_render(&t, TEMPLATE_T1, true, &v, &out, &why), ERR_MISSING);
	assert_string_equal(why.text, "T1: has no text");
	assert_int_equal(template_set_text(&t, TEMPLATE_T1, SV("{CQ}: {MA}."), SV("{CQ}: {MA}."), &why), ERR_OK);
	for (int marks = 0; marks <= 1; marks++) {           /* a value of any length is cut, not refused */
		sbuf_reset(&out);
		assert_int_equal(template_render(&t, TEMPLATE_T1, marks, &v, &out, &why), ERR_OK);
		assert_string_equal(out.p, "xxxxxxxxxxxxxxxxxx: 7.");
	}
	assert_int_equal(template_render(&t, TEMPLATE_T1, true, &v, &out, &why), ERR_TOOBIG);        /* it appends */
	template_set_done(&t);
}

/* ---- the default texts ---- */

/* What the domain notes say of each text: length with the sample values, the same in both spellings; parts with marks; length without the holes. */
static const struct promise { const char *id; unsigned length, parts, fixed; } promises[] = {
	{ "T1", 158, 3, 129 }, { "T1s", 96, 2, 67 }, { "T1b", 152, 3, 112 }, { "T1r", 159, 3, 130 }, { "T2", 150, 3, 150 },
	{ "T2n", 157, 3, 157 }, { "T3", 59, 1, 41 }, { "T3r", 126, 2, 77 }, { "T3f", 145, 3, 109 }, { "T4", 98, 2, 98 },
	{ "T4c", 105, 2, 90 }, { "T5", 143, 3, 114 }, { "T6", 85, 2, 85 }, { "T6b", 72, 2, 54 }, { "T6w", 60, 1, 60 },
	{ "T7", 114, 2, 78 }, { "T8", 132, 2, 87 }, { "T8p", 126, 2, 113 }, { "T9", 144, 3, 84 }, { "T9n", 147, 3, 76 },
	{ "T10", 124, 2, 107 }, { "T11", 97, 2, 75 },
	/* Ours, besides those of the notes. */
	{ "T1rb", 154, 3, 114 }, { "T4b", 131, 2, 108 }, { "T5b", 152, 3, 112 },
};

static const struct template_values samples = { .at = {
	[HOLE_CQ] = SV("TTHCC P.Phan Thiết"), [HOLE_MA] = SV("0012/020326"), [HOLE_MB] = SV("0013/020326"),
	[HOLE_PA] = SV("HL2603-0457"), [HOLE_HAN] = SV("17h 09/03"),
	[HOLE_TK] = SV("7K4"), [HOLE_SO] = SV("8088"), [HOLE_DT] = SV("02520000090"), [HOLE_DTTT] = SV("02520000099"),
	[HOLE_TT] = SV("Thanh tra tỉnh"), [HOLE_KQ] = SV("đã trả kết quả, nhắc nhở cán bộ"), [HOLE_DC] = SV("Ban Tiếp công dân"),
	[HOLE_D] = SV("2"), [HOLE_LD] = SV("C, D"), [HOLE_GIO] = SV("24"), [HOLE_NHAN] = SV("Không hài lòng"),
} };

/* What stands between the quotes of `key = "..."` behind the line `text "ID" {`. */
static struct sv
spelling(struct sv file, const char *id, const char *key)
{
	char head[32];
	const char *at, *end;

	snprintf(head, sizeof head, "\ntext \"%s\" {\n", id);
	at = memmem(file.p, file.n, head, strlen(head));
	at = at ? strstr(at, key) : NULL;
	at = at ? strchr(at, '"') : NULL;
	end = at ? strchr(at + 1, '"') : NULL;
	if (!end)
		fail_msg("%s: no %s", id, key);
	return (struct sv){ at + 1, (size_t)(end - at - 1) };
}

static void
read_defaults(struct sbuf *out)
{
	FILE *f = fopen("conf/texts-vi.conf", "re");         /* tests run in the top folder */
	char chunk[4096];
	size_t n;

	assert_non_null(f);
	sbuf_init(out, 65536);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		sbuf_add(out, chunk, n);
	fclose(f);
	assert_false(out->failed);
}

static unsigned
characters_outside_holes(struct sv s)
{
	struct segments all;
	unsigned inside = 0;

	for (size_t i = 0, open = 0; i < s.n; i++) {
		open |= s.p[i] == '{';
		inside += open != 0;
		open &= s.p[i] != '}';
	}
	assert_int_equal(segments_count(s, &all), ERR_OK);
	return all.characters - inside;
}

static void
check_default(const struct template_set *t, enum template_id id, const struct promise *p)
{
	for (int marks = 0; marks <= 1; marks++) {
		struct segments s;
		struct diag why;
		AUTO_SBUF out;

		sbuf_init(&out, 1000);
		if (template_render(t, id, marks, &samples, &out, &why) || segments_count(sbuf_sv(&out), &s))
			fail_msg("%s: %s", p->id, why.text);
		if (s.ucs2 != marks || s.units != p->length || s.characters != p->length || s.parts != (marks ? p->parts : 1))
			fail_msg("%s, marks %d: %u units, %u parts, ucs2 %d", p->id, marks, s.units, s.parts, s.ucs2);
		if (characters_outside_holes(sv_of(marks ? t->marked[id] : t->plain[id])) != p->fixed)
			fail_msg("%s: %u characters outside holes", p->id, characters_outside_holes(sv_of(t->marked[id])));
	}
}

/* Both spellings of each default text say the same. */
static void
check_spellings(const struct template_set *t, enum template_id id)
{
	AUTO_SBUF stripped;

	sbuf_init(&stripped, 1000);
	assert_int_equal(segments_strip(sv_of(t->marked[id]), &stripped), ERR_OK);
	if (!sv_is(sbuf_sv(&stripped), t->plain[id]))
		fail_msg("%s without marks: " SV_FMT, template_name(id), SV_ARG(sbuf_sv(&stripped)));
}

static void
defaults(void **state)
{
	struct template_set t = { .marked = { NULL } };
	struct diag why;
	AUTO_SBUF file;

	(void)state;
	read_defaults(&file);
	assert_int_equal(ARRAY_N(promises), TEMPLATE_MAX);
	for (size_t i = 0; i < ARRAY_N(promises); i++) {
		struct sv marked = spelling(sbuf_sv(&file), promises[i].id, "marked"), plain = spelling(sbuf_sv(&file), promises[i].id, "plain");
		enum template_id id = TEMPLATE_MAX;

		assert_true(template_find(sv_of(promises[i].id), &id));
		if (template_set_text(&t, id, marked, plain, &why))
			fail_msg("%s", why.text);
		check_default(&t, id, &promises[i]);
		check_spellings(&t, id);
	}
	assert_int_equal(template_set_whole(&t, &why), ERR_OK);
	template_set_done(&t);
}

/* The budget holds for the longest values too, whatever letters they are made of. */
static void
worst_case(void **state)
{
	static const char *const letters[] = { "x", "ệ", "[", "`", "€", "\n" };
	struct template_set t = { .marked = { NULL } };
	struct diag why;
	AUTO_SBUF file;

	(void)state;
	read_defaults(&file);
	for (int i = 0; i < TEMPLATE_MAX; i++)
		assert_int_equal(template_set_text(&t, (enum template_id)i, spelling(sbuf_sv(&file), template_name((enum template_id)i), "marked"),
		                                   spelling(sbuf_sv(&file), template_name((enum template_id)i), "plain"), &why), ERR_OK);
	for (size_t k = 0; k < ARRAY_N(letters); k++) {
		struct template_values v;
		AUTO_SBUF value;

		sbuf_init(&value, 1000);
		for (int i = 0; i < 100; i++)
			sbuf_adds(&value, letters[k]);
		for (int h = 0; h < HOLE_MAX; h++)
			v.at[h] = sbuf_sv(&value);
		for (int i = 0; i < 2 * TEMPLATE_MAX; i++) {
			struct segments s;
			AUTO_SBUF out;

			sbuf_init(&out, 2000);
			assert_int_equal(template_render(&t, (enum template_id)(i / 2), i & 1, &v, &out, &why), ERR_OK);
			assert_int_equal(segments_count(sbuf_sv(&out), &s), ERR_OK);
			if (i & 1 ? s.parts > 3 : s.parts > 1 || s.ucs2)
				fail_msg("%s full of %s: %u parts", template_name((enum template_id)(i / 2)), letters[k], s.parts);
		}
	}
	template_set_done(&t);
}

static void
names(void **state)
{
	enum template_id id;
	enum hole h;

	(void)state;
	for (int i = 0; i < TEMPLATE_MAX; i++)
		assert_true(template_find(sv_of(template_name((enum template_id)i)), &id) && (int)id == i);
	for (int i = 0; i < HOLE_MAX; i++) {
		assert_true(hole_find(sv_of(hole_name((enum hole)i)), &h) && (int)h == i);
		assert_in_range(hole_max((enum hole)i), 1, 32);
	}
	assert_false(template_find(SV("t1"), &id) || template_find(SV(""), &id) || template_find(SV("T12"), &id));
	assert_false(hole_find(SV("cq"), &h) || hole_find(SV(""), &h) || hole_find(SV("CQ "), &h));
	assert_string_equal(template_name(TEMPLATE_MAX), "");
	assert_string_equal(hole_name(HOLE_MAX), "");
	assert_int_equal(hole_max(HOLE_MAX), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set),
		cmocka_unit_test(too_long),
		cmocka_unit_test(replace),
		cmocka_unit_test(fill),
		cmocka_unit_test(fill_limits),
		cmocka_unit_test(defaults),
		cmocka_unit_test(worst_case),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
