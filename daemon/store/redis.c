/*
 * The store's verbs in Redis. What goes out is written part by part; what comes back is from another program
 * and is looked at before it is believed: kind, number, size.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/mem.h"
#include "base/num.h"
#include "store/pool.h"
#include "store/requests.h"

#define TRIM_ONCE 10000

struct redis {
	struct store store;
	struct pool *pool;
};

static struct pool *
pool_of(const struct store *s)
{
	return ((const struct redis *)s)->pool;
}

/* A right we lack is the operator's matter; to a caller it means: not done. */
static enum err
outcome(enum err e)
{
	return e == ERR_DENIED ? ERR_DOWN : e;
}

static bool
is_text(const redisReply *r)
{
	return r->type == REDIS_REPLY_STRING;
}

static struct sv
text(const redisReply *r)
{
	return (struct sv){ r->str, r->len };
}

static bool
is_list(const redisReply *r, size_t max)
{
	return r->type == REDIS_REPLY_ARRAY && r->elements <= max;
}

/* "ms" or "ms-seq" as Redis writes them. */
static bool
is_id(struct sv id)
{
	struct sv halves[] = { sv_cut(&id, '-'), id };

	for (size_t i = 0; i < ARRAY_N(halves) && halves[i].p; i++) {
		if (!halves[i].n || halves[i].n > 20)
			return false;
		for (size_t k = 0; k < halves[i].n; k++)
			if (halves[i].p[k] < '0' || halves[i].p[k] > '9')
				return false;
	}
	return true;
}

/* ---- values ---- */

static void
end_values(struct call *c, enum err e, const struct sv *values, size_t n)
{
	c->tell.values(c->arg, outcome(e), e ? NULL : values, e ? 0 : n);
}

/* want: how many there must be. */
static void
on_values(struct call *c, enum err e, const redisReply *r)
{
	struct sv values[STORE_GET_MAX];

	if (!e && (r->type != REDIS_REPLY_ARRAY || r->elements != c->want))
		e = ERR_CORRUPT;
	for (size_t i = 0; !e && i < r->elements; i++) {
		values[i] = (struct sv){ NULL, 0 };
		if (is_text(r->element[i]))
			values[i] = text(r->element[i]);
		else if (r->element[i]->type != REDIS_REPLY_NIL)
			e = ERR_CORRUPT;
	}
	end_values(c, e, values, e ? 0 : r->elements);
}

static enum err
redis_get(struct store *s, const struct sv *keys, size_t n, store_values_fn *fn, void *arg)
{
	struct wire *w;
	enum err e;

	if (n == 0 || n > STORE_GET_MAX)
		return ERR_TOOBIG;
	if ((e = pool_begin(pool_of(s), &w)))
		return e;
	wire_command(w, "MGET", n);
	for (size_t i = 0; i < n; i++)
		wire_add(w, keys[i]);
	return pool_send(pool_of(s), &(struct call){ .fn = on_values, .tell.values = fn, .arg = arg, .want = n });
}

static void
on_mark(struct call *c, enum err e, const redisReply *r)
{
	struct sv stands = { NULL, 0 };

	if (!e && !is_text(r))
		e = ERR_CORRUPT;
	if (!e)
		stands = text(r);
	end_values(c, e, &stands, 1);
}

static enum err
redis_mark(struct store *s, struct sv key, struct sv field, struct sv value, store_values_fn *fn, void *arg)
{
	struct wire *w;
	enum err e = pool_begin(pool_of(s), &w);

	if (e)
		return e;
	wire_script(w, SCRIPT_MARK, 1, 2);
	wire_add(w, key);
	wire_add(w, field);
	wire_add(w, value);
	return pool_send(pool_of(s), &(struct call){ .fn = on_mark, .tell.values = fn, .arg = arg });
}

static bool
take_values(const redisReply *r, struct sv *out)
{
	for (size_t i = 0; i < r->elements; i++) {
		if (!is_text(r->element[i]))
			return false;
		out[i] = text(r->element[i]);
	}
	return true;
}

static void
on_marks(struct call *c, enum err e, const redisReply *r)
{
	struct sv values[2 * STORE_PAGE_MAX];

	if (!e && (!is_list(r, ARRAY_N(values)) || r->elements % 2 || !take_values(r, values)))
		e = ERR_CORRUPT;
	end_values(c, e, values, e ? 0 : r->elements);
}

/* HRANDFIELD hands out a small hash whole, as HGETALL, and bounds a large one, as HGETALL does not. */
static enum err
redis_marks(struct store *s, struct sv key, store_values_fn *fn, void *arg)
{
	struct wire *w;
	enum err e = pool_begin(pool_of(s), &w);

	if (e)
		return e;
	wire_command(w, "HRANDFIELD", 3);
	wire_add(w, key);
	wire_number(w, STORE_PAGE_MAX);
	wire_add(w, SV("WITHVALUES"));
	return pool_send(pool_of(s), &(struct call){ .fn = on_marks, .tell.values = fn, .arg = arg });
}

static void
on_whole(struct call *c, enum err e, const redisReply *r)
{
	AUTO_FREE struct sv *values = NULL;

	if (!e && r->type == REDIS_REPLY_INTEGER && r->integer == -1)
		e = ERR_TOOBIG;
	if (!e && (!is_list(r, 2 * STORE_WHOLE_MAX) || r->elements % 2))
		e = ERR_CORRUPT;
	if (!e) {
		values = mem_alloc((r->elements + 1) * sizeof *values);
		if (!take_values(r, values))
			e = ERR_CORRUPT;
	}
	end_values(c, e, values, e ? 0 : r->elements);
}

static enum err
redis_whole(struct store *s, struct sv key, store_values_fn *fn, void *arg)
{
	struct wire *w;
	enum err e = pool_begin(pool_of(s), &w);

	if (e)
		return e;
	wire_script(w, SCRIPT_WHOLE, 1, 1);
	wire_add(w, key);
	wire_number(w, STORE_WHOLE_MAX);
	return pool_send(pool_of(s), &(struct call){ .fn = on_whole, .tell.values = fn, .arg = arg });
}

/* ---- transactions ---- */

static void
on_commit(struct call *c, enum err e, const redisReply *r)
{
	if (!e && (r->type != REDIS_REPLY_INTEGER || r->integer < 0 || (size_t)r->integer > c->want))
		e = ERR_CORRUPT;
	else if (!e && r->integer)
		e = ERR_CONFLICT;
	c->tell.done(c->arg, outcome(e));
}

static const struct sv verbs[TXN_VERB_MAX] = {
#define X(code, name) [TXN_##code] = { name, sizeof name - 1 },
	TXN_VERB_LIST(X)
#undef X
};

static void
write_txn(struct wire *w, const struct txn *t)
{
	size_t effects = (size_t)(t->n_steps - t->n_guards), args = t->n_args;

	for (size_t i = 0; i < t->n_guards; i++)
		args += t->steps[i].n_args == 0;         /* `absent` is written as an empty prefix */
	wire_script(w, SCRIPT_COMMIT, t->n_steps, 1 + args + 2 * effects);
	for (size_t i = 0; i < t->n_steps; i++)
		wire_add(w, txn_key(t, i));
	wire_number(w, t->n_guards);
	for (size_t i = 0; i < t->n_steps; i++) {
		if (i >= t->n_guards) {
			wire_add(w, verbs[t->steps[i].verb]);
			wire_number(w, t->steps[i].n_args);
		} else if (!t->steps[i].n_args) {
			wire_add(w, SV(""));
		}
		for (size_t k = 0; k < t->steps[i].n_args; k++)
			wire_add(w, txn_arg(t, i, k));
	}
}

static enum err
redis_commit(struct store *s, const struct txn *t, store_done_fn *fn, void *arg)
{
	struct wire *w;
	enum err e;

	if (t->failed)
		return ERR_TOOBIG;
	if ((e = pool_begin(pool_of(s), &w)))
		return e;
	write_txn(w, t);
	return pool_send(pool_of(s), &(struct call){ .fn = on_commit, .tell.done = fn, .arg = arg, .want = t->n_guards });
}

/* ---- jobs ---- */

static bool
take_job(redisReply *const *part, struct store_job *out)
{
	if (!is_text(part[0]) || part[1]->type != REDIS_REPLY_INTEGER || part[2]->type != REDIS_REPLY_INTEGER)
		return false;
	*out = (struct store_job){ .member = text(part[0]), .due_ms = part[1]->integer, .buried = part[2]->integer != 0 };
	return true;
}

static void
on_jobs(struct call *c, enum err e, const redisReply *r)
{
	struct store_job jobs[STORE_PAGE_MAX];
	size_t n = 0;

	if (!e && (!is_list(r, 3 * c->want) || r->elements % 3))
		e = ERR_CORRUPT;
	for (; !e && 3 * n < r->elements; n++)
		if (!take_job(&r->element[3 * n], &jobs[n]))
			e = ERR_CORRUPT;
	c->tell.jobs(c->arg, outcome(e), e ? NULL : jobs, e ? 0 : n);
}

static enum err
redis_claim(struct store *s, struct sv due, struct sv dead, int64_t now_ms, int64_t lease_ms, int max,
            store_jobs_fn *fn, void *arg)
{
	struct wire *w;
	enum err e = pool_begin(pool_of(s), &w);

	must(lease_ms > 0);
	if (e)
		return e;
	wire_script(w, SCRIPT_CLAIM, 2, 4);
	wire_add(w, due);
	wire_add(w, dead);
	wire_number(w, now_ms);
	wire_number(w, now_ms + lease_ms);
	wire_number(w, page_size(max));
	wire_number(w, STORE_TRIES);
	return pool_send(pool_of(s), &(struct call){ .fn = on_jobs, .tell.jobs = fn, .arg = arg,
	                                             .want = (size_t)page_size(max) });
}

static void
end_number(struct call *c, enum err e, int64_t value)
{
	c->tell.number(c->arg, outcome(e), e ? 0 : value);
}

/* A score as Redis prints it: also "inf" or "1.5e+300", if somebody wrote such. */
static enum err
score_parse(struct sv s, int64_t *out)
{
	const double far = 9e15;
	char buf[64], *end;
	double v;

	if (!s.n || !sv_copy(s, buf, sizeof buf))
		return ERR_CORRUPT;
	v = strtod(buf, &end);
	if (*end || isnan(v))
		return ERR_CORRUPT;
	*out = (int64_t)floor(v < -far ? -far : v > far ? far : v);
	return ERR_OK;
}

static void
on_next_due(struct call *c, enum err e, const redisReply *r)
{
	int64_t due = INT64_MAX;

	if (!e && (!is_list(r, 2) || r->elements == 1))
		e = ERR_CORRUPT;
	if (!e && r->elements)
		e = is_text(r->element[1]) ? score_parse(text(r->element[1]), &due) : ERR_CORRUPT;
	end_number(c, e, due);
}

static enum err
redis_next_due(struct store *s, struct sv due, store_number_fn *fn, void *arg)
{
	struct wire *w;
	enum err e = pool_begin(pool_of(s), &w);

	if (e)
		return e;
	wire_command(w, "ZRANGE", 4);
	wire_add(w, due);
	wire_add(w, SV("0"));
	wire_add(w, SV("0"));
	wire_add(w, SV("WITHSCORES"));
	return pool_send(pool_of(s), &(struct call){ .fn = on_next_due, .tell.number = fn, .arg = arg });
}

static void
on_number(struct call *c, enum err e, const redisReply *r)
{
	if (!e && (r->type != REDIS_REPLY_INTEGER || r->integer < 0))
		e = ERR_CORRUPT;
	end_number(c, e, e ? 0 : r->integer);
}

static enum err
redis_count(struct store *s, struct sv key, store_number_fn *fn, void *arg)
{
	struct wire *w;
	enum err e = pool_begin(pool_of(s), &w);

	if (e)
		return e;
	wire_script(w, SCRIPT_COUNT, 1, 0);
	wire_add(w, key);
	return pool_send(pool_of(s), &(struct call){ .fn = on_number, .tell.number = fn, .arg = arg });
}

/* ---- streams ---- */

/* Others may write longer entries than we do: what is over the limit is not handed on. */
static size_t
fields_of(const redisReply *entry)
{
	size_t n = entry->elements == 2 && entry->element[1]->type == REDIS_REPLY_ARRAY ? entry->element[1]->elements : 0;

	return n < STORE_FIELDS_MAX ? n : STORE_FIELDS_MAX;
}

/* Each entry is {id, {name, value, ...}}; {id} or {id, nil} when it was deleted. */
static bool
take_entry(const redisReply *r, struct store_entry *out, struct sv *fields)
{
	size_t n;

	if (!is_list(r, 2) || !r->elements || !is_text(r->element[0]))
		return false;
	n = fields_of(r);
	if (n % 2 || (!n && r->elements == 2 && r->element[1]->type != REDIS_REPLY_NIL))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_text(r->element[1]->element[i]))
			return false;
		fields[i] = text(r->element[1]->element[i]);
	}
	*out = (struct store_entry){ .id = text(r->element[0]), .fields = n ? fields : NULL, .n_fields = n };
	return is_id(out->id);
}

static size_t
fields_in_all(const redisReply *r)
{
	size_t sum = 0;

	for (size_t i = 0; i < r->elements; i++)
		if (r->element[i]->type == REDIS_REPLY_ARRAY)
			sum += fields_of(r->element[i]);
	return sum;
}

static void
on_entries(struct call *c, enum err e, const redisReply *r)
{
	struct store_entry entries[STORE_PAGE_MAX];
	AUTO_FREE struct sv *fields = NULL;
	size_t n = 0, used = 0;

	if (!e && !is_list(r, c->want))
		e = ERR_CORRUPT;
	if (!e)
		fields = mem_alloc((fields_in_all(r) + 1) * sizeof *fields);
	for (; !e && n < r->elements; n++) {
		if (!take_entry(r->element[n], &entries[n], fields + used))
			e = ERR_CORRUPT;
		else
			used += entries[n].n_fields;
	}
	c->tell.entries(c->arg, outcome(e), e ? NULL : entries, e ? 0 : n);
}

static enum err
redis_page(struct store *s, struct sv stream, struct sv after, bool newest_first, int max, store_entries_fn *fn, void *arg)
{
	struct wire *w;
	char from[48];
	enum err e;

	if (!after.n)
		after = SV("0");
	if (!is_id(after))
		return ERR_SYNTAX;
	if ((e = pool_begin(pool_of(s), &w)))
		return e;
	snprintf(from, sizeof from, "(" SV_FMT, SV_ARG(after));
	wire_command(w, newest_first ? "XREVRANGE" : "XRANGE", 5);
	wire_add(w, stream);
	wire_add(w, newest_first ? SV("+") : sv_of(from));
	wire_add(w, newest_first ? sv_of(from) : SV("+"));
	wire_add(w, SV("COUNT"));
	wire_number(w, page_size(max));
	return pool_send(pool_of(s), &(struct call){ .fn = on_entries, .tell.entries = fn, .arg = arg,
	                                             .want = (size_t)page_size(max) });
}

static enum err
redis_group_read(struct store *s, struct sv stream, struct sv group, struct sv reader, int64_t idle_ms, int max,
                 store_entries_fn *fn, void *arg)
{
	struct wire *w;
	enum err e = pool_begin(pool_of(s), &w);

	if (e)
		return e;
	wire_script(w, SCRIPT_GROUP_READ, 1, 4);
	wire_add(w, stream);
	wire_add(w, group);
	wire_add(w, reader);
	wire_number(w, idle_ms);
	wire_number(w, page_size(max));
	return pool_send(pool_of(s), &(struct call){ .fn = on_entries, .tell.entries = fn, .arg = arg,
	                                             .want = (size_t)page_size(max) });
}

static void
on_done(struct call *c, enum err e, const redisReply *r)
{
	if (!e && r->type != REDIS_REPLY_INTEGER)
		e = ERR_CORRUPT;
	c->tell.done(c->arg, outcome(e));
}

static enum err
redis_group_ack(struct store *s, struct sv stream, struct sv group, struct sv id, store_done_fn *fn, void *arg)
{
	struct wire *w;
	enum err e;

	if (!is_id(id))
		return ERR_SYNTAX;
	if ((e = pool_begin(pool_of(s), &w)))
		return e;
	wire_command(w, "XACK", 3);
	wire_add(w, stream);
	wire_add(w, group);
	wire_add(w, id);
	return pool_send(pool_of(s), &(struct call){ .fn = on_done, .tell.done = fn, .arg = arg });
}

static enum err
redis_trim(struct store *s, struct sv stream, int64_t oldest_ms, store_number_fn *fn, void *arg)
{
	struct wire *w;
	char oldest[32];
	enum err e = pool_begin(pool_of(s), &w);

	if (e)
		return e;
	snprintf(oldest, sizeof oldest, "%lld-0", (long long)(oldest_ms > 0 ? oldest_ms : 0));
	wire_script(w, SCRIPT_TRIM, 1, 2);
	wire_add(w, stream);
	wire_add(w, sv_of(oldest));
	wire_number(w, TRIM_ONCE);
	return pool_send(pool_of(s), &(struct call){ .fn = on_number, .tell.number = fn, .arg = arg });
}

/* ---- the store itself ---- */

static void
redis_stats(const struct store *s, struct store_stats *out)
{
	pool_stats(pool_of(s), out);
}

/* The caller may stand in one of our callbacks, which end before the turn does. */
static void
redis_close(struct store *s)
{
	if (s)
		pool_close(pool_of(s));
	mem_free(s);
}

static const struct store_ops redis_ops = {
	.get = redis_get, .commit = redis_commit, .mark = redis_mark, .marks = redis_marks, .whole = redis_whole,
	.claim = redis_claim,
	.next_due = redis_next_due, .count = redis_count, .page = redis_page, .group_read = redis_group_read,
	.group_ack = redis_group_ack, .trim = redis_trim, .stats = redis_stats, .close = redis_close,
};

struct store *
store_redis(struct loop *l, const struct redis_conf *conf)
{
	struct redis *r = mem_alloc(sizeof *r);

	r->store.ops = &redis_ops;
	r->pool = pool_open(l, conf);
	return &r->store;
}
