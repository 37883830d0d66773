/* The store's verbs in Redis: argument vectors out, shapes checked on the way in. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "store/link.h"
#include "store/scripts.h"
#include "store/stores.h"

struct redis {
	struct store store;
	struct link *link;
};

/* What a request's answer is turned into. */
struct call {
	struct redis *r;
	union {
		store_done_fn    *done;
		store_values_fn  *values;
		store_entries_fn *entries;
		store_jobs_fn    *jobs;
		store_number_fn  *number;
	} fn;
	void  *arg;
	size_t n;                            /* values expected; 0 = any */
	/* group_read: what is asked next when nothing was left idle */
	struct sv stream, group, reader;     /* into the memory behind the struct */
	int    max;
};

#define MEMBER_MAX 512

static struct link *
link_of(struct store *s)
{
	return ((struct redis *)s)->link;
}

static struct call *
call_new(struct store *s, void *arg)
{
	struct call *c = mem_alloc(sizeof *c);

	c->r = (struct redis *)s;
	c->arg = arg;
	return c;
}

static enum err
send(struct store *s, int argc, const struct sv *argv, link_fn *fn, struct call *c)
{
	enum err e = link_send(link_of(s), argc, argv, fn, c);

	if (e)
		mem_free(c);
	return e;
}

static bool
text(const redisReply *r, struct sv *out)
{
	if (r->type != REDIS_REPLY_STRING && r->type != REDIS_REPLY_STATUS)
		return false;
	*out = (struct sv){ r->str, r->len };
	return true;
}

/* Decimal text into *n (digits of a sink when buffers are needed). */
struct digits { char p[24]; };

static struct sv
number(struct digits *d, int64_t v)
{
	return (struct sv){ d->p, (size_t)snprintf(d->p, sizeof d->p, "%lld", (long long)v) };
}

/* ---- values ---- */

static void
on_values(void *arg, enum err e, const redisReply *r)
{
	struct call *c = arg;
	struct sv v[2 * STORE_PAGE_MAX];
	size_t n = 0;

	if (!e && (r->type != REDIS_REPLY_ARRAY || (c->n && r->elements != c->n)))
		e = ERR_CORRUPT;
	for (; !e && n < r->elements && n < ARRAY_N(v); n++)
		if (r->element[n]->type == REDIS_REPLY_NIL)
			v[n] = (struct sv){ NULL, 0 };
		else if (!text(r->element[n], &v[n]))
			e = ERR_CORRUPT;
	c->fn.values(c->arg, e, v, e ? 0 : n);
	mem_free(c);
}

static void
on_value(void *arg, enum err e, const redisReply *r)
{
	struct call *c = arg;
	struct sv v = { NULL, 0 };

	if (!e && !text(r, &v))
		e = ERR_CORRUPT;
	c->fn.values(c->arg, e, &v, e ? 0 : 1);
	mem_free(c);
}

static enum err
redis_get(struct store *s, const struct sv *keys, size_t n, store_values_fn *fn, void *arg)
{
	struct sv argv[STORE_GET_MAX + 1] = { SV("MGET") };
	struct call *c;

	must(n >= 1 && n <= STORE_GET_MAX);
	memcpy(argv + 1, keys, n * sizeof *keys);
	c = call_new(s, arg);
	c->fn.values = fn;
	c->n = n;
	return send(s, (int)n + 1, argv, on_values, c);
}

static enum err
redis_mark(struct store *s, struct sv key, struct sv field, struct sv value, store_values_fn *fn, void *arg)
{
	struct sv set[] = { SV("HSETNX"), key, field, value }, get[] = { SV("HGET"), key, field };
	struct call *c;
	enum err e = link_send(link_of(s), 4, set, NULL, NULL);

	if (e)
		return e;
	c = call_new(s, arg);
	c->fn.values = fn;
	return send(s, 3, get, on_value, c);
}

static enum err
redis_marks(struct store *s, struct sv key, store_values_fn *fn, void *arg)
{
	struct sv argv[] = { SV("HGETALL"), key };
	struct call *c = call_new(s, arg);

	c->fn.values = fn;
	return send(s, 2, argv, on_values, c);
}

/* ---- transactions ---- */

static void
on_commit(void *arg, enum err e, const redisReply *r)
{
	struct call *c = arg;

	if (!e && r->type != REDIS_REPLY_INTEGER)
		e = ERR_CORRUPT;
	if (!e && r->integer)
		e = ERR_CONFLICT;
	c->fn.done(c->arg, e);
	mem_free(c);
}

static int
commit_argv(const struct txn *t, struct sv *argv, struct digits *counts)
{
	static const char *const verbs[] = {
#define X(code, name) [TXN_##code] = name,
		TXN_VERB_LIST(X)
#undef X
	};
	int n = 0;

	argv[n++] = SV("EVALSHA");
	argv[n++] = sv_of(script_sha(SCRIPT_COMMIT));
	argv[n++] = number(counts++, t->n_steps);
	for (size_t i = 0; i < t->n_steps; i++)
		argv[n++] = txn_key(t, i);
	argv[n++] = number(counts++, t->n_guards);
	for (size_t i = 0; i < t->n_steps; i++) {
		if (i >= t->n_guards) {
			argv[n++] = sv_of(verbs[t->steps[i].verb]);
			argv[n++] = number(counts++, t->steps[i].n_args);
		} else if (!t->steps[i].n_args) {
			argv[n++] = (struct sv){ "", 0 };
		}
		for (size_t a = 0; a < t->steps[i].n_args; a++)
			argv[n++] = txn_arg(t, i, a);
	}
	return n;
}

static enum err
redis_commit(struct store *s, const struct txn *t, store_done_fn *fn, void *arg)
{
	struct sv argv[STORE_ARGS_MAX + 4 * STORE_KEYS_MAX + 8];
	struct digits counts[STORE_KEYS_MAX + 2];
	struct call *c;

	if (t->failed)
		return ERR_TOOBIG;
	c = call_new(s, arg);
	c->fn.done = fn;
	return send(s, commit_argv(t, argv, counts), argv, on_commit, c);
}

/* ---- jobs ---- */

static void
on_jobs(void *arg, enum err e, const redisReply *r)
{
	struct call *c = arg;
	struct store_job jobs[STORE_PAGE_MAX];
	size_t n = 0;

	if (!e && (r->type != REDIS_REPLY_ARRAY || r->elements % 3 || r->elements / 3 > ARRAY_N(jobs)))
		e = ERR_CORRUPT;
	for (size_t i = 0; !e && i < r->elements; i += 3, n++) {
		struct sv due, buried;

		if (!text(r->element[i], &jobs[n].member) || jobs[n].member.n > MEMBER_MAX || !text(r->element[i + 1], &due)
		    || !text(r->element[i + 2], &buried) || num_parse(due, INT64_MIN, INT64_MAX, &jobs[n].due_ms))
			e = ERR_CORRUPT;
		else
			jobs[n].buried = sv_is(buried, "1");
	}
	c->fn.jobs(c->arg, e, jobs, e ? 0 : n);
	mem_free(c);
}

static enum err
redis_claim(struct store *s, struct sv due, struct sv dead, int64_t now, int64_t lease, int max, store_jobs_fn *fn,
            void *arg)
{
	struct digits d[4];
	struct sv argv[] = { SV("EVALSHA"), sv_of(script_sha(SCRIPT_CLAIM)), SV("2"), due, dead, number(&d[0], now),
	                     number(&d[1], lease), number(&d[2], max < STORE_PAGE_MAX ? max : STORE_PAGE_MAX),
	                     number(&d[3], STORE_TRIES) };
	struct call *c = call_new(s, arg);

	c->fn.jobs = fn;
	return send(s, (int)ARRAY_N(argv), argv, on_jobs, c);
}

static void
on_next_due(void *arg, enum err e, const redisReply *r)
{
	struct call *c = arg;
	int64_t due = INT64_MAX;
	struct sv score;

	if (!e && (r->type != REDIS_REPLY_ARRAY || (r->elements && r->elements != 2)))
		e = ERR_CORRUPT;
	if (!e && r->elements) {
		if (!text(r->element[1], &score))
			e = ERR_CORRUPT;
		else
			e = num_parse(sv_cut(&score, '.'), INT64_MIN, INT64_MAX, &due) ? ERR_CORRUPT : ERR_OK;
	}
	c->fn.number(c->arg, e, due);
	mem_free(c);
}

static enum err
redis_next_due(struct store *s, struct sv due, store_number_fn *fn, void *arg)
{
	struct sv argv[] = { SV("ZRANGE"), due, SV("0"), SV("0"), SV("WITHSCORES") };
	struct call *c = call_new(s, arg);

	c->fn.number = fn;
	return send(s, 5, argv, on_next_due, c);
}

static void
on_number(void *arg, enum err e, const redisReply *r)
{
	struct call *c = arg;

	if (!e && r->type != REDIS_REPLY_INTEGER)
		e = ERR_CORRUPT;
	c->fn.number(c->arg, e, e ? 0 : r->integer);
	mem_free(c);
}

static enum err
redis_count(struct store *s, struct sv key, store_number_fn *fn, void *arg)
{
	/* A stream's keys end in no "due": the caller names sorted sets so; one verb for both keeps the port small. */
	bool sorted = key.n >= 4 && !memcmp(key.p + key.n - 4, ":due", 4);
	struct sv argv[] = { sorted ? SV("ZCARD") : SV("XLEN"), key };
	struct call *c = call_new(s, arg);

	c->fn.number = fn;
	return send(s, 2, argv, on_number, c);
}

/* ---- streams ---- */

struct page {
	struct store_entry entries[STORE_PAGE_MAX];
	struct sv          fields[STORE_PAGE_MAX][STORE_FIELDS_MAX];
};

static enum err
take_fields(const redisReply *r, struct sv *fields, size_t *n)
{
	*n = 0;
	if (r->type == REDIS_REPLY_NIL)
		return ERR_OK;
	if (r->type != REDIS_REPLY_ARRAY || r->elements % 2)
		return ERR_CORRUPT;
	/* Others may write longer entries than ours; what is beyond the limit is of no use to us. */
	for (; *n < r->elements && *n < STORE_FIELDS_MAX; (*n)++)
		if (!text(r->element[*n], &fields[*n]))
			return ERR_CORRUPT;
	return ERR_OK;
}

static enum err
take_entries(const redisReply *r, struct page *p, size_t *n)
{
	*n = 0;
	if (r->type == REDIS_REPLY_NIL)
		return ERR_OK;
	if (r->type != REDIS_REPLY_ARRAY)
		return ERR_CORRUPT;
	for (size_t i = 0; i < r->elements && *n < STORE_PAGE_MAX; i++) {
		const redisReply *e = r->element[i];
		struct store_entry *out = &p->entries[*n];

		if (e->type == REDIS_REPLY_NIL)
			continue;
		if (e->type != REDIS_REPLY_ARRAY || e->elements != 2 || !text(e->element[0], &out->id)
		    || take_fields(e->element[1], p->fields[*n], &out->n_fields))
			return ERR_CORRUPT;
		out->fields = out->n_fields ? p->fields[*n] : NULL;
		(*n)++;
	}
	return ERR_OK;
}

static void
give_entries(struct call *c, enum err e, const redisReply *list)
{
	struct page *p = mem_alloc(sizeof *p);
	size_t n = 0;

	if (!e && list)
		e = take_entries(list, p, &n);
	c->fn.entries(c->arg, e, p->entries, e ? 0 : n);
	mem_free(p);
	mem_free(c);
}

static void
on_page(void *arg, enum err e, const redisReply *r)
{
	give_entries(arg, e, e ? NULL : r);
}

static enum err
redis_page(struct store *s, struct sv stream, struct sv after, bool newest_first, int max, store_entries_fn *fn,
           void *arg)
{
	struct digits d;
	char from[64];
	struct sv argv[6] = { newest_first ? SV("XREVRANGE") : SV("XRANGE"), stream, SV("+"), SV("-"), SV("COUNT"),
	                      number(&d, max < STORE_PAGE_MAX ? max : STORE_PAGE_MAX) };
	struct call *c;

	if (!newest_first) {
		argv[2] = (struct sv){ from, (size_t)snprintf(from, sizeof from, "(%.*s", (int)(after.n < 48 ? after.n : 48), after.p) };
		argv[3] = SV("+");
	}
	c = call_new(s, arg);
	c->fn.entries = fn;
	return send(s, 6, argv, on_page, c);
}

static void
on_group_made(void *arg, enum err e, const redisReply *r)
{
	(void)e, (void)r;
	give_entries(arg, ERR_OK, NULL);             /* nothing yet; the next reading finds the group */
}

static void
make_group(struct call *c)
{
	struct sv argv[] = { SV("XGROUP"), SV("CREATE"), c->stream, c->group, SV("0"), SV("MKSTREAM") };
	enum err e = link_send(c->r->link, 6, argv, on_group_made, c);

	if (e)
		give_entries(c, e, NULL);
}

static void
on_new_entries(void *arg, enum err e, const redisReply *r)
{
	struct call *c = arg;

	if (e == ERR_MISSING) {
		make_group(c);
		return;
	}
	if (!e && r->type == REDIS_REPLY_NIL) {
		give_entries(c, ERR_OK, NULL);
		return;
	}
	if (!e && (r->type != REDIS_REPLY_ARRAY || r->elements != 1 || r->element[0]->type != REDIS_REPLY_ARRAY
	           || r->element[0]->elements != 2))
		e = ERR_CORRUPT;
	give_entries(c, e, e ? NULL : r->element[0]->element[1]);
}

static void
on_idle_entries(void *arg, enum err e, const redisReply *r)
{
	struct call *c = arg;
	struct digits d;
	struct sv argv[] = { SV("XREADGROUP"), SV("GROUP"), c->group, c->reader, SV("COUNT"), number(&d, c->max),
	                     SV("STREAMS"), c->stream, SV(">") };

	if (e == ERR_MISSING) {
		make_group(c);
		return;
	}
	if (!e && (r->type != REDIS_REPLY_ARRAY || r->elements < 2 || r->element[1]->type != REDIS_REPLY_ARRAY))
		e = ERR_CORRUPT;
	if (e || r->element[1]->elements) {
		give_entries(c, e, e ? NULL : r->element[1]);
		return;
	}
	e = link_send(c->r->link, (int)ARRAY_N(argv), argv, on_new_entries, c);
	if (e)
		give_entries(c, e, NULL);
}

static struct sv
keep(char **at, struct sv s)
{
	struct sv copy = { *at, s.n };

	memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

static enum err
redis_group_read(struct store *s, struct sv stream, struct sv group, struct sv reader, int64_t idle, int max,
                 store_entries_fn *fn, void *arg)
{
	struct call *c = mem_alloc(sizeof *c + stream.n + group.n + reader.n);
	char *tail = (char *)(c + 1);
	struct digits d[2];
	struct sv argv[] = { SV("XAUTOCLAIM"), stream, group, reader, number(&d[0], idle), SV("0-0"), SV("COUNT"),
	                     number(&d[1], max < STORE_PAGE_MAX ? max : STORE_PAGE_MAX) };

	c->r = (struct redis *)s;
	c->arg = arg;
	c->fn.entries = fn;
	c->stream = keep(&tail, stream);
	c->group = keep(&tail, group);
	c->reader = keep(&tail, reader);
	c->max = max < STORE_PAGE_MAX ? max : STORE_PAGE_MAX;
	return send(s, (int)ARRAY_N(argv), argv, on_idle_entries, c);
}

static void
on_done(void *arg, enum err e, const redisReply *r)
{
	struct call *c = arg;

	(void)r;
	c->fn.done(c->arg, e);
	mem_free(c);
}

static enum err
redis_group_ack(struct store *s, struct sv stream, struct sv group, struct sv id, store_done_fn *fn, void *arg)
{
	struct sv argv[] = { SV("XACK"), stream, group, id };
	struct call *c = call_new(s, arg);

	c->fn.done = fn;
	return send(s, 4, argv, on_done, c);
}

static enum err
redis_trim(struct store *s, struct sv stream, int64_t oldest, store_number_fn *fn, void *arg)
{
	char id[32];
	struct sv argv[] = { SV("EVALSHA"), sv_of(script_sha(SCRIPT_TRIM)), SV("1"), stream, { id, 0 } };
	struct call *c = call_new(s, arg);

	argv[4].n = (size_t)snprintf(id, sizeof id, "%lld-0", (long long)(oldest > 0 ? oldest : 0));
	c->fn.number = fn;
	return send(s, 5, argv, on_number, c);
}

static void
redis_stats(const struct store *s, struct store_stats *out)
{
	link_stats(((const struct redis *)s)->link, out);
}

static void
redis_close(struct store *s)
{
	link_close(link_of(s));
	mem_free(s);
}

static const struct store_ops ops = {
	.get = redis_get, .commit = redis_commit, .mark = redis_mark, .marks = redis_marks, .claim = redis_claim,
	.next_due = redis_next_due, .count = redis_count, .page = redis_page, .group_read = redis_group_read,
	.group_ack = redis_group_ack, .trim = redis_trim, .stats = redis_stats, .close = redis_close,
};

struct store *
store_redis(struct loop *l, const struct redis_conf *conf)
{
	struct redis *r = mem_alloc(sizeof *r);

	r->store.ops = &ops;
	r->link = link_new(l, conf);
	return &r->store;
}
