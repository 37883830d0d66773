/* Parts of a text, marks that come off, the composed form. Vectors: 3GPP TS 23.038 and the Vietnamese alphabet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "text/segments.h"

#define SMILE "\xf0\x9f\x98\x80"

struct piece { const char *text; int times; };

#define none { NULL, 0 }

static const struct row { const char *name; struct piece a, b, c; bool ucs2; unsigned units, parts, characters; } rows[] = {
	{ "empty",                  { "", 1 }, none, none, false, 0, 0, 0 },
	{ "one part",               { "a", 160 }, none, none, false, 160, 1, 160 },
	{ "one more",               { "a", 161 }, none, none, false, 161, 2, 161 },
	{ "two parts",              { "a", 306 }, none, none, false, 306, 2, 306 },
	{ "two and one",            { "a", 307 }, none, none, false, 307, 3, 307 },
	{ "three parts",            { "a", 459 }, none, none, false, 459, 3, 459 },
	{ "three and one",          { "a", 460 }, none, none, false, 460, 4, 460 },
	{ "escaped letters",        { "€", 80 }, none, none, false, 160, 1, 80 },
	{ "one escaped more",       { "€", 81 }, none, none, false, 162, 2, 81 },
	{ "pair at the seam",       { "a", 152 }, { "€", 10 }, none, false, 172, 2, 162 },
	{ "pair moved over costs a part", { "a", 152 }, { "€", 1 }, { "a", 152 }, false, 306, 3, 305 },
	{ "a pair that just fits",  { "a", 151 }, { "€", 1 }, { "a", 153 }, false, 306, 2, 305 },
	{ "one part of pairs is not cut at 153", { "a", 152 }, { "€", 4 }, none, false, 160, 1, 156 },
	{ "a mark of GSM",          { "a", 159 }, { "à", 1 }, none, false, 160, 1, 160 },
	{ "another mark",           { "a", 159 }, { "á", 1 }, none, true, 160, 3, 160 },
	{ "the first letter",       { "á", 1 }, { "a", 69 }, none, true, 70, 1, 70 },
	{ "marks, one part",        { "ạ", 70 }, none, none, true, 70, 1, 70 },
	{ "marks, one more",        { "ạ", 71 }, none, none, true, 71, 2, 71 },
	{ "marks, two parts",       { "ạ", 134 }, none, none, true, 134, 2, 134 },
	{ "marks, two and one",     { "ạ", 135 }, none, none, true, 135, 3, 135 },
	{ "escapes count once there", { "ạ", 1 }, { "€", 69 }, none, true, 70, 1, 70 },
	{ "emoji, one part",        { SMILE, 35 }, none, none, true, 70, 1, 35 },
	{ "emoji, one more",        { SMILE, 36 }, none, none, true, 72, 2, 36 },
	{ "emoji, 33 a part",       { SMILE, 66 }, none, none, true, 132, 2, 66 },
	{ "emoji, 33 a part and one", { SMILE, 67 }, none, none, true, 134, 3, 67 },
	{ "emoji moved over costs a part", { "ạ", 66 }, { SMILE, 1 }, { "ạ", 66 }, true, 134, 3, 133 },
	{ "emoji that just fits",   { "ạ", 65 }, { SMILE, 1 }, { "ạ", 67 }, true, 134, 2, 133 },
	{ "NFC",                    { "Ông/bà vui lòng đánh giá mức độ hài lòng", 1 }, none, none, true, 40, 1, 40 },
	{ "back-quote",             { "`", 1 }, none, none, true, 1, 1, 1 },
	{ "tab",                    { "\t", 1 }, none, none, true, 1, 1, 1 },
	{ "delete",                 { "\177", 1 }, none, none, true, 1, 1, 1 },
	{ "curly quotes",           { "’", 1 }, none, none, true, 1, 1, 1 },
	{ "no-break space",         { "\xc2\xa0", 1 }, none, none, true, 1, 1, 1 },
	{ "c with cedilla, small",  { "ç", 1 }, none, none, true, 1, 1, 1 },
};

static void
counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		const struct row *r = &rows[i];
		const struct piece *pieces[] = { &r->a, &r->b, &r->c };
		struct segments s;
		AUTO_SBUF text;

		sbuf_init(&text, 4096);
		for (size_t k = 0; k < 3; k++)
			for (int n = 0; n < pieces[k]->times; n++)
				sbuf_adds(&text, pieces[k]->text);
		assert_int_equal(segments_count(sbuf_sv(&text), &s), ERR_OK);
		if (s.ucs2 != r->ucs2 || s.units != r->units || s.parts != r->parts || s.characters != r->characters)
			fail_msg("%s: ucs2 %d, %u units, %u parts, %u characters", r->name, s.ucs2, s.units, s.parts, s.characters);
	}
}

/* The default alphabet row by row as the standard prints it, then the letters behind ESC. */
static const char *const gsm_one =
	"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
static const char *const gsm_two = "\f^{}\\[~]|€";

/* Is c in the text, and how often is anything in it? */
static bool
holds(const char *text, utf8proc_int32_t c)
{
	struct sv rest = sv_of(text);

	while (rest.n) {
		utf8proc_int32_t one;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)rest.p, (utf8proc_ssize_t)rest.n, &one);

		if (one == c)
			return true;
		rest.p += n;
		rest.n -= (size_t)n;
	}
	return false;
}

static void
alphabet(void **state)
{
	int one = 0, two = 0;

	(void)state;
	for (utf8proc_int32_t c = 0; c < 0x11000; c++) {
		unsigned want = holds(gsm_one, c) ? 1 : holds(gsm_two, c) ? 2 : 0;
		utf8proc_uint8_t b[4];
		struct segments s;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		assert_int_equal(segments_count((struct sv){ (char *)b, (size_t)utf8proc_encode_char(c, b) }, &s), ERR_OK);
		if (s.ucs2 != !want || (want && s.units != want) || s.parts != 1 || s.characters != 1)
			fail_msg("U+%04X: ucs2 %d, %u units", (unsigned)c, s.ucs2, s.units);
		one += want == 1;
		two += want == 2;
	}
	assert_int_equal(one, 127);                  /* 128 codes, one of them ESC */
	assert_int_equal(two, 10);
}

static const struct { const char *base, *small, *capital; } letters[] = {
	{ "aA", "àáảãạăằắẳẵặâầấẩẫậ", "ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬ" },
	{ "eE", "èéẻẽẹêềếểễệ", "ÈÉẺẼẸÊỀẾỂỄỆ" },
	{ "iI", "ìíỉĩị", "ÌÍỈĨỊ" },
	{ "oO", "òóỏõọôồốổỗộơờớởỡợ", "ÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢ" },
	{ "uU", "ùúủũụưừứửữự", "ÙÚỦŨỤƯỪỨỬỮỰ" },
	{ "yY", "ỳýỷỹỵ", "ỲÝỶỸỴ" },
	{ "dD", "đ", "Đ" },
};

static void
strips_to(const char *name, struct sv in, const char *want)
{
	AUTO_SBUF out;

	sbuf_init(&out, 1024);
	if (segments_strip(in, &out) || !sv_is(sbuf_sv(&out), want))
		fail_msg("%s: \"" SV_FMT "\" -> \"" SV_FMT "\", not \"%s\"", name, SV_ARG(in), SV_ARG(sbuf_sv(&out)), want);
}

/* One letter: composed, decomposed, and the tone behind the letter with its other mark; in GSM or not. */
static int
check_letter(struct sv letter, char base)
{
	char want[2] = { base, '\0' }, text[8];
	utf8proc_uint8_t *nfd, *nfc;
	struct segments s;
	AUTO_SBUF composed;

	assert_true(sv_copy(letter, text, sizeof text));
	nfd = utf8proc_NFD((utf8proc_uint8_t *)text);
	nfc = utf8proc_NFC(nfd);
	assert_true(sv_is(letter, (char *)nfc));
	strips_to("NFC", letter, want);
	strips_to("NFD", sv_of((char *)nfd), want);
	sbuf_init(&composed, 16);
	assert_int_equal(segments_compose(sv_of((char *)nfd), &composed), ERR_OK);
	if (!sv_eq(sbuf_sv(&composed), letter))
		fail_msg("NFD of %s composes to " SV_FMT, text, SV_ARG(sbuf_sv(&composed)));
	assert_int_equal(segments_count(letter, &s), ERR_OK);
	if (s.ucs2 == (strstr("àèéìòùÉ", text) != NULL))
		fail_msg("%s: ucs2 %d", text, s.ucs2);
	free(nfd);                                   /* the library's memory */
	free(nfc);
	return 1;
}

static void
vietnamese(void **state)
{
	int n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_N(letters); i++)
		for (int capital = 0; capital <= 1; capital++) {
			struct sv rest = sv_of(capital ? letters[i].capital : letters[i].small);

			while (rest.n) {
				utf8proc_int32_t c;
				size_t len = (size_t)utf8proc_iterate((const utf8proc_uint8_t *)rest.p, (utf8proc_ssize_t)rest.n, &c);

				n += check_letter((struct sv){ rest.p, len }, letters[i].base[capital]);
				rest.p += len;
				rest.n -= len;
			}
		}
	assert_int_equal(n, 134);
}

static const struct strip { const char *name; struct sv in; const char *want; } strips[] = {
	{ "sentence",          SV("Đường Nguyễn Huệ: rất hài lòng, cảm ơn ông/bà ơi!"), "Duong Nguyen Hue: rat hai long, cam on ong/ba oi!" },
	{ "tone behind",       SV("e\xcc\xa3\xcc\x82 \xc3\xaa\xcc\xa3 \xe1\xba\xb9\xcc\x82"), "e e e" },
	{ "marks of old bytes", SV("\xc3\x90\xc3\xb0"), "Dd" },
	{ "a mark without letter", SV("\xcc\x81" "a"), "a" },
	{ "quotes",            SV("‘a’ ‚b‛ “c” „d‟ «e» f′ g´"), "'a' 'b' \"c\" \"d\" \"e\" f' g'" },
	{ "dashes",            SV("‐‑‒–—―−"), "-------" },
	{ "ellipsis",          SV("a…"), "a..." },
	{ "spaces",            SV("a\xc2\xa0" "b\xe2\x80\x87" "c\xe2\x80\x89" "d\xe2\x80\x8a" "e\xe2\x80\xaf" "f\xe3\x80\x80g"), "a b c d e f g" },
	{ "other letters",     SV("ñçü Å"), "ncu A" },
	{ "what has no plain form", SV("ßøΩ€ 한 " SMILE), "ßøΩ€ 한 " SMILE },
	{ "empty",             SV(""), "" },
	{ "a NUL",             SV("\xc3\xa1\0b"), NULL },
};

static void
strip(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(strips); i++) {
		AUTO_SBUF out;

		if (strips[i].want) {
			strips_to(strips[i].name, strips[i].in, strips[i].want);
			continue;
		}
		sbuf_init(&out, 16);
		assert_int_equal(segments_strip(strips[i].in, &out), ERR_OK);
		assert_true(sv_eq(sbuf_sv(&out), SV("a\0b")));
	}
}

static const struct compose { const char *name; struct sv in, want; } composes[] = {
	{ "three spellings",   SV("\xe1\xbb\x87 \xc3\xaa\xcc\xa3 e\xcc\xa3\xcc\x82"), SV("ệ ệ ệ") },
	{ "marks in the other order", SV("e\xcc\x82\xcc\xa3 o\xcc\x9b\xcc\xa3 o\xcc\xa3\xcc\x9b"), SV("ệ ợ ợ") },
	{ "sentence",          SV("Đa\xcc\x81nh gia\xcc\x81"), SV("Đánh giá") },
	{ "already composed",  SV("Ông/bà"), SV("Ông/bà") },
	{ "controls",          SV("a\0b\tc\rd\033e\177f\xc2\x85g"), SV("abcdefg") },
	{ "control inside a letter", SV("e\0\xcc\x82\r\xcc\xa3"), SV("ệ") },
	{ "line ends stay",    SV("a\r\nb"), SV("a\nb") },
	{ "only controls",     SV("\0\r"), SV("") },
	{ "empty",             SV(""), SV("") },
	{ "emoji",             SV(SMILE), SV(SMILE) },
};

static void
compose(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(composes); i++) {
		AUTO_SBUF out;

		sbuf_init(&out, 256);
		sbuf_adds(&out, "|");                    /* it appends */
		assert_int_equal(segments_compose(composes[i].in, &out), ERR_OK);
		if (out.p[0] != '|' || !sv_eq((struct sv){ out.p + 1, out.n - 1 }, composes[i].want))
			fail_msg("%s: " SV_FMT, composes[i].name, SV_ARG(sbuf_sv(&out)));
	}
}

/* Counted as it stands: composing before is worth a part. */
static void
decomposed(void **state)
{
	utf8proc_uint8_t *nfd = utf8proc_NFD((const utf8proc_uint8_t *)"Ông/bà vui lòng đánh giá mức độ hài lòng");
	struct segments s;

	(void)state;
	assert_int_equal(segments_count(sv_of((char *)nfd), &s), ERR_OK);
	assert_int_equal(s.units, 51);
	free(nfd);                                   /* the library's memory */
}

static const struct sv broken[] = {
	SV("\xff"), SV("a\x80"), SV("a\xe1\xbb"), SV("\xe1\xbb" "a"), SV("\xc0\x8a"), SV("\xe0\x80\x8a"), SV("\xf0\x80\x80\x8a"),
	SV("\xed\xa0\xbd\xed\xb8\x80"), SV("\xf4\x90\x80\x80"), SV("\xf8\x88\x80\x80\x80"),
};

static void
not_utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(broken); i++) {
		char *exact = mem_alloc(broken[i].n);    /* one byte too far is seen */
		struct sv in = { exact, broken[i].n };
		struct segments s;
		AUTO_SBUF out;

		memcpy(exact, broken[i].p, broken[i].n);
		sbuf_init(&out, 64);
		if (segments_count(in, &s) != ERR_SYNTAX || segments_strip(in, &out) != ERR_SYNTAX ||
		    segments_compose(in, &out) != ERR_SYNTAX)
			fail_msg("row %zu is taken", i);
		mem_free(exact);
	}
}

static void
too_long(void **state)
{
	AUTO_SBUF out;

	(void)state;
	sbuf_init(&out, 5);
	assert_int_equal(segments_strip(SV("ệệệệệ"), &out), ERR_OK);
	assert_int_equal(segments_strip(SV("a"), &out), ERR_TOOBIG);
	sbuf_reset(&out);
	assert_int_equal(segments_compose(SV("ệ"), &out), ERR_OK);
	assert_int_equal(segments_compose(SV("ệ"), &out), ERR_TOOBIG);
	assert_int_equal(segments_compose(SV(""), &out), ERR_TOOBIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(alphabet),
		cmocka_unit_test(vietnamese),
		cmocka_unit_test(strip),
		cmocka_unit_test(compose),
		cmocka_unit_test(decomposed),
		cmocka_unit_test(not_utf8),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
