/*
 * The promises of port/store.h, run over both stores: memory, and a real redis-server of our own. What only a
 * server can do to us (stop, die, be the wrong one) is in store_redis.c and store_hostile.c.
 */
#include "store_rig.h"

#include "private_redis.h"

static struct private_redis server;

/* ---- verbs, asked and waited for ---- */

static enum err
commit(struct rig *r, struct txn *t)
{
	struct answer a;

	answer_init(&a, r);
	return rig_wait(r, &a, r->s->ops->commit(r->s, t, rig_done, &a));
}

#define EXPECT_GET(r, want, ...) \
	do { \
		struct sv keys_[] = { __VA_ARGS__ }; \
		struct answer a_; \
		answer_init(&a_, r); \
		rig_wait(r, &a_, (r)->s->ops->get((r)->s, keys_, ARRAY_N(keys_), rig_values, &a_)); \
		expect_text(&a_, want, __LINE__); \
	} while (0)

#define EXPECT(r, want, verb, told, ...) \
	do { \
		struct answer a_; \
		answer_init(&a_, r); \
		rig_wait(r, &a_, (r)->s->ops->verb((r)->s, __VA_ARGS__, told, &a_)); \
		expect_text(&a_, want, __LINE__); \
	} while (0)

#define EXPECT_NUMBER(r, want, verb, ...) \
	do { \
		struct answer a_; \
		answer_init(&a_, r); \
		rig_expect_err(rig_wait(r, &a_, (r)->s->ops->verb((r)->s, __VA_ARGS__, rig_number, &a_)), ERR_OK); \
		if (a_.number != (want)) \
			fail_msg("line %d: %lld, wanted %lld", __LINE__, (long long)a_.number, (long long)(want)); \
	} while (0)

static void
set(struct rig *r, const char *name, const char *value)
{
	struct txn t;

	txn_init(&t);
	txn_set(&t, K(r, name), sv_of(value), 0);
	rig_expect_err(commit(r, &t), ERR_OK);
	txn_done(&t);
}

static void
add_job(struct rig *r, const char *member, int64_t due)
{
	struct txn t;

	txn_init(&t);
	txn_zadd(&t, K(r, "due"), due, sv_of(member));
	rig_expect_err(commit(r, &t), ERR_OK);
	txn_done(&t);
}

static void
add_entry(struct rig *r, const char *value)
{
	struct sv fields[] = { SV("n"), sv_of(value) };
	struct txn t;

	txn_init(&t);
	txn_xadd(&t, K(r, "x"), fields, 2, 0);
	rig_expect_err(commit(r, &t), ERR_OK);
	txn_done(&t);
}

/* ---- transactions ---- */

static const struct guard_row {
	const char *name, *stands;           /* NULL: nothing */
	const char *absent, *begins;         /* NULL: no such guard */
	enum err    want;
} guard_rows[] = {
	{ "absent, missing",     NULL,     "", NULL,   ERR_OK },
	{ "absent, there",       "1 x",    "", NULL,   ERR_CONFLICT },
	{ "begins, equal",       "12 ab",  NULL, "12 ab", ERR_OK },
	{ "begins, longer",      "12 ab",  NULL, "12 ", ERR_OK },
	{ "begins, other",       "13 ab",  NULL, "12 ", ERR_CONFLICT },
	{ "begins, shorter",     "12",     NULL, "12 ", ERR_CONFLICT },
	{ "begins, missing",     NULL,     NULL, "1",  ERR_CONFLICT },
	{ "both, second fails",  "2 x",    NULL, "1 ", ERR_CONFLICT },
};

static void
guards(struct rig *r)
{
	for (size_t i = 0; i < ARRAY_N(guard_rows); i++) {
		const struct guard_row *g = &guard_rows[i];
		char key[32], out[32];
		struct txn t;

		snprintf(key, sizeof key, "g%zu", i);
		snprintf(out, sizeof out, "o%zu", i);
		if (g->stands)
			set(r, key, g->stands);
		txn_init(&t);
		txn_absent(&t, K(r, out));
		if (g->absent)
			txn_absent(&t, K(r, key));
		if (g->begins)
			txn_begins(&t, K(r, key), sv_of(g->begins));
		txn_set(&t, K(r, out), SV("done"), 0);
		txn_set(&t, K(r, key), SV("new"), 0);
		if (commit(r, &t) != g->want)
			fail_msg("%s", g->name);
		EXPECT_GET(r, g->want ? "-" : "done", K(r, out));
		EXPECT_GET(r, g->want ? g->stands ? g->stands : "-" : "new", K(r, key));
		txn_done(&t);
	}
}

static void
effects(struct rig *r)
{
	struct sv fields[] = { SV("a"), SV("1"), SV("b"), SV("2") };
	struct txn t;

	set(r, "old", "x");
	add_job(r, "gone", 5);
	txn_init(&t);
	txn_set(&t, K(r, "s"), SV("value"), 0);
	txn_del(&t, K(r, "old"));
	txn_zadd(&t, K(r, "due"), 77, SV("job"));
	txn_zrem(&t, K(r, "due"), SV("gone"));
	txn_xadd(&t, K(r, "x"), fields, 4, 0);
	txn_xadd(&t, K(r, "x"), fields + 2, 2, 0);
	rig_expect_err(commit(r, &t), ERR_OK);
	txn_done(&t);
	EXPECT_GET(r, "value|-|-", K(r, "s"), K(r, "old"), K(r, "never"));
	EXPECT_NUMBER(r, 77, next_due, K(r, "due"));
	EXPECT_NUMBER(r, 1, count, K(r, "due"));
	EXPECT(r, "a=1,b=2;b=2;", page, rig_entries, K(r, "x"), SV("0"), false, 10);
}

static void
nothing_to_do(struct rig *r)
{
	struct txn t;

	txn_init(&t);
	rig_expect_err(commit(r, &t), ERR_OK);
	txn_absent(&t, K(r, "a"));
	rig_expect_err(commit(r, &t), ERR_OK);
	txn_done(&t);
}

/* The sorted set is asked for before the first effect, so nothing is half done. */
static void
other_kind(struct rig *r)
{
	struct txn t;
	struct answer a;

	set(r, "text", "x");
	txn_init(&t);
	txn_set(&t, K(r, "s"), SV("value"), 0);
	txn_zadd(&t, K(r, "text"), 1, SV("job"));
	rig_expect_err(commit(r, &t), ERR_CORRUPT);
	EXPECT_GET(r, "-|x", K(r, "s"), K(r, "text"));
	txn_done(&t);
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->count(r->s, K(r, "text"), rig_number, &a)), ERR_CORRUPT);
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->page(r->s, K(r, "text"), SV("0"), false, 9, rig_entries, &a)), ERR_CORRUPT);
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->mark(r->s, K(r, "text"), SV("f"), SV("v"), rig_values, &a)), ERR_CORRUPT);
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->claim(r->s, K(r, "text"), K(r, "dead"), 1, 1, 9, rig_jobs, &a)), ERR_CORRUPT);
}

static bool
short_one_gone(struct rig *r)
{
	struct sv keys[] = { K(r, "short") };
	struct answer a;
	const char *text = NULL;
	bool gone;

	answer_init(&a, r);
	rig_wait(r, &a, r->s->ops->get(r->s, keys, 1, rig_values, &a));
	assert_int_equal(sbuf_finish(&a.text, &text), ERR_OK);
	gone = strcmp(text, "-") == 0;
	sbuf_done(&a.text);
	return gone;
}

static void
ttl(struct rig *r)
{
	struct txn t;

	txn_init(&t);
	txn_set(&t, K(r, "short"), SV("x"), 30);
	txn_set(&t, K(r, "long"), SV("y"), 60000);
	rig_expect_err(commit(r, &t), ERR_OK);
	EXPECT_GET(r, "y", K(r, "long"));
	for (int64_t from = clock_boot_ms(); !short_one_gone(r);)
		assert_true(clock_boot_ms() - from < LIMIT_MS);
	EXPECT_GET(r, "-|y", K(r, "short"), K(r, "long"));
	txn_reset(&t);
	txn_absent(&t, K(r, "short"));
	txn_set(&t, K(r, "short"), SV("for ever"), 0);
	rig_expect_err(commit(r, &t), ERR_OK);
	txn_done(&t);
}

/* Two of the same guard in one turn: one writes. */
static void
race(struct rig *r)
{
	struct answer a, b;
	struct txn t;
	enum err ea, eb;

	txn_init(&t);
	txn_absent(&t, K(r, "k"));
	txn_set(&t, K(r, "k"), SV("mine"), 0);
	answer_init(&a, r);
	answer_init(&b, r);
	ea = r->s->ops->commit(r->s, &t, rig_done, &a);
	eb = r->s->ops->commit(r->s, &t, rig_done, &b);
	txn_done(&t);
	a.asking = false;
	b.asking = false;
	rig_expect_err(rig_wait(r, &a, ea), ERR_OK);
	rig_expect_err(rig_wait(r, &b, eb), ERR_CONFLICT);
}

static void
marks(struct rig *r)
{
	EXPECT(r, "", marks, rig_values, K(r, "h"));
	EXPECT(r, "one", mark, rig_values, K(r, "h"), SV("f"), SV("one"));
	EXPECT(r, "one", mark, rig_values, K(r, "h"), SV("f"), SV("one"));
	EXPECT(r, "one", mark, rig_values, K(r, "h"), SV("f"), SV("two"));
	EXPECT(r, "", mark, rig_values, K(r, "h"), SV(""), SV(""));
	EXPECT(r, "f|one||", marks, rig_values, K(r, "h"));
}

static enum err
add_up(struct rig *r, struct sv key, const char *field, int64_t add, const char *then, int64_t more)
{
	enum err e;
	struct txn t;

	txn_init(&t);
	txn_set(&t, K(r, "beside"), SV("written"), 0);
	txn_hincrby(&t, key, sv_of(field), add);
	if (then)
		txn_hincrby(&t, key, sv_of(then), more);
	e = commit(r, &t);
	txn_done(&t);
	return e;
}

/* Numbers grow from nothing, go down again, and what is no number stops the whole transaction before its first write. */
static void
sums(struct rig *r)
{
	struct answer a;

	EXPECT(r, "", whole, rig_values, K(r, "h"));
	rig_expect_err(add_up(r, K(r, "h"), "a", 2, NULL, 0), ERR_OK);
	EXPECT(r, "a|2", whole, rig_values, K(r, "h"));
	rig_expect_err(add_up(r, K(r, "h"), "a", -3, "far", 12345678901234), ERR_OK);
	rig_expect_err(add_up(r, K(r, "h"), "far", -12345678901234, NULL, 0), ERR_OK);
	EXPECT(r, "a|-1|far|0", whole, rig_values, K(r, "h"));
	rig_expect_err(add_up(r, K(r, "two"), "b", 7, "c", 8), ERR_OK);
	EXPECT(r, "b|7|c|8", whole, rig_values, K(r, "two"));
	EXPECT(r, "x", mark, rig_values, K(r, "h"), SV("name"), SV("x"));
	set(r, "beside", "as it was");
	set(r, "text", "as it was");
	rig_expect_err(add_up(r, K(r, "h"), "a", 1, "name", 1), ERR_CORRUPT);
	rig_expect_err(add_up(r, K(r, "text"), "a", 1, NULL, 0), ERR_CORRUPT);
	EXPECT_GET(r, "as it was|as it was", K(r, "beside"), K(r, "text"));
	EXPECT(r, "a|-1|far|0|name|x", whole, rig_values, K(r, "h"));
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->whole(r->s, K(r, "text"), rig_values, &a)), ERR_CORRUPT);
	sbuf_done(&a.text);
}

/* A large hash comes whole, one over the limit not at all. */
static void
whole(struct rig *r)
{
	struct answer a;
	char name[16];
	struct txn t;

	if (!server.pid)                             /* plain memory searches from the front: so many would take minutes */
		return;
	txn_init(&t);
	for (int i = 0; i <= STORE_WHOLE_MAX; i++) {
		snprintf(name, sizeof name, "%d", i);
		txn_hincrby(&t, K(r, "large"), sv_of(name), 1);
		if (t.n_args < STORE_ARGS_MAX && i < STORE_WHOLE_MAX - 1)
			continue;
		rig_expect_err(commit(r, &t), ERR_OK);
		txn_reset(&t);
		if (i < STORE_WHOLE_MAX - 1)
			continue;
		answer_init(&a, r);
		rig_expect_err(rig_wait(r, &a, r->s->ops->whole(r->s, K(r, "large"), rig_values, &a)),
		               i < STORE_WHOLE_MAX ? ERR_OK : ERR_TOOBIG);
		assert_int_equal(a.n, i < STORE_WHOLE_MAX ? 2 * STORE_WHOLE_MAX : 0);
		sbuf_done(&a.text);
	}
	txn_done(&t);
}

/* ---- jobs ---- */

static void
claims(struct rig *r)
{
	EXPECT_NUMBER(r, INT64_MAX, next_due, K(r, "due"));
	EXPECT(r, "", claim, rig_jobs, K(r, "due"), K(r, "dead"), 100, 50, 10);
	add_job(r, "late", 101);
	add_job(r, "b", 100);
	add_job(r, "a", 100);
	add_job(r, "first", -3);
	EXPECT_NUMBER(r, -3, next_due, K(r, "due"));
	EXPECT(r, "first@-3 a@100", claim, rig_jobs, K(r, "due"), K(r, "dead"), 100, 50, 2);
	EXPECT(r, "b@100", claim, rig_jobs, K(r, "due"), K(r, "dead"), 100, 50, 10);
	EXPECT(r, "", claim, rig_jobs, K(r, "due"), K(r, "dead"), 100, 50, 10);
	EXPECT(r, "late@101", claim, rig_jobs, K(r, "due"), K(r, "dead"), 149, 100, 10);
	EXPECT_NUMBER(r, 150, next_due, K(r, "due"));
	EXPECT_NUMBER(r, 4, count, K(r, "due"));
	EXPECT(r, "a@150 b@150 first@150", claim, rig_jobs, K(r, "due"), K(r, "dead"), 150, 50, 10);
}

static void
bury(struct rig *r)
{
	int64_t now = 1700000000000;
	char want[64];

	add_job(r, "m", now);
	for (int i = 0; i < STORE_TRIES; i++) {
		snprintf(want, sizeof want, "m@%lld", (long long)now + 10 * i);
		EXPECT(r, want, claim, rig_jobs, K(r, "due"), K(r, "dead"), now + 10 * i, 10, 10);
	}
	EXPECT(r, "!m@1700000000050", claim, rig_jobs, K(r, "due"), K(r, "dead"), now + 60, 10, 10);
	EXPECT_NUMBER(r, 0, count, K(r, "due"));
	EXPECT(r, "member=m,due=1700000000050,at=1700000000060;", page, rig_entries, K(r, "dead"), SV("0"), false, 9);
}

/* A job set anew begins to count anew. */
static void
tries_reset(struct rig *r)
{
	for (int round = 0; round < 3; round++) {
		add_job(r, "m", 1000);
		for (int i = 0; i < STORE_TRIES; i++) {
			char want[16];

			snprintf(want, sizeof want, "m@%d", 1000 + i);
			EXPECT(r, want, claim, rig_jobs, K(r, "due"), K(r, "dead"), 1000 + i, 1, 9);
		}
	}
	EXPECT_NUMBER(r, 1, count, K(r, "due"));
	EXPECT_NUMBER(r, 0, count, K(r, "dead"));
}

/* ---- streams ---- */

static void
pages(struct rig *r)
{
	struct answer a;

	EXPECT(r, "", page, rig_entries, K(r, "x"), SV("0"), false, 10);
	for (int i = 0; i < 5; i++)
		add_entry(r, (const char *[]){ "1", "2", "3", "4", "5" }[i]);
	EXPECT_NUMBER(r, 5, count, K(r, "x"));
	answer_init(&a, r);
	rig_wait(r, &a, r->s->ops->page(r->s, K(r, "x"), SV("0"), false, 2, rig_entries, &a));
	expect_text(&a, "n=1;n=2;", __LINE__);
	EXPECT(r, "n=3;n=4;", page, rig_entries, K(r, "x"), sv_of(a.last), false, 2);
	EXPECT(r, "n=3;n=4;n=5;", page, rig_entries, K(r, "x"), sv_of(a.last), false, 100000);
	EXPECT(r, "n=5;n=4;", page, rig_entries, K(r, "x"), SV("0"), true, 2);
	EXPECT(r, "n=5;n=4;n=3;", page, rig_entries, K(r, "x"), sv_of(a.last), true, 9);
	EXPECT(r, "n=1;n=2;n=3;n=4;n=5;", page, rig_entries, K(r, "x"), SV(""), false, 9);
}

/* No answer is longer than a page, whatever is asked for. */
static void
long_pages(struct rig *r)
{
	struct sv fields[] = { SV("n"), SV("v") };
	struct answer a;
	struct txn t;

	txn_init(&t);
	for (int i = 0; i < STORE_KEYS_MAX; i++)
		txn_xadd(&t, K(r, "x"), fields, 2, 0);
	for (int i = 0; i < 12; i++)
		rig_expect_err(commit(r, &t), ERR_OK);
	txn_reset(&t);
	for (int i = 0; i < STORE_KEYS_MAX; i++)
		txn_xadd(&t, K(r, "capped"), fields, 2, 10);
	for (int i = 0; i < 12; i++)
		rig_expect_err(commit(r, &t), ERR_OK);
	txn_done(&t);
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->page(r->s, K(r, "x"), SV("0"), false, 999, rig_entries, &a)), ERR_OK);
	assert_int_equal(a.n, STORE_PAGE_MAX);
	sbuf_done(&a.text);
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->count(r->s, K(r, "capped"), rig_number, &a)), ERR_OK);
	assert_in_range(a.number, 10, 10 + 200);             /* "about that many": Redis drops whole nodes */
}

static void
groups(struct rig *r)
{
	struct answer a, b;

	EXPECT(r, "", group_read, rig_entries, K(r, "x"), SV("g"), SV("one"), 60000, 10);
	for (int i = 0; i < 4; i++)
		add_entry(r, (const char *[]){ "1", "2", "3", "4" }[i]);
	answer_init(&a, r);
	rig_wait(r, &a, r->s->ops->group_read(r->s, K(r, "x"), SV("g"), SV("one"), 60000, 2, rig_entries, &a));
	expect_text(&a, "n=1;n=2;", __LINE__);
	EXPECT(r, "n=3;n=4;", group_read, rig_entries, K(r, "x"), SV("g"), SV("two"), 60000, 10);
	EXPECT(r, "", group_read, rig_entries, K(r, "x"), SV("g"), SV("two"), 60000, 10);
	EXPECT(r, "n=1;n=2;n=3;n=4;", group_read, rig_entries, K(r, "x"), SV("late"), SV("one"), 60000, 10);
	for (int i = 0; i < 2; i++) {                        /* twice: it is safe to repeat */
		answer_init(&b, r);
		rig_expect_err(rig_wait(r, &b, r->s->ops->group_ack(r->s, K(r, "x"), SV("g"), sv_of(a.first), rig_done, &b)),
		               ERR_OK);
	}
	/* Idle ones first, then new ones, and not more than asked for. */
	add_entry(r, "5");
	EXPECT(r, "n=2;n=3;", group_read, rig_entries, K(r, "x"), SV("g"), SV("two"), 0, 2);
	EXPECT(r, "n=2;n=3;n=4;n=5;", group_read, rig_entries, K(r, "x"), SV("g"), SV("two"), 0, 9);
}

static void
ack(struct rig *r, const char *group, const char *id)
{
	struct answer a;

	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->group_ack(r->s, K(r, "x"), sv_of(group), sv_of(id), rig_done, &a)), ERR_OK);
}

static void
trim(struct rig *r)
{
	const int64_t all = INT64_C(1) << 50;
	struct answer a;

	EXPECT_NUMBER(r, 0, trim, K(r, "x"), all);
	for (int i = 0; i < 4; i++)
		add_entry(r, (const char *[]){ "1", "2", "3", "4" }[i]);
	EXPECT_NUMBER(r, 0, trim, K(r, "x"), all);           /* nobody reads it: kept */
	answer_init(&a, r);
	rig_wait(r, &a, r->s->ops->group_read(r->s, K(r, "x"), SV("g"), SV("one"), 60000, 3, rig_entries, &a));
	expect_text(&a, "n=1;n=2;n=3;", __LINE__);
	EXPECT_NUMBER(r, 0, trim, K(r, "x"), all);           /* read, not acknowledged */
	ack(r, "g", a.last);
	EXPECT_NUMBER(r, 0, trim, K(r, "x"), all);           /* the first two still hold it */
	ack(r, "g", a.first);
	EXPECT_NUMBER(r, 0, trim, K(r, "x"), 0);             /* too young */
	EXPECT_NUMBER(r, 1, trim, K(r, "x"), all);
	EXPECT(r, "n=2;n=3;n=4;", page, rig_entries, K(r, "x"), SV("0"), false, 9);
	answer_init(&a, r);
	rig_wait(r, &a, r->s->ops->group_read(r->s, K(r, "x"), SV("g"), SV("one"), 0, 1, rig_entries, &a));
	expect_text(&a, "n=2;", __LINE__);
	ack(r, "g", a.first);
	EXPECT_NUMBER(r, 2, trim, K(r, "x"), all);
	EXPECT(r, "n=4;", group_read, rig_entries, K(r, "x"), SV("other"), SV("one"), 60000, 9);
	EXPECT_NUMBER(r, 0, trim, K(r, "x"), all);           /* g has not read it */
	answer_init(&a, r);
	rig_wait(r, &a, r->s->ops->group_read(r->s, K(r, "x"), SV("g"), SV("one"), 60000, 9, rig_entries, &a));
	expect_text(&a, "n=4;", __LINE__);
	ack(r, "g", a.first);
	EXPECT_NUMBER(r, 0, trim, K(r, "x"), all);           /* other has not acknowledged it */
	ack(r, "other", a.first);
	EXPECT_NUMBER(r, 1, trim, K(r, "x"), all);
	EXPECT_NUMBER(r, 0, count, K(r, "x"));
	add_entry(r, "5");
	EXPECT(r, "n=5;", group_read, rig_entries, K(r, "x"), SV("g"), SV("one"), 60000, 9);
}

/* ---- bytes and sizes ---- */

static void
bytes(struct rig *r)
{
	static const char raw[] = "\r\n$3\0%s\xff*1\r\n";
	struct sv v = { raw, sizeof raw - 1 }, fields[] = { v, v }, got[] = { v };
	char *big = mem_alloc(1 << 20);
	struct answer a;
	struct txn t;
	const char *text = NULL;

	memset(big, 0, 1 << 20);
	big[(1 << 20) - 1] = 'x';
	txn_init(&t);
	txn_set(&t, v, v, 0);
	txn_set(&t, K(r, "big"), (struct sv){ big, 1 << 20 }, 0);
	txn_set(&t, K(r, "empty"), SV(""), 0);
	txn_zadd(&t, K(r, "due"), 1, v);
	txn_xadd(&t, K(r, "x"), fields, 2, 0);
	rig_expect_err(commit(r, &t), ERR_OK);
	txn_reset(&t);
	txn_begins(&t, v, v);
	txn_begins(&t, K(r, "big"), (struct sv){ big, 1 << 20 });
	txn_zrem(&t, K(r, "due"), v);
	rig_expect_err(commit(r, &t), ERR_OK);
	EXPECT_NUMBER(r, 0, count, K(r, "due"));
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->get(r->s, got, 1, rig_values, &a)), ERR_OK);
	assert_true(sv_eq(sbuf_sv(&a.text), v));
	sbuf_done(&a.text);
	got[0] = K(r, "big");
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->get(r->s, got, 1, rig_values, &a)), ERR_OK);
	assert_int_equal(a.text.n, 1 << 20);
	assert_memory_equal(a.text.p, big, 1 << 20);
	sbuf_done(&a.text);
	EXPECT_GET(r, "", K(r, "empty"));
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->page(r->s, K(r, "x"), SV("0"), false, 1, rig_entries, &a)), ERR_OK);
	assert_int_equal(sbuf_finish(&a.text, &text), ERR_OK);
	assert_int_equal(a.text.n, 2 * v.n + 2);
	assert_memory_equal(text, raw, v.n);
	sbuf_done(&a.text);
	txn_reset(&t);
	txn_del(&t, v);
	rig_expect_err(commit(r, &t), ERR_OK);
	txn_done(&t);
	mem_free(big);
}

static void
too_big(struct rig *r)
{
	char *big = mem_alloc(STORE_BYTES_MAX + 1);
	struct sv keys[STORE_GET_MAX + 1], huge = { big, STORE_BYTES_MAX + 1 };
	struct answer a;
	struct txn t;

	for (size_t i = 0; i < ARRAY_N(keys); i++)
		keys[i] = SV("k");
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->get(r->s, keys, ARRAY_N(keys), rig_values, &a)), ERR_TOOBIG);
	txn_init(&t);
	txn_set(&t, K(r, "k"), huge, 0);
	rig_expect_err(commit(r, &t), ERR_TOOBIG);
	txn_done(&t);
	for (int i = 0; i < STORE_KEYS_MAX + 1; i++)
		txn_set(&t, K(r, "k"), SV("v"), 0);
	rig_expect_err(commit(r, &t), ERR_TOOBIG);
	txn_done(&t);
	EXPECT_GET(r, "-", K(r, "k"));
	mem_free(big);
}

static void
bad_ids(struct rig *r)
{
	static const char *const ids[] = { "x", "-", "+", "1-", "-1", "1-x", "1-1-1", "$", ">", "(1", "1 ",
	                                   "999999999999999999999" };
	struct answer a;

	for (size_t i = 0; i < ARRAY_N(ids); i++) {
		answer_init(&a, r);
		if (rig_wait(r, &a, r->s->ops->page(r->s, K(r, "x"), sv_of(ids[i]), false, 1, rig_entries, &a)) != ERR_SYNTAX)
			fail_msg("page %s: %s", ids[i], err_text(a.e));
		answer_init(&a, r);
		if (rig_wait(r, &a, r->s->ops->group_ack(r->s, K(r, "x"), SV("g"), sv_of(ids[i]), rig_done, &a)) != ERR_SYNTAX)
			fail_msg("ack %s: %s", ids[i], err_text(a.e));
	}
}

/* ---- the life of a store ---- */

static int answered;

static void
count_answer(void *arg, enum err e, const struct sv *v, size_t n)
{
	(void)arg, (void)e, (void)v, (void)n;
	answered++;
}

static bool
some_answered(struct rig *r)
{
	(void)r;
	return answered >= 4096;
}

static void
busy(struct rig *r)
{
	struct sv keys[] = { K(r, "k") };
	int accepted = 0;
	enum err e;
	struct store_stats st;

	answered = 0;
	while (!(e = r->s->ops->get(r->s, keys, 1, count_answer, NULL)))
		accepted++;
	rig_expect_err(e, ERR_BUSY);
	assert_int_equal(accepted, 4096);
	r->s->ops->stats(r->s, &st);
	assert_int_equal(st.running, 4096);
	assert_int_equal(answered, 0);
	assert_true(rig_until(r, some_answered, LIMIT_MS));
	assert_int_equal(answered, 4096);
	EXPECT_GET(r, "-", keys[0]);
	r->s->ops->stats(r->s, &st);
	assert_int_equal(st.running, 0);
}

static void
ask_again(void *arg, enum err e, const struct sv *v, size_t n)
{
	struct rig *r = arg;
	struct sv keys[] = { SV("k") };

	(void)v, (void)n;
	if (!e && ++answered < 4096)
		assert_int_equal(r->s->ops->get(r->s, keys, 1, ask_again, r), ERR_OK);
}

/* A callback may ask: also for a long chain, without the stack growing. */
static void
chain(struct rig *r)
{
	struct sv keys[] = { SV("k") };

	answered = 0;
	rig_expect_err(r->s->ops->get(r->s, keys, 1, ask_again, r), ERR_OK);
	assert_true(rig_until(r, some_answered, LIMIT_MS));
}

static bool
spare_ready(struct rig *r)
{
	struct store_stats st;

	r->spare->ops->stats(r->spare, &st);
	return st.state == STORE_READY;
}

static struct redis_conf
conf_of_server(void)
{
	return (struct redis_conf){ .socket = server.socket, .require_durable = true, .sys_key = "t:sys", .partitions = 16 };
}

static void
open_spare(struct rig *r)
{
	struct redis_conf conf = conf_of_server();

	r->spare = server.pid ? store_redis(r->loop, &conf) : store_mem(r->loop);
	assert_true(rig_until(r, spare_ready, LIMIT_MS));
}

static void
close_here(void *arg, enum err e, const struct sv *v, size_t n)
{
	struct rig *r = arg;

	(void)e, (void)v, (void)n;
	if (++answered == 2) {
		r->spare->ops->close(r->spare);
		r->spare = NULL;
	}
}

/* Three are asked for, the store is closed in the second's answer: the third is never called. */
static void
close_in_callback(struct rig *r)
{
	struct sv keys[] = { SV("k") };

	open_spare(r);
	answered = 0;
	for (int i = 0; i < 3; i++)
		rig_expect_err(r->spare->ops->get(r->spare, keys, 1, close_here, r), ERR_OK);
	EXPECT_GET(r, "-", K(r, "k"));                       /* a turn or more */
	while (answered < 2)
		EXPECT_GET(r, "-", K(r, "k"));
	EXPECT_GET(r, "-", K(r, "k"));
	assert_int_equal(answered, 2);
	assert_null(r->spare);
}

static void
close_with_requests(struct rig *r)
{
	struct sv keys[] = { SV("k") };
	struct txn t;

	open_spare(r);
	answered = 0;
	txn_init(&t);
	txn_set(&t, K(r, "k"), SV("v"), 0);
	rig_expect_err(r->spare->ops->get(r->spare, keys, 1, count_answer, NULL), ERR_OK);
	rig_expect_err(r->spare->ops->commit(r->spare, &t, rig_done, NULL), ERR_OK);
	txn_done(&t);
	r->spare->ops->close(r->spare);
	r->spare = NULL;
	EXPECT_GET(r, "-", K(r, "other"));
	assert_int_equal(answered, 0);
}

/* ---- memory only ---- */

static void
failing_memory(struct rig *r)
{
	struct answer a;
	struct txn t;

	txn_init(&t);
	txn_set(&t, K(r, "k"), SV("v"), 0);
	store_mem_fail(r->s, 1, ERR_DOWN);
	rig_expect_err(commit(r, &t), ERR_DOWN);
	EXPECT_GET(r, "-", K(r, "k"));
	store_mem_fail(r->s, 1, ERR_BUSY);
	assert_int_equal(r->s->ops->commit(r->s, &t, rig_done, NULL), ERR_BUSY);
	store_mem_fail(r->s, 2, ERR_TIMEOUT);
	rig_expect_err(commit(r, &t), ERR_TIMEOUT);
	answer_init(&a, r);
	rig_expect_err(rig_wait(r, &a, r->s->ops->next_due(r->s, K(r, "due"), rig_number, &a)), ERR_TIMEOUT);
	EXPECT_GET(r, "v", K(r, "k"));
	txn_done(&t);
}

/* ---- the table ---- */

static const struct test { const char *name; void (*run)(struct rig *r); bool memory_only; } tests[] = {
	{ "guards", guards, false },
	{ "effects", effects, false },
	{ "nothing to do", nothing_to_do, false },
	{ "key of another kind", other_kind, false },
	{ "time to live", ttl, false },
	{ "race", race, false },
	{ "marks", marks, false },
	{ "sums", sums, false },
	{ "a hash whole", whole, false },
	{ "claims", claims, false },
	{ "bury", bury, false },
	{ "tries begin anew", tries_reset, false },
	{ "pages", pages, false },
	{ "long pages, capped stream", long_pages, false },
	{ "groups", groups, false },
	{ "trim", trim, false },
	{ "bytes", bytes, false },
	{ "too big", too_big, false },
	{ "bad ids", bad_ids, false },
	{ "busy", busy, false },
	{ "chain", chain, false },
	{ "close in a callback", close_in_callback, false },
	{ "close with requests", close_with_requests, false },
	{ "failing memory", failing_memory, true },
};

static struct rig rig;

static void
run_row(void **state)
{
	const struct test *t = *state;

	rig.number++;
	t->run(&rig);
}

static bool
is_ready(struct rig *r)
{
	struct store_stats st;

	r->s->ops->stats(r->s, &st);
	return st.state == STORE_READY;
}

static int
open_memory(void **state)
{
	(void)state;
	rig.loop = loop_new();
	rig.limit = loop_timer_new(rig.loop, rig_over, &rig);
	rig.tick = loop_timer_new(rig.loop, rig_tick, &rig);
	rig.s = store_mem(rig.loop);
	return 0;
}

static int
open_redis(void **state)
{
	struct redis_conf conf;

	(void)state;
	private_redis_new(&server);
	conf = conf_of_server();
	rig.loop = loop_new();
	rig.limit = loop_timer_new(rig.loop, rig_over, &rig);
	rig.tick = loop_timer_new(rig.loop, rig_tick, &rig);
	rig.s = store_redis(rig.loop, &conf);
	return rig_until(&rig, is_ready, LIMIT_MS) ? 0 : -1;
}

static int
close_all(void **state)
{
	(void)state;
	if (rig.spare)
		rig.spare->ops->close(rig.spare);
	rig.s->ops->close(rig.s);
	loop_timer_free(rig.limit);
	loop_timer_free(rig.tick);
	loop_free(rig.loop);
	if (server.pid)
		private_redis_free(&server);
	rig = (struct rig){ 0 };
	return 0;
}

int
main(void)
{
	struct CMUnitTest memory[ARRAY_N(tests)] = { { 0 } }, redis[ARRAY_N(tests)] = { { 0 } };
	size_t n = 0;
	int failed;

	for (size_t i = 0; i < ARRAY_N(tests); i++) {
		struct CMUnitTest t = { .name = tests[i].name, .test_func = run_row, .initial_state = (void *)&tests[i] };

		memory[i] = t;
		if (!tests[i].memory_only)
			redis[n++] = t;
	}
	failed = _cmocka_run_group_tests("memory", memory, ARRAY_N(memory), open_memory, close_all);
	return failed + _cmocka_run_group_tests("redis", redis, n, open_redis, close_all);
}
