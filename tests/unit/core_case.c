/* Facts about closed cases: names, overdue, one text for one content, and how a person recognises the case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/case.h"

static void
names(void **state)
{
	static const char *const outcomes[] = { "delivered", "refused", "returned", "stopped", "withdrawn" };
	static const char *const parts[] = { "receiving", "handling", "returning" };
	static const struct sv unknown[] = { SV(""), SV("Delivered"), SV("delivered "), SV("deliver"), SV("delivered\0"), { NULL, 0 } };
	enum outcome o;

	(void)state;
	assert_int_equal(OUTCOME_MAX, ARRAY_N(outcomes));
	for (int i = 0; i < OUTCOME_MAX; i++) {
		o = OUTCOME_MAX;
		assert_string_equal(outcome_name((enum outcome)i), outcomes[i]);
		assert_true(outcome_find(sv_of(outcomes[i]), &o));
		assert_int_equal(o, i);
	}
	for (size_t i = 0; i < ARRAY_N(unknown); i++) {
		o = OUTCOME_MAX;
		assert_false(outcome_find(unknown[i], &o));
		assert_int_equal(o, OUTCOME_MAX);
	}
	for (int i = 0; i < CASE_PARTS; i++)
		assert_string_equal(case_part_name((enum case_part)i), parts[i]);
	assert_string_equal(outcome_name(OUTCOME_MAX), "");
	assert_string_equal(outcome_name((enum outcome)-1), "");
	assert_string_equal(case_part_name(CASE_PARTS), "");
}

static const struct due { const char *name; int64_t due_ms, closed_ms; bool overdue; } dues[] = {
	{ "nothing was promised", 0, 1000, false },
	{ "before",               1000, 999, false },
	{ "on the moment",        1000, 1000, false },
	{ "after",                1000, 1001, true },
};

static void
overdue(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(dues); i++) {
		struct closed_case c = { .due_ms = dues[i].due_ms, .closed_ms = dues[i].closed_ms };

		if (case_overdue(&c) != dues[i].overdue)
			fail_msg("%s", dues[i].name);
	}
}

static const struct closed_case whole = {
	.case_id = "H36.45-261123-0007", .closed_ms = 5, .received_ms = 3, .due_ms = 7, .outcome = OUTCOME_REFUSED,
	.phone = "0912 345 678", .zalo_user_id = "z1", .procedure = "1.004227",
	.units = { "H36.90", "H36.45", "H36.91" }, .officers = { "nv017", "nv023", "nv018" }, .no_contact = true,
};

static void case_id(struct closed_case *c)    { c->case_id[0] = 'h'; }
static void closed(struct closed_case *c)     { c->closed_ms++; }
static void received(struct closed_case *c)   { c->received_ms++; }
static void due(struct closed_case *c)        { c->due_ms = 0; }
static void outcome(struct closed_case *c)    { c->outcome = OUTCOME_DELIVERED; }
static void phone(struct closed_case *c)      { c->phone[0] = '\0'; }
static void zalo(struct closed_case *c)       { c->zalo_user_id[1] = '2'; }
static void procedure(struct closed_case *c)  { c->procedure[0] = '\0'; }
static void unit_r(struct closed_case *c)     { c->units[CASE_RECEIVING][5] = '\0'; }
static void unit_h(struct closed_case *c)     { c->units[CASE_HANDLING][5] = '\0'; }
static void unit_t(struct closed_case *c)     { c->units[CASE_RETURNING][5] = '\0'; }
static void officer_r(struct closed_case *c)  { c->officers[CASE_RECEIVING][0] = '\0'; }
static void officer_h(struct closed_case *c)  { c->officers[CASE_HANDLING][0] = '\0'; }
static void officer_t(struct closed_case *c)  { c->officers[CASE_RETURNING][0] = '\0'; }
static void no_contact(struct closed_case *c) { c->no_contact = false; }
/* Text that wanders from one field into the next. */
static void shifted(struct closed_case *c)    { memcpy(c->zalo_user_id, "z11.", 5); memmove(c->procedure, c->procedure + 2, 7); }
static void swapped(struct closed_case *c)    { c->units[CASE_RECEIVING][5] = '1'; c->units[CASE_RETURNING][5] = '0'; }
static void forged(struct closed_case *c)     { memcpy(c->zalo_user_id, "z18:1.004227", 13); c->procedure[0] = '\0'; }

static const struct change { const char *name; void (*to)(struct closed_case *c); } changes[] = {
	{ "case id", case_id }, { "closed", closed }, { "received", received }, { "due", due }, { "outcome", outcome },
	{ "phone", phone }, { "chat id", zalo }, { "procedure", procedure }, { "receiving unit", unit_r },
	{ "handling unit", unit_h }, { "returning unit", unit_t }, { "receiving officer", officer_r },
	{ "handling officer", officer_h }, { "returning officer", officer_t }, { "no contact", no_contact },
	{ "shifted", shifted }, { "swapped", swapped }, { "forged", forged },
};

static bool
same(const struct closed_case *a, const char *a_phone, const struct closed_case *b, const char *b_phone)
{
	AUTO_SBUF one, two;

	sbuf_init(&one, 4096);
	sbuf_init(&two, 4096);
	case_canonical(a, a_phone, &one);
	case_canonical(b, b_phone, &two);
	assert_false(one.failed || two.failed);
	return sv_eq(sbuf_sv(&one), sbuf_sv(&two));
}

static void
canonical(void **state)
{
	struct closed_case other = whole;

	(void)state;
	assert_true(same(&whole, "", &other, ""));
	for (size_t i = 0; i < ARRAY_N(changes); i++) {
		other = whole;
		changes[i].to(&other);
		if (same(&whole, "", &other, ""))
			fail_msg("%s makes no difference", changes[i].name);
		/* Of two spellings of one number the normalised one counts. */
		if (changes[i].to == phone && !same(&whole, "84912345678", &other, "84912345678"))
			fail_msg("two spellings of a number differ");
	}
	assert_false(same(&whole, "84912345678", &whole, "84912345679"));
	assert_false(same(&whole, "84912345678", &whole, ""));
}

static const struct name { const char *name, *id, *want; } ids[] = {
	{ "the common form",    "H36.45-261123-0007", "261123-0007" },
	{ "eleven letters",     "12345678901", "12345678901" },
	{ "twelve",             "012345678901", "12345678901" },
	{ "short",              "7", "7" },
	{ "empty",              "", "" },
	{ "begins with a sign", "H36.45.-12345678/9", "12345678/9" },
	{ "several signs",      "ABCDEFGH--._/ 12345", "12345" },
	{ "short, with a sign", "-7", "7" },
	{ "only signs",         "--__..// ---", "" },
	{ "marks",              "hồ 12", "h??? 12" },
	{ "cut in a letter",    "ệ234567890", "??234567890" },
	{ "slashes",            "000.00.12.H36/2026", "12.H36/2026" },
};

static void
brief(void **state)
{
	struct closed_case longest = { .case_id = "" };
	char out[13];

	(void)state;
	for (size_t i = 0; i < ARRAY_N(ids); i++) {
		struct closed_case c = { .case_id = "" };

		assert_true(sv_copy(sv_of(ids[i].id), c.case_id, sizeof c.case_id));
		memset(out, '*', sizeof out);
		case_short(&c, out);
		if (strcmp(out, ids[i].want) != 0 || out[12] != '*')
			fail_msg("%s: \"%s\", not \"%s\"", ids[i].name, out, ids[i].want);
	}
	memset(longest.case_id, 'x', CASE_ID_MAX);
	case_short(&longest, out);
	assert_string_equal(out, "xxxxxxxxxxx");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(overdue),
		cmocka_unit_test(canonical),
		cmocka_unit_test(brief),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
