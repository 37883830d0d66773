/*
 * One connection to Redis with a life of its own: connects, checks the server before anybody may use it,
 * times every request, drops the connection when one is late, and connects again with back-off.
 */
#ifndef STORE_LINK_H
#define STORE_LINK_H

#include <hiredis/hiredis.h>

#include "port/store.h"
#include "store/stores.h"

struct link;

/* reply is NULL when e is not OK; it dies with the call. */
typedef void link_fn(void *arg, enum err e, const redisReply *reply);

struct link *link_new(struct loop *l, const struct redis_conf *conf);
void         link_close(struct link *k);         /* nothing is called afterwards */
/* Requests answer in order. ERR_BUSY, ERR_DOWN, ERR_TOOBIG: nothing was sent, fn is not called. fn may be NULL.
 * arg is from mem_alloc; the link frees it when it closes before the answer, else it is fn's. */
MUST_CHECK enum err link_send(struct link *k, int argc, const struct sv *argv, link_fn *fn, void *arg);
void         link_stats(const struct link *k, struct store_stats *out);

#endif
