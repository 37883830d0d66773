/*
 * The store in memory: the same verbs and results as Redis, for tests and trials. A request is copied,
 * waits for the next turn and is carried out there, so that order and timing are those of a server.
 */
#include "store/stores.h"

#include <stdio.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "store/keyspace.h"
#include "store/requests.h"

#define DUE_PART 16                      /* the fraction of a score counts the tries in sixteenths */

enum answer { ANSWER_DONE, ANSWER_VALUES, ANSWER_ENTRIES, ANSWER_JOBS, ANSWER_NUMBER };

union answer_fn {
	store_done_fn    *done;
	store_values_fn  *values;
	store_entries_fn *entries;
	store_jobs_fn    *jobs;
	store_number_fn  *number;
};

struct mem;
struct ask;
typedef void run_fn(struct mem *m, struct ask *a);

struct ask {
	STAILQ_ENTRY(ask) next;
	run_fn         *run;
	enum answer     answer;
	union answer_fn fn;
	void           *arg;
	enum err        fail;                /* what it ends with, by store_mem_fail */
	int64_t         now, lease;
	int             max;
	bool            newest_first;
	struct txn     *txn;
	size_t          n;
	struct sv       s[STORE_GET_MAX];    /* copies */
};

STAILQ_HEAD(asks, ask);

struct mem {
	struct store    store;
	struct loop    *loop;
	struct keyspace keys;
	struct asks     asks;
	int             running, fail_n;
	enum err        fail;
	int64_t         requests, timeouts;
	bool            closed;
};

static struct mem *
mem_of(const struct store *s)
{
	return (struct mem *)s;
}

/* ---- how an answer leaves ---- */

static void
end_done(struct ask *a, enum err e)
{
	a->fn.done(a->arg, a->fail ? a->fail : e);
}

static void
end_values(struct ask *a, enum err e, const struct sv *values, size_t n)
{
	e = a->fail ? a->fail : e;
	a->fn.values(a->arg, e, e ? NULL : values, e ? 0 : n);
}

static void
end_entries(struct ask *a, enum err e, const struct store_entry *entries, size_t n)
{
	e = a->fail ? a->fail : e;
	a->fn.entries(a->arg, e, e ? NULL : entries, e ? 0 : n);
}

static void
end_jobs(struct ask *a, enum err e, const struct store_job *jobs, size_t n)
{
	e = a->fail ? a->fail : e;
	a->fn.jobs(a->arg, e, e ? NULL : jobs, e ? 0 : n);
}

static void
end_number(struct ask *a, enum err e, int64_t value)
{
	e = a->fail ? a->fail : e;
	a->fn.number(a->arg, e, e ? 0 : value);
}

static void
end_failed(struct ask *a)
{
	switch (a->answer) {
	case ANSWER_DONE:    end_done(a, a->fail); break;
	case ANSWER_VALUES:  end_values(a, a->fail, NULL, 0); break;
	case ANSWER_ENTRIES: end_entries(a, a->fail, NULL, 0); break;
	case ANSWER_JOBS:    end_jobs(a, a->fail, NULL, 0); break;
	case ANSWER_NUMBER:  end_number(a, a->fail, 0); break;
	}
}

/* ---- the queue ---- */

static void
free_ask(struct ask *a)
{
	for (size_t i = 0; i < a->n; i++)
		mem_free((char *)a->s[i].p);
	if (a->txn)
		txn_done(a->txn);
	mem_free(a->txn);
	mem_free(a);
}

static void
carry_out(struct mem *m, struct ask *a)
{
	m->running--;
	m->timeouts += a->fail == ERR_TIMEOUT;
	if (a->fail && a->fail != ERR_TIMEOUT)
		end_failed(a);
	else
		a->run(m, a);
	free_ask(a);
}

/* Callbacks may ask for more (next turn) or close the store. */
static void
drain(void *arg)
{
	struct mem *m = arg;
	struct asks now = STAILQ_HEAD_INITIALIZER(now);
	struct ask *a;

	STAILQ_CONCAT(&now, &m->asks);
	while ((a = STAILQ_FIRST(&now))) {
		STAILQ_REMOVE_HEAD(&now, next);
		if (m->closed)
			free_ask(a);
		else
			carry_out(m, a);
	}
	if (m->closed)
		keyspace_done(&m->keys);
}

static enum err
admit(struct mem *m, const struct sv *s, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += s[i].n;
	if (n > STORE_GET_MAX || bytes > STORE_BYTES_MAX)
		return ERR_TOOBIG;
	if (m->running >= STORE_RUNNING_MAX)
		return ERR_BUSY;
	if (m->fail_n && m->fail == ERR_BUSY) {
		m->fail_n--;
		return ERR_BUSY;
	}
	return ERR_OK;
}

static enum err
submit(struct store *s, struct ask like, const struct sv *args, size_t n)
{
	struct mem *m = mem_of(s);
	enum err e = admit(m, args, n);
	struct ask *a;

	if (e)
		return e;
	a = mem_dup(&like, sizeof like);
	a->n = n;
	for (size_t i = 0; i < n; i++)
		a->s[i] = (struct sv){ mem_dup(args[i].p, args[i].n), args[i].n };
	if (m->fail_n) {
		m->fail_n--;
		a->fail = m->fail;
	}
	if (STAILQ_EMPTY(&m->asks))
		loop_later(m->loop, drain, m);
	STAILQ_INSERT_TAIL(&m->asks, a, next);
	m->running++;
	m->requests++;
	return ERR_OK;
}

/* ---- verbs ---- */

static bool
other_kind(struct mem *m, struct sv key, enum kind want)
{
	enum kind is = keyspace_kind(&m->keys, key, clock_wall_ms());

	return is != KIND_NONE && is != want;
}

static void
run_get(struct mem *m, struct ask *a)
{
	struct sv values[STORE_GET_MAX];

	for (size_t i = 0; i < a->n; i++)
		values[i] = keyspace_get(&m->keys, a->s[i], clock_wall_ms());
	end_values(a, ERR_OK, values, a->n);
}

static enum err
mem_get(struct store *s, const struct sv *keys, size_t n, store_values_fn *fn, void *arg)
{
	return submit(s, (struct ask){ .run = run_get, .answer = ANSWER_VALUES, .fn.values = fn, .arg = arg }, keys, n);
}

static bool
guard_holds(struct mem *m, const struct txn *t, size_t step)
{
	struct sv key = txn_key(t, step);

	if (t->steps[step].verb == TXN_ABSENT)
		return keyspace_kind(&m->keys, key, clock_wall_ms()) == KIND_NONE;
	return sv_starts(keyspace_get(&m->keys, key, clock_wall_ms()), txn_arg(t, step, 0));
}

static int64_t
number_arg(const struct txn *t, size_t step, size_t i)
{
	int64_t v = 0;

	must(num_parse(txn_arg(t, step, i), INT64_MIN, INT64_MAX, &v) == ERR_OK);
	return v;
}

static void
do_set(struct mem *m, const struct txn *t, size_t i)
{
	int64_t until = t->steps[i].n_args == 3 ? clock_wall_ms() + number_arg(t, i, 2) : 0;

	keyspace_set(&m->keys, txn_key(t, i), txn_arg(t, i, 0), until);
}

static void
do_del(struct mem *m, const struct txn *t, size_t i)
{
	keyspace_del(&m->keys, txn_key(t, i));
}

static void
do_zadd(struct mem *m, const struct txn *t, size_t i)
{
	keyspace_zadd(&m->keys, txn_key(t, i), (double)number_arg(t, i, 0), txn_arg(t, i, 1));
}

static void
do_zrem(struct mem *m, const struct txn *t, size_t i)
{
	keyspace_zrem(&m->keys, txn_key(t, i), txn_arg(t, i, 0));
}

static void
do_xadd(struct mem *m, const struct txn *t, size_t i)
{
	bool capped = sv_is(txn_arg(t, i, 0), "MAXLEN");
	size_t first = capped ? 4 : 1, n = 0;
	struct sv fields[STORE_FIELDS_MAX];

	for (size_t k = first; k < t->steps[i].n_args; k++)
		fields[n++] = txn_arg(t, i, k);
	keyspace_xadd(&m->keys, txn_key(t, i), fields, n, capped ? number_arg(t, i, 2) : 0, clock_wall_ms());
}

static void
do_hincrby(struct mem *m, const struct txn *t, size_t i)
{
	for (size_t k = 0; k < t->steps[i].n_args; k += 2)
		keyspace_hash_add(&m->keys, txn_key(t, i), txn_arg(t, i, k), number_arg(t, i, k + 1));
}

static const struct {
	void    (*run)(struct mem *m, const struct txn *t, size_t i);
	enum kind kind;                      /* KIND_NONE: replaces whatever is there */
} effects[TXN_VERB_MAX] = {
	[TXN_SET]  = { do_set, KIND_NONE },
	[TXN_DEL]  = { do_del, KIND_NONE },
	[TXN_ZADD] = { do_zadd, KIND_ZSET },
	[TXN_ZREM] = { do_zrem, KIND_ZSET },
	[TXN_XADD] = { do_xadd, KIND_STREAM },
	[TXN_HINCRBY] = { do_hincrby, KIND_HASH },
};

static bool
numbers_stand(struct mem *m, const struct txn *t, size_t i)
{
	int64_t was;

	for (size_t k = 0; k < t->steps[i].n_args; k += 2)
		if (!keyspace_hash_number(&m->keys, txn_key(t, i), txn_arg(t, i, k), &was))
			return false;
	return true;
}

static enum err
check_all(struct mem *m, const struct txn *t)
{
	for (size_t i = 0; i < t->n_guards; i++)
		if (!guard_holds(m, t, i))
			return ERR_CONFLICT;
	for (size_t i = t->n_guards; i < t->n_steps; i++) {
		enum kind want = effects[t->steps[i].verb].kind;

		if (want != KIND_NONE && other_kind(m, txn_key(t, i), want))
			return ERR_CORRUPT;
		if (t->steps[i].verb == TXN_HINCRBY && !numbers_stand(m, t, i))
			return ERR_CORRUPT;
	}
	return ERR_OK;
}

static void
run_commit(struct mem *m, struct ask *a)
{
	enum err e = check_all(m, a->txn);

	for (size_t i = a->txn->n_guards; !e && i < a->txn->n_steps; i++)
		effects[a->txn->steps[i].verb].run(m, a->txn, i);
	end_done(a, e);
}

static enum err
mem_commit(struct store *s, const struct txn *t, store_done_fn *fn, void *arg)
{
	struct txn *own;
	enum err e;

	if (t->failed)
		return ERR_TOOBIG;
	own = mem_dup(t, sizeof *t);
	own->arena = mem_dup(t->arena, t->n);
	e = submit(s, (struct ask){ .run = run_commit, .answer = ANSWER_DONE, .fn.done = fn, .arg = arg, .txn = own },
	           NULL, 0);
	if (e) {
		txn_done(own);
		mem_free(own);
	}
	return e;
}

static void
run_mark(struct mem *m, struct ask *a)
{
	bool other = other_kind(m, a->s[0], KIND_HASH);
	struct sv stands = { NULL, 0 };

	if (!other)
		stands = keyspace_hash_mark(&m->keys, a->s[0], a->s[1], a->s[2]);
	end_values(a, other ? ERR_CORRUPT : ERR_OK, &stands, 1);
}

static enum err
mem_mark(struct store *s, struct sv key, struct sv field, struct sv value, store_values_fn *fn, void *arg)
{
	struct sv args[] = { key, field, value };

	return submit(s, (struct ask){ .run = run_mark, .answer = ANSWER_VALUES, .fn.values = fn, .arg = arg }, args, 3);
}

static void
run_marks(struct mem *m, struct ask *a)
{
	struct sv all[2 * STORE_PAGE_MAX];
	bool other = other_kind(m, a->s[0], KIND_HASH);

	end_values(a, other ? ERR_CORRUPT : ERR_OK, all,
	           other ? 0 : keyspace_hash_all(&m->keys, a->s[0], all, ARRAY_N(all)));
}

static enum err
mem_marks(struct store *s, struct sv key, store_values_fn *fn, void *arg)
{
	return submit(s, (struct ask){ .run = run_marks, .answer = ANSWER_VALUES, .fn.values = fn, .arg = arg }, &key, 1);
}

static void
run_whole(struct mem *m, struct ask *a)
{
	bool other = other_kind(m, a->s[0], KIND_HASH);
	size_t n = other ? 0 : keyspace_hash_size(&m->keys, a->s[0]);
	AUTO_FREE struct sv *all = mem_alloc((2 * n + 1) * sizeof *all);

	if (n)
		(void)keyspace_hash_all(&m->keys, a->s[0], all, 2 * n);
	end_values(a, other ? ERR_CORRUPT : n > STORE_WHOLE_MAX ? ERR_TOOBIG : ERR_OK, all, 2 * n);
}

static enum err
mem_whole(struct store *s, struct sv key, store_values_fn *fn, void *arg)
{
	return submit(s, (struct ask){ .run = run_whole, .answer = ANSWER_VALUES, .fn.values = fn, .arg = arg }, &key, 1);
}

/* ---- jobs ---- */

static struct sv
int_text(int64_t v, char out[24])
{
	return (struct sv){ out, (size_t)snprintf(out, 24, "%lld", (long long)v) };
}

static void
bury(struct mem *m, struct ask *a, const struct store_job *j)
{
	char due[24], at[24];
	struct sv fields[] = { SV("member"), j->member, SV("due"), int_text(j->due_ms, due),
	                       SV("at"), int_text(a->now, at) };

	keyspace_xadd(&m->keys, a->s[1], fields, ARRAY_N(fields), 0, clock_wall_ms());
	keyspace_zrem(&m->keys, a->s[0], j->member);
}

static struct store_job
claim_first(struct mem *m, struct ask *a, const struct member *first)
{
	int64_t due = (int64_t)__builtin_floor(first->score);
	int tries = (int)((first->score - (double)due) * DUE_PART);
	struct store_job j = {
		.member = { mem_dup(first->name.p, first->name.n), first->name.n },
		.due_ms = due, .buried = tries >= STORE_TRIES,
	};

	if (j.buried)
		bury(m, a, &j);
	else
		keyspace_zadd(&m->keys, a->s[0], (double)(a->now + a->lease) + (double)(tries + 1) / DUE_PART, j.member);
	return j;
}

static void
run_claim(struct mem *m, struct ask *a)
{
	struct store_job jobs[STORE_PAGE_MAX];
	const struct member *z;
	size_t n = 0, n_z;

	if (other_kind(m, a->s[0], KIND_ZSET) || other_kind(m, a->s[1], KIND_STREAM)) {
		end_jobs(a, ERR_CORRUPT, NULL, 0);
		return;
	}
	while (n < (size_t)a->max && (z = keyspace_zset(&m->keys, a->s[0], &n_z)) &&
	       z[0].score < (double)(a->now + 1))
		jobs[n++] = claim_first(m, a, &z[0]);
	end_jobs(a, ERR_OK, jobs, n);
	while (n)
		mem_free((char *)jobs[--n].member.p);
}

static enum err
mem_claim(struct store *s, struct sv due, struct sv dead, int64_t now_ms, int64_t lease_ms, int max,
          store_jobs_fn *fn, void *arg)
{
	struct sv args[] = { due, dead };

	must(lease_ms > 0);                      /* a job moved to now would be claimed twice in one answer */
	return submit(s, (struct ask){ .run = run_claim, .answer = ANSWER_JOBS, .fn.jobs = fn, .arg = arg, .now = now_ms,
	                               .lease = lease_ms, .max = page_size(max) }, args, 2);
}

static void
run_next_due(struct mem *m, struct ask *a)
{
	const struct member *z = NULL;
	bool other = other_kind(m, a->s[0], KIND_ZSET);
	size_t n;

	if (!other)
		z = keyspace_zset(&m->keys, a->s[0], &n);
	end_number(a, other ? ERR_CORRUPT : ERR_OK, z ? (int64_t)__builtin_floor(z[0].score) : INT64_MAX);
}

static enum err
mem_next_due(struct store *s, struct sv due, store_number_fn *fn, void *arg)
{
	return submit(s, (struct ask){ .run = run_next_due, .answer = ANSWER_NUMBER, .fn.number = fn, .arg = arg }, &due, 1);
}

static void
run_count(struct mem *m, struct ask *a)
{
	size_t n = 0;
	enum err e = ERR_OK;

	switch (keyspace_kind(&m->keys, a->s[0], clock_wall_ms())) {
	case KIND_NONE:   break;
	case KIND_ZSET:   keyspace_zset(&m->keys, a->s[0], &n); break;
	case KIND_STREAM: keyspace_stream(&m->keys, a->s[0], &n); break;
	case KIND_STRING:
	case KIND_HASH:   e = ERR_CORRUPT; break;
	}
	end_number(a, e, (int64_t)n);
}

static enum err
mem_count(struct store *s, struct sv key, store_number_fn *fn, void *arg)
{
	return submit(s, (struct ask){ .run = run_count, .answer = ANSWER_NUMBER, .fn.number = fn, .arg = arg }, &key, 1);
}

/* ---- streams ---- */

static struct store_entry
shown(const struct entry *e)
{
	return (struct store_entry){ .id = sv_of(e->text), .fields = e->fields, .n_fields = e->n_fields };
}

static void
run_page(struct mem *m, struct ask *a)
{
	struct store_entry out[STORE_PAGE_MAX];
	const struct entry *all;
	struct entry_id after = { 0, 0 };
	size_t n = 0, n_all, first = 0;

	if (other_kind(m, a->s[0], KIND_STREAM)) {
		end_entries(a, ERR_CORRUPT, NULL, 0);
		return;
	}
	must(entry_id_parse(a->s[1], &after) == ERR_OK);
	all = keyspace_stream(&m->keys, a->s[0], &n_all);
	while (first < n_all && entry_id_cmp(all[first].id, after) <= 0)
		first++;
	for (; first + n < n_all && n < (size_t)a->max; n++)
		out[n] = shown(&all[a->newest_first ? n_all - 1 - n : first + n]);
	end_entries(a, ERR_OK, out, n);
}

static enum err
mem_page(struct store *s, struct sv stream, struct sv after, bool newest_first, int max, store_entries_fn *fn, void *arg)
{
	struct sv args[] = { stream, after.n ? after : SV("0") };
	struct entry_id id;

	if (entry_id_parse(args[1], &id))
		return ERR_SYNTAX;
	return submit(s, (struct ask){ .run = run_page, .answer = ANSWER_ENTRIES, .fn.entries = fn, .arg = arg,
	                               .newest_first = newest_first, .max = page_size(max) }, args, 2);
}

/* What others of the group left idle; entries gone meanwhile are told once and forgotten. */
static size_t
take_over(struct mem *m, struct ask *a, struct group *g, struct store_entry *out, char (*ids)[48], int64_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_pending && n < (size_t)a->max; i++) {
		struct pending *p = &g->pending[i];
		const struct entry *e = keyspace_entry(&m->keys, a->s[0], p->id);

		if (now - p->since_ms < a->lease)
			continue;
		if (e) {
			out[n++] = shown(e);
			group_give(g, p->id, a->s[2], now);
			continue;
		}
		snprintf(ids[n], sizeof ids[n], "%lld-%lld", (long long)p->id.ms, (long long)p->id.seq);
		out[n] = (struct store_entry){ .id = sv_of(ids[n]) };
		n++;
		group_ack(g, p->id);
		i--;
	}
	return n;
}

static void
run_group_read(struct mem *m, struct ask *a)
{
	struct store_entry out[STORE_PAGE_MAX];
	char ids[STORE_PAGE_MAX][48];
	const struct entry *all;
	struct group *g;
	size_t n, n_all;
	int64_t now = clock_wall_ms();

	if (other_kind(m, a->s[0], KIND_STREAM)) {
		end_entries(a, ERR_CORRUPT, NULL, 0);
		return;
	}
	g = keyspace_group(&m->keys, a->s[0], a->s[1]);
	n = take_over(m, a, g, out, ids, now);
	all = keyspace_stream(&m->keys, a->s[0], &n_all);
	for (size_t i = 0; i < n_all && n < (size_t)a->max; i++) {
		if (entry_id_cmp(all[i].id, g->last) <= 0)
			continue;
		g->last = all[i].id;
		group_give(g, all[i].id, a->s[2], now);
		out[n++] = shown(&all[i]);
	}
	end_entries(a, ERR_OK, out, n);
}

static enum err
mem_group_read(struct store *s, struct sv stream, struct sv group, struct sv reader, int64_t idle_ms, int max,
               store_entries_fn *fn, void *arg)
{
	struct sv args[] = { stream, group, reader };

	return submit(s, (struct ask){ .run = run_group_read, .answer = ANSWER_ENTRIES, .fn.entries = fn, .arg = arg,
	                               .lease = idle_ms, .max = page_size(max) }, args, 3);
}

static void
run_group_ack(struct mem *m, struct ask *a)
{
	struct entry_id id;
	struct group *all;
	size_t n = 0;

	if (other_kind(m, a->s[0], KIND_STREAM)) {
		end_done(a, ERR_CORRUPT);
		return;
	}
	must(entry_id_parse(a->s[2], &id) == ERR_OK);
	all = keyspace_groups(&m->keys, a->s[0], &n);
	for (size_t i = 0; i < n; i++)
		if (sv_eq((struct sv){ all[i].name.p, all[i].name.n }, a->s[1]))
			group_ack(&all[i], id);
	end_done(a, ERR_OK);
}

static enum err
mem_group_ack(struct store *s, struct sv stream, struct sv group, struct sv id, store_done_fn *fn, void *arg)
{
	struct sv args[] = { stream, group, id };
	struct entry_id parsed;

	if (entry_id_parse(id, &parsed))
		return ERR_SYNTAX;
	return submit(s, (struct ask){ .run = run_group_ack, .answer = ANSWER_DONE, .fn.done = fn, .arg = arg }, args, 3);
}

static bool
finished(const struct group *groups, size_t n, struct entry_id id)
{
	for (size_t i = 0; i < n; i++)
		if (entry_id_cmp(id, groups[i].last) > 0 ||
		    (groups[i].n_pending && entry_id_cmp(id, groups[i].pending[0].id) >= 0))
			return false;
	return n > 0;
}

static void
run_trim(struct mem *m, struct ask *a)
{
	const struct entry *all;
	struct group *groups;
	size_t n = 0, n_all, n_groups;

	if (other_kind(m, a->s[0], KIND_STREAM)) {
		end_number(a, ERR_CORRUPT, 0);
		return;
	}
	all = keyspace_stream(&m->keys, a->s[0], &n_all);
	groups = keyspace_groups(&m->keys, a->s[0], &n_groups);
	while (n < n_all && all[n].id.ms < a->now && finished(groups, n_groups, all[n].id))
		n++;
	if (n)
		keyspace_cut(&m->keys, a->s[0], n);
	end_number(a, ERR_OK, (int64_t)n);
}

static enum err
mem_trim(struct store *s, struct sv stream, int64_t oldest_ms, store_number_fn *fn, void *arg)
{
	return submit(s, (struct ask){ .run = run_trim, .answer = ANSWER_NUMBER, .fn.number = fn, .arg = arg,
	                               .now = oldest_ms }, &stream, 1);
}

/* ---- the store itself ---- */

static void
mem_stats(const struct store *s, struct store_stats *out)
{
	const struct mem *m = mem_of(s);

	*out = (struct store_stats){ .state = STORE_READY, .server = "memory", .running = m->running,
	                             .requests = m->requests, .timeouts = m->timeouts };
}

/* A drain may be under way or asked for: it finds the mark, and the memory outlives it. */
static void
mem_close(struct store *s)
{
	struct mem *m = mem_of(s);

	if (!s)
		return;
	m->closed = true;
	loop_later(m->loop, drain, m);
	loop_bury(m->loop, m);
}

static const struct store_ops mem_ops = {
	.get = mem_get, .commit = mem_commit, .mark = mem_mark, .marks = mem_marks, .whole = mem_whole,
	.claim = mem_claim,
	.next_due = mem_next_due, .count = mem_count, .page = mem_page, .group_read = mem_group_read,
	.group_ack = mem_group_ack, .trim = mem_trim, .stats = mem_stats, .close = mem_close,
};

struct store *
store_mem(struct loop *l)
{
	struct mem *m = mem_alloc(sizeof *m);

	m->store.ops = &mem_ops;
	m->loop = l;
	STAILQ_INIT(&m->asks);
	return &m->store;
}

void
store_mem_fail(struct store *s, int n, enum err e)
{
	must(s->ops == &mem_ops && e != ERR_OK);
	mem_of(s)->fail_n = n;
	mem_of(s)->fail = e;
}
