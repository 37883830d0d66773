/* Growing text: what each addition writes, that the ceiling holds and sticks, and that clearing makes good again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/sbuf.h"

static void add_bytes(struct sbuf *b)  { sbuf_add(b, "a\0b", 3); }
static void add_none(struct sbuf *b)   { sbuf_add(b, NULL, 0); }
static void add_char(struct sbuf *b)   { sbuf_addc(b, 'x'); }
static void add_text(struct sbuf *b)   { sbuf_adds(b, "text"); }
static void add_sv(struct sbuf *b)     { sbuf_addsv(b, SV("piece")); }
static void add_format(struct sbuf *b) { sbuf_addf(b, "%d=%s%%", 7, "seven"); }
static void add_empty(struct sbuf *b)  { sbuf_addf(b, "%s", ""); }
static void add_zero(struct sbuf *b)   { sbuf_addi(b, 0); }
static void add_most(struct sbuf *b)   { sbuf_addi(b, LLONG_MAX); }
static void add_least(struct sbuf *b)  { sbuf_addi(b, LLONG_MIN); }
static void add_hex(struct sbuf *b)    { sbuf_addhex(b, "\x00\x7f\xff", 3); }
static void add_url(struct sbuf *b)    { sbuf_addurl(b, SV("aZ09-._~ /+%&=\n\0\xc4\x91")); }

static const struct row { const char *name; void (*add)(struct sbuf *b); struct sv want; } rows[] = {
	{ "bytes",    add_bytes, SV("a\0b") },
	{ "nothing",  add_none, SV("") },
	{ "letter",   add_char, SV("x") },
	{ "text",     add_text, SV("text") },
	{ "piece",    add_sv, SV("piece") },
	{ "format",   add_format, SV("7=seven%") },
	{ "format that gives nothing", add_empty, SV("") },
	{ "zero",     add_zero, SV("0") },
	{ "largest",  add_most, SV("9223372036854775807") },
	{ "smallest", add_least, SV("-9223372036854775808") },
	{ "hex",      add_hex, SV("007fff") },
	{ "url",      add_url, SV("aZ09-._~%20%2F%2B%25%26%3D%0A%00%C4%91") },
};

static void
additions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		AUTO_SBUF b;
		const char *p = NULL;

		sbuf_init(&b, 100);
		rows[i].add(&b);
		if (sbuf_finish(&b, &p) || !p || p[b.n] || !sv_eq(sbuf_sv(&b), rows[i].want))
			fail_msg("%s: \"" SV_FMT "\"", rows[i].name, SV_ARG(sbuf_sv(&b)));
	}
}

/* Each addition with a ceiling just high enough, then one byte lower; both times into a buffer that has text. */
static void
ceiling(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++)
		for (size_t less = 0; less <= 1 && less <= rows[i].want.n; less++) {
			bool fits = !less;
			const char *p = NULL;
			AUTO_SBUF b;

			sbuf_init(&b, 2 + rows[i].want.n - less);
			sbuf_adds(&b, "ab");
			rows[i].add(&b);
			sbuf_addsv(&b, SV(""));
			if ((sbuf_finish(&b, &p) == ERR_OK) != fits || b.n > b.max || (fits && b.n != b.max))
				fail_msg("%s: %zu of %zu, %d", rows[i].name, b.n, b.max, b.failed);
			if (fits)
				continue;
			sbuf_reset(&b);
			sbuf_addc(&b, 'c');
			assert_int_equal(sbuf_finish(&b, &p), ERR_OK);
			assert_string_equal(p, "c");
		}
}

static void
sticks(void **state)
{
	const char *p = "untouched";
	AUTO_SBUF b;

	(void)state;
	sbuf_init(&b, 3);
	sbuf_adds(&b, "abcd");
	sbuf_addc(&b, 'e');                          /* would fit */
	sbuf_addf(&b, "%s", "f");
	assert_int_equal(sbuf_finish(&b, &p), ERR_TOOBIG);
	assert_string_equal(p, "untouched");
	assert_int_equal(b.n, 0);
	sbuf_done(&b);
	sbuf_adds(&b, "abc");                        /* done keeps the ceiling */
	assert_int_equal(sbuf_finish(&b, &p), ERR_OK);
	assert_string_equal(p, "abc");
}

static void
grows(void **state)
{
	AUTO_SBUF b;

	(void)state;
	sbuf_init(&b, 100000);
	for (int i = 0; i < 10000; i++)
		sbuf_addf(&b, "%09d\n", i);
	assert_int_equal(b.n, 100000);
	assert_false(b.failed);
	assert_memory_equal(b.p + 99990, "000009999\n", 11);
	sbuf_addc(&b, 'x');
	assert_true(b.failed);
	assert_int_equal(b.n, 100000);
}

static void
cut(void **state)
{
	AUTO_SBUF b;
	const char *p = NULL;

	(void)state;
	sbuf_init(&b, 10);
	sbuf_cut(&b, 0);
	assert_int_equal(sbuf_finish(&b, &p), ERR_OK);
	assert_string_equal(p, "");
	sbuf_adds(&b, "abcdef");
	sbuf_cut(&b, 6);
	assert_string_equal(b.p, "abcdef");
	sbuf_cut(&b, 2);
	sbuf_addc(&b, 'x');
	assert_string_equal(b.p, "abx");
	sbuf_reset(&b);
	assert_string_equal(b.p, "");
	assert_int_equal(sbuf_sv(&b).n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(additions),
		cmocka_unit_test(ceiling),
		cmocka_unit_test(sticks),
		cmocka_unit_test(grows),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
