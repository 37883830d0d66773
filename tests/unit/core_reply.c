/*
 * What replies mean: hostile and odd texts as rows, the links' faults, and the labelled corpus as a floor that no
 * change of words may fall through. Rows say kind, score, reasons, class, clarify ("-" = none).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/reply.h"

#define CORPUS "tests/data/replies/dev.tsv"
#define TEXT(lit) { lit, sizeof lit - 1 }

static struct lexicon *lexicon;

struct row { const char *name; struct { const char *p; size_t n; } text; enum reply_expect expect; const char *want; };

/* What nobody can read for certain is asked about or goes to a person: a number is never guessed. */
static const struct row odd[] = {
	{ "full width", TEXT("５"), EXPECT_SCORE, "score 5 - none -" },
	{ "keycap", TEXT("5️⃣"), EXPECT_SCORE, "score 5 - none -" },
	{ "ringed", TEXT("⑤"), EXPECT_SCORE, "score 5 - none -" },
	{ "Arabic digit", TEXT("٥"), EXPECT_SCORE, "unclear - - none -" },
	{ "Devanagari digit", TEXT("०"), EXPECT_SCORE, "unclear - - none -" },
	{ "Roman", TEXT("V"), EXPECT_SCORE, "unclear - - none -" },
	{ "small L", TEXT("l"), EXPECT_SCORE, "unclear - - none -" },
	{ "one and the letter O", TEXT("1O"), EXPECT_SCORE, "unclear - - none -" },
	{ "a half sign", TEXT("½"), EXPECT_SCORE, "unclear - - none -" },
	{ "exponent", TEXT("5e0"), EXPECT_SCORE, "unclear - - none -" },
	{ "hex", TEXT("0x5"), EXPECT_SCORE, "unclear - - none -" },
	{ "leading zeros", TEXT("00005"), EXPECT_SCORE, "unclear - - none -" },
	{ "politeness glued on", TEXT("5a"), EXPECT_SCORE, "score 5 - none -" },
	{ "minus", TEXT("-1"), EXPECT_SCORE, "score - - none out_of_range" },
	{ "half mark", TEXT("4,5"), EXPECT_SCORE, "score - - none out_of_range" },
	{ "fifty-one", TEXT("51"), EXPECT_SCORE, "score - - none out_of_range" },
	{ "two", TEXT("1 2"), EXPECT_SCORE, "score - - none ambiguous" },
	{ "date", TEXT("5/11/2026"), EXPECT_SCORE, "unclear - - none -" },
	{ "telephone", TEXT("0900000678"), EXPECT_SCORE, "unclear - - none -" },
	{ "one-time code", TEXT("482913"), EXPECT_SCORE, "unclear - - none -" },
	{ "zero width inside", TEXT("5\xe2\x80\x8b \xe2\x81\xa0 nh\xc2\xad\xc3\xa9"), EXPECT_SCORE, "score 5 - none -" },
	{ "written from the right", TEXT("\xe2\x80\xae" "5"), EXPECT_SCORE, "score 5 - none -" },
	{ "NUL in the middle", TEXT("5\0 diem"), EXPECT_SCORE, "score 5 - none -" },
	{ "broken UTF-8", TEXT("\xff\xfe" "5\xc3"), EXPECT_SCORE, "score 5 - none -" },
	{ "nothing", TEXT(""), EXPECT_SCORE, "empty - - none -" },
	{ "blanks of every kind", TEXT(" \xc2\xa0\xe3\x80\x80\n"), EXPECT_SCORE, "empty - - none -" },
	{ "a second log line", TEXT("5\r\nlevel=alert msg=x"), EXPECT_SCORE, "score 5 - none -" },
	{ "formula", TEXT("=HYPERLINK(\"http://x\")"), EXPECT_SCORE, "unclear - - none -" },
	{ "printf", TEXT("%s%n"), EXPECT_SCORE, "unclear - - none -" },
	{ "not five", TEXT("khong 5"), EXPECT_SCORE, "unclear - - none -" },
	{ "not one", TEXT("khong phai 1"), EXPECT_SCORE, "unclear - - none -" },
	{ "praise and a bribe", TEXT("5 nhưng cán bộ gợi ý tiền"), EXPECT_SCORE, "score 5 F P1 -" },
	{ "digit against words", TEXT("1 rat hai long"), EXPECT_SCORE, "score - - none contradiction" },
	{ "STOP in a sentence", TEXT("STOP gui ho so tre"), EXPECT_SCORE, "comment - - none -" },
	{ "a file taken back", TEXT("huy ho so"), EXPECT_SCORE, "comment - - none -" },
	{ "our own text", TEXT("5 Rat hai long, 4 Hai long, 3 Binh thuong, 2 Khong hai long, 1 Rat khong hai long"),
	  EXPECT_CLOSED, "auto_reply - - none -" },
};

/* The traps of text without marks; of each pair one must not set off an alarm. */
static const struct row traps[] = {
	{ "slowly", TEXT("từ từ cũng được"), EXPECT_REASON, "unclear - - none -" },
	{ "slowly, no marks", TEXT("cu tu tu ma lam, khong voi"), EXPECT_SCORE, "comment - - none -" },
	{ "will take one's life", TEXT("toi muon tu tu"), EXPECT_SCORE, "comment - - P0_review -" },
	{ "certificate", TEXT("nop chung chi ngoai ngu duoc nhan lien"), EXPECT_SCORE, "comment - - none -" },
	{ "small change", TEXT("doi tien le de nop le phi"), EXPECT_SCORE, "comment - - none -" },
	{ "asks for money, no marks", TEXT("can bo doi tien toi"), EXPECT_SCORE, "comment - F P1_review -" },
	{ "an amount", TEXT("can bo doi 2 trieu moi lam"), EXPECT_SCORE, "comment - F P1 -" },
	{ "denied", TEXT("Không ai đòi tiền tôi hết"), EXPECT_SCORE, "comment - F P1_review -" },
	{ "a condition is no denial", TEXT("đòi 5 triệu, không đưa thì dọa đánh"), EXPECT_SCORE, "comment - F P0 -" },
	{ "died of waiting", TEXT("chờ mệt muốn chết"), EXPECT_SCORE, "comment - C P3 -" },
	{ "the whole of it", TEXT("k hl lam, cb quat nat hen 3 lan moi xong"), EXPECT_SCORE, "score 2 ACD P2 -" },
	{ "wrong number", TEXT("sai so"), EXPECT_SCORE, "wrong_person - - none -" },
	{ "wrong number, sent", TEXT("Gửi nhầm số rồi ạ"), EXPECT_SCORE, "wrong_person - - none -" },
	{ "wrong house number", TEXT("sai so nha trong giay"), EXPECT_SCORE, "comment - E P2 -" },
	{ "wrong identity number", TEXT("ghi nham so CCCD roi"), EXPECT_SCORE, "comment - E P2 -" },
	{ "menu", TEXT("AF"), EXPECT_REASON, "reason - AF P1 -" },
	{ "yes is not D and A", TEXT("da"), EXPECT_REASON, "unclear - - none -" },
	{ "opt-out behind the keyword", TEXT("HL TC"), EXPECT_SCORE, "optout - - none -" },
	{ "token", TEXT("HL A7K2 5"), EXPECT_SCORE, "score 5 - none -" },
};

/* One sentence as links and phones spoil it: each is "rất hài lòng" or "hài lòng". */
static const struct row spoiled[] = {
	{ "decomposed", TEXT("ra\xcc\x82\xcc\x81t ha\xcc\x80i lo\xcc\x80ng"), EXPECT_SCORE, "score 5 - none -" },
	{ "Telex", TEXT("raats haif longf"), EXPECT_SCORE, "score 5 - none -" },
	{ "VNI keys", TEXT("ra61t ha2i lo2ng"), EXPECT_SCORE, "score 5 - none -" },
	{ "letters lost", TEXT("R?t h?i l?ng"), EXPECT_SCORE, "score 5 - none -" },
	{ "glued", TEXT("rathailong"), EXPECT_SCORE, "score 5 - none -" },
	{ "stretched", TEXT("rấttt hài lòngg"), EXPECT_SCORE, "score 5 - none -" },
	{ "a typing error", TEXT("rat hai lomg"), EXPECT_SCORE, "score 5 - none -" },
	{ "TCVN3", TEXT("rÊt hµi lßng"), EXPECT_SCORE, "score 5 - none -" },
	{ "VNI font", TEXT("raát haøi loøng"), EXPECT_SCORE, "score 5 - none -" },
	{ "Windows-1258", TEXT("râìt haÌi loÌng"), EXPECT_SCORE, "score 5 - none -" },
	{ "UTF-8 as Latin-1", TEXT("hÃ i lÃ²ng"), EXPECT_SCORE, "score 4 - none -" },
	{ "UCS-2 as hex", TEXT("006800E000690020006C00F2006E0067"), EXPECT_SCORE, "score 4 - none -" },
	{ "Cyrillic look-alikes", TEXT("h\xd0\xb0i l\xd0\xbeng"), EXPECT_SCORE, "score 4 - none -" },
	{ "French stays French", TEXT("garçon à l'école"), EXPECT_SCORE, "unclear - - none -" },
};

static int
set_up(void **state)
{
	struct diag why = { 0 };

	(void)state;
	lexicon = reply_lexicon_new();
	if (lexicon_add(lexicon, reply_lexicon_builtin(), &why) || lexicon_seal(lexicon, &why))
		fail_msg("line %d: %s", why.line, why.text);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	lexicon_free(lexicon);
	return 0;
}

static void
say(const struct reading *r, char *out, size_t size)
{
	char reasons[REASON_N + 1], score[2] = "-";

	reply_reasons_text(r->reasons, reasons);
	if (r->score)
		score[0] = (char)('0' + r->score);
	snprintf(out, size, "%s %s %s %s %s", reply_kind_name(r->kind), score, *reasons ? reasons : "-",
	         reply_class_name(r->klass), r->clarify ? reply_clarify_name(r->clarify) : "-");
}

static void
run(const struct row *rows, size_t n)
{
	int wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct reading r;
		char got[96];

		reply_read(lexicon, (struct sv){ rows[i].text.p, rows[i].text.n }, rows[i].expect, SENDER_CITIZEN, &r);
		say(&r, got, sizeof got);
		if (strcmp(got, rows[i].want) != 0) {
			print_error("%s: got \"%s\", want \"%s\"\n", rows[i].name, got, rows[i].want);
			wrong++;
		}
		assert_in_range(r.confidence_pct, 1, 100);
		assert_true(*r.rule != '\0');
	}
	assert_int_equal(wrong, 0);
}

static void
odd_texts(void **state)
{
	(void)state;
	run(odd, ARRAY_N(odd));
}

static void
collisions(void **state)
{
	(void)state;
	run(traps, ARRAY_N(traps));
}

static void
spoiled_on_the_way(void **state)
{
	(void)state;
	run(spoiled, ARRAY_N(spoiled));
}

/* A token of ours is taken off and told; one that was mistyped is taken off and told as well. */
static void
tokens(void **state)
{
	struct reading r;

	(void)state;
	reply_read(lexicon, SV("hl a7k2 rat hai long"), EXPECT_SCORE, SENDER_CITIZEN, &r);
	assert_string_equal(r.token, "A7K2");
	assert_int_equal(r.score, 5);
	reply_read(lexicon, SV("HL A7K3 4"), EXPECT_SCORE, SENDER_CITIZEN, &r);
	assert_true(r.token_bad && !*r.token);
	assert_int_equal(r.score, 4);
	reply_read(lexicon, SV("hl nhug cho hoi lau"), EXPECT_SCORE, SENDER_CITIZEN, &r);
	assert_true(!r.token_bad && !*r.token);
}

/* Long and repeated texts end, and what lies behind the limit is cut at a character. */
static void
long_texts(void **state)
{
	static const char *const pieces[] = { "hài lòng ", "?i?m ", "đ", "a1", "\xcc\x81", "không ", "5 ", "😀", "hẹn # ngày mà " };
	AUTO_FREE char *text = mem_alloc(64 * 1024);

	(void)state;
	for (size_t i = 0; i < ARRAY_N(pieces); i++) {
		size_t n = 0, one = strlen(pieces[i]);
		struct reading r;

		for (; n + one < 64 * 1024; n += one)
			memcpy(text + n, pieces[i], one);
		reply_read(lexicon, (struct sv){ text, n }, EXPECT_SCORE, SENDER_CITIZEN, &r);
		assert_in_range(r.kind, 0, REPLY_KIND_MAX - 1);
		assert_in_range(r.score, 0, 5);
	}
}

/* ---- the corpus ---- */

static bool
allows(struct sv cell, const char *value)
{
	while (cell.p)
		if (sv_is(sv_cut(&cell, '|'), value))
			return true;
	return false;
}

static size_t
unescape(struct sv s, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\\' && i + 1 < s.n)
			out[n++] = s.p[++i] == 't' ? '\t' : s.p[i] == 'n' ? '\n' : s.p[i];
		else
			out[n++] = s.p[i];
	return n;
}

static void
corpus(void **state)
{
	int rows = 0, score = 0, kind = 0, no_score = 0, false_score = 0, optouts = 0, false_optout = 0, missed_alarm = 0, must_alarm = 0;
	char line[8192], text[8192];
	FILE *f = fopen(CORPUS, "re");

	(void)state;
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof line, f));
	while (fgets(line, sizeof line, f)) {
		struct sv rest = { line, strcspn(line, "\n") }, cells[8];
		enum reply_expect expect = EXPECT_CLOSED;
		char got[2] = "";
		struct reading r;
		bool staff;

		for (size_t i = 0; i < ARRAY_N(cells); i++)
			cells[i] = sv_cut(&rest, '\t');
		staff = sv_is(cells[1], "staff");
		assert_true(staff || reply_expect_find(cells[1], &expect));
		reply_read(lexicon, (struct sv){ text, unescape(cells[2], text) }, expect, staff ? SENDER_STAFF : SENDER_CITIZEN, &r);
		if (r.score)
			got[0] = (char)('0' + r.score);
		rows++;
		score += allows(cells[4], got);
		kind += allows(cells[3], reply_kind_name(r.kind));
		no_score += cells[4].n == 0;
		false_score += cells[4].n == 0 && r.score;
		optouts += r.kind == REPLY_OPTOUT;
		false_optout += r.kind == REPLY_OPTOUT && !allows(cells[3], "optout");
		must_alarm += sv_is(cells[6], "P1") || sv_is(cells[6], "P0");
		missed_alarm += (sv_is(cells[6], "P1") || sv_is(cells[6], "P0")) && r.klass < CLASS_P1_REVIEW;
	}
	fclose(f);
	print_message("rows %d, score %d, kind %d, false score %d of %d, opt-out %d, alarms missed %d of %d\n", rows, score, kind,
	              false_score, no_score, optouts, missed_alarm, must_alarm);
	assert_int_equal(rows, 1319);
	assert_true(score * 1000 >= rows * 994);
	assert_true(kind * 1000 >= rows * 975);
	assert_true(false_score * 1000 <= no_score * 5);
	assert_int_equal(false_optout, 0);
	assert_true(missed_alarm * 100 <= must_alarm * 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_texts), cmocka_unit_test(collisions), cmocka_unit_test(spoiled_on_the_way),
		cmocka_unit_test(tokens), cmocka_unit_test(long_texts), cmocka_unit_test(corpus),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
