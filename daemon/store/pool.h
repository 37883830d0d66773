/*
 * Several links to one Redis, used as one. A server reads some 16 KiB of each connection per turn and syncs its
 * file once per turn: over one connection that is nine transactions a sync, over four it is four times as many.
 * The server is one, so the links share their fate: ready when all are, away when one is lost.
 */
#ifndef STORE_POOL_H
#define STORE_POOL_H

#include "store/link.h"

struct pool;

struct pool *pool_open(struct loop *l, const struct redis_conf *conf);
void         pool_close(struct pool *p);
void         pool_stats(const struct pool *p, struct store_stats *out);

/* To write the next request into; then exactly one pool_send. ERR_DOWN, ERR_BUSY: not now. */
MUST_CHECK enum err pool_begin(struct pool *p, struct wire **out);
/* As link_send. Requests under way together may be carried out in any order. */
MUST_CHECK enum err pool_send(struct pool *p, const struct call *like);

#endif
