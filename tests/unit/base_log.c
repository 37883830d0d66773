/* The log: one line per event whatever the text, nothing that is not printable UTF-8, never longer than a line may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "stderr.h"

#define LINE_MAX_BYTES 2048

static const struct row { const char *name, *in, *want; } rows[] = {
	{ "plain",              "cannot bind, reason=\"x\" n=1", "cannot bind, reason=\"x\" n=1" },
	{ "marks",              "Đánh giá ệ", "Đánh giá ệ" },
	{ "emoji",              "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	{ "last code point",    "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
	{ "empty",              "", "" },
	{ "per cent",           "100% %s %n", "100% %s %n" },
	{ "backslash",          "a\\x0a", "a\\x0a" },
	{ "a second line",      "a\n<2>forged", "a\\x0a<2>forged" },
	{ "CR LF",              "a\r\nb", "a\\x0d\\x0ab" },
	{ "other line ends",    "a\vb\fc", "a\\x0bb\\x0cc" },
	{ "NEL",                "a\xc2\x85" "b", "a\\xc2\\x85b" },
	{ "line separator",     "a\xe2\x80\xa8" "b", "a\\xe2\\x80\\xa8b" },
	{ "paragraph separator", "a\xe2\x80\xa9" "b", "a\\xe2\\x80\\xa9b" },
	{ "tab",                "a\tb", "a\\x09b" },
	{ "escape sequence",    "\033[2J", "\\x1b[2J" },
	{ "C1 escape sequence", "\xc2\x9b" "2J", "\\xc2\\x9b2J" },
	{ "delete",             "a\177", "a\\x7f" },
	{ "right-to-left",      "a\xe2\x80\xae" "b\xe2\x81\xa6" "c", "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c" },
	{ "neighbours of those stay", "\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa", "\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa" },
	{ "lone continuation",  "a\x80" "b", "a\\x80b" },
	{ "cut short",          "a\xe1\xbb", "a\\xe1\\xbb" },
	{ "cut by a letter",    "\xe1\xbb" "b", "\\xe1\\xbbb" },
	{ "cut by a line end",  "\xe1\xbb\n", "\\xe1\\xbb\\x0a" },
	{ "overlong line end",  "\xc0\x8a", "\\xc0\\x8a" },
	{ "overlong of three",  "\xe0\x80\x8a", "\\xe0\\x80\\x8a" },
	{ "overlong of four",   "\xf0\x80\x80\x8a", "\\xf0\\x80\\x80\\x8a" },
	{ "surrogate",          "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "before the surrogates", "\xed\x9f\xbf", "\xed\x9f\xbf" },
	{ "behind the surrogates", "\xee\x80\x80", "\xee\x80\x80" },
	{ "beyond Unicode",     "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "five bytes",         "\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80" },
	{ "FF FE",              "\xff\xfe", "\\xff\\xfe" },
};

static void
escapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		char got[256], want[256];

		snprintf(want, sizeof want, "<5>%s\n", rows[i].want);
		stderr_catch();
		log_notice("%s", rows[i].in);
		stderr_caught(got, sizeof got);
		if (strcmp(got, want) != 0)
			fail_msg("%s: %s", rows[i].name, got);
	}
}

/* Whatever the text is and wherever it is cut: one line, inside its limit, whole letters. */
static void
length(void **state)
{
	static const char *const pieces[] = { "x", "\n", "ệ", "\xf0\x9f\x98\x80", "\xff" };

	(void)state;
	for (size_t k = 0; k < ARRAY_N(pieces); k++)
		for (size_t n = 1; n <= 4000; n += n < 900 ? 300 : n < 1100 ? 1 : 700) {
			size_t piece = strlen(pieces[k]), all;
			AUTO_FREE char *in = mem_alloc(n * piece + 1);
			char got[2 * LINE_MAX_BYTES];

			for (size_t i = 0; i < n; i++)
				memcpy(in + i * piece, pieces[k], piece);
			stderr_catch();
			log_error("%s", in);
			all = stderr_caught(got, sizeof got);
			if (all > LINE_MAX_BYTES || all < 5 || got[all - 1] != '\n' || strchr(got, '\n') != got + all - 1
			    || strncmp(got, "<3>", 3) != 0)
				fail_msg("%zu times \"%s\": %zu bytes", n, pieces[k], all);
		}
}

static void
levels(void **state)
{
	static const struct { enum log_level upto; const char *want; } shown[] = {
		{ LOG_CRIT, "<2>a\n" }, { LOG_ERROR, "<2>a\n<3>b\n" }, { LOG_NOTICE, "<2>a\n<3>b\n<4>c\n<5>d\n" },
		{ LOG_INFO, "<2>a\n<3>b\n<4>c\n<5>d\n<6>e\n" }, { LOG_DEBUG, "<2>a\n<3>b\n<4>c\n<5>d\n<6>e\n<7>f\n" },
	};
	char got[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_N(shown); i++) {
		log_set_level(shown[i].upto);
		stderr_catch();
		log_crit("a");
		log_error("b");
		log_warn("c");
		log_notice("d");
		log_info("e");
		log_debug("f");
		stderr_caught(got, sizeof got);
		assert_string_equal(got, shown[i].want);
	}
	log_set_level(LOG_INFO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(length),
		cmocka_unit_test(levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
