/* The keys of the memory store, strings, hashes and sorted sets. Streams are next door. */
#include "store/keyspace_inner.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/num.h"

#define NUMBER_MAX INT64_C(999999999999999)

struct bytes
bytes_dup(struct sv s)
{
	return (struct bytes){ mem_dup(s.p, s.n), s.n };
}

static void
free_members(struct object *o)
{
	for (size_t i = 0; i < o->n; i++)
		mem_free(o->zset[i].name.p);
	mem_free(o->zset);
}

static void
free_marks(struct object *o)
{
	for (size_t i = 0; i < o->n; i++)
		mem_free(o->hash[i].p);
	mem_free(o->hash);
}

static void
free_object(struct keyspace *k, struct object *o)
{
	HASH_DEL(k->all, o);
	switch (o->kind) {
	case KIND_STRING: mem_free(o->value.p); break;
	case KIND_HASH:   free_marks(o); break;
	case KIND_ZSET:   free_members(o); break;
	case KIND_STREAM: stream_free(o); break;
	case KIND_NONE:   break;
	}
	mem_free(o->key);
	mem_free(o);
}

void
keyspace_done(struct keyspace *k)
{
	while (k->all)
		free_object(k, k->all);
}

static struct object *
lookup(struct keyspace *k, struct sv key)
{
	struct object *o;

	HASH_FIND(hh, k->all, key.p, key.n, o);
	return o;
}

/* What is there now, with the expired gone. */
static struct object *
alive(struct keyspace *k, struct sv key, int64_t now)
{
	struct object *o = lookup(k, key);

	if (!o || !o->expires_ms || now < o->expires_ms)
		return o;
	free_object(k, o);
	return NULL;
}

struct object *
object_of(struct keyspace *k, struct sv key, enum kind kind)
{
	struct object *o = lookup(k, key);

	must(!o || o->kind == kind);
	return o;
}

struct object *
object_make(struct keyspace *k, struct sv key, enum kind kind)
{
	struct object *o = object_of(k, key, kind);

	if (o)
		return o;
	o = mem_alloc(sizeof *o);
	o->kind = kind;
	o->key = mem_dup(key.p, key.n);
	HASH_ADD_KEYPTR(hh, k->all, o->key, key.n, o);
	return o;
}

void *
object_room(struct object *o, void *items, size_t size)
{
	if (o->n < o->size)
		return items;
	o->size = o->size ? 2 * o->size : 8;
	return mem_resize(items, o->size * size);
}

enum kind
keyspace_kind(struct keyspace *k, struct sv key, int64_t now)
{
	struct object *o = alive(k, key, now);

	return o ? o->kind : KIND_NONE;
}

void
keyspace_del(struct keyspace *k, struct sv key)
{
	struct object *o = lookup(k, key);

	if (o)
		free_object(k, o);
}

struct sv
keyspace_get(struct keyspace *k, struct sv key, int64_t now)
{
	struct object *o = alive(k, key, now);

	return o && o->kind == KIND_STRING ? (struct sv){ o->value.p, o->value.n } : (struct sv){ NULL, 0 };
}

void
keyspace_set(struct keyspace *k, struct sv key, struct sv value, int64_t expires_ms)
{
	struct object *o;

	keyspace_del(k, key);
	o = object_make(k, key, KIND_STRING);
	o->value = bytes_dup(value);
	o->expires_ms = expires_ms;
}

/* ---- hashes: field, value, field, value ---- */

/* Where the value of a field stands, NULL = nowhere. */
static struct bytes *
value_of(struct object *o, struct sv field)
{
	for (size_t i = 0; o && i < o->n; i += 2)
		if (sv_eq((struct sv){ o->hash[i].p, o->hash[i].n }, field))
			return &o->hash[i + 1];
	return NULL;
}

struct sv
keyspace_hash_mark(struct keyspace *k, struct sv key, struct sv field, struct sv value)
{
	struct object *o = object_make(k, key, KIND_HASH);
	struct bytes *stands = value_of(o, field);

	if (stands)
		return (struct sv){ stands->p, stands->n };
	o->hash = object_room(o, o->hash, sizeof *o->hash);
	o->hash[o->n++] = bytes_dup(field);
	o->hash = object_room(o, o->hash, sizeof *o->hash);
	o->hash[o->n++] = bytes_dup(value);
	return (struct sv){ o->hash[o->n - 1].p, o->hash[o->n - 1].n };
}

bool
keyspace_hash_number(struct keyspace *k, struct sv key, struct sv field, int64_t *out)
{
	struct bytes *stands = value_of(object_of(k, key, KIND_HASH), field);

	*out = 0;
	return !stands || num_parse((struct sv){ stands->p, stands->n }, -NUMBER_MAX, NUMBER_MAX, out) == ERR_OK;
}

void
keyspace_hash_add(struct keyspace *k, struct sv key, struct sv field, int64_t add)
{
	struct bytes *stands;
	char text[24];
	int64_t was;
	int n;

	must(keyspace_hash_number(k, key, field, &was));
	n = snprintf(text, sizeof text, "%lld", (long long)(was + add));
	(void)keyspace_hash_mark(k, key, field, SV(""));
	stands = value_of(object_of(k, key, KIND_HASH), field);
	mem_free(stands->p);
	*stands = bytes_dup((struct sv){ text, (size_t)n });
}

size_t
keyspace_hash_size(struct keyspace *k, struct sv key)
{
	struct object *o = object_of(k, key, KIND_HASH);

	return o ? o->n / 2 : 0;
}

size_t
keyspace_hash_all(struct keyspace *k, struct sv key, struct sv *out, size_t max)
{
	struct object *o = object_of(k, key, KIND_HASH);
	size_t n = o ? o->n : 0;

	if (n > max)
		n = max;
	for (size_t i = 0; i < n; i++)
		out[i] = (struct sv){ o->hash[i].p, o->hash[i].n };
	return n;
}

/* ---- sorted sets: an array in order ---- */

static int
compare(const struct member *m, double score, struct sv name)
{
	size_t n = m->name.n < name.n ? m->name.n : name.n;
	int c = m->score < score ? -1 : m->score > score;

	if (!c && n)
		c = memcmp(m->name.p, name.p, n);
	return c ? c : (m->name.n > name.n) - (m->name.n < name.n);
}

static size_t
place(const struct object *o, double score, struct sv name)
{
	size_t lo = 0, hi = o->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare(&o->zset[mid], score, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
keyspace_zrem(struct keyspace *k, struct sv key, struct sv member)
{
	struct object *o = object_of(k, key, KIND_ZSET);
	size_t i = 0;

	while (o && i < o->n && !sv_eq((struct sv){ o->zset[i].name.p, o->zset[i].name.n }, member))
		i++;
	if (!o || i == o->n)
		return;
	mem_free(o->zset[i].name.p);
	memmove(&o->zset[i], &o->zset[i + 1], (--o->n - i) * sizeof *o->zset);
	if (!o->n)
		free_object(k, o);
}

void
keyspace_zadd(struct keyspace *k, struct sv key, double score, struct sv member)
{
	struct member m = { .score = score, .name = bytes_dup(member) };
	struct object *o;
	size_t at;

	keyspace_zrem(k, key, member);
	o = object_make(k, key, KIND_ZSET);
	o->zset = object_room(o, o->zset, sizeof *o->zset);
	at = place(o, score, (struct sv){ m.name.p, m.name.n });
	memmove(&o->zset[at + 1], &o->zset[at], (o->n++ - at) * sizeof *o->zset);
	o->zset[at] = m;
}

const struct member *
keyspace_zset(struct keyspace *k, struct sv key, size_t *n)
{
	struct object *o = object_of(k, key, KIND_ZSET);

	*n = o ? o->n : 0;
	return o ? o->zset : NULL;
}
