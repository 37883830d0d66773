/*
 * The line to Redis: connects, has each new connection checked before anybody may use it, counts and times the
 * requests, drops a connection on which an answer is late, and connects again with back-off. It knows the
 * protocol's errors, not what a request means.
 */
#ifndef STORE_LINK_H
#define STORE_LINK_H

#include <sys/queue.h>

#include "store/stores.h"
#include "store/wire.h"

#define LINK_RUNNING_MAX 1024

struct link;
struct call;
struct redisReply;

/*
 * The end of a request, in a later turn, once, never after link_close. reply is NULL when none came, else it
 * lives as long as this call and may be an error (e is then not ERR_OK, errors are in the table of link.c).
 */
typedef void link_fn(struct call *c, enum err e, const struct redisReply *reply);

union call_tell {
	store_done_fn    *done;
	store_values_fn  *values;
	store_entries_fn *entries;
	store_jobs_fn    *jobs;
	store_number_fn  *number;
};

/* A request without an answer. The asker fills the first part. */
struct call {
	link_fn        *fn;
	union call_tell tell;
	void           *arg;
	size_t          want;                /* what fn needs to know: how many values, entries, guards ... at most */

	STAILQ_ENTRY(call) next;
	struct link    *link;
	int64_t         sent_ms;
	size_t          bytes, parts, tail_n;
	enum script     script;
	char            tail[];              /* of a script: to send it again with its body */
};

/* Called at every change of state or reason, inside of it; must not close the link. */
typedef void link_change_fn(void *arg, struct link *l, enum store_state was);

/* on_state of the conf is not called here. */
struct link     *link_open(struct loop *l, const struct redis_conf *conf, link_change_fn *on_change, void *arg);
void             link_close(struct link *l);
enum store_state link_state(const struct link *l);
const char      *link_reason(const struct link *l);              /* why not READY */
size_t           link_load(const struct link *l);                /* bytes of requests without an answer */
void             link_kick(struct link *l);                      /* if it waits to connect again: now */
void             link_count(const struct link *l, struct store_stats *sum);      /* adds its numbers */

/* To write the next request into; then exactly one link_send. ERR_DOWN, ERR_BUSY: not now. */
MUST_CHECK enum err link_begin(struct link *l, struct wire **out);
/* Sends it; like is copied. On an error (ERR_TOOBIG, ERR_BUSY, ERR_DOWN) nothing was sent and fn is not called. */
MUST_CHECK enum err link_send(struct link *l, const struct call *like);

/* ---- for the check of a new connection (check.c): link_wire, then link_send, before the link is ready ---- */

struct check { char fsync[16], server[64]; };

void                     check_start(struct link *l);            /* ends with one of the three below, or the connection does */
void                     link_ready(struct link *l);
/* Drop the connection; every request on it ends inside the call. */
void                     link_retry(struct link *l, const char *why);    /* soon */
void                     link_refuse(struct link *l, const char *why);   /* slowly: an operator must act */
struct wire             *link_wire(struct link *l);
struct check            *link_check(struct link *l);             /* room for what was found out */
const struct redis_conf *link_conf(const struct link *l);

#endif
