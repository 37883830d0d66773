/*
 * A store under test, driven from outside the loop: each verb asks, turns the loop until the answer is there
 * (with a limit) and writes the answer down as text, so that a row can say what it expects in one line:
 *   values  a|b|-            (- is "no such key")
 *   jobs    member@due       (!member@due when buried)
 *   entries name=value,..;   (id? when it was deleted)
 */
#ifndef TESTS_STORE_RIG_H
#define TESTS_STORE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sbuf.h"
#include "store/stores.h"

#define LIMIT_MS 5000

struct rig {
	struct loop       *loop;
	struct loop_timer *limit, *tick;
	struct store      *s;
	struct store      *spare;            /* a second one of a test; closed after it */
	bool               over;             /* the limit was reached */
	int                number;           /* of the test: part of its keys */
	char               keys[8][64];
	int                n_keys;
};

struct answer {
	struct rig *rig;
	int         calls;
	bool        asking;                  /* still inside the call that asked */
	enum err    e;
	int64_t     number;
	size_t      n;
	struct sbuf text;
	char        first[64], last[64];     /* ids */
};

static inline void
rig_over(void *arg)
{
	struct rig *r = arg;

	r->over = true;
	loop_stop(r->loop);
}

static inline void
rig_tick(void *arg)
{
	struct rig *r = arg;

	loop_stop(r->loop);
}

/* A key of this test alone; lives until eight more were asked for. */
static inline struct sv
K(struct rig *r, const char *name)
{
	char *at = r->keys[r->n_keys++ % 8];

	snprintf(at, sizeof r->keys[0], "t:{%d}:%s", r->number, name);
	return sv_of(at);
}

static inline void
answer_init(struct answer *a, struct rig *r)
{
	*a = (struct answer){ .rig = r, .asking = true, .e = ERR_MAX };
	sbuf_init(&a->text, 4 << 20);
}

static inline void
came(struct answer *a, enum err e, size_t n)
{
	assert_false(a->asking);
	a->calls++;
	a->e = e;
	a->n = n;
	loop_stop(a->rig->loop);
}

static inline void
rig_done(void *arg, enum err e)
{
	came(arg, e, 0);
}

static inline void
rig_number(void *arg, enum err e, int64_t value)
{
	struct answer *a = arg;

	a->number = value;
	came(a, e, 0);
}

static inline void
rig_values(void *arg, enum err e, const struct sv *v, size_t n)
{
	struct answer *a = arg;

	for (size_t i = 0; i < n; i++) {
		if (i)
			sbuf_addc(&a->text, '|');
		if (v[i].p)
			sbuf_addsv(&a->text, v[i]);
		else
			sbuf_addc(&a->text, '-');
	}
	came(a, e, n);
}

static inline void
rig_jobs(void *arg, enum err e, const struct store_job *j, size_t n)
{
	struct answer *a = arg;

	for (size_t i = 0; i < n; i++)
		sbuf_addf(&a->text, "%s%s" SV_FMT "@%lld", i ? " " : "", j[i].buried ? "!" : "", SV_ARG(j[i].member),
		          (long long)j[i].due_ms);
	came(a, e, n);
}

static inline void
rig_entries(void *arg, enum err e, const struct store_entry *t, size_t n)
{
	struct answer *a = arg;

	for (size_t i = 0; i < n; i++) {
		if (!t[i].n_fields)
			sbuf_adds(&a->text, t[i].fields ? "!" : "?");
		for (size_t k = 0; k < t[i].n_fields; k++) {
			if (k)
				sbuf_addc(&a->text, k % 2 ? '=' : ',');
			sbuf_addsv(&a->text, t[i].fields[k]);
		}
		sbuf_addc(&a->text, ';');
	}
	if (n) {
		assert_true(sv_copy(t[0].id, a->first, sizeof a->first));
		assert_true(sv_copy(t[n - 1].id, a->last, sizeof a->last));
	}
	came(a, e, n);
}

/* Turns the loop until the answer is there. What the request itself said, or else what came. */
static inline enum err
rig_wait(struct rig *r, struct answer *a, enum err asked)
{
	a->asking = false;
	if (asked) {
		a->e = asked;
		return asked;
	}
	r->over = false;
	loop_timer_start(r->limit, LIMIT_MS);
	while (!a->calls && !r->over)
		loop_run(r->loop);
	loop_timer_stop(r->limit);
	if (a->calls != 1)
		fail_msg("answered %d times", a->calls);
	return a->e;
}

/* Turns the loop until cond says so; false when the limit came first. */
static inline bool
rig_until(struct rig *r, bool (*cond)(struct rig *r), int64_t limit_ms)
{
	r->over = false;
	loop_timer_start(r->limit, limit_ms);
	while (!cond(r) && !r->over) {
		loop_timer_start(r->tick, 5);
		loop_run(r->loop);
	}
	loop_timer_stop(r->limit);
	loop_timer_stop(r->tick);
	return cond(r);
}

#define rig_expect_err(got, want) \
	do { \
		enum err got_ = (got), want_ = (want); \
		if (got_ != want_) \
			fail_msg("line %d: %s, wanted %s", __LINE__, err_text(got_), err_text(want_)); \
	} while (0)

static inline void
expect_text(struct answer *a, const char *want, int line)
{
	const char *got = NULL;

	if (a->e)
		fail_msg("line %d: %s", line, err_text(a->e));
	assert_int_equal(sbuf_finish(&a->text, &got), ERR_OK);
	if (strcmp(got, want) != 0)
		fail_msg("line %d: \"%s\", wanted \"%s\"", line, got, want);
	sbuf_done(&a->text);
}

#endif
