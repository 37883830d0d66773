/*
 * The contract of the store. What must be atomic is one transaction (txn): guards that compare what the
 * caller has read with what stands now, then effects, all or nothing. So every rule about citizens lives
 * in C, and the store stays a handful of verbs that Redis and plain memory both keep.
 *
 * A result is delivered in a later turn, exactly once per accepted request, never after close. Requests
 * under way at the same time may be carried out in any order. Views handed to a callback die with it. All keys of one transaction carry the same hash tag.
 */
#ifndef PORT_STORE_H
#define PORT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"

#define STORE_KEYS_MAX   32              /* guards and effects of one txn together */
#define STORE_ARGS_MAX   1024            /* values of one txn */
#define STORE_GET_MAX    16
#define STORE_PAGE_MAX   256             /* entries or jobs of one answer */
#define STORE_FIELDS_MAX 64              /* names and values of one stream entry together */
#define STORE_WHOLE_MAX  65536           /* fields of a hash handed out whole */
#define STORE_BYTES_MAX  (4u << 20)      /* keys and values of one request together */

/*
 * A transaction. Keys and values are copied into one arena, so that the caller's buffers may go at once;
 * what does not fit is remembered and commit answers ERR_TOOBIG. Reuse it with txn_reset.
 */
struct txn_step {
	uint32_t key, key_n;                 /* into the arena */
	uint16_t first_arg, n_args;
	uint8_t  verb;                       /* enum txn_verb */
};
struct txn_arg { uint32_t at, n; };

#define TXN_VERB_LIST(X) \
	X(ABSENT, "absent")                  /* guard: no such key */ \
	X(BEGINS, "begins")                  /* guard: the value begins with arg 0 */ \
	X(SET, "SET")                        /* value [PX ms] */ \
	X(DEL, "DEL") \
	X(ZADD, "ZADD")                      /* score member */ \
	X(ZREM, "ZREM")                      /* member */ \
	X(XADD, "XADD")                      /* [MAXLEN ~ n] * name value ... */ \
	X(HINCRBY, "HINCRBY")                /* field number field number ... */

enum txn_verb {
#define X(code, text) TXN_##code,
	TXN_VERB_LIST(X)
#undef X
	TXN_VERB_MAX
};

struct txn {
	struct txn_step steps[STORE_KEYS_MAX];
	struct txn_arg  args[STORE_ARGS_MAX];
	char           *arena;
	size_t          n, size;             /* bytes used and there */
	uint16_t        n_steps, n_guards, n_args;
	bool            failed;
};

void txn_init(struct txn *t);
void txn_reset(struct txn *t);           /* empty again, memory kept */
void txn_done(struct txn *t);

/* Guards first, then effects (our own mistake otherwise). */
void txn_absent(struct txn *t, struct sv key);
void txn_begins(struct txn *t, struct sv key, struct sv prefix);
void txn_set(struct txn *t, struct sv key, struct sv value, int64_t ttl_ms);          /* 0 = for ever */
void txn_del(struct txn *t, struct sv key);
void txn_zadd(struct txn *t, struct sv key, int64_t score, struct sv member);
void txn_zrem(struct txn *t, struct sv key, struct sv member);
/* fields: name, value, name, value ...; maxlen 0 = unbounded, else about that many entries stay. */
void txn_xadd(struct txn *t, struct sv key, const struct sv *fields, size_t n_fields, int64_t maxlen);

/* Adds to a number in a hash, from 0 where there is none yet; the next ones of the same key join the step. Each field
 * once, all of a key one behind the other. ERR_CORRUPT when something else than a number stands there. */
void txn_hincrby(struct txn *t, struct sv key, struct sv field, int64_t add);

struct sv txn_key(const struct txn *t, size_t step);
struct sv txn_arg(const struct txn *t, size_t step, size_t i);

/*
 * Results. Every request may end with
 *   ERR_DOWN     not executed: no connection, or refused before it was sent
 *   ERR_TIMEOUT  may have been executed (the answer did not come): ask what stands, never guess
 *   ERR_FULL     the server refuses writes (memory, disk, replicas)
 *   ERR_CORRUPT  the answer has not the expected shape, or a key holds another kind of data; nothing was written
 */
typedef void store_done_fn(void *arg, enum err e);
/* values[i].p == NULL: no such key. */
typedef void store_values_fn(void *arg, enum err e, const struct sv *values, size_t n);

struct store_entry {
	struct sv        id;
	const struct sv *fields;             /* name, value, ...; NULL with n_fields 0: the entry was deleted */
	size_t           n_fields;
};
typedef void store_entries_fn(void *arg, enum err e, const struct store_entry *entries, size_t n);

struct store_job { struct sv member; int64_t due_ms; bool buried; };
typedef void store_jobs_fn(void *arg, enum err e, const struct store_job *jobs, size_t n);
typedef void store_number_fn(void *arg, enum err e, int64_t value);

enum store_state { STORE_AWAY, STORE_READY, STORE_REFUSED };

struct store_stats {
	enum store_state state;
	char    reason[160];                 /* why not READY, for people; "" when READY */
	char    server[64];                  /* "redis 7.0.15, AOF always" */
	int     running;                     /* requests without an answer */
	int64_t requests, timeouts, reconnects;
};

struct store;

/*
 * Requests answer ERR_BUSY (too many running), ERR_DOWN (not READY), ERR_TOOBIG (STORE_GET_MAX, STORE_BYTES_MAX) or
 * ERR_SYNTAX (no entry id) at once; then nothing is called. A `max` over STORE_PAGE_MAX counts as that.
 */
struct store_ops {
	enum err (*get)(struct store *s, const struct sv *keys, size_t n, store_values_fn *fn, void *arg);
	/* The txn may be reset as soon as this returns. ERR_CONFLICT: a guard did not hold, nothing was written. */
	enum err (*commit)(struct store *s, const struct txn *t, store_done_fn *fn, void *arg);
	/* Writes value under field of the hash at key unless something stands there; hands back what stands (1 value).
	 * Safe to repeat. */
	enum err (*mark)(struct store *s, struct sv key, struct sv field, struct sv value, store_values_fn *fn, void *arg);
	/* All of a hash: field, value, ... in no order; of a larger one any STORE_PAGE_MAX fields. */
	enum err (*marks)(struct store *s, struct sv key, store_values_fn *fn, void *arg);
	/* All of a hash, however large: field, value, ... in no order. ERR_TOOBIG: more than STORE_WHOLE_MAX fields. */
	enum err (*whole)(struct store *s, struct sv key, store_values_fn *fn, void *arg);
	/* Takes up to max jobs of the sorted set `due` whose time has come and moves each to now + lease (> 0), counting the
	 * tries. A job claimed STORE_TRIES times without any txn having set it anew is moved to the stream `dead` (fields
	 * member, due, at) and handed out with buried = true. */
	enum err (*claim)(struct store *s, struct sv due, struct sv dead, int64_t now_ms, int64_t lease_ms, int max,
	                  store_jobs_fn *fn, void *arg);
	/* The earliest time in a sorted set of jobs; INT64_MAX when it is empty. */
	enum err (*next_due)(struct store *s, struct sv due, store_number_fn *fn, void *arg);
	/* How many members (sorted set) or entries (stream). */
	enum err (*count)(struct store *s, struct sv key, store_number_fn *fn, void *arg);
	/* Entries after id `after` ("0" or "" = from the first), oldest first; or the newest of them first. */
	enum err (*page)(struct store *s, struct sv stream, struct sv after, bool newest_first, int max,
	                 store_entries_fn *fn, void *arg);
	/* Consumer group: makes stream and group when they are missing (from the first entry), then hands out up to max
	 * entries: first what another reader of the group has left idle for idle_ms, then new ones. */
	enum err (*group_read)(struct store *s, struct sv stream, struct sv group, struct sv reader, int64_t idle_ms,
	                       int max, store_entries_fn *fn, void *arg);
	/* Also ERR_OK when it was acknowledged before. */
	enum err (*group_ack)(struct store *s, struct sv stream, struct sv group, struct sv id, store_done_fn *fn, void *arg);
	/* Removes entries older than oldest_ms that every group has read and acknowledged; a stream without a group keeps
	 * all. Hands back how many went: some ten thousand at most, so ask again while it is many. */
	enum err (*trim)(struct store *s, struct sv stream, int64_t oldest_ms, store_number_fn *fn, void *arg);
	void (*stats)(const struct store *s, struct store_stats *out);
	void (*close)(struct store *s);      /* also from inside a callback; the loop must still turn or be freed */
};

#define STORE_TRIES 5

struct store { const struct store_ops *ops; };

#endif
