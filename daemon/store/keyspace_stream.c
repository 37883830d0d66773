/* Streams of the memory store, and what each consumer group has been handed. */
#include "store/keyspace_inner.h"

#include <stdio.h>

#include "base/num.h"

int
entry_id_cmp(struct entry_id a, struct entry_id b)
{
	if (a.ms != b.ms)
		return a.ms < b.ms ? -1 : 1;
	return (a.seq > b.seq) - (a.seq < b.seq);
}

enum err
entry_id_parse(struct sv text, struct entry_id *out)
{
	struct sv ms = sv_cut(&text, '-');
	struct entry_id id = { 0, 0 };

	if (num_parse(ms, 0, INT64_MAX, &id.ms))
		return ERR_SYNTAX;
	if (text.p && num_parse(text, 0, INT64_MAX, &id.seq))
		return ERR_SYNTAX;
	*out = id;
	return ERR_OK;
}

static void
free_group(struct group *g)
{
	for (size_t i = 0; i < g->n_pending; i++)
		mem_free(g->pending[i].reader.p);
	mem_free(g->pending);
	mem_free(g->name.p);
}

void
stream_free(struct object *o)
{
	for (size_t i = 0; i < o->n; i++)
		mem_free(o->stream[i].fields);
	for (size_t i = 0; i < o->n_groups; i++)
		free_group(&o->groups[i]);
	mem_free(o->stream);
	mem_free(o->groups);
}

static struct sv *
dup_fields(const struct sv *fields, size_t n)
{
	size_t bytes = n * sizeof *fields;
	struct sv *out;
	char *p;

	for (size_t i = 0; i < n; i++)
		bytes += fields[i].n;
	out = mem_alloc(bytes);
	p = (char *)(out + n);
	for (size_t i = 0; i < n; i++) {
		if (fields[i].n)
			memcpy(p, fields[i].p, fields[i].n);
		out[i] = (struct sv){ p, fields[i].n };
		p += fields[i].n;
	}
	return out;
}

void
keyspace_xadd(struct keyspace *k, struct sv key, const struct sv *fields, size_t n, int64_t maxlen, int64_t now)
{
	struct object *o = object_make(k, key, KIND_STREAM);
	struct entry *e;

	if (now > o->last.ms)
		o->last = (struct entry_id){ now, 0 };
	else
		o->last.seq++;
	o->stream = object_room(o, o->stream, sizeof *o->stream);
	e = &o->stream[o->n++];
	*e = (struct entry){ .id = o->last, .fields = dup_fields(fields, n), .n_fields = n };
	snprintf(e->text, sizeof e->text, "%lld-%lld", (long long)e->id.ms, (long long)e->id.seq);
	if (maxlen && o->n > (size_t)maxlen)
		keyspace_cut(k, key, o->n - (size_t)maxlen);
}

const struct entry *
keyspace_stream(struct keyspace *k, struct sv key, size_t *n)
{
	struct object *o = object_of(k, key, KIND_STREAM);

	*n = o ? o->n : 0;
	return o ? o->stream : NULL;
}

void
keyspace_cut(struct keyspace *k, struct sv key, size_t n)
{
	struct object *o = object_of(k, key, KIND_STREAM);

	must(o && n <= o->n);
	for (size_t i = 0; i < n; i++)
		mem_free(o->stream[i].fields);
	o->n -= n;
	memmove(o->stream, o->stream + n, o->n * sizeof *o->stream);
}

const struct entry *
keyspace_entry(struct keyspace *k, struct sv key, struct entry_id id)
{
	struct object *o = object_of(k, key, KIND_STREAM);

	for (size_t i = 0; o && i < o->n; i++)
		if (!entry_id_cmp(o->stream[i].id, id))
			return &o->stream[i];
	return NULL;
}

struct group *
keyspace_groups(struct keyspace *k, struct sv key, size_t *n)
{
	struct object *o = object_of(k, key, KIND_STREAM);

	*n = o ? o->n_groups : 0;
	return o ? o->groups : NULL;
}

struct group *
keyspace_group(struct keyspace *k, struct sv key, struct sv name)
{
	struct object *o = object_make(k, key, KIND_STREAM);

	for (size_t i = 0; i < o->n_groups; i++)
		if (sv_eq((struct sv){ o->groups[i].name.p, o->groups[i].name.n }, name))
			return &o->groups[i];
	o->groups = mem_resize(o->groups, (o->n_groups + 1) * sizeof *o->groups);
	o->groups[o->n_groups] = (struct group){ .name = bytes_dup(name) };
	return &o->groups[o->n_groups++];
}

static size_t
pending_at(const struct group *g, struct entry_id id)
{
	size_t i = 0;

	while (i < g->n_pending && entry_id_cmp(g->pending[i].id, id) < 0)
		i++;
	return i;
}

void
group_give(struct group *g, struct entry_id id, struct sv reader, int64_t now)
{
	struct pending p = { .id = id, .reader = bytes_dup(reader), .since_ms = now };
	size_t at = pending_at(g, id);

	if (at < g->n_pending && !entry_id_cmp(g->pending[at].id, id)) {
		mem_free(g->pending[at].reader.p);
	} else {
		g->pending = mem_resize(g->pending, (g->n_pending + 1) * sizeof *g->pending);
		memmove(&g->pending[at + 1], &g->pending[at], (g->n_pending++ - at) * sizeof *g->pending);
	}
	g->pending[at] = p;
}

void
group_ack(struct group *g, struct entry_id id)
{
	size_t at = pending_at(g, id);

	if (at == g->n_pending || entry_id_cmp(g->pending[at].id, id))
		return;
	mem_free(g->pending[at].reader.p);
	memmove(&g->pending[at], &g->pending[at + 1], (--g->n_pending - at) * sizeof *g->pending);
}
