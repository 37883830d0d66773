/* Building a transaction: every key and value copied into one arena, so that nothing is borrowed. */
#include "port/store.h"

#include "base/mem.h"
#include "base/num.h"

#define ARENA_FIRST 4096
#define SCORE_MAX   (INT64_C(1) << 53)   /* a score is a double in the store */

void
txn_init(struct txn *t)
{
	/* The tables are written before they are read: clearing 4 KiB for each transaction would buy nothing. */
	t->arena = NULL;
	t->size = 0;
	txn_reset(t);
}

void
txn_reset(struct txn *t)
{
	t->n = 0;
	t->n_steps = t->n_guards = t->n_args = 0;
	t->failed = false;
}

void
txn_done(struct txn *t)
{
	mem_free(t->arena);
	txn_init(t);
}

static bool
grow(struct txn *t, size_t more)
{
	size_t want = t->size ? t->size : ARENA_FIRST;

	if (more > STORE_BYTES_MAX - t->n) {
		t->failed = true;
		return false;
	}
	while (want < t->n + more)
		want *= 2;
	if (want != t->size)
		t->arena = mem_resize(t->arena, want);
	t->size = want;
	return true;
}

/* Where the copy begins. */
static uint32_t
copy(struct txn *t, struct sv s)
{
	uint32_t at = (uint32_t)t->n;

	if (t->failed || !grow(t, s.n))
		return 0;
	if (s.n)
		memcpy(t->arena + t->n, s.p, s.n);
	t->n += s.n;
	return at;
}

static void
add_arg(struct txn *t, struct sv s)
{
	if (t->n_args == STORE_ARGS_MAX)
		t->failed = true;
	if (t->failed)
		return;
	t->args[t->n_args].n = (uint32_t)s.n;
	t->args[t->n_args].at = copy(t, s);
	t->n_args++;
	t->steps[t->n_steps - 1].n_args++;
}

static void
add_number(struct txn *t, int64_t value)
{
	char text[NUM_TEXT];

	add_arg(t, num_format(value, text));
}

static void
add_step(struct txn *t, enum txn_verb verb, struct sv key)
{
	struct txn_step *st;

	if (t->n_steps == STORE_KEYS_MAX)
		t->failed = true;
	if (t->failed)
		return;
	st = &t->steps[t->n_steps++];
	*st = (struct txn_step){ .key_n = (uint32_t)key.n, .first_arg = t->n_args, .verb = (uint8_t)verb };
	st->key = copy(t, key);
}

static void
add_guard(struct txn *t, enum txn_verb verb, struct sv key)
{
	must(t->n_guards == t->n_steps || t->failed);
	add_step(t, verb, key);
	t->n_guards = t->n_steps;
}

void
txn_absent(struct txn *t, struct sv key)
{
	add_guard(t, TXN_ABSENT, key);
}

void
txn_begins(struct txn *t, struct sv key, struct sv prefix)
{
	must(prefix.n > 0);                      /* what is not there begins with nothing, too; the script reads it as `absent` */
	add_guard(t, TXN_BEGINS, key);
	add_arg(t, prefix);
}

void
txn_set(struct txn *t, struct sv key, struct sv value, int64_t ttl_ms)
{
	must(ttl_ms >= 0);
	add_step(t, TXN_SET, key);
	add_arg(t, value);
	if (!ttl_ms)
		return;
	add_arg(t, SV("PX"));
	add_number(t, ttl_ms);
}

void
txn_del(struct txn *t, struct sv key)
{
	add_step(t, TXN_DEL, key);
}

void
txn_zadd(struct txn *t, struct sv key, int64_t score, struct sv member)
{
	must(score >= -SCORE_MAX && score <= SCORE_MAX);
	add_step(t, TXN_ZADD, key);
	add_number(t, score);
	add_arg(t, member);
}

void
txn_zrem(struct txn *t, struct sv key, struct sv member)
{
	add_step(t, TXN_ZREM, key);
	add_arg(t, member);
}

void
txn_xadd(struct txn *t, struct sv key, const struct sv *fields, size_t n_fields, int64_t maxlen)
{
	must(n_fields >= 2 && n_fields % 2 == 0 && maxlen >= 0);
	if (n_fields > STORE_FIELDS_MAX)
		t->failed = true;
	add_step(t, TXN_XADD, key);
	if (maxlen) {
		add_arg(t, SV("MAXLEN"));
		add_arg(t, SV("~"));
		add_number(t, maxlen);
	}
	add_arg(t, SV("*"));
	for (size_t i = 0; i < n_fields && !t->failed; i++)
		add_arg(t, fields[i]);
}

void
txn_hincrby(struct txn *t, struct sv key, struct sv field, int64_t add)
{
	size_t last = (size_t)t->n_steps - 1;

	if (!t->n_steps || t->steps[last].verb != TXN_HINCRBY || !sv_eq(txn_key(t, last), key))
		add_step(t, TXN_HINCRBY, key);
	add_arg(t, field);
	add_number(t, add);
}

struct sv
txn_key(const struct txn *t, size_t step)
{
	must(step < t->n_steps);
	return (struct sv){ t->arena + t->steps[step].key, t->steps[step].key_n };
}

struct sv
txn_arg(const struct txn *t, size_t step, size_t i)
{
	const struct txn_arg *a;

	must(step < t->n_steps && i < t->steps[step].n_args);
	a = &t->args[t->steps[step].first_arg + i];
	return (struct sv){ t->arena + a->at, a->n };
}
