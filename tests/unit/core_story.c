/* The sentences of a story: each decision has a name for machines and one sentence in each language, with its detail once. */
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
	{ "Vietnamese",       STORY_SCORE, "4", false, "ghi điểm 4" },
	{ "English",          STORY_SCORE, "4", true, "score recorded: 4" },
	{ "text behind",      STORY_EXPIRED, "7d", true, "expired without an answer (7d)" },
	{ "per cent",         STORY_SCORE, "100% %s %n", true, "score recorded: 100% %s %n" },
	{ "no detail",        STORY_SILENT, "", true, "no answer is sent to this ()" },
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

static void
every_sentence(void **state)
{
	(void)state;
	for (int i = 0; i < STORY_MAX; i++)
		for (int english = 0; english <= 1; english++) {
			AUTO_SBUF out, composed;
			const char *at;

			sbuf_init(&out, 512);
			sbuf_init(&composed, 512);
			story_tell(i, "<>", english, &out);
			at = out.p ? strstr(out.p, "<>") : NULL;
			if (!at || strstr(at + 1, "<>") || strchr(out.p, '%') || out.n < 8
			    || segments_compose(sbuf_sv(&out), &composed) || !sv_eq(sbuf_sv(&out), sbuf_sv(&composed)))
				fail_msg("%s: " SV_FMT, story_name(i), SV_ARG(sbuf_sv(&out)));
		}
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
