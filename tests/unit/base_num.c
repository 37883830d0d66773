/* Numbers out of text: the whole text, inside the bounds, or an error and nothing written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/num.h"

#define UNTOUCHED 4711

static const struct row { const char *name; struct sv in; int64_t min, max; enum err e; int64_t want; } rows[] = {
	{ "zero",            SV("0"), 0, 9, ERR_OK, 0 },
	{ "leading zeros",   SV("0007"), 0, 9, ERR_OK, 7 },
	{ "at the minimum",  SV("-5"), -5, 5, ERR_OK, -5 },
	{ "at the maximum",  SV("5"), -5, 5, ERR_OK, 5 },
	{ "below",           SV("-6"), -5, 5, ERR_RANGE, 0 },
	{ "above",           SV("6"), -5, 5, ERR_RANGE, 0 },
	{ "largest",         SV("9223372036854775807"), INT64_MIN, INT64_MAX, ERR_OK, INT64_MAX },
	{ "one more",        SV("9223372036854775808"), INT64_MIN, INT64_MAX, ERR_RANGE, 0 },
	{ "smallest",        SV("-9223372036854775808"), INT64_MIN, INT64_MAX, ERR_OK, INT64_MIN },
	{ "one less",        SV("-9223372036854775809"), INT64_MIN, INT64_MAX, ERR_RANGE, 0 },
	{ "far too long",    SV("99999999999999999999999999999999"), INT64_MIN, INT64_MAX, ERR_RANGE, 0 },
	{ "empty",           SV(""), 0, 9, ERR_SYNTAX, 0 },
	{ "no text",         { NULL, 0 }, 0, 9, ERR_SYNTAX, 0 },
	{ "sign alone",      SV("-"), -9, 9, ERR_SYNTAX, 0 },
	{ "two signs",       SV("--1"), -9, 9, ERR_SYNTAX, 0 },
	{ "plus",            SV("+1"), 0, 9, ERR_SYNTAX, 0 },
	{ "blank before",    SV(" 1"), 0, 9, ERR_SYNTAX, 0 },
	{ "blank behind",    SV("1 "), 0, 9, ERR_SYNTAX, 0 },
	{ "line end",        SV("1\n"), 0, 9, ERR_SYNTAX, 0 },
	{ "NUL",             SV("1\0"), 0, 99, ERR_SYNTAX, 0 },
	{ "hexadecimal",     SV("0x1"), 0, 9, ERR_SYNTAX, 0 },
	{ "fraction",        SV("1.0"), 0, 9, ERR_SYNTAX, 0 },
	{ "letter behind",   SV("1a"), 0, 9, ERR_SYNTAX, 0 },
	{ "full-width",      SV("\xef\xbc\x91"), 0, 9, ERR_SYNTAX, 0 },
	{ "before a digit",  SV("/"), 0, 9, ERR_SYNTAX, 0 },
	{ "behind a digit",  SV(":"), 0, 9, ERR_SYNTAX, 0 },
};

static void
parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		const struct row *r = &rows[i];
		int64_t got = UNTOUCHED;
		enum err e = num_parse(r->in, r->min, r->max, &got);

		if (e != r->e || got != (e ? UNTOUCHED : r->want))
			fail_msg("%s: %s, %lld", r->name, err_text(e), (long long)got);
	}
}

static const struct hex { const char *name; struct sv in; size_t n; enum err e; struct sv want; } hexes[] = {
	{ "lower",      SV("00ff7e"), 3, ERR_OK, SV("\x00\xff\x7e") },
	{ "upper",      SV("AbCdEF"), 3, ERR_OK, SV("\xab\xcd\xef") },
	{ "nothing",    SV(""), 0, ERR_OK, SV("") },
	{ "short",      SV("00f"), 2, ERR_RANGE, SV("") },
	{ "long",       SV("00ff00"), 2, ERR_RANGE, SV("") },
	{ "odd",        SV("0"), 0, ERR_RANGE, SV("") },
	{ "no digit",   SV("0g"), 1, ERR_SYNTAX, SV("") },
	{ "last is no digit", SV("00f "), 2, ERR_SYNTAX, SV("") },
	{ "prefix",     SV("0x00"), 2, ERR_SYNTAX, SV("") },
	{ "NUL",        SV("0\0"), 1, ERR_SYNTAX, SV("") },
};

static void
unhex(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(hexes); i++) {
		const struct hex *r = &hexes[i];
		char got[4] = "****";
		enum err e = num_unhex(r->in, got, r->n);
		size_t n = e ? 0 : r->n;

		if (e != r->e || !sv_eq((struct sv){ got, n }, r->want) || got[n] != '*')
			fail_msg("%s: %s", r->name, err_text(e));
	}
}

static const struct text { int64_t in; struct sv want; } texts[] = {
	{ 0, SV("0") }, { 9, SV("9") }, { 10, SV("10") }, { -1, SV("-1") }, { 1795601418363, SV("1795601418363") },
	{ INT64_MAX, SV("9223372036854775807") }, { INT64_MIN, SV("-9223372036854775808") },
};

static void
format(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(texts); i++) {
		char got[NUM_TEXT + 1];
		struct sv view;

		memset(got, '*', sizeof got);
		view = num_format(texts[i].in, got);
		if (!sv_eq(view, texts[i].want) || view.p != got || got[view.n] || got[NUM_TEXT] != '*')
			fail_msg("%lld: " SV_FMT, (long long)texts[i].in, SV_ARG(view));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse),
		cmocka_unit_test(unhex),
		cmocka_unit_test(format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
