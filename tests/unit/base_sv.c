/* Borrowed text. Every row runs with text that ends where its memory ends, so that the sanitiser sees one byte too far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/sv.h"

/* A copy on the heap without a NUL behind it. */
static struct sv
exact(struct sv s)
{
	char *p = mem_alloc(s.n);

	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct sv){ p, s.n };
}

static void
done(struct sv s)
{
	mem_free((void *)(uintptr_t)s.p);
}

static const struct pair { const char *name; struct sv a, b; bool eq, starts; } pairs[] = {
	{ "same",              SV("abc"), SV("abc"), true, true },
	{ "prefix",            SV("abc"), SV("ab"), false, true },
	{ "longer than a",     SV("ab"), SV("abc"), false, false },
	{ "other",             SV("abc"), SV("abd"), false, false },
	{ "case",              SV("abc"), SV("Abc"), false, false },
	{ "NUL is a byte",     SV("a\0b"), SV("a\0c"), false, false },
	{ "up to a NUL",       SV("a\0b"), SV("a"), false, true },
	{ "empty and empty",   SV(""), SV(""), true, true },
	{ "empty in front",    SV("a"), SV(""), false, true },
	{ "none and empty",    { NULL, 0 }, SV(""), true, true },
	{ "empty and none",    SV(""), { NULL, 0 }, true, true },
	{ "none and none",     { NULL, 0 }, { NULL, 0 }, true, true },
	{ "none and text",     { NULL, 0 }, SV("a"), false, false },
};

static void
compare(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(pairs); i++) {
		const struct pair *r = &pairs[i];

		if (sv_eq(r->a, r->b) != r->eq || sv_starts(r->a, r->b) != r->starts)
			fail_msg("%s: eq %d, starts %d", r->name, sv_eq(r->a, r->b), sv_starts(r->a, r->b));
	}
}

static const struct word { const char *name; struct sv a; const char *b; bool is, nocase; } words[] = {
	{ "same",          SV("Mon"), "Mon", true, true },
	{ "other case",    SV("mON"), "Mon", false, true },
	{ "longer",        SV("mond"), "mon", false, false },
	{ "shorter",       SV("mo"), "mon", false, false },
	{ "not a letter",  SV("@["), "`{", false, false },
	{ "marks differ in case", SV("\xc4\x90"), "\xc4\x91", false, false },
	{ "NUL behind",    SV("mon\0"), "mon", false, false },
	{ "empty",         SV(""), "", true, true },
	{ "NULL is empty", SV(""), NULL, true, true },
	{ "NULL, text",    SV("a"), NULL, false, false },
};

static void
compare_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(words); i++) {
		const struct word *r = &words[i];
		struct sv a = exact(r->a);

		if (sv_is(a, r->b) != r->is || sv_is_nocase(a, r->b) != r->nocase)
			fail_msg("%s", r->name);
		done(a);
	}
}

static const struct trim { const char *name; struct sv in; const char *want; } trims[] = {
	{ "both ends",     SV(" \t\r\n a b \n"), "a b" },
	{ "nothing to do", SV("a"), "a" },
	{ "only blanks",   SV(" \r\n\t"), "" },
	{ "empty",         SV(""), "" },
	{ "none",          { NULL, 0 }, "" },
	{ "other blanks stay", SV("\v\xc2\xa0 "), "\v\xc2\xa0" },
};

static void
trim(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(trims); i++) {
		struct sv in = exact(trims[i].in), got = sv_trim(in);

		if (!sv_is(got, trims[i].want))
			fail_msg("%s: \"" SV_FMT "\"", trims[i].name, SV_ARG(got));
		done(in);
	}
}

/* Fields joined by '|' again, as `while (rest.p)` finds them. */
static const struct cut { const char *name; struct sv in; const char *want; int fields; } cuts[] = {
	{ "three",      SV("a,b,c"), "a|b|c", 3 },
	{ "one",        SV("abc"), "abc", 1 },
	{ "empty last", SV("a,"), "a|", 2 },
	{ "empty first", SV(",a"), "|a", 2 },
	{ "only a separator", SV(","), "|", 2 },
	{ "empty",      SV(""), "", 1 },
	{ "none",       { NULL, 0 }, "", 0 },
};

static void
cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(cuts); i++) {
		struct sv in = cuts[i].in.p ? exact(cuts[i].in) : cuts[i].in, rest = in;
		char got[32] = "";
		size_t at = 0;
		int n = 0;

		while (rest.p) {
			struct sv field = sv_cut(&rest, ',');

			if (n++)
				got[at++] = '|';
			if (field.n)
				memcpy(got + at, field.p, field.n);
			at += field.n;
		}
		if (strcmp(got, cuts[i].want) != 0 || n != cuts[i].fields || rest.n)
			fail_msg("%s: \"%s\", %d fields", cuts[i].name, got, n);
		done(in);
	}
}

static const struct copy { const char *name; struct sv in; size_t size; bool ok; const char *want; } copies[] = {
	{ "fits",          SV("abc"), 8, true, "abc" },
	{ "just fits",     SV("abc"), 4, true, "abc" },
	{ "one too long",  SV("abc"), 3, false, "" },
	{ "no place",      SV("abc"), 0, false, "*" },
	{ "a NUL inside",  SV("a\0b"), 8, false, "" },
	{ "empty",         SV(""), 1, true, "" },
	{ "none",          { NULL, 0 }, 1, true, "" },
};

static void
copy(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(copies); i++) {
		const struct copy *r = &copies[i];
		char out[9] = "*";
		bool ok = sv_copy(r->in, out, r->size);

		if (ok != r->ok || strcmp(out, r->want) != 0)
			fail_msg("%s: %d \"%s\"", r->name, ok, out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compare),
		cmocka_unit_test(compare_words),
		cmocka_unit_test(trim),
		cmocka_unit_test(cut),
		cmocka_unit_test(copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
