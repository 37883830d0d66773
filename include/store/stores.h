/* The two stores: Redis for work, memory for tests. Both keep port/store.h, shown by one contract test. */
#ifndef STORE_STORES_H
#define STORE_STORES_H

#include "io/loop.h"
#include "port/store.h"

struct redis_conf {
	const char *host;                    /* address or name; NULL or "" with socket */
	int         port;
	const char *socket;                  /* path; "" = none */
	const char *user, *password;         /* "" = none */
	int         db;
	bool        require_durable;         /* refuse a server without AOF */
	const char *sys_key;                 /* PREFIX:sys: hash with `schema` and `partitions`, written at the first start */
	int         partitions;
	void      (*on_state)(void *arg, enum store_state state);   /* in a later turn, at every change */
	void       *arg;
};

/*
 * Connects at once and again for ever with back-off (50 ms .. 2 s, full jitter); each new connection is checked before
 * it is used: a master, noeviction, AOF (require_durable), our schema and partitions. A failed check is STORE_REFUSED
 * with the reason, tried again slowly. Behind it are four connections, which are ready or away together; SIGPIPE is
 * ignored from here on. The conf is copied.
 */
struct store *store_redis(struct loop *l, const struct redis_conf *conf);

struct store *store_mem(struct loop *l);
/* For tests: the next `n` requests end with `e` (their effects happen when e is ERR_TIMEOUT). */
void          store_mem_fail(struct store *s, int n, enum err e);

#endif
