/* Short ids: what is read, and that one typing error never names another case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "text/shortid.h"

static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const struct row { const char *name; struct sv in; enum err e; const char *want; } rows[] = {
	{ "first of the rule",  SV("A7K2"), ERR_OK, "A7K2" },
	{ "second",             SV("B3MR"), ERR_OK, "B3MR" },
	{ "third",              SV("9XDQ"), ERR_OK, "9XDQ" },
	{ "small letters",      SV("a7k2"), ERR_OK, "A7K2" },
	{ "mixed",              SV("b3mR"), ERR_OK, "B3MR" },
	{ "weights",            SV("101A"), ERR_OK, "101A" },          /* 3*1 + 5*0 + 7*1 = 10 -> A */
	{ "O is 0, I and L 1",  SV("IOLA"), ERR_OK, "101A" },
	{ "small o, i, l",      SV("lo1a"), ERR_OK, "101A" },
	{ "eight of them",      SV("olIOi0L2"), ERR_OK, "01101012" },
	{ "wrong check",        SV("A7K3"), ERR_RANGE, NULL },
	{ "shortest",           SV("000"), ERR_OK, "000" },
	{ "longest",            SV("0000000000000"), ERR_OK, "0000000000000" },
	{ "too short",          SV("00"), ERR_SYNTAX, NULL },
	{ "too long",           SV("00000000000000"), ERR_SYNTAX, NULL },
	{ "empty",              SV(""), ERR_SYNTAX, NULL },
	{ "none",               { NULL, 0 }, ERR_SYNTAX, NULL },
	{ "U is no letter",     SV("A7KU"), ERR_SYNTAX, NULL },
	{ "hyphen",             SV("A7-K2"), ERR_SYNTAX, NULL },
	{ "blank",              SV("A7K2 "), ERR_SYNTAX, NULL },
	{ "NUL",                SV("A7K\0"), ERR_SYNTAX, NULL },
	{ "a mark",             SV("A7K\xc4\x91"), ERR_SYNTAX, NULL },
	{ "next to the letters", SV("@[`"), ERR_SYNTAX, NULL },
};

static void
parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		char out[SHORTID_MAX];
		enum err e = shortid_parse(rows[i].in, out);

		if (e != rows[i].e || (!e && strcmp(out, rows[i].want) != 0))
			fail_msg("%s: %s, %s", rows[i].name, err_text(e), e ? "" : out);
	}
}

static void
values(void **state)
{
	(void)state;
	for (int c = -128; c < 128; c++) {
		const char *at = c > 0 ? strchr(letters, c >= 'a' && c <= 'z' ? c - 32 : c) : NULL;
		int want = c > 0 && strchr("oO", c) ? 0 : c > 0 && strchr("iIlL", c) ? 1 : at ? (int)(at - letters) : -1;

		if (shortid_value((char)c) != want)
			fail_msg("%d: %d, not %d", c, shortid_value((char)c), want);
	}
}

/* The same ids on every run. */
static uint64_t
next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 16 ^ *seed << 32;
}

static void
round_trip(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t n = 3; n <= 13; n++)
		for (int i = 0; i < 200; i++) {
			char id[SHORTID_MAX], back[SHORTID_MAX];
			uint64_t value = next(&seed), read = 0, mask = (1ull << 5 * (n - 1)) - 1;

			shortid_make(value, n, id);
			assert_int_equal(strlen(id), n);
			assert_int_equal(shortid_parse(sv_of(id), back), ERR_OK);
			assert_string_equal(id, back);
			for (size_t k = 0; k + 1 < n; k++)
				read = read << 5 | (uint64_t)shortid_value(id[k]);
			if (read != (value & mask))
				fail_msg("%s: %llx, not %llx", id, (unsigned long long)read, (unsigned long long)(value & mask));
		}
}

static void
one_wrong_letter(const char *id)
{
	char typo[SHORTID_MAX], out[SHORTID_MAX];
	size_t n = strlen(id);

	for (size_t at = 0; at < n; at++)
		for (const char *c = letters; *c; c++) {
			memcpy(typo, id, n + 1);
			typo[at] = *c;
			if ((shortid_parse(sv_of(typo), out) == ERR_OK) != (*c == id[at]))
				fail_msg("%s typed as %s", id, typo);
		}
}

/* Neighbours' weights differ by 2 (by 4 at the check character), so a swap is missed only when the letters lie 16 (8) apart. */
static void
two_swapped(const char *id, int *swaps, int *missed)
{
	char typo[SHORTID_MAX], out[SHORTID_MAX];
	size_t n = strlen(id);

	for (size_t at = 0; at + 1 < n; at++) {
		int apart = shortid_value(id[at]) - shortid_value(id[at + 1]);
		bool found;

		if (!apart)
			continue;
		memcpy(typo, id, n + 1);
		typo[at] = id[at + 1];
		typo[at + 1] = id[at];
		found = shortid_parse(sv_of(typo), out) != ERR_OK;
		if (found != (apart % (at + 2 < n ? 16 : 8) != 0))
			fail_msg("%s typed as %s", id, typo);
		++*swaps;
		*missed += !found;
	}
}

static void
typing_errors(void **state)
{
	static const size_t lengths[] = { 3, 4, 8, 13 };
	uint64_t seed = 7;
	int swaps = 0, missed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_N(lengths); i++)
		for (int k = 0; k < 300; k++) {
			char id[SHORTID_MAX];

			shortid_make(next(&seed), lengths[i], id);
			one_wrong_letter(id);
			two_swapped(id, &swaps, &missed);
		}
	assert_in_range(missed, 1, swaps / 20);      /* the rule promises no more */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse),
		cmocka_unit_test(values),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(typing_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
