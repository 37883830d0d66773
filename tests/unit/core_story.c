/* The sentences of a story: each decision has a name for machines and a sentence in each language that tells the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/story.h"
#include "text/segments.h"

static const struct row { const char *name; int code; const char *detail; bool english; const char *want; } rows[] = {
	{ "Vietnamese",       STORY_SCORE, "4 first", false, "ghi 4 điểm (lần đầu)" },
	{ "English",          STORY_SCORE, "4 first", true, "score 4 recorded (first answer)" },
	{ "three words",      STORY_REPLY, "score digit only_open", true,
	                      "the citizen wrote: a score (rule digit); it belongs here because it is the only one open" },
	{ "two words and the rest", STORY_SENT, "T1 0 rest of it", true, "the provider has taken the question (message 0)" },
	{ "the rest",         STORY_UNDELIVERED, "T2 1 absent subscriber", true,
	                      "the question for the reason (message 1) did not reach the phone: absent subscriber" },
	{ "the rest is one code", STORY_UNDELIVERED, "T2 1 no_receipt", false, "câu hỏi lý do (tin số 1) không đến máy: không có báo nhận trong thời hạn" },
	{ "a time",           STORY_PLANNED, "12h05 23/11", true, "the citizen is to be asked at 12h05 23/11" },
	{ "per cent",         STORY_SCORE, "100% %1", true, "score 100% recorded (%1)" },
	{ "no detail",        STORY_SCORE, "", true, "score  recorded ()" },
	{ "fewer words",      STORY_REPLY, "score", true, "the citizen wrote: a score (rule ); it belongs here because " },
	{ "only blanks",      STORY_SENT, "   ", true, "the provider has taken  (message )" },
	{ "a word nobody knows", STORY_SILENT, "wherefore", false, "không trả lời tin này: wherefore" },
	{ "below the codes",  -1, "x", true, "" },
	{ "behind the codes", STORY_MAX, "x", true, "" },
	{ "a stored byte",    255, "x", false, "" },
};

static void
tell(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		AUTO_SBUF out;

		sbuf_init(&out, 256);
		story_tell(rows[i].code, rows[i].detail, rows[i].english, &out);
		if (!sv_is(sbuf_sv(&out), rows[i].want))
			fail_msg("%s: " SV_FMT, rows[i].name, SV_ARG(sbuf_sv(&out)));
	}
	assert_string_equal(story_name(-1), "");
	assert_string_equal(story_name(STORY_MAX), "");
}

/* Names are part of the events stream: lower case, each once. */
static void
every_name(void **state)
{
	(void)state;
	for (int i = 0; i < STORY_MAX; i++) {
		const char *name = story_name(i);

		if (!*name || strspn(name, "abcdefghijklmnopqrstuvwxyz_") != strlen(name))
			fail_msg("%d: \"%s\"", i, name);
		for (int k = 0; k < i; k++)
			if (!strcmp(name, story_name(k)))
				fail_msg("%s is there twice", name);
	}
}

/* Which of five words a sentence shows: bits. */
static unsigned
words_shown(int code, bool english)
{
	static const char *const words[] = { "<1>", "<2>", "<3>", "<4>", "<5>" };
	AUTO_SBUF out, composed;
	unsigned shown = 0;

	sbuf_init(&out, 512);
	sbuf_init(&composed, 512);
	story_tell(code, "<1> <2> <3> <4> <5>", english, &out);
	for (unsigned i = 0; i < ARRAY_N(words); i++)
		shown |= (unsigned)(strstr(out.p, words[i]) != NULL) << i;
	if (!shown || strchr(out.p, '%') || out.n < 8 || segments_compose(sbuf_sv(&out), &composed)
	    || !sv_eq(sbuf_sv(&out), sbuf_sv(&composed)))
		fail_msg("%s: " SV_FMT, story_name(code), SV_ARG(sbuf_sv(&out)));
	return shown;
}

static void
every_sentence(void **state)
{
	(void)state;
	for (int i = 0; i < STORY_MAX; i++)
		if (words_shown(i, true) != words_shown(i, false))
			fail_msg("%s: both languages must tell the same", story_name(i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tell),
		cmocka_unit_test(every_name),
		cmocka_unit_test(every_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
