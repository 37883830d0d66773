/* CSV: what a spreadsheet would calculate is made text; everything else comes back as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "text/csv.h"

static const struct { const char *name, *in, *want; } rows[] = {
	{ "word", "H36.45", "\"H36.45\"" },
	{ "nothing", "", "\"\"" },
	{ "quote", "a\"b", "\"a\"\"b\"" },
	{ "only a quote", "\"", "\"\"\"\"" },
	{ "comma and line end", "a,b\nc", "\"a,b\nc\"" },
	{ "marks", "S\xe1\xbb\x9f N\xc3\xb4ng", "\"S\xe1\xbb\x9f N\xc3\xb4ng\"" },
	{ "formula", "=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"" },
	{ "plus", "+1+1", "\"'+1+1\"" },
	{ "minus", "-1", "\"'-1\"" },
	{ "at", "@SUM(1)", "\"'@SUM(1)\"" },
	{ "tab", "\t=1", "\"'\t=1\"" },
	{ "carriage return", "\r=1", "\"'\r=1\"" },
	{ "line feed", "\n=1", "\"'\n=1\"" },
	{ "full-width =", "\xef\xbc\x9d" "1", "\"'\xef\xbc\x9d" "1\"" },
	{ "full-width +", "\xef\xbc\x8b" "1", "\"'\xef\xbc\x8b" "1\"" },
	{ "full-width -", "\xef\xbc\x8d" "1", "\"'\xef\xbc\x8d" "1\"" },
	{ "full-width @", "\xef\xbc\xa0" "1", "\"'\xef\xbc\xa0" "1\"" },
	{ "another full-width letter", "\xef\xbc\xa1" "1", "\"\xef\xbc\xa1" "1\"" },
	{ "sign inside", "a=1", "\"a=1\"" },
};

static void
cells(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		AUTO_SBUF b;
		struct csv_out o = { &b, false };
		const char *got = NULL;

		sbuf_init(&b, 1000);
		csv_text(&o, sv_of(rows[i].in));
		assert_int_equal(sbuf_finish(&b, &got), ERR_OK);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].name, got);
	}
}

static void
lines(void **state)
{
	AUTO_SBUF b;
	struct csv_out o = { &b, false };
	const char *got = NULL;

	(void)state;
	sbuf_init(&b, 1000);
	csv_text(&o, SV("a"));
	csv_int(&o, -5);
	csv_plain(&o, SV(""));
	csv_plain(&o, SV("0.5"));
	csv_end(&o);
	csv_int(&o, 7);
	csv_end(&o);
	assert_int_equal(sbuf_finish(&b, &got), ERR_OK);
	assert_string_equal(got, "\"a\",-5,,0.5\n7\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cells), cmocka_unit_test(lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
