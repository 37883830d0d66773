/*
 * The keys of the memory store: strings with a time to live, hashes, sorted sets, streams with consumer
 * groups. Every call is told the time. What a call hands out is borrowed until the next change.
 */
#ifndef STORE_KEYSPACE_H
#define STORE_KEYSPACE_H

#include "port/store.h"

enum kind { KIND_NONE, KIND_STRING, KIND_HASH, KIND_ZSET, KIND_STREAM };

struct bytes { char *p; size_t n; };

struct member { double score; struct bytes name; };

struct entry_id { int64_t ms, seq; };

struct entry {
	struct entry_id id;
	char            text[48];
	struct sv      *fields;              /* one piece of memory with what they point to */
	size_t          n_fields;
};

struct pending { struct entry_id id; struct bytes reader; int64_t since_ms; };

struct group {
	struct bytes    name;
	struct entry_id last;                /* handed out up to here */
	struct pending *pending;             /* by id */
	size_t          n_pending;
};

struct object;
struct keyspace { struct object *all; };

void         keyspace_done(struct keyspace *k);
enum kind    keyspace_kind(struct keyspace *k, struct sv key, int64_t now);
void         keyspace_del(struct keyspace *k, struct sv key);

/* p == NULL: no such key, or one of another kind. */
struct sv    keyspace_get(struct keyspace *k, struct sv key, int64_t now);
void         keyspace_set(struct keyspace *k, struct sv key, struct sv value, int64_t expires_ms);

/* From here on: the key must be of that kind or missing (keyspace_kind tells). */
/* 0 when nothing stands there; false: something that is no number. */
bool         keyspace_hash_number(struct keyspace *k, struct sv key, struct sv field, int64_t *out);
/* The value must be a number, or missing. */
void         keyspace_hash_add(struct keyspace *k, struct sv key, struct sv field, int64_t add);
size_t       keyspace_hash_size(struct keyspace *k, struct sv key);
struct sv    keyspace_hash_mark(struct keyspace *k, struct sv key, struct sv field, struct sv value);
/* Field, value, ... in order of writing. */
size_t       keyspace_hash_all(struct keyspace *k, struct sv key, struct sv *out, size_t max);

void         keyspace_zadd(struct keyspace *k, struct sv key, double score, struct sv member);
void         keyspace_zrem(struct keyspace *k, struct sv key, struct sv member);
const struct member *keyspace_zset(struct keyspace *k, struct sv key, size_t *n);     /* by score, then name */

void         keyspace_xadd(struct keyspace *k, struct sv key, const struct sv *fields, size_t n, int64_t maxlen,
                           int64_t now);
const struct entry *keyspace_stream(struct keyspace *k, struct sv key, size_t *n);    /* by id */
/* Drops the first n entries. */
void         keyspace_cut(struct keyspace *k, struct sv key, size_t n);
const struct entry *keyspace_entry(struct keyspace *k, struct sv key, struct entry_id id);
/* The group, made (with the stream) when it is missing. */
struct group *keyspace_group(struct keyspace *k, struct sv key, struct sv name);
struct group *keyspace_groups(struct keyspace *k, struct sv key, size_t *n);
void         group_give(struct group *g, struct entry_id id, struct sv reader, int64_t now);
void         group_ack(struct group *g, struct entry_id id);

int          entry_id_cmp(struct entry_id a, struct entry_id b);
/* "ms" or "ms-seq". */
MUST_CHECK enum err entry_id_parse(struct sv text, struct entry_id *out);

#endif
