/* Numbers: every spelling that means one, every kind that is refused. The numbers are invented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/phone.h"

static const struct row { const char *name; struct sv in; enum phone_kind kind; const char *e164; } rows[] = {
	{ "as people write it",     SV("0912345678"), PHONE_MOBILE, "84912345678" },
	{ "blanks",                 SV(" 0912 345 678\r\n"), PHONE_MOBILE, "84912345678" },
	{ "dots",                   SV("0912.345.678"), PHONE_MOBILE, "84912345678" },
	{ "hyphens",                SV("091-234-5678"), PHONE_MOBILE, "84912345678" },
	{ "parentheses",            SV("(091) 2345678"), PHONE_MOBILE, "84912345678" },
	{ "plus",                   SV("+84912345678"), PHONE_MOBILE, "84912345678" },
	{ "plus and blanks",        SV("+84 912 345 678"), PHONE_MOBILE, "84912345678" },
	{ "plus in parentheses",    SV("(+84) 912.345.678"), PHONE_MOBILE, "84912345678" },
	{ "plus and zero",          SV("+84 (0)912 345 678"), PHONE_MOBILE, "84912345678" },
	{ "two zeros",              SV("0084912345678"), PHONE_MOBILE, "84912345678" },
	{ "two zeros and zero",     SV("00840912345678"), PHONE_MOBILE, "84912345678" },
	{ "country code",           SV("84912345678"), PHONE_MOBILE, "84912345678" },
	{ "redundant zero",         SV("840901234567"), PHONE_MOBILE, "84901234567" },
	{ "zero lost",              SV("912345678"), PHONE_MOBILE, "84912345678" },
	{ "plus for nothing",       SV("+0912345678"), PHONE_MOBILE, "84912345678" },
	{ "no-break spaces",        SV("0912\xc2\xa0" "345\xe2\x80\xaf" "678"), PHONE_MOBILE, "84912345678" },
	{ "dashes",                 SV("0912\xe2\x80\x93" "345\xe2\x80\x91" "678"), PHONE_MOBILE, "84912345678" },
	{ "full-width digits",      SV("０９１２３４５６７８"), PHONE_MOBILE, "84912345678" },
	{ "full-width plus",        SV("＋８４９１２３４５６７８"), PHONE_MOBILE, "84912345678" },
	{ "out of an address book", SV("\xe2\x80\xaa+84 912 345 678\xe2\x80\xac"), PHONE_MOBILE, "84912345678" },
	{ "byte order mark",        SV("\xef\xbb\xbf" "0912345678"), PHONE_MOBILE, "84912345678" },

	{ "84 is a prefix too",     SV("0841234567"), PHONE_MOBILE, "84841234567" },
	{ "84 twice",               SV("84841234567"), PHONE_MOBILE, "84841234567" },
	{ "84 once, zero lost",     SV("841234567"), PHONE_MOBILE, "84841234567" },
	{ "84 thrice",              SV("+84848484848"), PHONE_MOBILE, "84848484848" },
	{ "84 at the end",          SV("0912348484"), PHONE_MOBILE, "84912348484" },

	{ "old",                    SV("01681234567"), PHONE_MOBILE, "84381234567" },
	{ "old, zero lost",         SV("1681234567"), PHONE_MOBILE, "84381234567" },
	{ "old with country code",  SV("841681234567"), PHONE_MOBILE, "84381234567" },
	{ "old with plus",          SV("+84 168 123 4567"), PHONE_MOBILE, "84381234567" },
	{ "old with all of it",     SV("+84 (0)168 123 4567"), PHONE_MOBILE, "84381234567" },
	{ "old that became 084",    SV("01241234567"), PHONE_MOBILE, "84841234567" },

	{ "landline",               SV("0263 3822 999"), PHONE_LANDLINE, NULL },
	{ "landline of Ha Noi",     SV("(024) 3825 1234"), PHONE_LANDLINE, NULL },
	{ "landline, country code", SV("842633822999"), PHONE_LANDLINE, NULL },
	{ "landline with plus",     SV("+84 263 3822 999"), PHONE_LANDLINE, NULL },
	{ "landline with all",      SV("+84 (0)263 3822 999"), PHONE_LANDLINE, NULL },
	{ "landline, zero lost",    SV("2633822999"), PHONE_LANDLINE, NULL },
	{ "landline of ten",        SV("0633822999"), PHONE_BAD, NULL },         /* codes before 2017 */

	{ "emergency",              SV("113"), PHONE_SERVICE, NULL },
	{ "short code",             SV("8088"), PHONE_SERVICE, NULL },
	{ "1800",                   SV("1800 8081"), PHONE_SERVICE, NULL },
	{ "1800, long",             SV("1800123456"), PHONE_SERVICE, NULL },
	{ "1900",                   SV("1900 1234"), PHONE_SERVICE, NULL },
	{ "1900, nine digits",      SV("190012345"), PHONE_SERVICE, NULL },

	{ "another country",        SV("+1 202 555 0143"), PHONE_FOREIGN, NULL },
	{ "another, two zeros",     SV("001 202 555 0143"), PHONE_FOREIGN, NULL },
	{ "neighbour",              SV("+855 12 345 678"), PHONE_FOREIGN, NULL },
	{ "begins with 8",          SV("+81 90 1234 5678"), PHONE_FOREIGN, NULL },
	{ "looks like ours",        SV("+912345678"), PHONE_FOREIGN, NULL },

	{ "empty",                  SV(""), PHONE_BAD, NULL },
	{ "none",                   { NULL, 0 }, PHONE_BAD, NULL },
	{ "blank",                  SV(" \t"), PHONE_BAD, NULL },
	{ "words",                  SV("khong co"), PHONE_BAD, NULL },
	{ "only a plus",            SV("+"), PHONE_BAD, NULL },
	{ "only separators",        SV("(-)"), PHONE_BAD, NULL },
	{ "two pluses",             SV("++84912345678"), PHONE_BAD, NULL },
	{ "plus behind",            SV("0912345678+"), PHONE_BAD, NULL },
	{ "letter inside",          SV("091234567a"), PHONE_BAD, NULL },
	{ "name behind",            SV("0912345678 (anh Nam)"), PHONE_BAD, NULL },
	{ "two numbers",            SV("0912345678/0987654321"), PHONE_BAD, NULL },
	{ "two, a blank between",   SV("0912345678 0987654321"), PHONE_BAD, NULL },
	{ "one digit short",        SV("091234567"), PHONE_BAD, NULL },
	{ "one digit more",         SV("09123456789"), PHONE_BAD, NULL },
	{ "cut",                    SV("0912"), PHONE_BAD, NULL },
	{ "two digits",             SV("12"), PHONE_BAD, NULL },
	{ "short with plus",        SV("+848088"), PHONE_BAD, NULL },
	{ "1900, far too long",     SV("19001234567890"), PHONE_BAD, NULL },
	{ "zeros",                  SV("0000000000"), PHONE_BAD, NULL },
	{ "only zeros twice",       SV("00"), PHONE_BAD, NULL },
	{ "very long",              SV("0123456789012345678901234567890123456789"), PHONE_BAD, NULL },
	{ "longest that is kept",   SV("00123456789012345"), PHONE_FOREIGN, NULL },
	{ "a NUL",                  SV("0912345678\0"), PHONE_BAD, NULL },
	{ "a NUL inside",           SV("09123\0" "45678"), PHONE_BAD, NULL },
	{ "broken UTF-8",           SV("0912345678\xff"), PHONE_BAD, NULL },
	{ "cut no-break space",     SV("0912345678\xc2"), PHONE_BAD, NULL },
	{ "Arabic digits",          SV("\xd9\xa0\xd9\xa9\xd9\xa1\xd9\xa2"), PHONE_BAD, NULL },
};

static void
parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		const struct row *r = &rows[i];
		struct phone p = { "untouched" };
		const char *why = NULL;
		enum phone_kind kind = phone_parse(r->in, &p, &why);

		if (kind != r->kind || strcmp(p.e164, r->e164 ? r->e164 : "untouched") != 0 || (kind == PHONE_MOBILE) != !why)
			fail_msg("%s: %s %s (%s)", r->name, phone_kind_name(kind), p.e164, why ? why : "");
		if (kind != PHONE_MOBILE)
			assert_int_equal(phone_parse(r->in, &p, NULL), kind);
	}
}

/* Two digits behind the zero, or three where that decides. */
static const struct { const char *carrier, *prefixes; } carriers[] = {
	{ "viettel",      "32 33 34 35 36 37 38 39 86 96 97 98" },
	{ "mobifone",     "70 76 77 78 79 89 90 93" },
	{ "vinaphone",    "81 82 83 84 85 88 91 94" },
	{ "vietnamobile", "52 56 58 92" },
	{ "gmobile",      "59 993 994 995 996 997" },
	{ "itel",         "87 998 999" },
	{ "wintel",       "55" },
};

static const char *
carrier_of(const char *three)
{
	for (size_t i = 0; i < ARRAY_N(carriers); i++) {
		struct sv rest = sv_of(carriers[i].prefixes);

		while (rest.p)
			if (sv_starts(sv_of(three), sv_cut(&rest, ' ')))
				return carriers[i].carrier;
	}
	return !strncmp(three, "99", 2) ? "gmobile" : NULL;  /* 990 to 992: Gmobile's, not in use */
}

static void
prefixes(void **state)
{
	int mobile = 0;

	(void)state;
	for (int three = 0; three < 1000; three++) {
		char number[16], prefix[8], want[16];
		struct phone p = { "" };
		const char *carrier;
		enum phone_kind kind;

		snprintf(prefix, sizeof prefix, "%03d", three);
		snprintf(number, sizeof number, "0%s123456", prefix);
		snprintf(want, sizeof want, "84%s123456", prefix);
		kind = phone_parse(sv_of(number), &p, NULL);
		carrier = prefix[0] >= '3' ? carrier_of(prefix) : NULL;
		if ((kind == PHONE_MOBILE) != (carrier != NULL) || (carrier && strcmp(p.e164, want) != 0)
		    || strcmp(phone_carrier(&p), carrier ? carrier : "") != 0)
			fail_msg("%s: %s %s %s", number, phone_kind_name(kind), p.e164, phone_carrier(&p));
		mobile += kind == PHONE_MOBILE;
	}
	assert_int_equal(mobile, 360);               /* 36 prefixes of two digits */
}

static const char *const moved[][2] = {
	{ "162", "32" }, { "163", "33" }, { "164", "34" }, { "165", "35" }, { "166", "36" }, { "167", "37" }, { "168", "38" },
	{ "169", "39" }, { "120", "70" }, { "121", "79" }, { "122", "77" }, { "126", "76" }, { "128", "78" }, { "123", "83" },
	{ "124", "84" }, { "125", "85" }, { "127", "81" }, { "129", "82" }, { "186", "56" }, { "188", "58" }, { "199", "59" },
};

static void
old_numbers(void **state)
{
	static const char *const before[] = { "0", "", "84", "+84", "0084", "+84 0" };

	(void)state;
	for (int three = 100; three < 200; three++)
		for (size_t k = 0; k < ARRAY_N(before); k++) {
			char number[32], want[16] = "";
			struct phone p = { "" };
			bool service = !*before[k] && (three == 180 || three == 190);

			snprintf(number, sizeof number, "%s%d0765432", before[k], three);
			for (size_t i = 0; i < ARRAY_N(moved); i++)
				if (!strncmp(moved[i][0], number + strlen(before[k]), 3))
					snprintf(want, sizeof want, "84%s0765432", moved[i][1]);
			if (phone_parse(sv_of(number), &p, NULL) != (*want ? PHONE_MOBILE : service ? PHONE_SERVICE : PHONE_BAD)
			    || strcmp(p.e164, want) != 0)
				fail_msg("%s: %s, not %s", number, p.e164, want);
		}
}

static void
masks(void **state)
{
	static const struct { struct phone p; const char *want; } shown[] = {
		{ { "84912345678" }, "84912***678" }, { { "8491234" }, "***" }, { { "" }, "***" },
		{ { "123456789012345" }, "12345***345" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_N(shown); i++) {
		char out[17];

		memset(out, 'x', sizeof out);
		phone_mask(&shown[i].p, out);
		assert_string_equal(out, shown[i].want);
		assert_int_equal(out[16], 'x');
	}
}

static void
names(void **state)
{
	static const char *const want[] = { "mobile", "landline", "foreign", "service", "bad" };

	(void)state;
	assert_int_equal(PHONE_KIND_MAX, ARRAY_N(want));
	for (int i = 0; i < PHONE_KIND_MAX; i++)
		assert_string_equal(phone_kind_name((enum phone_kind)i), want[i]);
	assert_string_equal(phone_kind_name(PHONE_KIND_MAX), "");
	assert_string_equal(phone_kind_name((enum phone_kind)-1), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(old_numbers),
		cmocka_unit_test(masks),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
