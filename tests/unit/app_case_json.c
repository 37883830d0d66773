/* A case as JSON: what is taken, and how what is wrong is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "app/case_json.h"
#include "base/mem.h"

#define NOW_MS     1795000000000LL       /* 2026-11-18 */
#define ERRORS_MAX (64 * 1024)
#define ID         "\"case_id\":\"1\","
#define CLOSED     "\"closed_at\":\"2026-11-18T10:00:00+07:00\","
#define UNIT       "\"units\":{\"handling\":\"U\"}"
#define LETTERS_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define F(field, detail) "{\"field\":\"" field "\",\"detail\":\"" detail "\"}"

/* errors: the whole list between its brackets, "" = the case is taken. */
static const struct row { const char *name, *json, *errors; } rows[] = {
	{ "the least",     "{" ID CLOSED UNIT "}", "" },
	{ "nulls",         "{" ID CLOSED UNIT ",\"phone\":null,\"officers\":null}", "" },
	{ "nothing",       "{}", F("/case_id", "is required") "," F("/closed_at", "is required") "," F("/units/handling", "is required") },
	{ "a list",        "[]", F("", "must be an object") },
	{ "no JSON",       "{" ID "\n x", F("", "is not JSON (line 2, column 2)") },
	{ "empty",         "", F("", "is not JSON (line 1, column 0)") },
	{ "twice",         "{" ID CLOSED UNIT "," UNIT "}", F("", "has a field twice (line 1, column 87)") },
	/* What stood there may be a number: it is not repeated, neither to the sender nor in a stream. */
	{ "number in it",  "{\"phone\" \"0912345678\"}", F("", "is not JSON (line 1, column 21)") },
	{ "not UTF-8",     "{\"case_id\":\"\xe9\"}", F("", "is not JSON (line 1, column 12)") },
	{ "unknown",       "{" ID CLOSED UNIT ",\"colour\":1}", F("/colour", "is not known") },
	{ "pointer",       "{" ID CLOSED UNIT ",\"a/b~c\":1}", F("/a~1b~0c", "is not known") },
	{ "64 letters",    "{" ID CLOSED UNIT ",\"" LETTERS_64 "\":1}", F("/" LETTERS_64, "is not known") },
	{ "65 letters",    "{" ID CLOSED UNIT ",\"b" LETTERS_64 "\":1}",
	                   F("", "has a field with a name that is not known and too long to repeat") },
	{ "inside",        "{" ID CLOSED "\"units\":{\"handling\":\"U\",\"b" LETTERS_64 "\":1}}",
	                   F("/units", "has a field with a name that is not known and too long to repeat") },
	{ "long id",       "{\"case_id\":\"b" LETTERS_64 "\"," CLOSED UNIT "}", F("/case_id", "is too long") },
	{ "control",       "{" ID CLOSED UNIT ",\"phone\":\"1\\n\"}", F("/phone", "has control characters") },
	{ "future",        "{" ID "\"closed_at\":\"2036-11-18T10:00:00+07:00\"," UNIT "}", F("/closed_at", "lies in the future") },
};

static void
faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		const struct row *r = &rows[i];
		struct closed_case c;
		AUTO_SBUF got, want;
		enum err e;

		sbuf_init(&got, ERRORS_MAX);
		sbuf_init(&want, ERRORS_MAX);
		if (*r->errors)
			sbuf_addf(&want, "[%s]", r->errors);
		e = case_json_read(sv_of(r->json), NOW_MS, &c, &got);
		if ((e == ERR_OK) != !*r->errors || !sv_eq(sbuf_sv(&got), sbuf_sv(&want)))
			fail_msg("%s: %s", r->name, sbuf_sv(&got).p);
	}
}

/* However many faults there are, the list is whole and not empty. */
static void
many_faults(void **state)
{
	struct closed_case c;
	AUTO_SBUF json, errors;
	size_t n = 0;

	(void)state;
	sbuf_init(&json, CASE_JSON_MAX);
	sbuf_init(&errors, ERRORS_MAX);
	sbuf_adds(&json, "{\"0\":1");
	for (int i = 1; i < 6000; i++)
		sbuf_addf(&json, ",\"%d\":1", i);
	sbuf_addc(&json, '}');
	assert_int_equal(case_json_read(sbuf_sv(&json), NOW_MS, &c, &errors), ERR_SYNTAX);
	assert_false(errors.failed);
	for (const char *p = errors.p; (p = strstr(p, "\"field\"")); p++)
		n++;
	assert_int_equal(n, 32);
	assert_true(errors.p[0] == '[' && errors.p[errors.n - 1] == ']');
}

static void
too_long(void **state)
{
	struct closed_case c;
	AUTO_SBUF json, errors;

	(void)state;
	sbuf_init(&json, 2 * CASE_JSON_MAX);
	sbuf_init(&errors, ERRORS_MAX);
	while (json.n <= CASE_JSON_MAX)
		sbuf_addc(&json, ' ');
	assert_int_equal(case_json_read(sbuf_sv(&json), NOW_MS, &c, &errors), ERR_SYNTAX);
	assert_string_equal(errors.p, "[" F("", "is too long") "]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults),
		cmocka_unit_test(many_faults),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
