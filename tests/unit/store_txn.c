/* The builder of transactions: what goes in stands there, is a copy, and what does not fit is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/sbuf.h"
#include "port/store.h"

/* VERB key arg arg; ... */
static void
expect(const struct txn *t, const char *want)
{
	static const char *const names[TXN_VERB_MAX] = {
#define X(code, text) [TXN_##code] = text,
		TXN_VERB_LIST(X)
#undef X
	};
	AUTO_SBUF b;
	const char *got = NULL;

	sbuf_init(&b, 65536);
	for (size_t i = 0; i < t->n_steps; i++) {
		sbuf_addf(&b, "%s%s " SV_FMT, i ? "; " : "", names[t->steps[i].verb], SV_ARG(txn_key(t, i)));
		for (size_t k = 0; k < t->steps[i].n_args; k++)
			sbuf_addf(&b, " " SV_FMT, SV_ARG(txn_arg(t, i, k)));
	}
	assert_int_equal(sbuf_finish(&b, &got), ERR_OK);
	assert_string_equal(got, want);
}

static void
verbs(void **state)
{
	struct sv fields[] = { SV("n"), SV("v") };
	struct txn t;

	(void)state;
	txn_init(&t);
	expect(&t, "");
	txn_absent(&t, SV("a"));
	txn_begins(&t, SV("b"), SV("12 "));
	assert_int_equal(t.n_guards, 2);
	txn_set(&t, SV("c"), SV("x"), 0);
	txn_set(&t, SV("d"), SV(""), 5000);
	txn_del(&t, SV("e"));
	txn_zadd(&t, SV("f"), -7, SV("m"));
	txn_zrem(&t, SV("f"), SV("m"));
	txn_xadd(&t, SV("g"), fields, 2, 0);
	txn_xadd(&t, SV("g"), fields, 2, 100);
	txn_hincrby(&t, SV("h"), SV("up"), 3);
	txn_hincrby(&t, SV("h"), SV("down"), -1);
	txn_hincrby(&t, SV("i"), SV("up"), 4);
	expect(&t, "absent a; begins b 12 ; SET c x; SET d  PX 5000; DEL e; ZADD f -7 m; ZREM f m; "
	           "XADD g * n v; XADD g MAXLEN ~ 100 * n v; HINCRBY h up 3 down -1; HINCRBY i up 4");
	assert_int_equal(t.n_guards, 2);
	assert_false(t.failed);
	txn_reset(&t);
	expect(&t, "");
	txn_del(&t, SV("again"));
	expect(&t, "DEL again");
	txn_done(&t);
	txn_done(&t);
}

static void
copies(void **state)
{
	char key[] = "key", value[] = "a\0b";
	struct txn t;

	(void)state;
	txn_init(&t);
	txn_set(&t, (struct sv){ key, 3 }, (struct sv){ value, 3 }, 0);
	memset(key, '!', 3);
	memset(value, '!', 3);
	for (int i = 1; i < STORE_KEYS_MAX; i++) {           /* the arena moves meanwhile */
		char many[1000];

		memset(many, 'm', sizeof many);
		txn_set(&t, SV("k"), (struct sv){ many, sizeof many }, 0);
	}
	assert_true(sv_is(txn_key(&t, 0), "key"));
	assert_true(sv_eq(txn_arg(&t, 0, 0), SV("a\0b")));
	assert_int_equal(txn_arg(&t, STORE_KEYS_MAX - 1, 0).n, 1000);
	assert_false(t.failed);
	txn_done(&t);
}

static void
many_steps(struct txn *t, const char *big)
{
	(void)big;
	for (int i = 0; i <= STORE_KEYS_MAX; i++)
		txn_del(t, SV("k"));
}

static void
many_guards(struct txn *t, const char *big)
{
	(void)big;
	for (int i = 0; i <= STORE_KEYS_MAX; i++)
		txn_absent(t, SV("k"));
}

static void
many_args(struct txn *t, const char *big)
{
	struct sv fields[STORE_FIELDS_MAX];

	(void)big;
	for (size_t i = 0; i < STORE_FIELDS_MAX; i++)
		fields[i] = SV("f");
	for (int i = 0; i < STORE_ARGS_MAX / STORE_FIELDS_MAX; i++)
		txn_xadd(t, SV("k"), fields, STORE_FIELDS_MAX, 0);
}

static void
many_fields(struct txn *t, const char *big)
{
	struct sv fields[STORE_FIELDS_MAX + 2];

	(void)big;
	for (size_t i = 0; i < ARRAY_N(fields); i++)
		fields[i] = SV("f");
	txn_xadd(t, SV("k"), fields, ARRAY_N(fields), 0);
}

static void
big_value(struct txn *t, const char *big)
{
	txn_set(t, SV("k"), (struct sv){ big, STORE_BYTES_MAX }, 0);
}

static void
big_key(struct txn *t, const char *big)
{
	txn_absent(t, (struct sv){ big, STORE_BYTES_MAX + 1 });
}

static const struct row { const char *name; void (*fill)(struct txn *t, const char *big); } rows[] = {
	{ "too many steps",  many_steps },
	{ "too many guards", many_guards },
	{ "too many values", many_args },
	{ "too many fields", many_fields },
	{ "value too long",  big_value },
	{ "key too long",    big_key },
};

static void
limits(void **state)
{
	char *big = mem_alloc(STORE_BYTES_MAX + 1);
	struct txn t;

	(void)state;
	txn_init(&t);
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		txn_reset(&t);
		rows[i].fill(&t, big);
		if (!t.failed)
			fail_msg("%s: fits", rows[i].name);
		txn_set(&t, SV("after"), SV("x"), 1);        /* nothing but the mark matters any more */
		if (!t.failed || t.n_steps > STORE_KEYS_MAX || t.n_args > STORE_ARGS_MAX || t.n > STORE_BYTES_MAX)
			fail_msg("%s: grew", rows[i].name);
	}
	txn_reset(&t);
	txn_set(&t, SV("k"), (struct sv){ big, STORE_BYTES_MAX - 1 }, 0);
	assert_false(t.failed);
	txn_done(&t);
	mem_free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs),
		cmocka_unit_test(copies),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
